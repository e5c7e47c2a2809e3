"""Where money goes, held against who said so: bank details, and the accounts that bank files were sent to."""

from collections.abc import Callable, Iterator

from sqlalchemy import Select, Subquery, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from commissions.ledger import Fault
from commissions.refusal import Refusal

from ...adapters import bank
from ...crypto import SealBroken
from ...models import (
    Agency,
    BankChange,
    FirstApprovalAnew,
    Payout,
    PayoutApproval,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Person,
    ProposalState,
    Statement,
)
from ...rules.bank_details.bank_details import BankDetails
from ...session import Session
from .. import contacts
from ..bank_details import bank_details
from ..bank_details.bank_details import Owner
from ..payouts.bank_files import BATCH_FILE
from .settlement_checks import BESIDE


def details_fault(session: Session) -> Fault | None:
    """Bank details that do not open in their row, or are not those that two people brought into force
    (`bank_details`)."""
    for owner in _owners(session):
        try:
            bank_details.details_of(session, owner)
        except Refusal:
            return _fault("bank_details", bank_details.payee_of(owner))
    for kind in (Agency, Person):
        latest = aliased(BankChange)
        mine = latest.agency_id == kind.id if kind is Agency else latest.person_id == kind.id
        newest = select(func.max(latest.id)).where(mine, latest.state == ProposalState.CONFIRMED).correlate(kind)
        other = or_(kind.bank_digest.is_(None), kind.bank_digest != BankChange.digest)
        wrong = select(kind).join(BankChange, BankChange.id == newest.scalar_subquery()).where(other)
        owner = session.scalar(wrong.order_by(kind.id).limit(1))
        if owner is not None:
            return _fault("bank_details", bank_details.payee_of(owner))
    return None


def sent_account_fault(session: Session) -> Fault | None:
    """A payment in a bank file to another account than it was approved for (`sent_account`)."""
    approved = PayoutBatch.payouts.any(Payout.approvals.any())
    for batch_id in session.scalars(select(PayoutBatch.id).where(approved).order_by(PayoutBatch.id)).all():
        of = select(PayoutBatch.number, PayoutBatch.content_sealed).where(PayoutBatch.id == batch_id)
        number, sealed = session.execute(of).one()
        try:
            sent = bank.read_payments(contacts.vault_of(session).open(sealed, BATCH_FILE))
        except (SealBroken, Refusal):
            return _fault("bank_file", number)
        accounts = {one.reference: BankDetails(one.payee, one.bank, one.account) for one in sent}
        for payout in session.scalars(_approved_of(batch_id)).unique().all():
            details, owner = accounts.get(payout.reference), payout.owner
            if details is None or owner is None:
                return _fault("sent_account", payout.reference)
            if bank_details.digest_of(session, owner, details) != payout.approvals[-1].account_digest:
                return _fault("sent_account", payout.reference)
    return None


def approvals_fault(session: Session) -> Fault | None:
    """An approval by who issued or requested the payment, or by who sent it; or one for another account, above the
    limit, without a first one of another hand (`hands`)."""
    anew = select(FirstApprovalAnew.payout_id, FirstApprovalAnew.approver_id)
    given = select(PayoutApproval.payout_id, PayoutApproval.approved_by).union_all(anew).subquery()
    return _own_approval(session, given) or _anew_alone(session)


def _own_approval(session: Session, of: Subquery) -> Fault | None:
    asked, sent = aliased(PayoutStep), aliased(PayoutStep)
    mine = of.c.approved_by
    twice = or_(
        Statement.issued_by == mine,
        exists().where(asked.payout_id == Payout.id, asked.state == PayoutState.REQUESTED, asked.actor_id == mine),
        exists().where(sent.payout_id == Payout.id, sent.state == PayoutState.EXPORTED, sent.actor_id == mine),
    )
    wrong = select(Payout.reference).join(of, of.c.payout_id == Payout.id).join(Statement).where(twice)
    reference = session.scalar(wrong.order_by(Payout.id).limit(1))
    return None if reference is None else _fault("hands", reference)


def _anew_alone(session: Session) -> Fault | None:
    of, earlier, first = PayoutApproval, aliased(PayoutApproval), FirstApprovalAnew
    before = select(func.max(earlier.id)).where(earlier.payout_id == of.payout_id, earlier.id < of.id)
    another = exists().where(
        first.payout_id == of.payout_id,
        first.approval_id == before.correlate(of).scalar_subquery(),
        first.account_digest == of.account_digest,
        first.approver_id != of.approved_by,
    )
    wrong = (
        select(Payout.reference)
        .join(of, of.payout_id == Payout.id)
        .where(Payout.approvals_needed > 1, before.correlate(of).scalar_subquery().is_not(None), ~another)
    )
    reference = session.scalar(wrong.order_by(Payout.id).limit(1))
    return None if reference is None else _fault("hands", reference)


CHECKS: tuple[Callable[[Session], Fault | None], ...] = (details_fault, sent_account_fault, approvals_fault)
"""What is proven of accounts, in its order."""


def _owners(session: Session) -> Iterator[Owner]:
    yield from session.scalars(select(Agency).where(Agency.bank_sealed.is_not(None)).order_by(Agency.id)).all()
    yield from session.scalars(select(Person).where(Person.bank_sealed.is_not(None)).order_by(Person.id)).all()


def _approved_of(batch_id: int) -> Select[Payout]:
    owners = joinedload(Payout.agency), joinedload(Payout.person), joinedload(Payout.approvals)
    stmt = select(Payout).where(Payout.batch_id == batch_id, Payout.approvals.any())
    return stmt.options(*owners).order_by(Payout.id)


def _fault(what: str, reference: str) -> Fault:
    return Fault(BESIDE, what, reference)
