"""How the database is opened: what the portal's promises about transactions rest on."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.db import Database

COUNTER = text("CREATE TABLE counter (value INTEGER NOT NULL)")


@pytest.fixture
def counter(database: Database) -> Database:
    with database.transaction() as session:
        session.execute(COUNTER)
        session.execute(text("INSERT INTO counter VALUES (0)"))
    return database


def value(database: Database) -> int:
    with database.reading() as session:
        return session.execute(text("SELECT value FROM counter")).scalar_one()


def test_an_exception_undoes_the_whole_transaction(counter: Database) -> None:
    with pytest.raises(ZeroDivisionError), counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = 1"))
        1 / 0  # noqa: B018 - any exception will do
    assert value(counter) == 0


def test_reading_cannot_write(counter: Database) -> None:
    with pytest.raises(DBAPIError), counter.reading() as session:
        session.execute(text("UPDATE counter SET value = 1"))
    assert value(counter) == 0


def test_writers_wait_for_each_other_and_lose_nothing(counter: Database) -> None:
    """Eight threads read, then write what they read plus one (the driver's defaults lose updates)."""
    start = threading.Barrier(8)

    def add() -> None:
        start.wait()
        for _ in range(10):
            with counter.transaction() as session:
                lock = "" if counter.engine.dialect.name == "sqlite" else " FOR UPDATE"
                seen = session.execute(text(f"SELECT value FROM counter{lock}")).scalar_one()
                session.execute(text("UPDATE counter SET value = :next"), {"next": seen + 1})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(counter) == 80


def test_a_readers_page_does_not_wait_for_a_writer(counter: Database) -> None:
    with counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = 7"))
        assert value(counter) == 0
    assert value(counter) == 7
