"""What is written down of a loan: its bank, its dated stages, papers, risks, and when the contract is to be signed.

Rows are added; a stage that was mistyped is corrected by another row. The database says who was first: one loan a
number, one first row a stage, one correction a row.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import (
    BroughtBy,
    Deal,
    Loan,
    LoanNote,
    LoanPaper,
    LoanRisk,
    LoanStep,
    LoanStepKind,
    MilestoneKind,
    SigningDate,
)
from ...rules.loans.stage import LoanStage
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import terms

_FIRST = LoanStep.corrects_id.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a home is paid for. `after`: the number of the loan that was on the page, 0 where there was none."""

    cash: bool
    after: int
    bank: str = ""
    branch: str = ""
    officer: str = ""
    amount_fen: int | None = None
    rate_bps: int | None = None


def latest(session: Session, deal: Deal) -> Loan | None:
    """The loan of a deal that counts."""
    return session.scalars(select(Loan).where(Loan.deal_id == deal.id).order_by(Loan.number.desc())).first()


def begin(session: Session, actor: Actor, now: datetime, deal: Deal, begun: Begun) -> Loan:
    """Write down by which bank a home is paid for, or that it needs no loan; another bank ends the loan before.

    Raises Refusal: loan_deal_over; loan_released_already; loan_bank_unknown; loan_changed_meanwhile.
    """
    if deal.cancelled_at is not None:
        raise Refusal("loan_deal_over")
    before = latest(session, deal)
    if before is not None and LoanStepKind.RELEASED in reached(before):
        raise Refusal("loan_released_already")
    bank = None if begun.cash else terms.in_force(session, deal.development_id).bank(begun.bank)
    if not begun.cash and bank is None:
        raise Refusal("loan_bank_unknown", field="bank")
    officer = begun.officer.strip()
    key = insert_unless_there(
        session,
        Loan,
        ("deal_id", "number"),
        deal_id=deal.id,
        number=begun.after + 1,
        cash=begun.cash,
        bank=bank.name if bank else None,
        branch=begun.branch.strip() or None if bank else None,
        officer_sealed=contacts.vault_of(session).seal_text(officer, _officer(deal.id)) if bank and officer else None,
        amount_fen=begun.amount_fen if bank else None,
        rate_bps=begun.rate_bps if bank else None,
        from_days=bank.from_days if bank else None,
        to_days=bank.to_days if bank else None,
        opened_by=actor.id,
        opened_at=now,
    )
    if key is None or (before.number if before else 0) != begun.after:
        raise Refusal("loan_changed_meanwhile")
    loan = session.get_one(Loan, key)
    audit.record(session, actor, now, "loan_begun", loan, deal_id=deal.id, cash=begun.cash)
    return loan


def officer_of(session: Session, loan: Loan) -> str:
    """Whom one asks at the bank."""
    sealed = loan.officer_sealed
    return contacts.vault_of(session).open_text(sealed, _officer(loan.deal_id)) if sealed else ""


def reached(loan: Loan) -> dict[LoanStepKind, LoanStep]:
    """What a loan reached, by the row that counts: of each kind the last one, if it has a day."""
    counting = {step.kind: step for step in loan.steps}
    return {kind: step for kind, step in counting.items() if step.on_day is not None}


def record_step(
    session: Session, actor: Actor, now: datetime, loan: Loan, *, kind: LoanStepKind, on_day: date, note: str = ""
) -> LoanStep:
    """Write down that a stage was reached on a day, or that the bank said no.

    Raises Refusal: loan_needs_no_steps; loan_ended; loan_step_future; loan_step_backwards; loan_step_there;
    loan_reason_needed where a bank's no has no reason.
    """
    _check_living(session, loan)
    _check_day(loan, kind, on_day, local_day(now))
    if kind is LoanStepKind.REFUSED and not note.strip():
        raise Refusal("loan_reason_needed", field="note")
    gone = next((step for step in reversed(loan.steps) if step.kind is kind), None)
    if gone is not None and gone.on_day is None:
        return _corrected(session, actor, now, gone, on_day, note)
    row = {"loan_id": loan.id, "kind": kind, "on_day": on_day, "note": note.strip(), "by_id": actor.id, "at": now}
    key = insert_unless_there(session, LoanStep, ("loan_id", "kind"), _FIRST, **row)
    if key is None:
        raise Refusal("loan_step_there")
    session.expire(loan, ["steps"])
    step = session.get_one(LoanStep, key)
    audit.record(session, actor, now, "loan_step_recorded", step, kind=kind, deal_id=loan.deal_id)
    _tell_step(session, actor, now, step)
    return step


def correct_step(
    session: Session, actor: Actor, now: datetime, step: LoanStep, *, on_day: date | None, note: str
) -> LoanStep:
    """Put another day in the place of a stage's, or say that it did not happen; with the reason.

    Raises Refusal: loan_reason_needed; loan_step_corrected where it was corrected already; those of `record_step`.
    """
    if not note.strip():
        raise Refusal("loan_reason_needed", field="note")
    if on_day is not None:
        _check_day(step.loan, step.kind, on_day, local_day(now))
    return _corrected(session, actor, now, step, on_day, note)


def bring_paper(
    session: Session, actor: Actor, now: datetime, deal: Deal, *, code: str, brought_by: BroughtBy, on_day: date
) -> LoanPaper:
    """Write down who brought a paper and when. Raises Refusal: loan_paper_unknown; loan_step_future."""
    _check_paper(session, deal, code)
    if on_day > local_day(now):
        raise Refusal("loan_step_future", field="on_day")
    return _paper(session, actor, now, deal, LoanPaper(code=code, brought=True, brought_by=brought_by, on_day=on_day))


def miss_paper(session: Session, actor: Actor, now: datetime, deal: Deal, *, code: str) -> LoanPaper:
    """Write down that a paper is not there after all. Raises Refusal: loan_paper_unknown."""
    _check_paper(session, deal, code)
    gone = LoanPaper(code=code, brought=False, brought_by=BroughtBy.COLLEAGUE, on_day=local_day(now))
    return _paper(session, actor, now, deal, gone)


def note_risk(session: Session, actor: Actor, now: datetime, deal: Deal, *, risk: LoanRisk, text: str) -> LoanNote:
    """Write down what puts a signing at risk. Raises Refusal: loan_reason_needed."""
    if not text.strip():
        raise Refusal("loan_reason_needed", field="text")
    sealed = contacts.seal_note(session, text.strip())
    row = LoanNote(deal_id=deal.id, risk=risk, text_sealed=sealed, by_id=actor.id, at=now)
    session.add(row)
    audit.record(session, actor, now, "loan_risk_noted", row, risk=risk, deal_id=deal.id)
    return row


def settle_risk(session: Session, actor: Actor, now: datetime, note: LoanNote) -> None:
    """Say that a risk is settled; once."""
    standing = update(LoanNote).where(LoanNote.id == note.id, LoanNote.settled_at.is_(None))
    done = session.scalar(standing.values(settled_by=actor.id, settled_at=now).returning(LoanNote.id))
    if done is not None:
        audit.record(session, actor, now, "loan_risk_settled", note, risk=note.risk, deal_id=note.deal_id)


def agree_signing(session: Session, actor: Actor, now: datetime, deal: Deal, on_day: date) -> SigningDate:
    """Write down the day that was agreed for the contract. Raises Refusal: loan_deal_over, signing_day_over."""
    if deal.cancelled_at is not None or deal.signed_at is not None:
        raise Refusal("loan_deal_over")
    if on_day < local_day(now):
        raise Refusal("signing_day_over", field="on_day")
    row = SigningDate(deal_id=deal.id, on_day=on_day, by_id=actor.id, at=now)
    session.add(row)
    audit.record(session, actor, now, "signing_date_agreed", row, deal_id=deal.id)
    return row


def subscribed_on(deal: Deal) -> date:
    """The day from which papers are counted."""
    first = next((step.at for step in deal.milestones if step.kind is MilestoneKind.SUBSCRIBED), deal.created_at)
    return local_day(first)


def _officer(deal_id: int) -> str:
    return f"loan.officer:{deal_id}"


def _check_living(session: Session, loan: Loan) -> None:
    newest = latest(session, loan.deal)
    if loan.cash:
        raise Refusal("loan_needs_no_steps")
    if loan.deal.cancelled_at is not None or newest is not loan or LoanStepKind.REFUSED in reached(loan):
        raise Refusal("loan_ended")


def _check_day(loan: Loan, kind: LoanStepKind, on_day: date, today: date) -> None:
    """No day to come, none before an earlier stage's, and none after a later one's."""
    if on_day > today:
        raise Refusal("loan_step_future", field="on_day")
    if kind is LoanStepKind.REFUSED:
        return
    order = list(LoanStage)
    place = order.index(LoanStage(kind))
    for other, step in reached(loan).items():
        if other in (kind, LoanStepKind.REFUSED) or step.on_day is None:
            continue
        before = order.index(LoanStage(other)) < place
        if (before and on_day < step.on_day) or (not before and on_day > step.on_day):
            raise Refusal("loan_step_backwards", day=step.on_day, field="on_day")


def _check_paper(session: Session, deal: Deal, code: str) -> None:
    if code not in {paper.code for paper in terms.in_force(session, deal.development_id).papers}:
        raise Refusal("loan_paper_unknown")


def _paper(session: Session, actor: Actor, now: datetime, deal: Deal, row: LoanPaper) -> LoanPaper:
    row.deal_id, row.by_id, row.at = deal.id, actor.id, now
    session.add(row)
    audit.record(session, actor, now, "loan_paper_noted", row, code=row.code, brought=row.brought, deal_id=deal.id)
    return row


def _corrected(
    session: Session, actor: Actor, now: datetime, step: LoanStep, on_day: date | None, note: str
) -> LoanStep:
    key = insert_unless_there(
        session,
        LoanStep,
        ("corrects_id",),
        loan_id=step.loan_id,
        kind=step.kind,
        on_day=on_day,
        note=note.strip(),
        corrects_id=step.id,
        by_id=actor.id,
        at=now,
    )
    if key is None:
        raise Refusal("loan_step_corrected")
    session.expire(step.loan, ["steps"])
    row = session.get_one(LoanStep, key)
    audit.record(session, actor, now, "loan_step_corrected", row, kind=row.kind, deal_id=step.loan.deal_id)
    if step.on_day is None:
        _tell_step(session, actor, now, row)
    return row


def _tell_step(session: Session, actor: Actor, now: datetime, step: LoanStep) -> None:
    """The bank's money, and the bank's no, are told; the other stages stand in the table."""
    deal, person = step.loan.deal, step.loan.opened_by
    whom = Concerned(person, development=deal.development_id)
    if step.kind is LoanStepKind.RELEASED:
        tell(session, actor, now, "loan_released", deal, whom, unit=deal.unit, reached_on=step.on_day)
    if step.kind is LoanStepKind.REFUSED:
        tell(session, actor, now, "loan_refused", deal, whom, unit=deal.unit, reached_on=step.on_day)
