"""How the database is opened: what the portal's promises about transactions rest on."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from portal.config import Config
from portal.db import Database

COUNTER = text("CREATE TABLE counter (value INTEGER NOT NULL)")
ADD_ONE = text("UPDATE counter SET value = value + 1")


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
        1 / 0  # noqa: B018 - any fault will do
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


def test_however_a_transaction_ends_the_next_writer_has_his_turn(
    counter: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that was kept would make the last of these wait, and the test with it, for half a minute."""
    with counter.session() as session:
        session.execute(text("UPDATE counter SET value = 1"))  # closed without a word
    with pytest.raises(DBAPIError), counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = NULL"))
    with counter.engine.connect() as connection:
        connection.execute(text("UPDATE counter SET value = 2"))
        connection.invalidate()
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(counter.engine.dialect, "do_commit", _interrupted)
        with counter.transaction() as session:
            session.execute(text("UPDATE counter SET value = 3"))
    event.listen(counter.engine, "begin", _interrupted)  # it has its turn, and comes to no transaction
    with pytest.raises(InterruptedError), counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = 4"))
    event.remove(counter.engine, "begin", _interrupted)
    begun = time.monotonic()
    with counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = value + 10"))
    assert time.monotonic() - begun < 5
    assert value(counter) == 10


def test_two_writers_that_meet_outside_their_turns_wait_as_sqlite_does(counter: Database) -> None:
    other = Database(counter.url, counter.vault, counter.signer)  # another process, as far as turns go
    with other.transaction() as held, ThreadPoolExecutor(1) as pool:
        add = text("UPDATE counter SET value = value + 1")
        held.execute(add)

        def write() -> None:
            with counter.transaction() as session:
                session.execute(add)

        waiting = pool.submit(write)
        time.sleep(0.05)
        assert not waiting.done()
        held.commit()
        waiting.result(20)
    assert value(counter) == 2
    other.dispose()


def _interrupted(_connection: object) -> None:
    raise InterruptedError


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_result_that_a_fault_left_half_read_does_not_cost_the_next_writer_his_turn(counter: Database) -> None:
    """A trace holds what its frames held; here the frame is this test's own, so the result stays open all along."""
    other = Database(counter.url, counter.vault, counter.signer)
    with pytest.raises(ZeroDivisionError), counter.transaction() as session:
        half_read = session.execute(text("SELECT value, 1 FROM counter UNION ALL SELECT value, 2 FROM counter"))
        assert next(iter(half_read)) == (0, 1)
        1 / 0  # noqa: B018 - any fault will do
    locked = threading.Event()

    def hold() -> None:
        with other.transaction() as session:
            session.execute(ADD_ONE)
            locked.set()
            time.sleep(0.3)

    with ThreadPoolExecutor() as pool:
        holding = pool.submit(hold)
        assert locked.wait(5)
        with counter.transaction() as session:
            session.execute(ADD_ONE)
        holding.result()
    other.dispose()
    assert value(counter) == 2


def test_a_readers_page_does_not_wait_for_a_writer(counter: Database) -> None:
    with counter.transaction() as session:
        session.execute(text("UPDATE counter SET value = 7"))
        assert value(counter) == 0
    assert value(counter) == 7


def test_what_is_committed_is_on_the_disk(config: Config) -> None:
    """SQLite by itself would wait for the disk only now and then. (The databases of other tests do not wait at all.)"""
    url = f"sqlite:///{config.data_dir / 'durable.db'}"
    database = Database(url, config.vault(), config.signer())
    with database.session() as session:
        settings = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
    database.dispose()
    assert settings == ["wal", 2, 1]
