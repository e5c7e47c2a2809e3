"""Databases that are away, hang, or take nothing in: nobody waits for long, and it goes on by itself."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from portal import postgres
from portal.db import Database
from portal.outages import Outage, outage_of
from portal.postgres import PAGES
from tests.databases import as_another_user, opened
from tests.relay import Relay

LOOK = text("SELECT 1")
WRITE = text("UPDATE alembic_version SET version_num = version_num")
HASTY = replace(PAGES, statement=1, lock=1, free=1)


@pytest.fixture
def relay(database: Database) -> Iterator[Relay]:
    """What stands before the PostgreSQL server of the tests."""
    with Relay(f"{make_url(database.url).query['host']}/.s.PGSQL.5432") as relay:
        yield relay


@pytest.fixture
def behind(database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The same database, behind the relay, and with little patience."""
    monkeypatch.setattr(postgres, "_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(postgres, "_SLACK_SECONDS", 0.2)
    url = make_url(database.url).set(host="127.0.0.1", port=relay.port, query={})
    behind = Database(str(url), database.vault, database.signer, patience=HASTY)
    yield behind
    behind.dispose()


def looked(database: Database) -> Outage | None:
    try:
        with database.reading() as session:
            session.execute(LOOK)
    except DBAPIError as error:
        return outage_of(error)
    return None


def until_back(database: Database) -> None:
    """A second or two, and no restart."""
    by = monotonic() + 10
    while looked(database) is not None:
        assert monotonic() < by


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_database_that_is_away_is_there_again_by_itself(behind: Database, relay: Relay) -> None:
    assert looked(behind) is None
    relay.refuse()
    begun = monotonic()
    assert {looked(behind) for _ in range(20)} == {Outage.AWAY}
    assert monotonic() - begun < 3, "who has waited in vain waits for all"
    relay.accept()
    until_back(behind)


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_database_that_hangs_holds_nobody(behind: Database, relay: Relay) -> None:
    """Its machine still takes what is sent, so that no network notices."""
    assert looked(behind) is None
    relay.silent.set()
    begun = monotonic()
    assert {looked(behind) for _ in range(10)} == {Outage.AWAY}
    assert monotonic() - begun < 2 * (HASTY.statement + postgres.CONNECT_SECONDS)
    relay.silent.clear()
    until_back(behind)


@pytest.mark.parametrize("dialect", ["postgresql"])
@pytest.mark.parametrize("slow", ["SELECT pg_sleep(20)", "SELECT * FROM alembic_version FOR UPDATE"])
def test_a_statement_or_a_lock_has_its_time(database: Database, slow: str) -> None:
    hasty = Database(database.url, database.vault, database.signer, patience=HASTY)
    with database.transaction() as other, pytest.raises(DBAPIError) as caught, hasty.transaction() as session:
        other.execute(text("SELECT * FROM alembic_version FOR UPDATE"))
        session.execute(text(slow))
    hasty.dispose()
    assert outage_of(caught.value) is Outage.BUSY


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_file_that_was_read_only_for_a_while_is_written_again(database: Database) -> None:
    file = Path(make_url(database.url).database or "")
    assert written(database) is None
    database.dispose()
    with as_another_user(file):
        assert written(database) in {Outage.READ_ONLY, Outage.AWAY}
    assert written(database) is None


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_a_server_that_only_reads_for_a_while_is_written_again(database: Database) -> None:
    """As a standby does until it is promoted."""
    setting = f'ALTER DATABASE "{make_url(database.url).database}" {{}} default_transaction_read_only'
    with opened(database.url) as engine, engine.connect() as owner:
        owner.execution_options(isolation_level="AUTOCOMMIT")
        owner.execute(text(f"{setting.format('SET')} = on"))
        assert written(database) is Outage.READ_ONLY
        owner.execute(text(setting.format("RESET")))
    assert written(database) is None


def written(database: Database) -> Outage | None:
    try:
        with database.transaction() as session:
            session.execute(WRITE)
    except DBAPIError as error:
        return outage_of(error)
    return None


def test_writing_in_a_reading_transaction_is_a_fault_of_ours(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.reading() as session:
        session.execute(WRITE)
    assert outage_of(caught.value) is None


@pytest.mark.parametrize(
    ("number", "outage"),
    [
        (errno.ENOSPC, Outage.FULL),
        (errno.EROFS, Outage.READ_ONLY),
        (errno.EIO, Outage.AWAY),
        (errno.ENOENT, None),
    ],
)
def test_a_disk_that_fails_is_an_outage_as_well(number: int, outage: Outage | None) -> None:
    assert outage_of(OSError(number, "as the disk says")) is outage
