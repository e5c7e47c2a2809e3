"""What starts over which database: a wrong key, another schema, a second migration each end in one line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from portal import db
from portal.cli import main
from portal.config import Config, new_secrets
from portal.db import Busy, Database, turn_to_migrate
from portal.models import AuditEntry, KeyMark
from portal.rules.keys.starting import Hindrance
from portal.services.keys import starting
from tests.databases import Dialect, Migrated

PHONE = "13900001111"
OTHER = new_secrets()


class Portal:
    """A database, the settings that it is opened with, and the command."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def run(self, *words: str, **keys: str) -> Result:
        given = replace(self.config, **keys)
        names = ("secret_key", "data_keys", "index_key", "signing_key", "data_dir", "database_url")
        environ = {f"PORTAL_{name.upper()}": str(getattr(given, name)) for name in names}
        return CliRunner(env=environ).invoke(main, list(words))

    @contextmanager
    def opened(self) -> Iterator[Database]:
        database = Database(self.config.url, self.config.vault(), self.config.signer())
        yield database
        database.dispose()

    def sql(self, statement: str) -> None:
        with self.opened() as database, database.transaction() as session:
            session.execute(text(statement))


def refused(done: Result) -> str:
    """The one line that it said."""
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    return done.stderr.removeprefix("Error: ").rstrip()


@pytest.fixture
def portal(dialect: Dialect, migrated: Migrated, config: Config) -> Iterator[Portal]:
    """A portal that knows its keys, with one person in it."""
    with migrated.copy(dialect) as url:
        portal = Portal(replace(config, database_url=url))
        made = portal.run("user", "create", "--role", "administrator", "--name", "周敏", "--phone", PHONE)
        assert made.exit_code == 0, made.output
        yield portal


STARTS = (
    ("run",), ("worker",), ("migrate",), ("user", "list"), ("ledger", "verify"), ("files", "verify"), ("health",),
    ("backup", "."), ("clock", "show"),
)  # fmt: skip
"""The server, the worker, and some of the commands."""


def test_another_index_key_starts_nothing(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in STARTS:
        said = refused(portal.run(*words, index_key=OTHER["index_key"]))
        assert said.startswith("PORTAL_INDEX_KEY is not the key that this database was written with ("), words
        assert "rotate-index" in said
    assert not list(tmp_path.glob("portal-*")), "and nothing is archived that no key of these would open"


def test_a_wrong_key_is_found_also_where_no_key_was_known(portal: Portal) -> None:
    """A database of before: the people in it say whose keys they were."""
    portal.sql("DELETE FROM key_marks")
    assert refused(portal.run("migrate", index_key=OTHER["index_key"])).startswith("PORTAL_INDEX_KEY is not")
    assert refused(portal.run("migrate", data_keys=OTHER["data_keys"])).startswith("PORTAL_DATA_KEYS lacks the key ")
    assert portal.run("migrate").exit_code == 0
    assert portal.run("migrate").exit_code == 0


def test_a_data_key_that_rows_need_must_stay(portal: Portal) -> None:
    new, old = OTHER["data_keys"], portal.config.data_keys
    (name,) = starting.marks_of(portal.config).data_keys
    assert portal.run("user", "list", data_keys=f"{new},{old}").exit_code == 0
    said = refused(portal.run("user", "list", data_keys=new))
    assert said.startswith(f"PORTAL_DATA_KEYS lacks the key {name}, in use here since 20")
    listed = portal.run("keys", "list", "--rows", data_keys=new)
    assert f"{name}\tsince" in listed.stdout
    assert "MISSING\t1 rows" in listed.stdout
    assert f"the key {name} is still needed: it sealed 1 rows of people" in refused(
        portal.run("keys", "retire", name, data_keys=new)
    )


def test_a_data_key_that_nothing_needs_can_be_given_up(portal: Portal) -> None:
    extra = f"{portal.config.data_keys},{OTHER['data_keys']}"
    assert portal.run("user", "list", data_keys=extra).exit_code == 0
    (name,) = starting.marks_of(replace(portal.config, data_keys=OTHER["data_keys"])).data_keys
    assert refused(portal.run("user", "list")).startswith(f"PORTAL_DATA_KEYS lacks the key {name}")
    assert "still holds" in refused(portal.run("keys", "retire", name, data_keys=extra))
    assert portal.run("keys", "retire", name).exit_code == 0
    assert portal.run("user", "list").exit_code == 0
    assert "no data key of the name" in refused(portal.run("keys", "retire", name))
    assert portal.run("user", "list", data_keys=extra).exit_code == 0, "given back, it is in use again"
    assert refused(portal.run("user", "list")).startswith(f"PORTAL_DATA_KEYS lacks the key {name}")


@pytest.mark.parametrize("kind", ["signing_key", "secret_key"])
def test_a_change_that_is_meant_is_accepted_and_audited(portal: Portal, kind: str) -> None:
    other = {kind: OTHER[kind]}
    said = refused(portal.run("user", "list", **other))
    assert said.startswith(f"PORTAL_{kind.upper()} is not the key")
    assert said.endswith(f"run: portal keys accept {kind}")
    assert "from now on" in portal.run("keys", "accept", kind, **other).stdout
    assert "already" in portal.run("keys", "accept", kind, **other).stdout
    assert portal.run("user", "list", **other).exit_code == 0
    assert refused(portal.run("user", "list")).startswith(f"PORTAL_{kind.upper()} is not the key")
    assert portal.run("keys", "accept", kind).exit_code == 0, "and back"
    with portal.opened() as database, database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "key_accepted")).first()
        assert (entry.facts["kind"], entry.address) == (kind, "shell")
    assert portal.run("keys", "accept", "index_key").exit_code == 2, "that one takes more"


def test_of_two_that_start_first_with_different_keys_one_is_told(database: Database, config: Config, now) -> None:
    start = Barrier(2)

    def settle(key: str) -> Hindrance | None:
        start.wait()
        with database.transaction() as session:
            found = starting.settle(session, now, starting.marks_of(replace(config, index_key=key)))
            if found is not None:
                session.rollback()
            return found

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(settle, (config.index_key, OTHER["index_key"])))
    assert sorted(one.code if one else "" for one in found) == ["", "index_key"]
    with database.reading() as session:
        assert len(session.scalars(select(KeyMark)).all()) == 4


SCHEMAS = {
    "UPDATE alembic_version SET version_num = '9999'": "schema is 9999, and this version knows up to ",
    "UPDATE alembic_version SET version_num = '0043'": "schema is 0043, and this version needs ",
    "DELETE FROM alembic_version": "the database has no schema yet: run portal migrate",
}
GUARDS = {
    "sqlite": ("audit_entries_no_delete", "DROP TRIGGER audit_entries_no_delete"),
    "postgresql": ("audit_entries_append_only", "DROP TRIGGER audit_entries_append_only ON audit_entries"),
}


def test_another_schema_starts_nothing(portal: Portal) -> None:
    with portal.opened() as database, database.reading() as session:
        revision = starting.revision_of(session)
    for damage, said in SCHEMAS.items():
        portal.sql(damage)
        for words in (("run",), ("worker",), ("user", "list")):
            assert said in refused(portal.run(*words))
        portal.sql("DELETE FROM alembic_version")
        portal.sql(f"INSERT INTO alembic_version VALUES ('{revision}')")
    portal.sql("UPDATE alembic_version SET version_num = '9999'")
    assert "a newer version made it" in refused(portal.run("migrate")), "it is left alone"


def test_a_schema_that_is_not_what_it_says_starts_nothing(portal: Portal, dialect: Dialect) -> None:
    """Another version's migrations had the same numbers; or a guard of an append-only table is gone."""
    guard, drop = GUARDS[dialect]
    portal.sql(drop)
    assert f"but lacks {guard}: " in refused(portal.run("worker"))
    portal.sql("ALTER TABLE job_runs DROP COLUMN found")
    assert f"but lacks {guard}, job_runs.found: another version's migrations" in refused(portal.run("run"))
    portal.sql("DROP TABLE job_runs")
    assert f"but lacks {guard}, job_runs: another version's migrations made it" in refused(portal.run("migrate"))


def test_one_migration_at_a_time(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    with turn_to_migrate(portal.config.url, wait=1):
        with pytest.raises(Busy), turn_to_migrate(portal.config.url, wait=0.05):
            pass
        monkeypatch.setattr(db, "MIGRATION_WAIT", 0.05)
        assert refused(portal.run("migrate")).startswith("another portal migrate is at work on this database")
    assert portal.run("migrate").exit_code == 0
