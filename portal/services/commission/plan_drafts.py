"""The next version of a plan (佣金方案) takes two: one person proposes it, another publishes it or sends it back.

A draft never changes, so what is published is what was read. Who wants it better proposes a new draft that follows
the old one; together they are the history that a reader sees.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...access import scope
from ...access.actor import Actor
from ...models import DraftState, PlanDraft, PlanVersion
from ...session import Session
from .. import audit, drafts
from ..events.telling import Concerned, tell
from . import plans

_LONGEST_HISTORY = 50


def propose_plan(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    toml: str,
    effective_from: datetime,
    note: str = "",
    follows: PlanDraft | None = None,
) -> PlanDraft:
    """Propose the plan of a text, for deals that are signed from an instant (UTC) on.

    Raises Refusal: those of `plans.parse`; `plan_in_past` for a version that would change days gone by.
    """
    plan = plans.parse(toml)
    plans.check_begin(session, plan.name, effective_from, now)
    draft = PlanDraft(
        name=plan.name,
        toml=toml,
        effective_from=effective_from,
        note=note.strip(),
        follows=follows,
        state=DraftState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(draft)
    audit.record(session, actor, now, "plan_proposed", draft, name=plan.name)
    tell(session, actor, now, "plan_draft_waits", draft, Concerned(), name=plan.name)
    return draft


def publish_draft(session: Session, actor: Actor, now: datetime, draft: PlanDraft) -> PlanVersion:
    """Publish a draft as its plan's next version; by another person than who proposed it.

    Raises Refusal: `draft_decided`; `own_draft`; `plan_in_past` when its day has gone by while it waited.
    """
    drafts.lock_open_to_another(session, actor, draft)
    version = plans.publish_plan(
        session, actor, now, name=draft.name, toml=draft.toml, effective_from=draft.effective_from
    )
    drafts.publish(session, actor, now, draft, version.id)
    return version


def refuse_draft(session: Session, actor: Actor, now: datetime, draft: PlanDraft, reason: str) -> None:
    """Send a draft back with a reason; by another person than who proposed it, who would withdraw it.

    Raises Refusal: `draft_decided`; `own_draft`; `draft_reason_needed`.
    """
    drafts.refuse(session, actor, now, draft, reason)
    audit.record(session, actor, now, "plan_draft_refused", draft, name=draft.name)
    tell(session, actor, now, "plan_draft_refused", draft, Concerned(draft.proposed_by), name=draft.name)


def withdraw_draft(session: Session, actor: Actor, now: datetime, draft: PlanDraft) -> None:
    """Take one's own draft back. Raises Refusal: `draft_decided`; `not_your_draft`."""
    drafts.withdraw(session, actor, now, draft)
    audit.record(session, actor, now, "plan_draft_withdrawn", draft, name=draft.name)


def listed(stmt: Select[PlanDraft], state: DraftState | None = None) -> Select[PlanDraft]:
    """A visible selection of drafts, narrowed to a state, with all that the list shows."""
    if state is not None:
        stmt = stmt.where(PlanDraft.state == state)
    return stmt.options(*_SHOWN)


def history(session: Session, draft: PlanDraft) -> Sequence[PlanDraft]:
    """The drafts that led to this one, the oldest first, itself included."""
    chain = [draft]
    while chain[-1].follows_id is not None and len(chain) < _LONGEST_HISTORY:
        chain.append(
            session.scalars(select(PlanDraft).where(PlanDraft.id == chain[-1].follows_id).options(*_SHOWN)).one()
        )
    return chain[::-1]


def open_drafts(session: Session, name: str) -> Sequence[PlanDraft]:
    """The drafts of a plan that wait for a decision, so that nobody proposes beside them unawares."""
    stmt = select(PlanDraft).where(PlanDraft.name == name, PlanDraft.state == DraftState.PROPOSED)
    return session.scalars(stmt.order_by(PlanDraft.id).options(*_SHOWN)).all()


def newest(session: Session, actor: Actor, most: int, *, alive: bool = False) -> Sequence[PlanDraft]:
    """The latest drafts that the actor may see; `alive`: but for those refused and withdrawn, which will never hold."""
    stmt = scope.visible(actor, PlanDraft).order_by(PlanDraft.id.desc()).limit(most)
    if alive:
        stmt = stmt.where(PlanDraft.state.in_((DraftState.PROPOSED, DraftState.PUBLISHED)))
    return session.scalars(stmt).all()


def of_version(session: Session, version: PlanVersion) -> PlanDraft | None:
    """The draft that a version was published from; None for one that came with the portal."""
    return session.scalar(select(PlanDraft).where(PlanDraft.version_id == version.id).options(*_SHOWN))


_SHOWN = (joinedload(PlanDraft.proposer), joinedload(PlanDraft.decider), joinedload(PlanDraft.version))
