"""How many persons' faces are stored, and from when on that has to be filed (rules 3.5)."""

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from ...models import FaceEnrolment, FaceTemplate

FACES_FILING = 100_000
"""Persons whose faces are stored: from here on the filing duty runs, 30 working days (rules 3.5)."""


def stored_persons(session: Session) -> int:
    """Persons whose faces are stored: those of one client in two developments are one person's."""
    kept = select(func.count(distinct(FaceTemplate.client_id))).where(FaceTemplate.erased_at.is_(None))
    own = select(FaceTemplate.person_id).where(FaceTemplate.person_id.is_not(None), FaceTemplate.erased_at.is_(None))
    waiting = select(FaceEnrolment.person_id).where(FaceEnrolment.vector_sealed.is_not(None))
    people = select(func.count()).select_from(own.union(waiting).subquery())
    return (session.scalar(kept) or 0) + (session.scalar(people) or 0)
