"""How many persons' faces are stored, and from when on that has to be filed (rules 3.5)."""

from datetime import datetime

from sqlalchemy import distinct, func, select

from ...access.actor import SYSTEM
from ...models import FaceEnrolment, FaceTemplate
from ...session import Session
from ..events.telling import Concerned, tell

FACES_FILING = 100_000
"""Persons whose faces are stored: from here on the filing duty runs, 30 working days (rules 3.5)."""
WARN_AT = FACES_FILING * 9 // 10


def stored_persons(session: Session) -> int:
    """Persons whose faces are stored: those of one client in two developments are one person's."""
    kept = select(func.count(distinct(FaceTemplate.client_id))).where(FaceTemplate.erased_at.is_(None))
    own = select(FaceTemplate.person_id).where(FaceTemplate.person_id.is_not(None), FaceTemplate.erased_at.is_(None))
    waiting = select(FaceEnrolment.person_id).where(FaceEnrolment.vector_sealed.is_not(None))
    people = select(func.count()).select_from(own.union(waiting).subquery())
    return (session.scalar(kept) or 0) + (session.scalar(people) or 0)


def tell_of_filing(session: Session, now: datetime) -> None:
    """Tell, once, that the filing duty is near, and once that it runs. It counts every stored face: once a day will
    do."""
    persons = stored_persons(session)
    reached = [level for level in (WARN_AT, FACES_FILING) if persons >= level]
    if reached:
        whom = Concerned(once=f"faces_to_file:{reached[-1]}")
        tell(session, SYSTEM, now, "faces_to_file", "portal", whom, stored=persons, most=FACES_FILING)
