"""What carers wrote of clients who came to nothing goes by age: notes, needs, days, grounds and reasons in words.

That there was a contact, when and by what, stays, and so do names and numbers, which other rooms keep and erase.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from ...models import (
    CareContact,
    CareDay,
    CareFile,
    CareGround,
    CareJudgement,
    CareNeeds,
    CareWords,
    Deal,
    Development,
    NotBought,
    Touch,
)
from ...rules.partners.policy import Policy
from ...session import Session

_EMPTY = b""


def forget_old(session: Session, now: datetime, places: Iterable[Development], most: int) -> int:
    """Erase the words of at most so many files whose client has not bought and gave no sign of life for the
    development's `care_days`; of how many files something was erased."""
    found = 0
    for place in places:
        limit = now - timedelta(days=Policy.of(place.policy).care_days)
        keys = list(session.scalars(_over(place.id, limit).limit(most - found)))
        for stmt in erasing(keys) if keys else ():
            session.execute(stmt, execution_options={"synchronize_session": False})
        found += len(keys)
    return found


def _over(development_id: int, limit: datetime) -> Select[int]:
    """The files whose time is over and of which words are still there."""
    same: ColumnElement[bool] = and_(
        Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id
    )
    bought = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    met = select(CareContact.id).where(CareContact.file_id == CareFile.id, CareContact.at >= limit)
    came = select(Touch.id).where(same, Touch.at >= limit)
    deals = select(Deal.id).where(bought, Deal.cancelled_at.is_(None))
    there = or_(*(row.correlate(CareFile).exists() for row in kept()))
    quiet = CareFile.opened_at < limit, ~met.exists(), ~came.exists(), ~deals.exists(), there
    return select(CareFile.id).where(CareFile.development_id == development_id, *quiet).order_by(CareFile.id)


def kept() -> Iterator[Select[Any]]:
    """What may stand of words in a file, to be asked inside a query over `care_files`."""
    yield select(CareWords.id).where(CareWords.file_id == CareFile.id)
    yield select(CareNeeds.id).where(CareNeeds.file_id == CareFile.id, func.length(CareNeeds.needs_sealed) > 0)
    yield select(CareDay.id).where(CareDay.file_id == CareFile.id, func.length(CareDay.day_sealed) > 0)
    yield select(NotBought.id).where(NotBought.file_id == CareFile.id, NotBought.note_sealed.is_not(None))


def erasing(keys: list[int]) -> Iterator[Any]:
    """The statements that erase the words of these files."""
    judged = select(CareJudgement.id).where(CareJudgement.file_id.in_(keys))
    yield delete(CareWords).where(CareWords.file_id.in_(keys))
    yield update(CareNeeds).where(CareNeeds.file_id.in_(keys)).values(needs_sealed=_EMPTY)
    yield update(CareDay).where(CareDay.file_id.in_(keys)).values(day_sealed=_EMPTY)
    yield update(CareGround).where(CareGround.judgement_id.in_(judged)).values(words_sealed=_EMPTY)
    yield update(NotBought).where(NotBought.file_id.in_(keys)).values(note_sealed=None)
