"""One among the many that are stored: faces (1:N) and photos, out of a memory in every process that stays current; or
the faces out of PostgreSQL (`face_vectors`), where a setting says so.

Each search first reads the changes (`faces.changes`), so a face that one worker stored is found by another in its next
request, and an erased one is never found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Protocol

from ...adapters.faces.engine import Engine, Vector
from ...adapters.faces.index import FaceMatrix, Likeness
from ...adapters.images.photos import Looks
from ...db import Database
from ...models import FaceTemplate, Photo
from ...session import Session
from .changes import Feed
from .encryption import open_template
from .vectors import Reading, VectorSearch, demand

NEAREST = 10
"""So many persons are told of: whoever resembles more is looked at by a person anyway."""

MEMORY, PGVECTOR = "memory", "pgvector"


class Search(Protocol):
    """Compares a vector with all that an engine made: of one development's clients, or of everyone enrolled (None)."""

    def nearest(
        self, engine: Engine, vector: Vector, development_id: int | None, *, without: int, many: int
    ) -> list[Likeness]:
        """So many owners most like the vector, the best first; one may be left out."""
        ...


class _Faces:
    """The faces of one engine: of one development's clients, or of everyone enrolled (None)."""

    def __init__(self, engine: str, version: str, development_id: int | None) -> None:
        self.lock = Lock()
        self.matrix = FaceMatrix()
        self._feed = Feed(FaceTemplate, development_id)
        self._mine = (FaceTemplate.engine == engine) & (FaceTemplate.engine_version == version)

    def refresh(self, session: Session) -> None:
        columns = (FaceTemplate.id, FaceTemplate.person_id, FaceTemplate.client_id, FaceTemplate.vector_sealed)
        with self._feed.news(session, columns, self._mine) as rows:
            for row in rows:
                template, person, client, sealed = row
                if sealed is None:
                    self.matrix.drop(template)
                else:
                    self.matrix.put(template, person or client, open_template(session, sealed).vector)


class _Looks:
    """How the photos of one development look."""

    def __init__(self, development_id: int) -> None:
        self.lock = Lock()
        self.looks = Looks()
        self._feed = Feed(Photo, development_id)

    def refresh(self, session: Session) -> None:
        with self._feed.news(session, (Photo.id, Photo.dhash)) as rows:
            for some in rows.partitions():
                self.looks.add(dict(tuple(row) for row in some))


class MemorySearch:
    """A process's own memory of faces, made of each development when it is first searched."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._faces: dict[tuple[str, str, int | None], _Faces] = {}

    def nearest(
        self, engine: Engine, vector: Vector, development_id: int | None, *, without: int, many: int
    ) -> list[Likeness]:
        """The owners most like the vector, the best first, each by his best template."""
        key = (engine.name, engine.version, development_id)
        faces = self._faces.setdefault(key, _Faces(*key))  # atomic: two first searches get the same one
        with faces.lock:
            with self._reading() as session:
                faces.refresh(session)
            return faces.matrix.search(vector, many, without)


class FaceIndex:
    """Who and what is alike. Serves every thread of a process."""

    def __init__(self, reading: Reading, search: Search) -> None:
        self._reading = reading
        self._search = search
        self._looks: dict[int, _Looks] = {}

    def clients(self, engine: Engine, vector: Vector, development_id: int, *, without: int) -> list[Likeness]:
        """The development's clients most like the vector, but for one; owners are clients' ids."""
        return self._search.nearest(engine, vector, development_id, without=without, many=NEAREST)

    def enrolled(self, engine: Engine, vector: Vector, *, without: int) -> list[Likeness]:
        """The brokers and staff most like the vector, but for one; owners are persons' ids."""
        return self._search.nearest(engine, vector, None, without=without, many=NEAREST)

    def nearest_photo(self, development_id: int, dhashes: Sequence[str]) -> int | None:
        """In how many bits one of the pictures differs from the development's photo that looks most like it."""
        looks = self._looks.setdefault(development_id, _Looks(development_id))
        with looks.lock:
            with self._reading() as session:
                looks.refresh(session)
            return min((bits for one in dhashes if (bits := looks.looks.nearest(one)) is not None), default=None)


def use_index(database: Database, kind: str) -> None:
    """Search as the setting says from now on. Raises ConfigError where the database is not ready for it."""
    if kind == PGVECTOR:
        with database.reading() as session:
            demand(session)
        database.memory["faces"] = FaceIndex(database.reading, VectorSearch(database.reading))


def index_of(session: Session) -> FaceIndex:
    """The index of the process's database: its own memory, unless `use_index` said otherwise."""
    index: FaceIndex = session.memory.setdefault("faces", FaceIndex(session.reading, MemorySearch(session.reading)))
    return index
