"""What is stored of how a client pays for his homes, and of what he was promised, for who asks for his data."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from ...models import Deal, Loan, LoanNote, LoanPaper, Promise, SigningDate
from ...session import Session
from .. import contacts


def of_client(session: Session, client_id: int) -> list[dict[str, Any]]:
    """His loans with their stages, papers, agreed days, what was noted of risks, and promises; oldest first."""
    deals = select(Deal.id).where(Deal.client_id == client_id)
    found = [*_loans(session, deals), *_around(session, deals), *_promises(session, client_id)]
    return sorted(found, key=lambda row: str(row["at"]))


def _loans(session: Session, deals: Select[int]) -> Iterator[dict[str, Any]]:
    stmt = select(Loan).where(Loan.deal_id.in_(deals)).options(selectinload(Loan.steps))
    for loan in session.scalars(stmt.order_by(Loan.id)):
        yield _row(loan.opened_at, "loan", loan.bank or "cash", loan.branch, deal_id=loan.deal_id) | {
            "amount_fen": loan.amount_fen,
            "rate_bps": loan.rate_bps,
        }
        for step in loan.steps:
            yield _row(step.at, "loan stage", step.kind, step.on_day, step.note, deal_id=loan.deal_id)


def _around(session: Session, deals: Select[int]) -> Iterator[dict[str, Any]]:
    for paper in session.scalars(_of(LoanPaper, deals)):
        by = paper.brought_by if paper.brought else "not there"
        yield _row(paper.at, "loan paper", paper.code, by, paper.on_day, deal_id=paper.deal_id)
    for note in session.scalars(_of(LoanNote, deals)):
        said = contacts.open_note(session, note.text_sealed)
        yield _row(note.at, "risk", note.risk, said, deal_id=note.deal_id)
    for agreed in session.scalars(_of(SigningDate, deals)):
        yield _row(agreed.at, "signing agreed", agreed.on_day, deal_id=agreed.deal_id)


def _promises(session: Session, client_id: int) -> Iterator[dict[str, Any]]:
    of = Promise
    stmt = select(of).where(of.client_id == client_id).options(joinedload(of.confirmation), joinedload(of.end))
    for promise in session.scalars(stmt.order_by(of.id)):
        said, end = contacts.open_note(session, promise.text_sealed), promise.end
        yield _row(promise.made_at, "promise", promise.kind, said, deal_id=promise.deal_id) | {
            "worth_fen": promise.worth_fen,
            "due_on": promise.due_on.isoformat(),
            "confirmed_at": promise.confirmation.at.isoformat() if promise.confirmation else None,
            "ended": {"at": end.at.isoformat(), "kept": end.kept, "note": end.note} if end else None,
        }


def _row(at: datetime, what: str, *said: str | date | None, deal_id: int | None) -> dict[str, Any]:
    words = (part.isoformat() if isinstance(part, date) else part for part in said)
    return {
        "at": at.isoformat(),
        "what": what,
        "deal_id": deal_id,
        "said": " · ".join(str(one) for one in words if one),
    }


def _of(model: Any, deals: Select[int]) -> Select[Any]:
    return select(model).where(model.deal_id.in_(deals)).order_by(model.id)
