"""Every worker finds what is stored and nothing that is erased, in its own memory on both databases and by pgvector on
PostgreSQL: two workers here are two `Database` on one address.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.faces.engine import Face, Image, Template, Vector, unit
from portal.db import Database
from portal.models import Development, FaceTemplate
from portal.rules.showings.checkin import Thresholds
from portal.services.faces import faces
from portal.services.faces import vectors as face_vectors
from portal.services.faces.index import index_of, use_index
from tests import factories as make
from tests.databases import Dialect


@dataclass(frozen=True)
class Named:
    """An engine as far as the index asks: its name and version."""

    name: str = "sface"
    version: str = "1"
    thresholds: Thresholds = field(default_factory=Thresholds)

    def analyse(self, image: Image) -> list[Face]:
        raise NotImplementedError


ENGINE = Named()


def somebody(number: int) -> Vector:
    return unit(np.random.default_rng(number).normal(size=128))


@dataclass
class World:
    """A development with three clients, and two workers."""

    here: Database
    there: Database
    now: datetime
    development_id: int
    clients: list[int]

    def store(self, session: Session, client: int, face: int, engine: Named = ENGINE) -> FaceTemplate:
        return faces.keep_template(
            session,
            self.now,
            Template(engine.name, engine.version, somebody(face)),
            client_id=self.clients[client],
            development_id=self.development_id,
        )

    def erase(self, session: Session, row: FaceTemplate) -> None:
        session.execute(
            update(FaceTemplate).where(FaceTemplate.id == row.id).values(vector_sealed=None, erased_at=self.now)
        )

    def finds(self, worker: Database, face: int, engine: Named = ENGINE) -> int | None:
        """Whose face this is, as a request of this worker finds it."""
        with worker.transaction() as session:
            alike = index_of(session).clients(engine, somebody(face), self.development_id, without=0)
        return self.clients.index(alike[0].owner) if alike and alike[0].similarity > 0.99 else None


POSTGRESQL = [("postgresql", "memory"), ("postgresql", "pgvector")]


@pytest.fixture(params=[("sqlite", "memory"), *POSTGRESQL], ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[Dialect, str]:
    """The database, and who searches."""
    return request.param


@pytest.fixture
def dialect(place: tuple[Dialect, str]) -> Dialect:
    return place[0]


@contextmanager
def another_worker(database: Database, kind: str) -> Iterator[Database]:
    other = Database(database.url, database.vault, database.signer)
    use_index(other, kind)
    yield other
    other.dispose()


@pytest.fixture
def world(database: Database, place: tuple[Dialect, str], now: datetime) -> Iterator[World]:
    with database.transaction() as session:
        development, clients = make.development(session), [make.client(session).id for _ in range(3)]
        if place[1] == "pgvector":
            face_vectors.prepare(session)
    use_index(database, place[1])
    with another_worker(database, place[1]) as other:
        yield World(database, other, now, development.id, clients)


def test_what_one_worker_stores_or_erases_the_other_knows_in_its_next_request(world: World) -> None:
    assert world.finds(world.there, 1) is None
    with world.here.transaction() as session:
        row = world.store(session, 0, face=1)
    with world.there.transaction() as session:
        world.store(session, 1, face=2)
    for worker in (world.here, world.there):
        assert (world.finds(worker, 1), world.finds(worker, 2)) == (0, 1)
    with world.here.transaction() as session:
        world.erase(session, row)
    for worker in (world.there, world.here):
        assert (world.finds(worker, 1), world.finds(worker, 2)) == (None, 1)


def test_what_was_rolled_back_was_never_there(world: World) -> None:
    with world.here.session() as session:
        world.store(session, 0, face=1)
        session.flush()
        assert index_of(session).clients(ENGINE, somebody(1), world.development_id, without=0) == []
        session.rollback()
    with world.here.transaction() as session:
        world.store(session, 1, face=2)
    assert (world.finds(world.here, 1), world.finds(world.here, 2)) == (None, 1)


def test_a_withdrawal_of_consent_reaches_every_worker(world: World, now: datetime) -> None:
    with world.here.transaction() as session:
        broker = make.broker(session)
        faces.keep_template(session, now, Template("sface", "1", somebody(1)), person_id=broker.id)

    def found() -> list[int]:
        with world.there.transaction() as session:
            return [one.owner for one in index_of(session).enrolled(ENGINE, somebody(1), without=0)]

    assert found() == [broker.id]
    with world.here.transaction() as session:
        assert faces.withdraw(session, Actor.of(broker), now) == 1
    assert found() == []


def test_engines_and_developments_are_never_mixed(world: World) -> None:
    newer, other = Named(version="2"), Named("dlib")
    with world.here.transaction() as session:
        world.store(session, 0, face=1)
        world.store(session, 1, face=2, engine=newer)
        world.store(session, 2, face=3, engine=other)
        elsewhere = make.development(session).id
    found = {
        engine: [world.finds(world.there, face, engine) for face in (1, 2, 3)] for engine in (ENGINE, newer, other)
    }
    assert found == {ENGINE: [0, None, None], newer: [None, 1, None], other: [None, None, 2]}
    with world.there.transaction() as session:
        assert index_of(session).clients(ENGINE, somebody(1), elsewhere, without=0) == []
        assert index_of(session).enrolled(ENGINE, somebody(1), without=0) == []


@pytest.mark.parametrize("place", POSTGRESQL, ids="-".join)
def test_what_began_first_and_commits_last_is_not_passed_by(world: World) -> None:
    """SQLite has one writer at a time; PostgreSQL commits in any order."""
    with world.here.transaction() as session:
        old = world.store(session, 2, face=3)
    assert world.finds(world.there, 3) == 2
    with world.here.session() as slow, slow.begin():
        world.store(slow, 0, face=1)
        world.erase(slow, old)
        slow.flush()
        with world.here.transaction() as quick:
            world.store(quick, 1, face=2)
        assert [world.finds(world.there, face) for face in (1, 2, 3)] == [None, 1, 2]
        assert [world.finds(world.there, face) for face in (1, 2, 3)] == [None, 1, 2]
    assert [world.finds(world.there, face) for face in (1, 2, 3)] == [0, 1, None]


@pytest.mark.parametrize("place", POSTGRESQL, ids="-".join)
def test_nor_is_a_photo(world: World, now: datetime) -> None:
    def keep(session: Session, dhash: str) -> None:
        development = session.get_one(Development, world.development_id)
        showing = make.showing(session, touch=make.touch(session, development=development))
        make.photo(session, showing=showing, dhash=dhash, sha256=dhash)

    def nearest() -> int | None:
        with world.there.transaction() as session:
            return index_of(session).nearest_photo(world.development_id, ["f" * 64, "0f" * 32])

    assert nearest() is None
    with world.here.session() as slow, slow.begin():
        keep(slow, "f" * 63 + "e")
        with world.here.transaction() as quick:
            keep(quick, "0" * 64)
        assert nearest() == 128
    assert nearest() == 1


@pytest.mark.parametrize("place", POSTGRESQL, ids="-".join)
def test_numbers_that_lie_ahead_after_a_restore_hide_nothing(world: World) -> None:
    with world.here.transaction() as session:
        old = world.store(session, 0, face=1)
        session.flush()
        session.execute(text("UPDATE face_templates SET changed = 4000000000000000"))
    assert world.finds(world.there, 1) == 0
    with world.here.transaction() as session:
        world.store(session, 1, face=2)
        world.erase(session, old)
    assert [world.finds(world.there, face) for face in (1, 2)] == [None, 1]
