"""After a change of the face engine: clients' faces out of the photos that are still kept.

Vectors of two engines have nothing in common, so what the old one stored finds nobody any more. Of brokers no photo
was kept: they have to enrol again. Looking at photos takes long and needs no database, so each face has its own short
transaction; who stops half-way begins again where he was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ...adapters.faces.engine import Box, Engine, Face, Image, Template, similarity
from ...adapters.images import photos as pictures
from ...adapters.storage.files import Files
from ...models import FaceTemplate, Person, Photo, Why
from ...session import Session
from . import erasure, faces
from .encryption import open_template

_OVERLAP = 0.5
"""Two boxes that share so much of what they cover are of one face."""


@dataclass(frozen=True, slots=True, eq=False)
class Outdated:
    """A client's face that another engine made, and the photos of its visit that are kept."""

    id: int
    template: Template
    files: tuple[str, ...]


def outdated(session: Session, engine: Engine) -> list[Outdated]:
    """The clients' faces that this engine cannot compare, the oldest first.

    A face whose visit has no photo any more is among them, and stays until its own time is over.
    """
    rows = session.scalars(
        select(FaceTemplate).where(FaceTemplate.client_id.is_not(None), *_of_others(engine)).order_by(FaceTemplate.id)
    )
    return [
        Outdated(row.id, open_template(session, row.vector_sealed), _files_of(session, row))
        for row in rows
        if row.vector_sealed is not None
    ]


def people_to_ask(session: Session, engine: Engine) -> list[Person]:
    """Those who enrolled with another engine and have to enrol again, by name."""
    enrolled = select(FaceTemplate.person_id).where(*_of_others(engine))
    return list(session.scalars(select(Person).where(Person.id.in_(enrolled)).order_by(Person.name, Person.id)))


def find_again(files: Files, engine: Engine, former: Engine, face: Outdated) -> Face | None:
    """The same face as the engine sees it. The former engine says which of a photo's faces it is."""
    for name in face.files:
        try:
            photo = files.get(name)
        except FileNotFoundError:  # erased since it was listed
            continue
        if (found := _same_face(_rgb(photo), engine, former, face.template)) is not None:
            return found
    return None


def renew(session: Session, now: datetime, engine: Engine, face: Outdated, found: Face) -> bool:
    """Put the new vector in the old one's place; False where that was erased meanwhile."""
    old = session.get_one(FaceTemplate, face.id)
    if not erasure.erase_templates(session, now, [old], why=Why.ENROLLED_AGAIN):
        return False
    faces.keep_template(
        session,
        old.created_at,  # the face is as old as its photo
        Template.of(engine, found),
        client_id=old.client_id,
        development_id=old.development_id,
        showing_id=old.showing_id,
    )
    return True


def _of_others(engine: Engine) -> Sequence[ColumnElement[bool]]:
    same = (FaceTemplate.engine == engine.name) & (FaceTemplate.engine_version == engine.version)
    return FaceTemplate.erased_at.is_(None), ~same


def _files_of(session: Session, row: FaceTemplate) -> tuple[str, ...]:
    kept = select(Photo.file_name).where(Photo.showing_id == row.showing_id, Photo.erased_at.is_(None))
    return tuple(session.scalars(kept.order_by(Photo.id)))


def _rgb(jpeg: bytes) -> Image:
    return pictures.take_in(jpeg, max_side=faces.MAX_SIDE).rgb


def _same_face(picture: Image, engine: Engine, former: Engine, template: Template) -> Face | None:
    seen = [(similarity(Template.of(former, face), template), face) for face in former.analyse(picture)]
    likeness, before = max(seen, key=lambda one: one[0], default=(-1.0, None))
    if before is None or likeness < former.thresholds.copy:
        return None
    return next((face for face in engine.analyse(picture) if _overlap(face.box, before.box) >= _OVERLAP), None)


def _overlap(a: Box, b: Box) -> float:
    """The share of what both cover that they cover together."""
    wide = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    tall = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    both = max(wide, 0.0) * max(tall, 0.0)
    return both / (a.area + b.area - both)
