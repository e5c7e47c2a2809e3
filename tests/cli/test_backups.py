"""`portal backup` and `portal restore`: what comes back is what was there, and verifies; nothing else comes in."""

import gzip
import io
import json
import shutil
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.adapters.storage.bucket import open_files
from portal.adapters.storage.files import new_name
from portal.cli import archive, backups, main
from portal.cli.backups import _run
from portal.cli.scratch import scratch_folder
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Agreement, LedgerBatch, Person, Role
from portal.services.statements import issuing
from portal.services.verification import proof
from tests import factories as make
from tests.damage import damage_index
from tests.databases import Dialect, Migrated
from tests.hammer import world
from tests.postgres import _programs


class Portal:
    """A portal as an operator has it: its settings, and the command."""

    def __init__(self, url: str, folder: Path, secrets: dict[str, str]) -> None:
        self.config = Config(database_url=url, data_dir=folder, **secrets)
        environ = {f"PORTAL_{name.upper()}": value for name, value in secrets.items()}
        place = {"PORTAL_ENV": "production", "DATABASE_URL": url, "PORTAL_DATA_DIR": str(folder)}
        self._runner = CliRunner(env=environ | place)

    def run(self, *arguments: object) -> Result:
        return self._runner.invoke(main, [str(one) for one in arguments])

    @contextmanager
    def opened(self) -> Iterator[Database]:
        database = Database(self.config.url, self.config.vault(), self.config.signer())
        yield database
        database.dispose()

    def blocks(self) -> int:
        with self.opened() as database, database.reading() as session:
            assert proof.verify_ledger(session).fault is None
            return session.scalar(select(func.count(LedgerBatch.id))) or 0


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs that belong to the tests' server."""
    monkeypatch.setenv("PATH", str(_programs()), prepend=":")


@pytest.fixture
def portals(migrated: Migrated, secrets: dict[str, str], tmp_path: Path) -> Iterator[Callable[[Dialect, str], Portal]]:
    """Makes portals with an empty, migrated database, by their names."""
    copies = []

    def made(dialect: Dialect, name: str) -> Portal:
        copy = migrated.copy(dialect)
        copies.append(copy)
        return Portal(copy.__enter__(), tmp_path / name, secrets)

    yield made
    for copy in copies:
        copy.__exit__(None, None, None)


def _live(portal: Portal) -> bytes:
    """A world with money in it and one sealed file; its content."""
    with portal.opened() as database:
        world.build(database)
        open_files(portal.config, database.vault).put(new_name(), b"a photo")
    return b"a photo"


@contextmanager
def _writers(portal: Portal) -> Iterator[None]:
    """Somebody signs and issues, twenty times a second."""
    over = threading.Event()
    wrote = threading.Event()

    def write(database: Database) -> None:
        at = world.MONTH_ENDS - timedelta(hours=1)
        while not over.is_set():
            at += timedelta(seconds=1)
            with database.transaction() as session:
                pair = session.scalars(select(Agreement)).first()
                by = session.scalars(select(Person).where(Person.role == Role.FINANCE)).first()
                make.signed_deal(session, at, pair=pair, by=by)
                issuing.issue_all(session, Actor.of(by), at, month="2026-01")
            wrote.set()
            over.wait(0.05)

    with portal.opened() as database:
        thread = threading.Thread(target=write, args=(database,))
        thread.start()
        wrote.wait(20)
        yield
        over.set()
        thread.join()


def test_what_is_backed_up_while_writers_write_comes_back_and_verifies(
    dialect: Dialect, portals: Callable[[Dialect, str], Portal], tmp_path: Path
) -> None:
    here, there = portals(dialect, "here"), portals(dialect, "there")
    photo = _live(here)
    before = here.blocks()
    with _writers(here):
        made = here.run("backup", tmp_path / "portal.tar.gz")
    assert made.exit_code == 0, made.output
    assert made.stdout == f"{tmp_path / 'portal.tar.gz'}\n"
    done = there.run("restore", tmp_path / "portal.tar.gz")
    assert done.exit_code == 0, done.output
    assert "The ledger holds: " in done.stdout
    assert before < there.blocks() <= here.blocks()
    with there.opened() as database:
        files = open_files(there.config, database.vault)
        names = [path.name for path in there.config.files_dir.glob("??/*")]
        assert [files.get(name) for name in names] == [photo]
    assert [path.name for path in there.config.data_dir.iterdir()] == ["files"], "nothing half-made is left"


def _archive_of(portal: Portal, folder: Path) -> Path:
    """An archive of a living portal."""
    _live(portal)
    path = Path(portal.run("backup", folder).stdout.strip())
    assert [one.name for one in path.parent.iterdir()] == [path.name], "nothing half-made is left"
    return path


@pytest.fixture(scope="module")
def kept(migrated: Migrated, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a portal on SQLite, for everybody to copy."""
    folder = tmp_path_factory.mktemp("kept")
    with migrated.copy("sqlite") as url:
        return _archive_of(Portal(url, folder / "here", secrets), folder / "backups")


@pytest.fixture
def archived(kept: Path, tmp_path: Path) -> Path:
    """An archive of a portal on SQLite, to do with as a test likes."""
    (tmp_path / "backups").mkdir()
    return Path(shutil.copy2(kept, tmp_path / "backups"))


def test_a_portal_with_data_is_overwritten_only_by_force(
    dialect: Dialect, portals: Callable[[Dialect, str], Portal], tmp_path: Path
) -> None:
    portal = portals(dialect, "here")
    path = _archive_of(portal, tmp_path / "backups")
    blocks = portal.blocks()
    with _writers(portal):
        pass
    assert portal.blocks() > blocks
    refused = portal.run("restore", path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: there is a portal with data in it already: --force overwrites it\n"
    assert portal.run("restore", path, "--force").exit_code == 0
    assert portal.blocks() == blocks


def _members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}


def _packed(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def _changed(members: dict[str, bytes]) -> dict[str, bytes]:
    book = members["portal.db"]
    return members | {"portal.db": book[:-9] + bytes([book[-9] ^ 1]) + book[-8:]}


def _with_digests_of_its_own(members: dict[str, bytes]) -> dict[str, bytes]:
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["portal.db"] = "0" * 64
    return members | {"manifest.json": json.dumps(manifest).encode()}


def _without(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda members: {one: content for one, content in members.items() if not one.startswith(name)}


TAMPERED = {
    "a bit of the database": (_changed, "portal.db is not what was backed up"),
    "the list of digests": (_with_digests_of_its_own, "its signature is not of this portal's"),
    "no signature": (_without("manifest.json.sig"), "its signature is not of this portal's"),
    "no manifest": (_without("manifest"), "it has no manifest"),
    "a photo dropped": (_without("files/"), "is not what was backed up"),
    "a photo added": (lambda given: {f"files/ab/{'ab' * 16}": b"x"} | given, "is not what was backed up"),
    "a path that leads out": (lambda given: given | {"../secrets.json": b"x"}, "does not belong into a backup"),
}


@pytest.mark.parametrize(("how", "said"), TAMPERED.values(), ids=TAMPERED.keys())
def test_what_was_changed_is_refused_as_a_whole(
    archived: Path,
    portals: Callable[[Dialect, str], Portal],
    how: Callable[[dict[str, bytes]], dict[str, bytes]],
    said: str,
) -> None:
    _packed(archived, how(_members(archived)))
    there = portals("sqlite", "there")
    refused = there.run("restore", archived)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert there.blocks() == 0
    assert list(there.config.data_dir.iterdir()) == []


def test_what_is_no_archive_or_another_portals_is_refused(
    archived: Path, portals: Callable[[Dialect, str], Portal], tmp_path: Path
) -> None:
    there = portals("sqlite", "there")
    stranger = Portal(there.config.url, tmp_path / "stranger", new_secrets())
    assert "PORTAL_SIGNING_KEY" in stranger.run("restore", archived).stderr
    for content in (b"", b"no archive", gzip.compress(b"no tar"), archived.read_bytes()[:-200]):
        archived.write_bytes(content)
        refused = there.run("restore", archived)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert there.blocks() == 0


def test_with_another_key_nothing_is_restored(
    dialect: Dialect,
    portals: Callable[[Dialect, str], Portal],
    secrets: dict[str, str],
    tmp_path: Path,
) -> None:
    here, there = portals(dialect, "here"), portals(dialect, "there")
    _live(here)
    assert here.run("user", "list").exit_code == 0, "from now on its keys are known"
    path = tmp_path / "portal.tar.gz"
    assert here.run("backup", path).exit_code == 0
    for key in ("index_key", "data_keys"):
        stranger = Portal(there.config.url, tmp_path / "there", secrets | {key: new_secrets()[key]})
        refused = stranger.run("restore", path)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert f"PORTAL_{key.upper()} " in refused.stderr
        assert list((tmp_path / "there").iterdir()) == [], "and nothing was written"
    moved = Portal(there.config.url, tmp_path / "there", secrets | {"secret_key": new_secrets()["secret_key"]})
    assert moved.run("restore", path).exit_code == 0, "without that one people only sign in again"
    assert moved.run("user", "list").exit_code == 0


def test_an_archive_of_before_the_index_key_changed_comes_back_with_both_keys(
    dialect: Dialect, portals: Callable[[Dialect, str], Portal], secrets: dict[str, str], tmp_path: Path
) -> None:
    """Its database says that the former key is in force; it moves once more to the same new one."""
    new, path, turned = new_secrets()["index_key"], tmp_path / "portal.tar.gz", "people.phone_index\t"
    here, there = portals(dialect, "here"), portals(dialect, "there")
    _live(here)
    assert here.run("user", "list").exit_code == 0
    assert here.run("backup", path).exit_code == 0
    both = secrets | {"index_key": f"{secrets['index_key']},{new}"}
    assert turned in Portal(here.config.url, tmp_path / "here", both).run("keys", "rotate-index").output
    alone = Portal(there.config.url, tmp_path / "there", secrets | {"index_key": new})
    assert "PORTAL_INDEX_KEY" in alone.run("restore", path).stderr
    again = Portal(there.config.url, tmp_path / "there", both)
    assert again.run("restore", path).exit_code == 0
    moved = again.run("keys", "rotate-index")
    assert (moved.exit_code, turned in moved.output) == (0, True), moved.output
    assert alone.run("ledger", "verify").exit_code == 0
    assert again.run("backup", tmp_path / "after.tar.gz").exit_code == 0, "the archive names the key of its day alone"
    assert alone.run("user", "list").exit_code == 0


def test_an_archive_fits_its_own_kind_of_database_alone(
    archived: Path, portals: Callable[[Dialect, str], Portal]
) -> None:
    refused = portals("postgresql", "there").run("restore", archived)
    assert "holds a sqlite database, and the settings name postgresql" in refused.stderr


def test_without_postgresqls_programs_the_command_says_so(
    portals: Callable[[Dialect, str], Portal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = portals("postgresql", "here").run("backup", tmp_path / "backups")
    assert told.stderr == "Error: pg_dump is not installed: it comes with PostgreSQL's client programs\n"
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_password_of_the_database_stands_on_no_command_line(
    portals: Callable[[Dialect, str], Portal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everybody on the machine may read a command line; the file that holds it is the owner's alone, and goes again."""
    told, programs = tmp_path / "told", tmp_path / "bin"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore"):
        program = programs / name
        program.write_text(f'#!/bin/sh\n(echo "$@"; stat -c %a "$PGPASSFILE"; cat "$PGPASSFILE") > {told}\n')
        program.chmod(0o700)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    url = "postgresql+psycopg://portal:se%3Acr%5Cet@db.internal/portal"
    config = replace(portals("postgresql", "here").config, database_url=url)
    _run("pg_dump", "--format=custom", config=config, scratch=tmp_path)
    arguments, mode, line = told.read_text().splitlines()
    assert arguments == "--dbname=postgresql://portal@db.internal/portal --format=custom"
    assert (mode, line) == ("600", "*:*:*:*:se\\:cr\\\\et")


def test_an_archive_is_its_owners_alone(archived: Path) -> None:
    assert stat.S_IMODE(archived.stat().st_mode) == 0o600


def test_a_damaged_database_is_not_archived(portals: Callable[[Dialect, str], Portal], tmp_path: Path) -> None:
    """An archive of it would push good ones out, and be found to be none when it is needed."""
    portal = portals("sqlite", "here")
    folder = tmp_path / "backups"
    _archive_of(portal, folder)
    before = list(folder.iterdir())
    damage_index(Path(portal.config.url.removeprefix("sqlite:///")), "people")
    told = portal.run("backup", folder)
    assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (1, "", 1)
    assert "Error: the database is damaged, and nothing is archived" in told.stderr
    assert list(folder.iterdir()) == before


def test_a_row_whose_other_row_is_gone_is_damage_too(portals: Callable[[Dialect, str], Portal], tmp_path: Path) -> None:
    portal = portals("sqlite", "here")
    with closing(sqlite3.connect(portal.config.url.removeprefix("sqlite:///"))) as database:
        values = "(person_id, digest, purpose, issued_at, until) VALUES (77, 'x', 'first', '', '')"
        database.execute(f"INSERT INTO password_links {values}")
        database.commit()
    told = portal.run("backup", tmp_path)
    assert "a row of password_links names one of people that is not there" in told.stderr


def test_a_damaged_database_in_an_archive_of_before_is_not_restored(
    archived: Path, portals: Callable[[Dialect, str], Portal], tmp_path: Path
) -> None:
    here, there = portals("sqlite", "maker"), portals("sqlite", "there")
    copy = tmp_path / "portal.db"
    copy.write_bytes(_members(archived)["portal.db"])
    damage_index(copy, "people")
    with archived.open("wb") as target:
        archive.write(
            target,
            copy,
            tmp_path / "none",
            about=archive.About(world.MONTH_ENDS, "0042"),
            signer=here.config.signer(),
        )
    refused = there.run("restore", archived)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "is damaged, and nothing is restored" in refused.stderr
    assert list(there.config.data_dir.iterdir()) == []


def test_a_restore_that_fails_leaves_nothing_and_can_be_repeated(
    archived: Path, portals: Callable[[Dialect, str], Portal], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = portals("sqlite", "there")
    with monkeypatch.context() as patched:
        patched.setattr(backups, "_load", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert there.run("restore", archived).stderr == "Error: No space left on device\n"
    assert [path for path in there.config.data_dir.rglob("*") if path.is_file()] == []
    (there.config.data_dir / ".restore-killed").mkdir()
    (there.config.data_dir / ".restore-killed" / "portal.db").touch()
    assert there.run("restore", archived).exit_code == 0
    assert [path.name for path in there.config.data_dir.iterdir()] == ["files"]


def test_two_restores_do_not_work_at_once(archived: Path, portals: Callable[[Dialect, str], Portal]) -> None:
    there = portals("sqlite", "there")
    there.config.data_dir.mkdir(exist_ok=True)
    with scratch_folder(there.config.data_dir, ".restore-"):
        told = there.run("restore", archived)
    assert (told.exit_code, "under way" in told.stderr) == (1, True)


def test_without_a_schema_there_is_nothing_to_back_up(secrets: dict[str, str], tmp_path: Path) -> None:
    told = Portal(f"sqlite:///{tmp_path}/none.db", tmp_path / "here", secrets).run("backup", tmp_path)
    assert told.stderr == "Error: there is nothing to back up: the database has no schema yet\n"
    assert not (tmp_path / "none.db").exists()
