"""What can be done with money, as a table: each operation finds its target as a page would show it, and acts on it
later, in a transaction of its own, when it may have changed.

An operation answers with what it would tell its user, such as `approved 17`: what was told must stay true. To add one,
write the two functions and a line in OPERATIONS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from commissions.calendar import add_months
from commissions.payout import Check
from portal.adapters import bank
from portal.clock import local_day, month_of, month_start
from portal.db import Database
from portal.models import (
    Deal,
    Development,
    Invoice,
    InvoiceState,
    MilestoneKind,
    Payout,
    PayoutBatch,
    PayoutState,
    Period,
    PeriodState,
    Person,
    Role,
    Statement,
)
from portal.services.deals import deals
from portal.services.payouts import bank_answers, bank_files, invoices, payouts
from portal.services.periods import periods
from portal.services.periods import worker as close_worker
from portal.services.statements import issuing
from tests import factories as make
from tests.factories.papers import TAX_NUMBER
from tests.hammer.world import Hand, Place

T = TypeVar("T")

Told = Sequence[str]
"""What the user was told: a word and the id that it is about, or a word and a number."""

_CROWD = 3
"""Everybody takes one of the first few, so that several hands meet on one row."""
_WAITING_DEALS = 12
_LATELY = timedelta(days=60)
"""Deals that are recorded now may have been subscribed and signed long ago: in months that are closed already."""
_STRAY = 0.1
"""How often a hand comes to something that is over already."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A deed: how often it is tried, what it is done to (None: nothing is there to do), and the doing.

    Most are one transaction, as a request is (`in_one_transaction`); what works in several, as a job does,
    takes the database.
    """

    name: str
    weight: int
    find: Callable[[Session, Hand], Any]
    do: Callable[[Database, Hand, Any], Told]


def in_one_transaction(do: Callable[[Session, Hand, Any], Told]) -> Callable[[Database, Hand, Any], Told]:
    """A deed in the one transaction of its request: who reads the answer knows that it is committed."""

    def committed(database: Database, hand: Hand, target: Any) -> Told:
        with database.transaction() as session:
            return list(do(session, hand, target))

    return committed


def _any(session: Session, hand: Hand, stmt: Select[T]) -> T | None:
    found = session.scalars(stmt.limit(_CROWD)).all()
    return hand.random.choice(found) if found else None


# Deals


def _place(session: Session, hand: Hand) -> Place | None:
    waiting = select(Deal.id).where(Deal.signed_at.is_(None), Deal.cancelled_at.is_(None)).limit(_WAITING_DEALS)
    crowded = len(session.scalars(waiting).all()) == _WAITING_DEALS
    return None if crowded else hand.random.choice(hand.places)


def _subscribe(session: Session, hand: Hand, place: Place) -> Told:
    now, phone = hand.now(), f"139{hand.random.randrange(10**8):08d}"
    at = now - hand.random.random() * _LATELY
    development = session.get_one(Development, place.development_id)
    seller = session.get_one(Person, place.broker_id)
    make.touch(session, person=seller, development=development, client=make.client(session, phone=phone))
    facts = {"name": "王小明", "unit": f"{phone}", "price_fen": hand.random.randrange(50_000_000, 400_000_000)}
    manager = hand.one(Role.CHANNEL_MANAGER)
    row = deals.open_deal(
        session, manager, now, deals.Subscription(development_id=development.id, phone=phone, at=at, **facts)
    )
    return [f"subscribed {row.id}"]


def _reaching(kind: MilestoneKind) -> Operation:
    """Bring a deal to a milestone: at an instant that may lie back, so that ranks change behind others."""
    waiting = {
        MilestoneKind.SIGNED: Deal.signed_at.is_(None),
        MilestoneKind.LOAN_RELEASED: Deal.signed_at.is_not(None) & ~_has(MilestoneKind.LOAN_RELEASED),
        MilestoneKind.CANCELLED: Deal.signed_at.is_not(None),
    }[kind]
    order = Deal.id.desc() if kind is MilestoneKind.CANCELLED else Deal.id
    weight = {MilestoneKind.SIGNED: 6, MilestoneKind.LOAN_RELEASED: 2, MilestoneKind.CANCELLED: 3}[kind]

    def find(session: Session, hand: Hand) -> int | None:
        return _any(session, hand, select(Deal.id).where(Deal.cancelled_at.is_(None), waiting).order_by(order))

    def do(session: Session, hand: Hand, key: int) -> Told:
        deal, now = session.get_one(Deal, key), hand.now()
        since = max(step.at for step in deal.milestones)
        at = now if kind is MilestoneKind.CANCELLED else _between(hand, since, now)
        deals.record_milestone(session, hand.one(Role.CHANNEL_MANAGER), now, deal, kind=kind, at=at)
        return [f"{kind} {key}"]

    return Operation(str(kind), weight, find, in_one_transaction(do))


def _has(kind: MilestoneKind) -> Any:
    return Deal.milestones.any(kind=kind)


def _between(hand: Hand, since: datetime, now: datetime) -> datetime:
    return since + (now - since) * hand.random.random() if since < now else now


# Statements


def _month(_session: Session, hand: Hand) -> str:
    return month_of(hand.now())


def _issue(session: Session, hand: Hand, month: str) -> Told:
    finance, payee = hand.one(Role.FINANCE), f"agency:{hand.random.choice(hand.places).agency_id}"
    row = issuing.issue_statement(session, finance, hand.now(), payee=payee, month=month)
    return [f"statement {row.id}"]


def _issue_all(session: Session, hand: Hand, month: str) -> Told:
    issued = issuing.issue_all(session, hand.one(Role.FINANCE), hand.now(), month=month)
    return [f"statement {row.id}" for row in issued]


# Closing


def _month_to_close(_session: Session, hand: Hand) -> str:
    """The month before, and now and then the running one."""
    start = month_start(month_of(hand.now()))
    return month_of(start if hand.random.random() < _STRAY else add_months(start, -1))


def _start_close(session: Session, hand: Hand, month: str) -> Told:
    periods.start_close(session, hand.one(Role.FINANCE), hand.now(), month=month)
    return [f"closing {month}"]


def _under_way(session: Session, _hand: Hand) -> int | None:
    return session.scalar(select(Period.id).where(Period.state == PeriodState.CLOSING))


def _close(database: Database, hand: Hand, key: int) -> Told:
    """The next chunk, as the worker does it."""
    close_worker.advance(database, hand.now, key)
    return []


# Payouts


def _payout_in(state: PayoutState) -> Callable[[Session, Hand], int | None]:
    def find(session: Session, hand: Hand) -> int | None:
        stmt = select(Payout.id).order_by(Payout.id)
        if hand.random.random() > _STRAY:
            stmt = stmt.where(Payout.state == state)
        return _any(session, hand, stmt)

    return find


def _unbilled(session: Session, hand: Hand) -> int | None:
    """A payable statement without the right invoice of its agency."""
    equal = (Invoice.state == InvoiceState.CURRENT) & (Invoice.amount_fen == Statement.payable_fen)
    billed = select(Invoice.id).where(Invoice.statement_id == Statement.id, equal).exists()
    stmt = select(Statement.id).where(Statement.payable_fen > 0).order_by(Statement.id)
    return _any(session, hand, stmt if hand.random.random() < _STRAY else stmt.where(~billed))


def _bill(session: Session, hand: Hand, key: int) -> Told:
    """Now and then over another sum, which must hold the payout."""
    statement, now = session.get_one(Statement, key), hand.now()
    fen = statement.payable_fen + (hand.random.random() < _STRAY)
    number = f"{hand.random.randrange(10**8):08d}"
    paper = invoices.Paper(number, fen, local_day(now), f"%PDF-{number}".encode())
    invoices.send_invoice(session, hand.principal(statement.agency_id), now, hand.files, statement, paper)
    return []


def _unchecked(session: Session, hand: Hand) -> int | None:
    """An invoice that finance has not looked at; now and then one that was checked, or that counts no more."""
    stmt = select(Invoice.id).order_by(Invoice.id)
    if hand.random.random() > _STRAY:
        stmt = stmt.where(Invoice.state == InvoiceState.CURRENT, Invoice.checked_at.is_(None))
    return _any(session, hand, stmt)


def _check(session: Session, hand: Hand, key: int) -> Told:
    """Over another sum than the statement's it is refused; the agency sends the right one."""
    invoice, now, finance = session.get_one(Invoice, key), hand.now(), hand.one(Role.FINANCE)
    facts = {"read_fen": invoice.amount_fen, "tax_number": TAX_NUMBER, "tax_bps": 600}
    invoices.check_invoice(session, finance, now, invoice, **facts)
    return []


def _release(session: Session, hand: Hand, key: int) -> Told:
    """Look at what was cancelled or ranked anew since the statement, and pay all the same."""
    payout, approver = session.get_one(Payout, key), hand.one(Role.APPROVER)
    payouts.release_hold(session, approver, hand.now(), payout, Check.DEALS_UNCHANGED, reason="looked at")
    return []


def _approve(session: Session, hand: Hand, key: int) -> Told:
    payouts.approve_payout(session, hand.one(Role.APPROVER), hand.now(), session.get_one(Payout, key))
    return [f"approved {key}"]


def _reject(session: Session, hand: Hand, key: int) -> Told:
    payout = session.get_one(Payout, key)
    payouts.reject_payout(session, hand.one(Role.APPROVER), hand.now(), payout, reason="not yet")
    return [f"rejected {key}"]


def _ended(session: Session, hand: Hand) -> int | None:
    over = select(Payout.statement_id).where(Payout.state.in_(payouts.ENDED))
    if hand.random.random() > _STRAY:
        under_way = select(Payout.statement_id).where(Payout.state.not_in(payouts.ENDED))
        over = over.where(Payout.statement_id.not_in(under_way))
    return _any(session, hand, over.order_by(Payout.id.desc()))


def _request_again(session: Session, hand: Hand, key: int) -> Told:
    statement = session.get_one(Statement, key)
    payout = payouts.request_payout(session, hand.one(Role.FINANCE), hand.now(), statement)
    return [f"requested {payout.id}"]


def _export(session: Session, hand: Hand, key: int) -> Told:
    """All that is approved, or one alone."""
    ids = [key] if hand.random.random() < 0.5 else None
    batch, _ = bank_files.export_payouts(session, hand.one(Role.CASHIER), hand.now(), ids)
    return [f"exported {payout.id}" for payout in bank_files.payouts_of(session, batch)]


# The bank


def _batch(session: Session, hand: Hand) -> int | None:
    """A file whose answer is awaited; now and then one that was answered long ago."""
    stmt = select(PayoutBatch.id).order_by(PayoutBatch.id.desc())
    if hand.random.random() > 2 * _STRAY:
        stmt = stmt.where(PayoutBatch.payouts.any(state=PayoutState.EXPORTED))
    return _any(session, hand, stmt)


def _import(session: Session, hand: Hand, key: int) -> Told:
    batch = session.get_one(PayoutBatch, key)
    data = _answer(hand, bank.read_payments(bank_files.file_of(session, batch)))
    report = bank_files.import_result(session, hand.one(Role.CASHIER), hand.now(), batch, bank.read_answer(data))
    sent = [payout.id for payout in bank_files.payouts_of(session, batch)]
    told = [f"reports_paid {report.paid}"]
    for row in bank_answers.waiting_of(session, sent).values():
        bank_answers.confirm_answer(session, hand.one(Role.FINANCE), hand.now(), row)
        told.append(f"reports_{row.outcome} 1")
    return told


def _answer(hand: Hand, payments: Sequence[bank.Payment]) -> bytes:
    """The bank's answer. Of one payment it always says the same, but the rows come in any order, in parts, twice, with
    a row that belongs elsewhere, and sometimes with a second, contrary one."""
    rows = [bank.Result(one.reference, one.amount_fen, *_word(one.reference)) for one in payments]
    rows = hand.random.sample(rows, hand.random.randint(1, len(rows)))
    said = hand.random.choice(rows)
    strange = [
        bank.Result("P-1999-01-0001-1", said.amount_fen, bank.PAID, ""),
        bank.Result(said.reference, said.amount_fen + 1, bank.PAID, ""),
        bank.Result(said.reference, said.amount_fen, bank.FAILED, "after all not"),
        bank.Result(said.reference, said.amount_fen, bank.RETURNED, "sent back"),
        said,
    ]
    return bank.write_results([*rows, *hand.random.sample(strange, hand.random.randint(0, 2))])


def _word(reference: str) -> tuple[str, str]:
    return (bank.FAILED, "closed by the system") if sum(reference.encode()) % 4 == 0 else (bank.PAID, "")


OPERATIONS = (
    Operation("subscribe", 6, _place, in_one_transaction(_subscribe)),
    _reaching(MilestoneKind.SIGNED),
    _reaching(MilestoneKind.LOAN_RELEASED),
    _reaching(MilestoneKind.CANCELLED),
    Operation("issue", 4, _month, in_one_transaction(_issue)),
    Operation("issue_all", 1, _month, in_one_transaction(_issue_all)),
    Operation("start_close", 2, _month_to_close, in_one_transaction(_start_close)),
    Operation("close", 4, _under_way, _close),
    Operation("bill", 8, _unbilled, in_one_transaction(_bill)),
    Operation("check", 8, _unchecked, in_one_transaction(_check)),
    Operation("release", 6, _payout_in(PayoutState.REQUESTED), in_one_transaction(_release)),
    Operation("approve", 8, _payout_in(PayoutState.REQUESTED), in_one_transaction(_approve)),
    Operation("reject", 2, _payout_in(PayoutState.REQUESTED), in_one_transaction(_reject)),
    Operation("request_again", 5, _ended, in_one_transaction(_request_again)),
    Operation("export", 5, _payout_in(PayoutState.APPROVED), in_one_transaction(_export)),
    Operation("import", 7, _batch, in_one_transaction(_import)),
)
"""Everything that is hammered, and how often."""
