"""Drafts of plans: one person proposes, another publishes or sends back. The decision itself, once for every plan.

A draft never changes, so what is published is what was read. What follows from a decision, its row in the audit log and
who is told is the business of the plan's own domain, in the same transaction.
"""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ..access.actor import Actor
from ..models import DraftState
from ..session import Session


class AnyDraft(Protocol):
    """A row of a table of drafts (`models.commission.plans`)."""

    id: int
    proposed_by: int
    state: DraftState


def lock_open_to_another(session: Session, actor: Actor, draft: AnyDraft) -> None:
    """Let whoever else decides come before or after. Raises Refusal `draft_decided`, and `own_draft` for who proposed
    it."""
    _lock_open(session, draft)
    if draft.proposed_by == actor.id:
        raise Refusal("own_draft")


def publish(session: Session, actor: Actor, now: datetime, draft: AnyDraft, version_id: int) -> None:
    """Note as which version it was published, by who holds its lock."""
    _decide(session, actor, now, draft, DraftState.PUBLISHED, version_id=version_id)


def refuse(session: Session, actor: Actor, now: datetime, draft: AnyDraft, reason: str) -> None:
    """Send it back with a reason. Raises Refusal `draft_reason_needed`, `draft_decided` and `own_draft`."""
    if not reason.strip():
        raise Refusal("draft_reason_needed", field="reason")
    lock_open_to_another(session, actor, draft)
    _decide(session, actor, now, draft, DraftState.REFUSED, reason=reason.strip())


def withdraw(session: Session, actor: Actor, now: datetime, draft: AnyDraft) -> None:
    """Take one's own draft back. Raises Refusal `draft_decided` and `not_your_draft`."""
    _lock_open(session, draft)
    if draft.proposed_by != actor.id:
        raise Refusal("not_your_draft")
    _decide(session, actor, now, draft, DraftState.WITHDRAWN)


def _lock_open(session: Session, draft: AnyDraft) -> None:
    table: Any = type(draft)
    state = session.scalar(select(table.state).where(table.id == draft.id).with_for_update())
    if state is not DraftState.PROPOSED:
        raise Refusal("draft_decided")


def _decide(
    session: Session, actor: Actor, now: datetime, draft: AnyDraft, state: DraftState, **values: object
) -> None:
    table: Any = type(draft)
    decided = session.scalar(
        update(table)
        .where(table.id == draft.id, table.state == DraftState.PROPOSED)
        .values(state=state, decided_by=actor.id, decided_at=now, **values)
        .returning(table.id)
    )
    if decided is None:
        raise Refusal("draft_decided")
    session.refresh(draft)
