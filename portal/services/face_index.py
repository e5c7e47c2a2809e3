"""One face among the stored ones (1:N), with a memory of plain vectors in every process that stays current.

Each search first reads what has changed, so a face that one worker stored is found by another in its next request,
and an erased one is never found again. What has changed is told by `face_templates.changed`, which the database
itself sets whenever a vector is stored or erased, whoever does it:

- SQLite has one writer at a time, so `changed` counts up in the order of commits.
- On PostgreSQL transactions commit in any order, so a counter would let a reader pass by a lower number that commits
  later. There `changed` is the number of the writing transaction, and a reader goes on from the oldest one that was
  still under way: everything older is finished for good, the rest it reads again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from ..adapters.faces.engine import Engine, Vector
from ..adapters.faces.index import FaceMatrix, Likeness
from ..models import FaceTemplate
from .faces import open_template

NEAREST = 10
"""So many persons are told of: whoever resembles more is looked at by a person anyway."""

_BEGUN = """changed <= greatest(
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint)"""
"""Of transactions that others have ended, or of this one, so far."""

Reading = Callable[[], AbstractContextManager[Session]]
"""Opens a session that sees what is committed, and nothing else."""


@dataclass(slots=True)
class _Shelf:
    """The faces of one engine: of one development's clients, or of everyone enrolled (None)."""

    engine: str
    version: str
    development_id: int | None
    matrix: FaceMatrix = field(default_factory=FaceMatrix)
    since: int | None = None
    lock: Lock = field(default_factory=Lock)


class FaceIndex:
    """A process's matrices, made when they are first searched. Serves every thread."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._shelves: dict[tuple[str, str, int | None], _Shelf] = {}

    def clients(self, engine: Engine, vector: Vector, development_id: int, *, without: int) -> list[Likeness]:
        """The development's clients most like the vector, but for one; owners are clients' ids."""
        return self._search(engine, vector, development_id, without)

    def enrolled(self, engine: Engine, vector: Vector, *, without: int) -> list[Likeness]:
        """The brokers and staff most like the vector, but for one; owners are persons' ids."""
        return self._search(engine, vector, None, without)

    def _search(self, engine: Engine, vector: Vector, development_id: int | None, without: int) -> list[Likeness]:
        key = (engine.name, engine.version, development_id)
        shelf = self._shelves.setdefault(key, _Shelf(*key))  # atomic: two first searches get the same one
        with shelf.lock:
            with self._reading() as session:
                _refresh(session, shelf)
            return shelf.matrix.search(vector, NEAREST, without)


def index_of(session: Session) -> FaceIndex:
    """The index of the process's database."""
    index: FaceIndex = session.info["memory"].setdefault("faces", FaceIndex(session.info["reading"]))
    return index


def _refresh(session: Session, shelf: _Shelf) -> None:
    """Bring the shelf up to date. Where to go on from is asked first: what commits in between is read twice."""
    onwards = session.scalars(select(_settled_before(session))).one()
    columns = (FaceTemplate.id, FaceTemplate.person_id, FaceTemplate.client_id, FaceTemplate.vector_sealed)
    changed = select(*columns).where(
        FaceTemplate.development_id == shelf.development_id,  # None makes it IS NULL
        FaceTemplate.engine == shelf.engine,
        FaceTemplate.engine_version == shelf.version,
        FaceTemplate.vector_sealed.is_not(None) if shelf.since is None else _changed_since(session, shelf.since),
    )
    for template, person, client, sealed in session.execute(changed):
        if sealed is None:
            shelf.matrix.drop(template)
        else:
            shelf.matrix.put(template, person or client, open_template(session, sealed).vector)
    shelf.since = onwards


def _settled_before(session: Session) -> ColumnElement[int]:
    """The number before which no change can appear any more."""
    if session.get_bind().dialect.name == "postgresql":
        return literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return select(func.coalesce(func.max(FaceTemplate.changed), 0) + 1).scalar_subquery()


def _changed_since(session: Session, since: int) -> ColumnElement[bool]:
    """What changed from there on. A restored PostgreSQL counts its transactions anew: rows that came with the backup
    may bear numbers that lie ahead, and must not be read again and again for it."""
    later = FaceTemplate.changed >= since
    return later & literal_column(_BEGUN) if session.get_bind().dialect.name == "postgresql" else later
