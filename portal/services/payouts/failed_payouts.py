"""The list of payments that did not arrive, and asking for them anew: each once, by one button for several."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import Payout
from ...session import Session
from . import payouts
from .failures import FAILED, Failure, failure_of
from .payouts import LeftOut


def waiting(actor: Actor) -> Select[Payout]:
    """The failed and returned payouts that nothing has followed yet, of those that the actor may see."""
    later = aliased(Payout)
    followed = select(later.id).where(later.statement_id == Payout.statement_id, later.id > Payout.id).exists()
    shown = joinedload(Payout.agency), joinedload(Payout.person), joinedload(Payout.batch)
    stmt = scope.visible(actor, Payout).where(Payout.state.in_(FAILED), ~followed)
    return stmt.options(*shown, joinedload(Payout.statement), selectinload(Payout.steps), selectinload(Payout.releases))


def failures(session: Session, actor: Actor, ids: Sequence[int] | None = None) -> list[Failure]:
    """What waits to be asked for anew (of `ids`), the oldest first."""
    stmt = waiting(actor) if ids is None else waiting(actor).where(Payout.id.in_(ids))
    return [failure_of(payout) for payout in session.scalars(stmt.order_by(Payout.id))]


def count(session: Session, actor: Actor) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(waiting(actor).subquery())) or 0


def request_again(
    session: Session, actor: Actor, now: datetime, ids: Sequence[int]
) -> tuple[list[Payout], list[LeftOut]]:
    """Ask for each of these anew, once: of two who press together one asks, and the other is told.

    The new payouts, and those left out, each with its no (those of `request_payout`).
    Raises Refusal `nothing_chosen`.
    """
    chosen = failures(session, actor, ids)
    if not chosen:
        raise Refusal("nothing_chosen")
    asked: list[Payout] = []
    left_out: list[LeftOut] = []
    for failure in chosen:
        try:
            asked.append(payouts.request_payout(session, actor, now, failure.payout.statement))
        except Refusal as refusal:
            left_out.append(LeftOut(failure.payout, refusal))
    return asked, left_out
