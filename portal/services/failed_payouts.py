"""Payments that did not arrive, and asking for them anew: each once, and only after what the bank blamed is mended.

The bank's words are kept as they came. Where they blame the account, asking again would fail again: finance has the
bank details corrected first, and the day of rest after that is a hold of the new payout as of any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissions.refusal import Refusal

from ..access import scope
from ..access.actor import Actor
from ..adapters import bank
from ..models import Payout, PayoutState, Statement
from . import payouts
from .payouts import LeftOut

FAILED = (PayoutState.FAILED, PayoutState.RETURNED)


@dataclass(frozen=True, slots=True)
class Failure:
    """A payment that did not arrive, or came back: the bank's words, and whether the account must be mended first."""

    payout: Payout
    message: str
    at: datetime
    blames_account: bool
    mended: bool

    @property
    def refusal(self) -> Refusal | None:
        """Why it cannot be asked for yet."""
        return Refusal("bank_not_mended") if self.blames_account and not self.mended else None


def waiting(actor: Actor) -> Select[tuple[Payout]]:
    """The failed and returned payouts that nothing has followed yet, of those that the actor may see."""
    latest = select(func.max(Payout.id)).group_by(Payout.statement_id)
    shown = joinedload(Payout.agency), joinedload(Payout.person), joinedload(Payout.batch)
    stmt = scope.visible(actor, Payout).where(Payout.state.in_(FAILED), Payout.id.in_(latest))
    return stmt.options(*shown, joinedload(Payout.statement), selectinload(Payout.steps), selectinload(Payout.releases))


def failures(session: Session, actor: Actor, ids: Sequence[int] | None = None) -> list[Failure]:
    """What waits to be asked for anew (of `ids`), the oldest first."""
    stmt = waiting(actor) if ids is None else waiting(actor).where(Payout.id.in_(ids))
    return [_failure(payout) for payout in session.scalars(stmt.order_by(Payout.id))]


def count(session: Session, actor: Actor) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(waiting(actor).subquery())) or 0


def request_again(
    session: Session, actor: Actor, now: datetime, ids: Sequence[int]
) -> tuple[list[Payout], list[LeftOut]]:
    """Ask for each of these anew, once: of two who press together one asks, and the other is told.

    The new payouts, and those left out, each with its no: `bank_not_mended`, or those of `request_payout`.
    Raises Refusal `nothing_chosen`.
    """
    chosen = failures(session, actor, ids)
    if not chosen:
        raise Refusal("nothing_chosen")
    asked: list[Payout] = []
    left_out: list[LeftOut] = []
    for failure in chosen:
        try:
            asked.append(_ask(session, actor, now, failure))
        except Refusal as refusal:
            left_out.append(LeftOut(failure.payout, refusal))
    return asked, left_out


def _ask(session: Session, actor: Actor, now: datetime, failure: Failure) -> Payout:
    if failure.refusal is not None:
        raise failure.refusal
    statement: Statement = failure.payout.statement
    return payouts.request_payout(session, actor, now, statement)


def _failure(payout: Payout) -> Failure:
    last, agency = payout.steps[-1], payout.agency
    changed_at = agency.bank_changed_at if agency else None
    mended = changed_at is not None and changed_at > last.at
    return Failure(payout, last.note, last.at, bank.blames_account(last.note), mended)
