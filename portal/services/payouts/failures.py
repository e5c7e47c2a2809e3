"""What became of a payment that did not arrive: the bank's words, and whether what they blame is mended.

The bank's words are kept as they came. Where they blame the account, asking again would fail again, so nobody can: the
payee's bank details are given anew first, by two people as ever. Words can mislead; then the same details are given
anew, and somebody has asked the payee.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from commissions.refusal import Refusal

from ...adapters import bank
from ...models import Payout, PayoutState, Statement
from ...session import Session

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the payment of a statement ended before: by whose words, when, and whether the payee's bank details were
    given anew since it was sent, or since it ended unsent."""

    payout: Payout
    words: str
    at: datetime
    bank_changed: bool


def failure_of(payout: Payout) -> Failure:
    """The failure of a payout in one of FAILED. Details that were given since it was sent count as mended."""
    last, owner = payout.steps[-1], payout.owner
    sent_at = next(step.at for step in payout.steps if step.state is PayoutState.EXPORTED)
    changed_at = owner.bank_changed_at if owner else None
    mended = changed_at is not None and changed_at > sent_at
    return Failure(payout, last.note, last.at, bank.blames_account(last.note), mended)


def last_failure(session: Session, statement: Statement) -> Failure | None:
    """How the payment of a statement failed the last time, if it did."""
    owners = joinedload(Payout.agency), joinedload(Payout.person)
    stmt = select(Payout).where(Payout.statement_id == statement.id, Payout.state.in_(FAILED))
    payout = session.scalar(stmt.options(*owners, selectinload(Payout.steps)).order_by(Payout.id.desc()).limit(1))
    return failure_of(payout) if payout else None


def earlier_attempts(session: Session, rows: Sequence[Payout]) -> dict[int, Attempt]:
    """How the attempt before each of these payouts ended, by the payout's id; a first attempt has none."""
    before = aliased(Payout)
    pairs = (
        select(Payout.id, func.max(before.id))
        .join(before, and_(before.statement_id == Payout.statement_id, before.id < Payout.id))
        .where(Payout.id.in_([row.id for row in rows]))
        .group_by(Payout.id)
    )
    latest = dict(session.execute(pairs).all())
    if not latest:
        return {}
    owners = joinedload(Payout.agency), joinedload(Payout.person)
    stmt = select(Payout).where(Payout.id.in_(latest.values())).options(*owners, selectinload(Payout.steps))
    ended = {payout.id: payout for payout in session.scalars(stmt)}
    return {key: _attempt(ended[before_id]) for key, before_id in latest.items()}


def _attempt(payout: Payout) -> Attempt:
    last, owner = payout.steps[-1], payout.owner
    since = next((step.at for step in payout.steps if step.state is PayoutState.EXPORTED), last.at)
    changed_at = owner.bank_changed_at if owner else None
    return Attempt(payout, last.note, last.at, changed_at is not None and changed_at > since)
