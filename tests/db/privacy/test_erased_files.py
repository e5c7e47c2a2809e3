"""The files of erased rows go behind the commit, outside the writer's turn, and not at all where it fails."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.adapters.storage.files import FolderFiles, new_name
from portal.db import Database
from portal.models import JobRun
from portal.outages import NoAnswer
from portal.services.kept_files import delete_when_committed
from tests.clock import real_now

NAME, OTHER = new_name(), new_name()


class Store(FolderFiles):
    """Files whose deletion another writer can watch: it writes while the bucket is asked."""

    database: Database
    fails = False

    def delete(self, name: str) -> None:
        with self.database.transaction() as session:
            session.merge(JobRun(name=name, ran_at=real_now(), found={}))
        if self.fails:
            raise NoAnswer("the bucket")
        super().delete(name)

    @property
    def left(self) -> set[str]:
        return {name for name in (NAME, OTHER) if any(self._root.glob(f"*/{name}"))}


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Store:
    store = Store(tmp_path / "files", database.vault)
    store.database = database
    for name in (NAME, OTHER):
        store.put(name, b"a photo")
    return store


def whole(session: Session, store: Store) -> None:
    delete_when_committed(session, store, NAME)


def broken(session: Session, store: Store) -> None:
    delete_when_committed(session, store, NAME)
    raise ZeroDivisionError


def kept_savepoint(session: Session, store: Store) -> None:
    with session.begin_nested():
        delete_when_committed(session, store, NAME)
    assert NAME in store.left, "the transaction may still fail"


def broken_savepoint(session: Session, store: Store) -> None:
    delete_when_committed(session, store, OTHER)
    with pytest.raises(ZeroDivisionError), session.begin_nested(), session.begin_nested():
        broken(session, store)


def broken_behind_a_savepoint(session: Session, store: Store) -> None:
    kept_savepoint(session, store)
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("work", "left"),
    [
        (whole, {OTHER}),
        (broken, {NAME, OTHER}),
        (kept_savepoint, {OTHER}),
        (broken_savepoint, {NAME}),
        (broken_behind_a_savepoint, {NAME, OTHER}),
    ],
)
def test_a_file_goes_with_what_is_committed(
    database: Database, store: Store, work: Callable[[Session, Store], None], left: set[str]
) -> None:
    try:
        with database.transaction() as session:
            work(session, store)
            assert store.left == {NAME, OTHER}
    except ZeroDivisionError:
        assert left == {NAME, OTHER}
    assert store.left == left


def test_a_bucket_that_is_away_undoes_nothing_and_is_logged(
    database: Database, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.fails = True
    with caplog.at_level(logging.WARNING), database.transaction() as session:
        session.add(JobRun(name="deed", ran_at=real_now(), found={}))
        delete_when_committed(session, store, NAME)
    assert [record.message for record in caplog.records] == ["an erased file is still there"]
    with database.reading() as session:
        assert session.get(JobRun, "deed") is not None
