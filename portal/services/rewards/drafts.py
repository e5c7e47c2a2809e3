"""The next version of a reward plan takes two, as a commission plan's does: one proposes it, another publishes it.

A draft never changes: what is published is what was read. Whoever joined before keeps the version that was promised.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Audience, RewardPlan
from referral.rewards.reward_toml import plan_from_toml, plan_to_toml

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import DraftState, RewardPlanDraft, RewardPlanVersion
from ...session import Session
from .. import audit, drafts
from ..events.telling import Concerned, tell
from . import rewards


def parse(toml: str) -> RewardPlan:
    """The plan of a text. Raises Refusal `reward_plan_invalid` with `toml` as its field and the place in its facts."""
    try:
        return plan_from_toml(toml)
    except Refusal as refusal:
        refusal.facts["field"] = "toml"
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlan:
    """A plan for referrers who join from an instant (UTC) on, in one development or (None) in all.

    Until the end of the day `offered_until` who joined earlier may take it.
    """

    toml: str
    effective_from: datetime
    note: str = ""
    development_id: int | None = None
    offered_until: date | None = None


def propose_reward_plan(session: Session, actor: Actor, now: datetime, proposed: ProposedPlan) -> RewardPlanDraft:
    """Propose a plan. Raises Refusal `reward_plan_invalid`; `plan_in_past` for a day gone by; `offer_days`,
    `offer_to_programmes`."""
    plan = parse(proposed.toml)
    _to_come(proposed.effective_from, now)
    _check_offer(plan, proposed.effective_from, now, proposed.offered_until)
    draft = RewardPlanDraft(
        audience=plan.audience,
        toml=plan_to_toml(plan),
        effective_from=proposed.effective_from,
        note=proposed.note.strip(),
        state=DraftState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
        development_id=proposed.development_id,
        offered_until=proposed.offered_until,
    )
    session.add(draft)
    audit.record(session, actor, now, "reward_plan_proposed", draft, audience=plan.audience)
    tell(session, actor, now, "reward_plan_draft_waits", draft, Concerned(), audience=plan.audience)
    return draft


def publish_draft(session: Session, actor: Actor, now: datetime, draft: RewardPlanDraft) -> RewardPlanVersion:
    """Publish a draft as its audience's next version; by another person than who proposed it.

    One that is to hold from today on holds from now on: who has joined this morning keeps what was promised then.
    Raises Refusal `draft_decided`, `own_draft`, `plan_in_past`, `plan_published_meanwhile`.
    """
    drafts.lock_open_to_another(session, actor, draft)
    _to_come(draft.effective_from, now)
    plan = parse(draft.toml)
    _check_offer(plan, draft.effective_from, now, draft.offered_until)
    of = {"development_id": draft.development_id, "offered_until": draft.offered_until}
    since = max(draft.effective_from, now)
    version = rewards.publish_reward_plan(session, actor, now, plan=plan, effective_from=since, **of)  # type: ignore[arg-type]
    drafts.publish(session, actor, now, draft, version.id)
    return version


def refuse_draft(session: Session, actor: Actor, now: datetime, draft: RewardPlanDraft, reason: str) -> None:
    """Send a draft back with a reason. Raises Refusal `draft_decided`, `own_draft`, `draft_reason_needed`."""
    drafts.refuse(session, actor, now, draft, reason)
    audit.record(session, actor, now, "reward_plan_draft_refused", draft, audience=draft.audience)
    whom = Concerned(draft.proposed_by)
    tell(session, actor, now, "reward_plan_draft_refused", draft, whom, audience=draft.audience)


def withdraw_draft(session: Session, actor: Actor, now: datetime, draft: RewardPlanDraft) -> None:
    """Take one's own draft back. Raises Refusal `draft_decided`, `not_your_draft`."""
    drafts.withdraw(session, actor, now, draft)
    audit.record(session, actor, now, "reward_plan_draft_withdrawn", draft, audience=draft.audience)


def listed(visible: Select[RewardPlanDraft], *, undecided: bool = False) -> Select[RewardPlanDraft]:
    """A visible selection of drafts with their people."""
    if undecided:
        visible = visible.where(RewardPlanDraft.state == DraftState.PROPOSED)
    people = joinedload(RewardPlanDraft.proposer), joinedload(RewardPlanDraft.decider)
    return visible.options(*people, joinedload(RewardPlanDraft.version))


def states(session: Session, now: datetime) -> dict[int, str]:
    """How every version stands: `published` (who joins now is promised it), `superseded`, or `upcoming`."""
    order = (RewardPlanVersion.effective_from, RewardPlanVersion.version)
    whose = RewardPlanVersion.audience, RewardPlanVersion.development_id
    stmt = select(RewardPlanVersion.id, *whose, RewardPlanVersion.effective_from).order_by(*order)
    newest: dict[tuple[str, int | None], int] = {}
    standing: dict[int, str] = {}
    for row_id, audience, place, since in session.execute(stmt):
        if since > now:
            standing[row_id] = "upcoming"
            continue
        if (audience, place) in newest:
            standing[newest[audience, place]] = "superseded"
        newest[audience, place], standing[row_id] = row_id, "published"
    return standing


def _to_come(effective_from: datetime, now: datetime) -> None:
    """What was promised to who has joined does not change behind their backs."""
    if effective_from < day_start(local_day(now)):
        raise Refusal("plan_in_past", field="effective_from")


def _check_offer(plan: RewardPlan, effective_from: datetime, now: datetime, until: date | None) -> None:
    """An offer lasts beyond the day on which the plan comes into force, and goes to people."""
    if until is None:
        return
    if plan.audience is Audience.PROGRAMME:
        raise Refusal("offer_to_programmes", field="offered_until")
    if until < local_day(max(effective_from, now)):
        raise Refusal("offer_days", field="offered_until")
