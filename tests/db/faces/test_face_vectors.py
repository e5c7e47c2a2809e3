"""pgvector's index: the same answers as the memory's, vectors that end with their faces, and a database that itself
sees to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from portal.adapters.faces.engine import Template, Vector, unit
from portal.config import ConfigError
from portal.db import Database
from portal.models import FaceTemplate, Why
from portal.services.faces import erasure, faces
from portal.services.faces import vectors as face_vectors
from portal.services.faces.index import FaceIndex, MemorySearch, index_of, use_index
from tests import factories as make
from tests.databases import Dialect
from tests.db.faces.test_face_index import ENGINE, somebody

CLIENTS, FACES = 40, 300


@pytest.fixture
def dialect() -> Dialect:
    return "postgresql"


@pytest.fixture
def indexed(database: Database) -> Database:
    """A database with an index that is in use."""
    with database.transaction() as session:
        face_vectors.prepare(session)
    use_index(database, "pgvector")
    return database


def store(session: Session, now: datetime, many: int = FACES) -> int:
    """Faces of some clients of a development, several of each; its id."""
    development, clients = make.development(session).id, [make.client(session).id for _ in range(CLIENTS)]
    for face in range(many):
        faces.keep_template(
            session,
            now,
            Template(ENGINE.name, ENGINE.version, somebody(face)),
            client_id=clients[face % CLIENTS],
            development_id=development,
        )
    return development


def near(face: int) -> Vector:
    """Somebody much like that face."""
    return unit(somebody(face) + unit(np.random.default_rng(face + 10_000).normal(size=128)) * np.float32(0.8))


def vectors(session: Session, *, waiting: bool = False) -> int:
    which = "IS NULL" if waiting else "IS NOT NULL"
    return session.execute(text(f"SELECT count(*) FROM face_index.vectors WHERE vector {which}")).scalar_one()


def assert_same_answers(database: Database, development: int) -> None:
    memory = FaceIndex(database.reading, MemorySearch(database.reading))
    with database.reading() as session:
        index = index_of(session)
        for face in range(0, FACES, 7):
            expected = memory.clients(ENGINE, near(face), development, without=face)
            found = index.clients(ENGINE, near(face), development, without=face)
            assert [one.owner for one in found] == [one.owner for one in expected]
            assert [one.similarity for one in found] == pytest.approx([one.similarity for one in expected], abs=1e-6)


def test_it_answers_as_the_memory_does(indexed: Database, now: datetime) -> None:
    with indexed.transaction() as session:
        development = store(session, now)
    assert_same_answers(indexed, development)


def test_faces_of_before_are_found_while_they_wait_and_when_they_are_filled_in(
    database: Database, now: datetime
) -> None:
    with database.transaction() as session:
        development = store(session, now)
    with pytest.raises(ConfigError, match="run `portal faces index`"):
        use_index(database, "pgvector")
    with database.transaction() as session:
        face_vectors.prepare(session)
        face_vectors.prepare(session)
        assert vectors(session, waiting=True) == FACES
    use_index(database, "pgvector")
    assert_same_answers(database, development)
    with database.transaction() as session:
        assert face_vectors.fill(session, FACES // 2) == FACES // 2
    assert_same_answers(database, development)
    with database.transaction() as session:
        assert face_vectors.fill(session) == FACES // 2
        assert face_vectors.fill(session) == 0
    assert_same_answers(database, development)


def test_a_vector_ends_in_the_transaction_that_ends_its_face(indexed: Database, now: datetime) -> None:
    """Whoever erases: the service, or somebody who knows nothing of the index."""
    with indexed.transaction() as session:
        store(session, now, many=3)
    with indexed.session() as session:
        first, second, third = session.query(FaceTemplate).order_by(FaceTemplate.id).all()
        erasure.erase_templates(session, now, [first], why=Why.CONSENT_WITHDRAWN)
        assert vectors(session) == 2
        session.rollback()
        assert vectors(session) == 3
        erasure.erase_templates(session, now, [first], why=Why.CONSENT_WITHDRAWN)
        session.execute(
            update(FaceTemplate).where(FaceTemplate.id == second.id).values(vector_sealed=None, erased_at=now)
        )
        session.execute(delete(FaceTemplate).where(FaceTemplate.id == third.id))
        assert (vectors(session), vectors(session, waiting=True)) == (0, 0)


def test_a_face_that_is_erased_while_it_is_filled_in_stays_erased(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        store(session, now, many=2)
        face_vectors.prepare(session)
    with database.session() as eraser, eraser.begin():
        row = eraser.query(FaceTemplate).order_by(FaceTemplate.id).first()
        erasure.erase_templates(eraser, now, [row], why=Why.CONSENT_WITHDRAWN)
        with database.transaction() as session:
            assert face_vectors.fill(session) == 1  # the other one; nobody waits for the eraser
    with database.transaction() as session:
        assert face_vectors.fill(session) == 0
        assert (vectors(session), vectors(session, waiting=True)) == (1, 0)


def test_making_it_waits_for_who_stores_a_face_and_enters_that_one_too(database: Database, now: datetime) -> None:
    def prepare() -> None:
        with database.transaction() as session:
            face_vectors.prepare(session)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as early:
            store(early, now, many=1)
            made = pool.submit(prepare)
            with pytest.raises(TimeoutError):
                made.result(timeout=0.3)
        made.result(timeout=30)
    with database.transaction() as session:
        assert (vectors(session), vectors(session, waiting=True)) == (0, 1)


def test_who_may_not_create_the_extension_is_told_in_one_line(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE ROLE nobody_much LOGIN"))
    poor = Database(database.url.replace("portal@", "nobody_much@"), database.vault, database.signer)
    try:
        refused = pytest.raises(ConfigError, match="extension vector cannot be created here: permission denied")
        with refused as told, poor.transaction() as session:
            face_vectors.prepare(session)
        assert "\n" not in str(told.value)
    finally:
        poor.dispose()
        with database.transaction() as session:
            session.execute(text("DROP ROLE nobody_much"))


def test_removing_it_leaves_no_vector_and_storing_goes_on(indexed: Database, now: datetime) -> None:
    with indexed.transaction() as session:
        store(session, now, many=1)
        face_vectors.remove(session)
    with indexed.transaction() as session:
        store(session, now, many=1)
    with pytest.raises(ConfigError, match="no such index"):
        use_index(indexed, "pgvector")
