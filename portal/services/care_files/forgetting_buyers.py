"""What was written of buyers goes by age too: what carers noted and owners told, the words of surveys and complaints,
what was promised in words and noted of loans.

That something was asked, answered, promised and kept, and when, stays. What is still open is never over: a purchase
under way, a complaint that is not closed, a promise that is owed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update

from ...models import (
    CareContact,
    CareFile,
    Complaint,
    ComplaintStep,
    ComplaintWords,
    Deal,
    Development,
    LoanNote,
    Milestone,
    MilestoneKind,
    OwnerFile,
    Promise,
    PromiseEnd,
    Survey,
    SurveyAnswer,
    Touch,
)
from ...rules.aftercare.complaint import ComplaintState
from ...rules.partners.policy import Policy
from ...session import Session
from .forgetting import erasing, kept

_EMPTY = b""


def forget_old(session: Session, now: datetime, places: Iterable[Development], most: int) -> int:
    """Erase what is older than the development's `buyer_days`, at most so many rows; how many they were."""
    found = 0
    for place in places:
        limit = now - timedelta(days=Policy.of(place.policy).buyer_days)
        for over, gone in _KINDS:
            keys = list(session.scalars(over(place.id, limit).limit(most - found)))
            for stmt in gone(keys) if keys else ():
                session.execute(stmt, execution_options={"synchronize_session": False})
            found += len(keys)
    return found


def _files(development_id: int, limit: datetime) -> Select[int]:
    """The files of whose every home the handover is that long ago, and nothing was heard since."""
    bought = and_(
        Deal.development_id == CareFile.development_id,
        Deal.client_id == CareFile.client_id,
        Deal.cancelled_at.is_(None),
    )
    over = Milestone.kind == MilestoneKind.HANDED_OVER, Milestone.at < limit
    done = select(Milestone.id).where(Milestone.deal_id == Deal.id, *over).exists()
    homes, under_way = select(Deal.id).where(bought, done), select(Deal.id).where(bought, ~done)
    met = select(CareContact.id).where(CareContact.file_id == CareFile.id, CareContact.at >= limit)
    same = Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id
    came = select(Touch.id).where(*same, Touch.at >= limit)
    told = or_(func.length(OwnerFile.family_sealed) > 0, func.length(OwnerFile.hobbies_sealed) > 0)
    words = (*kept(), select(OwnerFile.id).where(OwnerFile.file_id == CareFile.id, told))
    there = or_(*(row.correlate(CareFile).exists() for row in words))
    quiet = homes.exists(), ~under_way.exists(), ~met.exists(), ~came.exists(), there
    return select(CareFile.id).where(CareFile.development_id == development_id, *quiet).order_by(CareFile.id)


def _of_files(keys: list[int]) -> Iterator[Any]:
    yield from erasing(keys)
    yield update(OwnerFile).where(OwnerFile.file_id.in_(keys)).values(family_sealed=None, hobbies_sealed=None)


def _answers(development_id: int, limit: datetime) -> Select[int]:
    stmt = select(SurveyAnswer.id).join(Survey).join(OwnerFile).join(Deal, Deal.id == OwnerFile.deal_id)
    over = SurveyAnswer.at < limit, func.length(SurveyAnswer.words_sealed) > 0
    return stmt.where(Deal.development_id == development_id, *over)


def _complaints(development_id: int, limit: datetime) -> Select[int]:
    stmt = select(ComplaintWords.step_id).join(ComplaintStep).join(Complaint).join(OwnerFile)
    closed = Complaint.state == ComplaintState.CLOSED, Complaint.since < limit
    stmt = stmt.join(Deal, Deal.id == OwnerFile.deal_id).where(Deal.development_id == development_id, *closed)
    return stmt.where(func.length(ComplaintWords.text_sealed) > 0)


def _promises(development_id: int, limit: datetime) -> Select[int]:
    stmt = select(Promise.id).join(PromiseEnd).where(Promise.development_id == development_id)
    return stmt.where(PromiseEnd.at < limit, func.length(Promise.text_sealed) > 0)


def _loan_notes(development_id: int, limit: datetime) -> Select[int]:
    stmt = select(LoanNote.id).join(Deal).where(Deal.development_id == development_id)
    return stmt.where(LoanNote.at < limit, func.length(LoanNote.text_sealed) > 0)


def _emptied(key: Any, **values: bytes | None) -> Callable[[list[int]], Iterator[Any]]:
    def gone(keys: list[int]) -> Iterator[Any]:
        yield update(key.class_).where(key.in_(keys)).values(**values)

    return gone


_KINDS: tuple[tuple[Callable[[int, datetime], Select[int]], Callable[[list[int]], Iterator[Any]]], ...] = (
    (_files, _of_files),
    (_answers, _emptied(SurveyAnswer.id, words_sealed=None)),
    (_complaints, _emptied(ComplaintWords.step_id, text_sealed=None)),
    (_promises, _emptied(Promise.id, text_sealed=_EMPTY)),
    (_loan_notes, _emptied(LoanNote.id, text_sealed=_EMPTY)),
)
"""What is found, and how it is erased."""
