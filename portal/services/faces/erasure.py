"""Face data ends: by time, with the consent, or on request. What is gone leaves a proof that nobody can change.

`erase` is the only way out, so that nothing disappears without its proof. A file is deleted right behind the commit of
its proof: where the commit fails, row and file still stand, and the next sweep does it again (rules 3.5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from ...access.actor import SYSTEM, Actor
from ...adapters.storage.files import Files
from ...crypto import digest
from ...models import AppealPicture, Erased, Erasure, FaceTemplate, ObjectionPicture, Photo, Why
from ...session import Session
from ..kept_files import delete_when_committed

Row = TypeVar("Row", AppealPicture, FaceTemplate, ObjectionPicture, Photo)


@dataclass(frozen=True, slots=True)
class Gone:
    """How many of each were erased, by this call: who came second finds none."""

    photos: int
    templates: int


def erase(
    session: Session,
    now: datetime,
    files: Files,
    *,
    photos: Iterable[Photo] = (),
    templates: Iterable[FaceTemplate] = (),
    why: Why,
    by: Actor = SYSTEM,
) -> Gone:
    """Erase photos with their files, and templates, each with its proof. Erasing again erases nothing."""
    return Gone(
        photos=erase_photos(session, now, files, photos, why=why, by=by),
        templates=erase_templates(session, now, templates, why=why, by=by),
    )


def erase_photos(
    session: Session, now: datetime, files: Files, rows: Iterable[Photo], *, why: Why, by: Actor = SYSTEM
) -> int:
    """Erase photos; how many were still there."""
    living = _locked(session, Photo, rows)
    for row in living:
        delete_when_committed(session, files, row.file_name)
        row.erased_at = now
        _prove(session, now, row, Erased.PHOTO, row.sha256, why, by)
    session.flush()
    return len(living)


def erase_templates(
    session: Session, now: datetime, rows: Iterable[FaceTemplate], *, why: Why, by: Actor = SYSTEM
) -> int:
    """Erase templates; how many were still there. Every worker's index follows `erased_at`."""
    living = _locked(session, FaceTemplate, rows)
    for row in living:
        _prove(session, now, row, Erased.TEMPLATE, digest(row.vector_sealed or b""), why, by)
        row.vector_sealed, row.erased_at = None, now
    session.flush()
    return len(living)


def erase_appeal_pictures(
    session: Session, now: datetime, files: Files, rows: Iterable[AppealPicture], *, why: Why, by: Actor = SYSTEM
) -> int:
    """Erase the pictures of appeals; how many were still there."""
    living = _locked(session, AppealPicture, rows)
    for row in living:
        delete_when_committed(session, files, row.file_name)
        row.erased_at = now
        _prove(session, now, row, Erased.APPEAL_PICTURE, digest(row.file_name), why, by)
    session.flush()
    return len(living)


def erase_objection_pictures(session: Session, now: datetime, files: Files, rows: Iterable[ObjectionPicture]) -> int:
    """Erase the pictures of objections whose time is over; how many were still there. Each is proven as a file."""
    living = _locked(session, ObjectionPicture, rows)
    for row in living:
        delete_when_committed(session, files, row.file_name)
        row.erased_at = now
        session.add(Erasure(kind=Erased.FILE, why=Why.TIME_OVER, digest=digest(row.file_name), at=now))
    session.flush()
    return len(living)


def erase_files(session: Session, now: datetime, files: Files, names: Iterable[str]) -> int:
    """Erase files that no row names; how many."""
    gone = list(names)
    for name in gone:
        delete_when_committed(session, files, name)
        session.add(Erasure(kind=Erased.FILE, why=Why.NOBODYS, digest=digest(name), at=now))
    session.flush()
    return len(gone)


def _locked(session: Session, model: type[Row], rows: Iterable[Row]) -> list[Row]:
    """Those that still stand, held against whoever erases at the same moment."""
    ids = [row.id for row in rows]
    standing = select(model).where(model.id.in_(ids), model.erased_at.is_(None)).order_by(model.id)
    return list(session.scalars(standing.with_for_update().execution_options(populate_existing=True)))


def _prove(session: Session, now: datetime, row: Row, kind: Erased, what: str, why: Why, by: Actor) -> None:
    session.add(
        Erasure(
            kind=kind,
            row_id=row.id,
            development_id=None if isinstance(row, AppealPicture | ObjectionPicture) else row.development_id,
            why=why,
            digest=what,
            erased_by=by.person_id,
            at=now,
        )
    )
