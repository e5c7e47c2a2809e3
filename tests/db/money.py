"""The people and agreements that money passes through, for the tests of statements, payouts and the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from commissions import ledger as accounts
from portal.access.actor import Actor
from portal.adapters import bank
from portal.models import Agreement, MilestoneKind, Payout, PayoutBatch, Person, Role, Statement
from portal.services.deals import deals
from portal.services.ledger import balances as ledger_balances
from portal.services.payouts import bank_answers, bank_files, payouts
from portal.services.statements import issuing
from tests import factories as make

EARNED_FEN = 36_000_00
"""A first deal at 2,000,000 yuan by the standard plan."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Three hands."""

    finance: Person
    approver: Person
    cashier: Person

    @classmethod
    def hired(cls, session: Session) -> "Staff":
        return cls(*(make.person(session, role) for role in (Role.FINANCE, Role.APPROVER, Role.CASHIER)))

    @property
    def issues(self) -> Actor:
        return Actor.of(self.finance)

    @property
    def approves(self) -> Actor:
        return Actor.of(self.approver)

    @property
    def pays(self) -> Actor:
        return Actor.of(self.cashier)


def earned(session: Session, staff: Staff, at: datetime, pair: Agreement | None = None) -> Agreement:
    """A deal of an agency with an account, whose commission is posted at `at`."""
    if pair is None:
        pair = make.agreement(session)
        make.bank_details(session, pair.agency)
    make.signed_deal(session, at, pair=pair, by=staff.finance)
    return pair


def requested(session: Session, staff: Staff, now: datetime) -> Payout:
    """The payout of a new agency's first statement, with its invoice."""
    pair = earned(session, staff, now - timedelta(days=1))
    month = f"{now:%Y-%m}"
    statement = issuing.issue_statement(session, staff.issues, now, payee=f"agency:{pair.agency_id}", month=month)
    make.invoice(session, statement)
    payout = payouts.of_statement(session, statement)[0]
    assert (payout.statement, payout.agency) == (statement, pair.agency)
    return payout


def approved(session: Session, staff: Staff, now: datetime) -> Payout:
    payout = requested(session, staff, now)
    payouts.approve_payout(session, staff.approves, now, payout)
    return payout


def exported(session: Session, staff: Staff, now: datetime, number: int = 1) -> PayoutBatch:
    """A bank file with so many payouts."""
    ids = [approved(session, staff, now).id for _ in range(number)]
    return bank_files.export_payouts(session, staff.pays, now, ids)[0]


def answer(session: Session, batch: PayoutBatch, failing: dict[str, str] | None = None) -> bytes:
    """What the bank answers to a file."""
    return bank.answer(bank.read_payments(bank_files.file_of(session, batch)), failing or {})


def taken_in(session: Session, staff: Staff, at: datetime, batch: PayoutBatch, data: bytes) -> bank_files.ImportReport:
    """The cashier imports the bank's answer, and finance confirms what it calls failed or sent back."""
    report = bank_files.import_result(session, staff.pays, at, batch, bank.read_answer(data), name="result.csv")
    sent = [payout.id for payout in bank_files.payouts_of(session, batch)]
    for row in bank_answers.waiting_of(session, sent).values():
        bank_answers.confirm_answer(session, staff.issues, at, row)
    return report


def cancel(session: Session, staff: Staff, at: datetime, deal_id: int) -> None:
    deal = session.get_one(deals.Deal, deal_id)
    deals.record_milestone(session, staff.issues, at, deal, kind=MilestoneKind.CANCELLED, at=at)


def held(session: Session, agency_id: int) -> tuple[int, int, int]:
    """What an agency's accounts hold to its credit: accrued, payable, in transit."""
    kinds = (accounts.accrued, accounts.payable, accounts.in_transit)
    return tuple(-ledger_balances.balance_of(session, kind(f"agency:{agency_id}")) for kind in kinds)


def sums(statement: Statement) -> tuple[int, int, int, int]:
    return statement.opening_fen, statement.lines_fen, statement.payable_fen, statement.carried_fen
