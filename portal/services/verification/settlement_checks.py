"""What stands beside the ledger, held against it: statements, their lines, payouts, bank files, balances.

The chain of hashes proves that no transfer was changed; these checks prove that the transfers are the right ones.
Each is one query that looks for the first row that does not fit, so that a clean ledger costs a scan and no more.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from commissions.ledger import BANK, Fault, accrued, counterpart, in_transit, payable
from referral.rewards.reward_plan import Kind

from ...crypto import SealBroken
from ...models import (
    Adjustment,
    AdjustmentState,
    Cause,
    LedgerTransfer,
    Payout,
    PayoutBatch,
    PayoutState,
    PostedLine,
    Referrer,
    Reward,
    RewardState,
    Statement,
    StatementLine,
)
from ...session import Session
from .. import contacts
from ..keys.marks import data_keys
from ..payouts.bank_files import BATCH_FILE
from ..taxes import groups as tax_groups
from ..taxes import tables as tax_tables

BESIDE = 0
"""The number of a fault that is in no block: what stands beside the ledger is wrong."""

_SENT = (PayoutState.EXPORTED, PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED)


def statement_fault(session: Session) -> Fault | None:
    """A statement whose lines are not its payee's, or do not come to its sum (`statement`)."""
    lines = (
        select(
            StatementLine.statement_id,
            func.sum(PostedLine.amount_fen).label("fen"),
            func.min(PostedLine.payee).label("lowest"),
            func.max(PostedLine.payee).label("highest"),
        )
        .join(PostedLine, PostedLine.id == StatementLine.line_id)
        .group_by(StatementLine.statement_id)
        .subquery()
    )
    fits = and_(
        lines.c.fen == Statement.lines_fen,
        lines.c.lowest == Statement.payee,
        lines.c.highest == Statement.payee,
    )
    wrong = select(Statement.number).outerjoin(lines, and_(lines.c.statement_id == Statement.id, fits))
    return _beside(session, "statement", wrong.where(lines.c.statement_id.is_(None)).order_by(Statement.id))


def carry_fault(session: Session) -> Fault | None:
    """A statement that does not open with what its payee's statement before carried on (`opening`)."""
    before = func.lag(Statement.carried_fen, 1, 0).over(partition_by=Statement.payee, order_by=Statement.id)
    chain = select(Statement.id, Statement.number, Statement.opening_fen, before.label("carried_fen")).subquery().c
    wrong = select(chain.number).where(chain.opening_fen != chain.carried_fen)
    return _beside(session, "opening", wrong.order_by(chain.id))


def statement_transfer_fault(session: Session) -> Fault | None:
    """A payable statement without its transfer, or a transfer without its statement (`statement_transfer`)."""
    t, reference = LedgerTransfer, literal("statement:") + Statement.number
    beside = and_(
        t.reference == reference,
        t.debit == literal("accrued:") + Statement.payee,
        t.credit == literal("payable:") + Statement.payee,
        t.amount_fen == Statement.payable_fen,
    )
    missing = select(Statement.number).outerjoin(t, beside).where(Statement.payable_fen > 0, t.id.is_(None))
    stray = (
        select(t.batch_id, t.reference)
        .outerjoin(Statement, and_(Statement.number == _after("statement:"), beside))
        .where(t.reference.startswith("statement:"), Statement.id.is_(None))
    )
    return _beside(session, "statement_transfer", missing.order_by(Statement.id)) or _in_block(
        session, "statement_transfer", stray
    )


def payout_fault(session: Session) -> Fault | None:
    """A payout that is not its statement's payable sum for its payee (`payout`)."""
    differs = or_(Payout.amount_fen != Statement.payable_fen, Payout.payee != Statement.payee)
    wrong = select(Payout.reference).join(Statement, Statement.id == Payout.statement_id).where(differs)
    return _beside(session, "payout", wrong.order_by(Payout.id))


def payout_transfer_fault(session: Session) -> Fault | None:
    """A step of a payout without its transfer, or a transfer without its step (`payout_transfer`)."""
    for step, (states, debit, credit) in _STEPS.items():
        beside = _step_transfer(step, debit, credit)
        t, took = LedgerTransfer, Payout.state.in_(states)
        missing = select(Payout.reference).outerjoin(t, beside).where(took, t.id.is_(None)).order_by(Payout.id)
        stray = (
            select(t.batch_id, t.reference)
            .outerjoin(Payout, and_(Payout.reference == _after(f"{step}:"), beside, took))
            .where(t.reference.startswith(f"{step}:P-"), Payout.id.is_(None))
        )
        fault = _beside(session, "payout_transfer", missing) or _in_block(session, "payout_transfer", stray)
        if fault is not None:
            return fault
    return None


def batch_fault(session: Session) -> Fault | None:
    """A bank file that was changed, or that does not hold its payouts' count and sum (`bank_file`)."""
    totals = select(Payout.batch_id, func.count().label("count"), func.sum(Payout.amount_fen).label("fen"))
    held = totals.group_by(Payout.batch_id).subquery()
    fits = and_(
        held.c.batch_id == PayoutBatch.id, held.c.count == PayoutBatch.count, held.c.fen == PayoutBatch.total_fen
    )
    wrong = select(PayoutBatch.number).outerjoin(held, fits).where(held.c.batch_id.is_(None)).order_by(PayoutBatch.id)
    return _beside(session, "bank_file", wrong) or _file_fault(session)


def adjustment_fault(session: Session) -> Fault | None:
    """An adjustment's line without its approved adjustment of this payee and amount, or the other way
    (`adjustment`)."""
    line, called = PostedLine, literal("adjustment:") + cast(Adjustment.id, String)
    same = and_(
        line.reference == called,
        line.cause == Cause.ADJUSTMENT,
        line.payee == Adjustment.payee,
        line.amount_fen == Adjustment.amount_fen,
    )
    approved = Adjustment.state == AdjustmentState.APPROVED
    stray = (
        select(line.reference)
        .outerjoin(Adjustment, and_(same, approved))
        .where(line.cause == Cause.ADJUSTMENT, Adjustment.id.is_(None))
    )
    missing = select(called).select_from(Adjustment).outerjoin(line, same).where(approved, line.id.is_(None))
    return _beside(session, "adjustment", stray.order_by(line.id)) or _beside(
        session, "adjustment", missing.order_by(Adjustment.id)
    )


def withholding_fault(session: Session) -> Fault | None:
    """A person's month whose withholding lines are not the tax on what was earned in it, or were never worked out
    (`withholding`)."""
    worked_out = {(row.person_id, row.month): row for row in session.scalars(tax_groups.latest())}
    for group in tax_groups.groups(session):
        table, last = tax_tables.in_force(session, group.month), worked_out.get((group.person_id, group.month))
        sums = (group.cash_fen, group.goods_fen, group.posted_fen)
        if table is None or last is None or (last.cash_fen, last.goods_fen, last.withheld_fen) != sums:
            return Fault(BESIDE, "withholding", f"tax:{group.person_id}:{group.month}")
        if tax_tables.parse(table.toml).withhold(*sums[:2]).withheld_fen != group.posted_fen:
            return Fault(BESIDE, "withholding", f"tax:{group.person_id}:{group.month}")
    return None


def reward_fault(session: Session) -> Fault | None:
    """A reward in money that is promised or paid and whose lines do not come to its sum, or the other way
    (`reward`)."""
    line, first = PostedLine, literal("reward:") + cast(Reward.id, String)
    named = or_(line.reference == first, line.reference.startswith(first + ":"))
    posted_fen = select(func.coalesce(func.sum(line.amount_fen), 0)).where(
        line.payee == literal("person:") + cast(Referrer.person_id, String), line.cause == Cause.REWARD, named
    )
    promised = Reward.state.in_((RewardState.APPROVED, RewardState.FULFILLED))
    owed_fen = case((promised, Reward.value_fen), else_=0)
    wrong = (
        select(first).join(Reward.referrer).where(Reward.kind == Kind.CASH, posted_fen.scalar_subquery() != owed_fen)
    )
    return _beside(session, "reward", wrong.order_by(Reward.id))


def balance_fault(session: Session) -> Fault | None:
    """An account that does not hold what statements and payouts say (`balance`)."""
    expected, found = _expected(session), _credits(session)
    for account in sorted({*expected, *found}):
        if expected.get(account, 0) != found.get(account, 0):
            return Fault(BESIDE, "balance", account)
    return None


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (
    statement_fault,
    carry_fault,
    statement_transfer_fault,
    payout_fault,
    payout_transfer_fault,
    batch_fault,
    adjustment_fault,
    withholding_fault,
    reward_fault,
    balance_fault,
)
"""Everything beside the chain that is proven, in its order."""


_STEPS: Mapping[str, tuple[tuple[PayoutState, ...], str, str]] = {
    "export": (_SENT, "payable", "in_transit"),
    "paid": ((PayoutState.PAID, PayoutState.RETURNED), "in_transit", BANK),
    "failed": ((PayoutState.FAILED,), "in_transit", "payable"),
    "returned": ((PayoutState.RETURNED,), BANK, "payable"),
}
"""A step's states, and the kinds of account that it debits and credits."""


def _step_transfer(step: str, debit: str, credit: str) -> ColumnElement[bool]:
    """The transfer of a payout's step, as the database finds it."""
    t = LedgerTransfer
    return and_(
        t.reference == literal(f"{step}:") + Payout.reference,
        t.debit == _account(debit),
        t.credit == _account(credit),
        t.amount_fen == Payout.amount_fen,
    )


def _account(kind: str) -> ColumnElement[str]:
    """The bank, or the payout's payee's account of this kind."""
    return literal(BANK) if kind == BANK else literal(f"{kind}:") + Payout.payee


def _after(prefix: str) -> ColumnElement[str]:
    """What follows a prefix in a transfer's reference: told this way, the database finds its row by an index."""
    return func.substr(LedgerTransfer.reference, len(prefix) + 1)


def _file_fault(session: Session) -> Fault | None:
    """A bank file that does not open, or is not what its digest says."""
    files = select(PayoutBatch.number, PayoutBatch.content_sealed, PayoutBatch.digest).order_by(PayoutBatch.id)
    with session.execute(files.execution_options(yield_per=10)) as rows:
        for number, sealed, digest in rows:
            try:
                content = contacts.vault_of(session).open(sealed, BATCH_FILE)
            except SealBroken as error:
                if error.no_key in data_keys(session):
                    raise  # the books are not to blame for the settings
                return Fault(BESIDE, "bank_file", number)
            if hashlib.sha256(content).hexdigest() != digest:
                return Fault(BESIDE, "bank_file", number)
    return None


def _expected(session: Session) -> dict[str, int]:
    """What each account ought to hold to its credit, from lines, statements and payouts."""
    held: defaultdict[str, int] = defaultdict(int)
    for cause, fen in session.execute(select(PostedLine.cause, func.sum(PostedLine.amount_fen)).group_by("cause")):
        held[counterpart(cause)] -= int(fen)
    for payee, fen in session.execute(_open_lines()):
        held[accrued(payee)] += int(fen)
    for payee, fen in session.execute(_carried()):
        held[accrued(payee)] += int(fen)
    payables = select(Statement.payee, func.sum(Statement.payable_fen)).group_by(Statement.payee)
    for payee, fen in session.execute(payables):
        held[payable(payee)] += int(fen)
    payouts = select(Payout.payee, Payout.state, func.sum(Payout.amount_fen))
    for payee, state, fen in session.execute(payouts.group_by(Payout.payee, Payout.state)):
        if state is PayoutState.EXPORTED:
            held[payable(payee)] -= int(fen)
            held[in_transit(payee)] += int(fen)
        elif state is PayoutState.PAID:
            held[payable(payee)] -= int(fen)
            held[BANK] += int(fen)
    return held


def _open_lines() -> Select[str, int]:
    stands = exists().where(StatementLine.line_id == PostedLine.id)
    return select(PostedLine.payee, func.sum(PostedLine.amount_fen)).where(~stands).group_by(PostedLine.payee)


def _carried() -> Select[str, int]:
    """What each payee's latest statement carries on."""
    return select(Statement.payee, Statement.carried_fen).where(Statement.id == _latest(Statement.payee))


def _latest(payee: SQLColumnExpression[str]) -> ScalarSelect[int]:
    other = aliased(Statement)
    return select(func.max(other.id)).where(other.payee == payee).scalar_subquery()


def _credits(session: Session) -> dict[str, int]:
    """What every account holds to its credit."""
    t = LedgerTransfer
    sides = union_all(
        select(t.credit.label("account"), t.amount_fen.label("fen")),
        select(t.debit.label("account"), (-t.amount_fen).label("fen")),
    ).subquery()
    rows = session.execute(select(sides.c.account, func.sum(sides.c.fen)).group_by(sides.c.account))
    return {account: int(fen) for account, fen in rows}


def _beside(session: Session, what: str, wrong: Select[str]) -> Fault | None:
    """The first row that a query finds wrong, named by its number or reference."""
    reference = session.scalar(wrong.limit(1))
    return None if reference is None else Fault(BESIDE, what, reference)


def _in_block(session: Session, what: str, stray: Select[int, str]) -> Fault | None:
    """The first transfer that a query finds astray, with its block."""
    row = session.execute(stray.order_by(LedgerTransfer.id).limit(1)).first()
    return None if row is None else Fault(row[0], what, row[1])
