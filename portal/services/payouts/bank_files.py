"""Bank files: approved payouts leave in a batch, and the bank's answer settles them (rules 6.3).

What the answer calls failed or sent back takes a second person: `bank_answers`.

What is booked: an exported payout moves from `payable` to `in_transit`; the bank's word moves it on to `bank` (paid)
or back to `payable` (failed); and what comes back after it was paid (退票) moves from `bank` to `payable` (returned).
Each transfer's reference names the payout and the step, so that no step can be booked twice, and `settlement_checks`
finds the two beside each other.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from commissions.ledger import BANK, Transfer, in_transit, payable
from commissions.payout import Verb
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters import bank
from ...clock import month_of
from ...models import (
    Agency,
    BankConfirmation,
    BankDecision,
    BankOutcome,
    BankResult,
    Payout,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Referrer,
)
from ...rules.bank_details.bank_details import BankDetails
from ...session import Session
from .. import audit, contacts
from ..bank_details import bank_details
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..ledger import posting
from ..locks import wait_in_line
from ..rewards import payments as reward_payments
from . import holds, payouts
from .payouts import LeftOut
from .telling import tell_of

BATCH_FILE = "payout_batch"
"""The context under which a bank file is sealed."""

Account = Callable[[str], str]
"""An account by its payee: `payable`, `in_transit`."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Which of the approved payouts this cashier may release now, and which not."""

    ready: Sequence[Payout]
    left_out: Sequence[LeftOut]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row of the bank's answer that settled nothing: where it stands, what it said, and why."""

    row: int
    reference: str
    amount_fen: int
    why: BankOutcome


@dataclass(slots=True)
class ImportReport:
    """What an import did: payouts settled (`paid`), rows that say failed or returned and wait to be confirmed, those
    known already, those that matched nothing; and how many payouts of the file (`missing`) have no answer."""

    paid: int = 0
    failed: int = 0
    returned: int = 0
    repeated: int = 0
    missing: int = 0
    unmatched: list[Unmatched] = field(default_factory=list)


# Out


def readiness(
    session: Session, actor: Actor, now: datetime, ids: Sequence[int] | None = None, *, lock: bool = False
) -> Readiness:
    """The approved payouts (or those of `ids`), sorted into what may go and what is held back, with its reason."""
    wanted = payouts.listing(actor, state=PayoutState.APPROVED).order_by(Payout.id)
    if ids is not None:
        wanted = wanted.where(Payout.id.in_(ids))
    if lock:
        wanted = wanted.with_for_update(of=Payout)
    found = session.scalars(wanted.execution_options(populate_existing=True)).all()
    held = holds.found(session, now, found)
    ready, left_out = [], []
    for payout in found:
        refusal = payouts.refusal_of(actor, payout, Verb.EXPORT) or next(iter(held[payout.id].values()), None)
        refusal = refusal or _account_refusal(session, payout)
        if refusal is None:
            ready.append(payout)
        else:
            left_out.append(LeftOut(payout, refusal))
    return Readiness(ready, left_out)


def export_payouts(
    session: Session, actor: Actor, now: datetime, ids: Sequence[int] | None = None
) -> tuple[PayoutBatch, Sequence[LeftOut]]:
    """Put the approved payouts (or those of `ids`) into one bank file, and name those that this hand may not release.

    The file rests sealed; its digest is shown to who compares it at the bank. Raises Refusal `nothing_to_export`.
    """
    wait_in_line(session, "export")
    _wait_for_events(session, ids)
    found = readiness(session, actor, now, ids, lock=True)
    if not found.ready:
        raise Refusal("nothing_to_export")
    batch = _store_file(session, actor, now, found.ready)
    for payout in found.ready:
        payouts.move(session, actor, payout, Verb.EXPORT, batch_id=batch.id)
        payouts.note_step(session, actor, now, payout)
    moved = [_moved("export", payout, payable, in_transit) for payout in found.ready]
    posting.post(session, actor, now, reference=f"export:{batch.number}", transfers=moved)
    audit.record(session, actor, now, "payouts_exported", batch, count=batch.count, total_fen=batch.total_fen)
    facts = {"number": batch.number, "count": batch.count, "total_fen": batch.total_fen}
    tell(session, actor, now, "payouts_exported", batch, Concerned(), **facts)
    return batch, found.left_out


def _wait_for_events(session: Session, ids: Sequence[int] | None) -> None:
    """Wait for whoever posts for the payees of these payouts: what a cancellation takes back is looked at, or comes
    behind the file. Events take the same locks, an agency's and then a referrer's."""
    going = Payout.state == PayoutState.APPROVED if ids is None else Payout.id.in_(ids)
    agencies = select(Agency.id).where(Agency.id.in_(select(Payout.agency_id).where(going)))
    session.execute(agencies.order_by(Agency.id).with_for_update(key_share=True)).all()
    referrers = select(Referrer.id).where(Referrer.person_id.in_(select(Payout.person_id).where(going)))
    session.execute(referrers.order_by(Referrer.id).with_for_update(key_share=True)).all()


def _store_file(session: Session, actor: Actor, now: datetime, ready: Sequence[Payout]) -> PayoutBatch:
    number = _next_number(session, month_of(now))
    content = bank.write_payments([_payment(session, payout) for payout in ready], number)
    batch = PayoutBatch(
        number=number,
        count=len(ready),
        total_fen=sum(payout.amount_fen for payout in ready),
        content_sealed=contacts.vault_of(session).seal(content, BATCH_FILE),
        digest=hashlib.sha256(content).hexdigest(),
        exported_by=actor.id,
        exported_at=now,
    )
    session.add(batch)
    session.flush()
    return batch


def _payment(session: Session, payout: Payout) -> bank.Payment:
    details = _approved_details(session, payout)
    purpose = f"{'Commission' if payout.agency else 'Reward'} {payout.statement.number}"
    return bank.Payment(payout.reference, details.holder, details.bank, details.account, payout.amount_fen, purpose)


def _approved_details(session: Session, payout: Payout) -> BankDetails:
    """The account that goes into the file: in force now, and the one that was approved.

    `holds` asked by the columns; here the very letters are held against the approval. Raises Refusal `bank_unreadable`
    and `account_not_approved`.
    """
    owner = payout.owner
    details = bank_details.details_of(session, owner) if owner else None
    assert owner is not None  # one_payee
    assert details is not None  # a payout without bank details is held back
    if not payout.approvals or payout.approvals[-1].account_digest != bank_details.digest_of(session, owner, details):
        raise Refusal("account_not_approved")
    return details


def _account_refusal(session: Session, payout: Payout) -> Refusal | None:
    try:
        _approved_details(session, payout)
    except Refusal as refusal:
        return refusal
    return None


def _next_number(session: Session, month: str) -> str:
    """The month's next batch number, such as `B-2026-10-0001`; only for who waited in line."""
    known = select(func.count(PayoutBatch.id)).where(PayoutBatch.number.startswith(f"B-{month}-"))
    return f"B-{month}-{1 + (session.scalar(known) or 0):04d}"


def file_of(session: Session, batch: PayoutBatch) -> bytes:
    """The bank file as it was exported. It holds bank details: who hands it out uses `take_file`."""
    return contacts.vault_of(session).open(batch.content_sealed, BATCH_FILE)


def sent_to(session: Session, payout: Payout) -> BankDetails | None:
    """The account that a payout was sent to, as it stands in its bank file; None before it was sent."""
    return accounts_in(session, payout.batch).get(payout.reference) if payout.batch else None


def accounts_in(session: Session, batch: PayoutBatch) -> dict[str, BankDetails]:
    """The accounts of a bank file, by the payments' references: to be shown masked."""
    sent = bank.read_payments(file_of(session, batch))
    return {one.reference: BankDetails(one.payee, one.bank, one.account) for one in sent}


def take_file(session: Session, actor: Actor, now: datetime, batch: PayoutBatch, kind: str) -> bytes:
    """The bank file for its cashier, `csv` or `xlsx`, and who took it is written down (rules 9)."""
    content = file_of(session, batch)
    audit.record(session, actor, now, "bank_file_taken", batch, kind=kind)
    return bank.payments_workbook(content) if kind == "xlsx" else content


# In


def import_result(
    session: Session, actor: Actor, now: datetime, batch: PayoutBatch, answer: bank.Answer, *, name: str = ""
) -> ImportReport:
    """Take in the bank's answer, a file of this name, row by row; a row that is known already does nothing.

    What was paid is settled at once. What failed or was sent back only waits: `bank_answers.confirm_answer` moves it,
    by another hand than the exporter's. A row that matches nothing is kept with its reason and stops no other.
    """
    session.execute(select(PayoutBatch.id).where(PayoutBatch.id == batch.id).with_for_update(key_share=True))
    report, file = ImportReport(), _Answer(batch, name, answer.digest, actor.id, now)
    paid = _paid_rows(session, file, answer.rows, report)
    moved = [settle(session, actor, now, payout, Verb.SETTLE, result.message) for payout, result in paid]
    report.missing = session.scalar(_unanswered(batch)) or 0
    if moved:
        posting.post(session, actor, now, reference=f"result:{batch.number}:{file.digest[:16]}", transfers=moved)
    facts = {"paid": report.paid, "failed": report.failed, "returned": report.returned}
    facts |= {"unmatched": len(report.unmatched), "missing": report.missing}
    audit.record(session, actor, now, "bank_result_imported", batch, **facts)
    return report


@dataclass(frozen=True, slots=True)
class _Answer:
    """A file of the bank's answer: to which batch, what it is called, who took it in."""

    batch: PayoutBatch
    name: str
    digest: str
    by: int
    at: datetime


def _unanswered(batch: PayoutBatch) -> Select[int]:
    """How many payouts of a file the bank has said nothing of."""
    said = exists().where(
        BankResult.payout_id == Payout.id,
        BankResult.batch_id == Payout.batch_id,
        BankResult.outcome == BankOutcome.FAILED,
        ~exists().where(
            BankConfirmation.result_id == BankResult.id, BankConfirmation.decision == BankDecision.DISMISSED
        ),
    )
    waiting = Payout.batch_id == batch.id, Payout.state == PayoutState.EXPORTED, ~said
    return select(func.count(Payout.id)).where(*waiting)


def _paid_rows(
    session: Session, file: _Answer, rows: Sequence[tuple[int, bank.Result]], report: ImportReport
) -> Iterator[tuple[Payout, bank.Result]]:
    """Keep every row, count it into the report, and yield those that say paid, with their payouts."""
    known = _by_reference(session, [result.reference for _, result in rows])
    for row, result in rows:
        payout = known.get(result.reference)
        outcome = _match(result, payout, file.batch)
        if not _keep(session, file, row, result, payout, outcome):
            report.repeated += 1
        elif payout is not None and outcome is BankOutcome.PAID:
            report.paid += 1
            yield payout, result
        elif outcome is BankOutcome.FAILED:
            report.failed += 1
        elif outcome is BankOutcome.RETURNED:
            report.returned += 1
        else:
            report.unmatched.append(Unmatched(row, result.reference, result.amount_fen, outcome))


def _by_reference(session: Session, references: Sequence[str]) -> dict[str, Payout]:
    found = select(Payout).where(Payout.reference.in_(references)).options(joinedload(Payout.statement))
    return {payout.reference: payout for payout in session.scalars(found.execution_options(populate_existing=True))}


def _match(result: bank.Result, payout: Payout | None, batch: PayoutBatch) -> BankOutcome:
    """What becomes of a row: the bank's word for a payout that waits for it, or why not."""
    if payout is None:
        return BankOutcome.UNKNOWN_REFERENCE
    if payout.batch_id != batch.id:
        return BankOutcome.OTHER_BATCH
    if payout.amount_fen != result.amount_fen:
        return BankOutcome.OTHER_AMOUNT
    if payout.state is PayoutState.EXPORTED:  # sent back before we heard that it was paid: it failed
        return BankOutcome.FAILED if result.outcome == bank.RETURNED else BankOutcome(result.outcome)
    if payout.state is PayoutState.PAID and result.outcome == bank.RETURNED:
        return BankOutcome.RETURNED
    return BankOutcome.ALREADY_SETTLED


def _keep(
    session: Session, file: _Answer, row: int, result: bank.Result, payout: Payout | None, outcome: BankOutcome
) -> bool:
    """Keep the row; False when the batch has it already."""
    key = insert_unless_there(
        session,
        BankResult,
        ("batch_id", "row_digest"),
        batch_id=file.batch.id,
        payout_id=payout.id if payout else None,
        row_digest=result.digest,
        reference=result.reference,
        amount_fen=result.amount_fen,
        outcome=outcome,
        message=result.message,
        imported_by=file.by,
        imported_at=file.at,
        file_name=file.name,
        file_digest=file.digest,
        file_row=row,
    )
    return key is not None


_TOLD = {Verb.SETTLE: "payout_paid", Verb.FAIL: "payout_failed", Verb.RETURN: "payout_returned"}
"""What is told of a payout that the bank has answered."""


def settle(session: Session, actor: Actor, now: datetime, payout: Payout, verb: Verb, message: str) -> Transfer:
    """Move a payout as the bank says; the transfer that follows, for the caller to post."""
    payouts.move(session, actor, payout, verb)
    payouts.note_step(session, actor, now, payout, message)
    reward_payments.follow_payout(session, actor, now, payout)
    tell_of(session, actor, now, _TOLD[verb], payout)
    if verb is Verb.FAIL:
        return _moved("failed", payout, in_transit, payable)
    if verb is Verb.RETURN:
        return _moved("returned", payout, lambda _payee: BANK, payable)
    return _moved("paid", payout, in_transit, lambda _payee: BANK)


def _moved(step: str, payout: Payout, debit: Account, credit: Account) -> Transfer:
    return Transfer(
        f"{step}:{payout.reference}",
        debit(payout.payee),
        credit(payout.payee),
        payout.amount_fen,
        f"{step} of payout {payout.reference}",
    )


# Reading


def listing(actor: Actor) -> Select[PayoutBatch]:
    """The batches that the actor may see."""
    shown = joinedload(PayoutBatch.exporter), selectinload(PayoutBatch.payouts)
    return scope.visible(actor, PayoutBatch).options(*shown)


def payouts_of(session: Session, batch: PayoutBatch) -> list[Payout]:
    """A batch's payouts in the order of its file, with agency and steps."""
    stmt = select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id)
    steps = selectinload(Payout.steps).joinedload(PayoutStep.actor)
    shown = joinedload(Payout.agency), joinedload(Payout.person), joinedload(Payout.statement), steps
    return list(session.scalars(stmt.options(*shown)))


def unmatched_rows(session: Session, batch: PayoutBatch) -> list[BankResult]:
    """The rows of the bank's answers that settled nothing in this batch."""
    settled = (BankOutcome.PAID, BankOutcome.FAILED, BankOutcome.RETURNED)
    stmt = select(BankResult).where(BankResult.batch_id == batch.id, BankResult.outcome.not_in(settled))
    return list(session.scalars(stmt.order_by(BankResult.id)))
