"""What went out to an agency's endpoints: the list, one with its attempts, and for how long it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...models import WebhookAttempt, WebhookDelivery
from ...session import Session
from .worker import answer_context

KEPT = timedelta(days=30)
"""For so long after it was made a delivery stands in the log, as events do in the stream."""
_AT_ONCE = 2000
MOST_LOGGED = 20_000
"""So many of the newest go into a file."""


class State(StrEnum):
    """How a delivery stands."""

    WAITS = "waits"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


_IN_STATE: dict[State, ColumnElement[bool]] = {
    State.WAITS: WebhookDelivery.next_try_at.is_not(None),
    State.DELIVERED: WebhookDelivery.delivered_at.is_not(None),
    State.GIVEN_UP: WebhookDelivery.given_up_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are wanted; what is None does not matter."""

    endpoint: int | None = None
    state: State | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """A delivery with its last attempt, if there was one."""

    row: WebhookDelivery
    last: WebhookAttempt | None


@dataclass(frozen=True, slots=True)
class AttemptMade:
    """An attempt with what was answered, as text."""

    row: WebhookAttempt
    answer: str


def state_of(row: WebhookDelivery) -> State:
    """How a delivery stands."""
    if row.next_try_at is not None:
        return State.WAITS
    return State.DELIVERED if row.delivered_at is not None else State.GIVEN_UP


def deliveries_of(actor: Actor, wanted: Filter) -> Select[WebhookDelivery]:
    """The deliveries that the actor may see, each with its endpoint."""
    return _narrowed(visible(actor, WebhookDelivery), wanted).options(joinedload(WebhookDelivery.endpoint))


def logged(session: Session, actor: Actor, wanted: Filter) -> Sequence[Logged]:
    """The same with the last attempt of each, the newest first, at most `MOST_LOGGED`."""
    stmt = deliveries_of(actor, wanted).order_by(WebhookDelivery.id.desc()).limit(MOST_LOGGED)
    ids = _narrowed(visible(actor, WebhookDelivery), wanted).with_only_columns(WebhookDelivery.id)
    latest = select(func.max(WebhookAttempt.id)).where(WebhookAttempt.delivery_id.in_(ids))
    attempts = session.scalars(
        select(WebhookAttempt).where(WebhookAttempt.id.in_(latest.group_by(WebhookAttempt.delivery_id)))
    )
    last = {one.delivery_id: one for one in attempts}
    return [Logged(row, last.get(row.id)) for row in session.scalars(stmt)]


def _narrowed(stmt: Select[WebhookDelivery], wanted: Filter) -> Select[WebhookDelivery]:
    if wanted.endpoint is not None:
        stmt = stmt.where(WebhookDelivery.endpoint_id == wanted.endpoint)
    if wanted.state is not None:
        stmt = stmt.where(_IN_STATE[wanted.state])
    return stmt if wanted.kind is None else stmt.where(WebhookDelivery.kind == wanted.kind)


def attempts_of(session: Session, row: WebhookDelivery) -> Sequence[AttemptMade]:
    """The attempts of a delivery, the latest first, with what was answered."""
    stmt = select(WebhookAttempt).where(WebhookAttempt.delivery_id == row.id).order_by(WebhookAttempt.id.desc())
    return [AttemptMade(one, _answer(session, one)) for one in session.scalars(stmt)]


def delete_old(session: Session, now: datetime) -> int:
    """Delete what was made too long ago and waits no more, a portion at a time; how many deliveries that were."""
    old = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.created_at < now - KEPT, WebhookDelivery.next_try_at.is_(None))
        .order_by(WebhookDelivery.id)
        .limit(_AT_ONCE)
    )
    ids = session.scalars(old).all()
    session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)))
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
    return len(ids)


def _answer(session: Session, row: WebhookAttempt) -> str:
    """What was answered, as far as it is text."""
    if row.answer_sealed is None:
        return ""
    return session.vault.open(row.answer_sealed, answer_context(row.delivery_id)).decode("utf-8", "replace")
