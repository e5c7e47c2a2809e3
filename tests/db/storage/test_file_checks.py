"""Every stored file is held against its row; what is gone, does not open or is another is named, by night too."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles, new_name
from portal.db import Database
from portal.models import Base, PaperKind, Photo, Role
from portal.services.statements import papers as statement_papers
from portal.services.storage import checks as file_checks
from portal.services.storage import runs as storage_runs
from portal.services.storage import worker as storage_worker
from portal.services.storage.checks import START, Wrong
from tests import factories as make
from tests.damage import damage_index
from tests.db.money import Staff, requested

HOUR = timedelta(hours=1)
NOT_OURS = {"bank_results"}
"""Tables whose `file_name` is what somebody else's file was called."""


class Store:
    """Seven files of two tables, with a way to harm them."""

    def __init__(self, database: Database, folder: Path, now: datetime) -> None:
        self.database = database
        self.files = FolderFiles(folder, database.vault)
        self.folder = folder
        with database.transaction() as session:
            showing = make.showing(session, touch=make.touch(session))
            self.photos = [make.photo(session, showing=showing) for _ in range(6)]
            for photo in self.photos:
                self.files.put(photo.file_name, b"a photo")
            statement = requested(session, Staff.hired(session), now).statement
            by = Actor.of(make.person(session, Role.FINANCE))
            self.paper = statement_papers.keep(
                session,
                by,
                now,
                self.files,
                statement_papers.Paper(statement.id, PaperKind.PDF, language="en", content=b"a paper"),
            )

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def found(self, most: int = 2) -> tuple[int, set[tuple[Wrong, str, int]]]:
        """All that a check says, with how many files it looked at, portion by portion."""
        place, checked, faults = START, 0, set()
        while place is not None:
            portion = file_checks.check(self.database, self.files, place, most)
            checked, place = checked + portion.checked, portion.after
            faults |= {(one.wrong, one.table, one.row_id) for one in portion.faults}
        return checked, faults


@pytest.fixture
def store(database: Database, tmp_path: Path, now: datetime) -> Store:
    return Store(database, tmp_path / "files", now)


def test_every_table_with_files_is_looked_at() -> None:
    named = {name for name, table in Base.metadata.tables.items() if "file_name" in table.c}
    assert set(file_checks.KEEP_FILES) == named - NOT_OURS


def test_what_is_wrong_is_named_and_the_rest_is_looked_at(store: Store, now: datetime) -> None:
    invoice = 1  # the factory's invoice has no file
    before = store.found()
    assert before == (8, {(Wrong.MISSING, "invoices", invoice)})
    gone, flipped, swapped, erased = store.photos[:4]
    store.path(gone.file_name).unlink()
    content = bytearray(store.path(flipped.file_name).read_bytes())
    content[-1] ^= 1
    store.path(flipped.file_name).write_bytes(content)
    store.path(swapped.file_name).write_bytes(store.path(store.photos[5].file_name).read_bytes())
    store.path(erased.file_name).unlink()
    with store.database.transaction() as session:
        session.get_one(Photo, erased.id).erased_at = now
    store.files.put(store.paper.file_name, b"no paper")
    checked, faults = store.found()
    assert checked == 7
    assert faults - before[1] == {
        (Wrong.MISSING, "photos", gone.id),
        (Wrong.SEALED, "photos", flipped.id),
        (Wrong.SEALED, "photos", swapped.id),
        (Wrong.CHANGED, "statement_papers", store.paper.id),
    }


def test_one_that_is_erased_meanwhile_is_not_missing(store: Store, now: datetime) -> None:
    photo = store.photos[0]

    class Late:
        def get(self, name: str) -> bytes:
            if name == photo.file_name:
                with store.database.transaction() as session:
                    session.get_one(Photo, photo.id).erased_at = now
                raise FileNotFoundError(name)
            return store.files.get(name)

    assert not file_checks.check(store.database, Late(), file_checks.Place("photos", 0), 100).faults


def test_files_of_nobody_are_counted_when_they_are_old(store: Store, now: datetime) -> None:
    store.files.put(new_name(), b"nobody's")
    far = now + timedelta(days=10_000)
    assert file_checks.nobodys(store.database, store.files, far) == 1
    assert file_checks.nobodys(store.database, store.files, now - timedelta(days=10_000)) == 0


class TestByNight:
    def test_in_portions_once_a_night(self, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storage_worker, "AT_ONCE", 2)
        store.path(store.photos[0].file_name).unlink()

        def night(at: datetime, most: timedelta = HOUR) -> int:
            return storage_worker.run_due(store.database, store.files, lambda: at, most=most)

        assert night(now, timedelta(0)) == 0, "others have their turn"
        assert night(now) == 8
        assert night(now + HOUR) == 0, "it was done this night"
        with store.database.reading() as session:
            run = storage_runs.last_files(session)
        assert run is not None
        assert (run.at, run.checked, run.faults, run.wrong[Wrong.MISSING]) == (now, 8, 2, 2)
        assert night(now + timedelta(days=1)) == 8
        assert night(now) == 8, "a run that is ahead was one of a wrong clock"

    def test_goes_on_where_another_worker_stopped(
        self, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And of two that are at the same portion, one counts it."""
        monkeypatch.setattr(storage_worker, "AT_ONCE", 3)
        real, beside = file_checks.check, []

        def check(*given: object) -> object:
            if not beside:
                beside.append(True)
                beside.append(storage_worker.run_due(store.database, store.files, lambda: now, most=HOUR))
            return real(*given)

        monkeypatch.setattr(file_checks, "check", check)
        assert storage_worker.run_due(store.database, store.files, lambda: now, most=HOUR) == 0
        assert beside == [True, 8]
        with store.database.reading() as session:
            run = storage_runs.last_files(session)
        assert run is not None
        assert run.checked == 8

    def test_the_databases_file_is_checked_too(self, database: Database, now: datetime) -> None:
        with database.reading() as session:
            assert storage_runs.last_database(session) is None
        assert storage_worker.check_database(database, lambda: now) == ""
        assert storage_worker.check_database(database, lambda: now + HOUR) is None
        with database.reading() as session:
            assert storage_runs.last_database(session) == storage_runs.DatabaseRun(now, "")


def test_a_damaged_database_is_found(migrated, config, now: datetime) -> None:
    with migrated.copy("sqlite") as url:
        damage_index(Path(url.removeprefix("sqlite:///")), "people")
        database = Database(url, config.vault(), config.signer())
        assert storage_worker.check_database(database, lambda: now)
        database.dispose()
