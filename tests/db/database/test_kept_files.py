"""Files beside rows: one of a transaction that failed is taken away again, and one that may have a row stays."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.adapters.storage.files import FolderFiles, new_name
from portal.db import Database
from portal.models import Photo
from portal.outages import NoAnswer
from portal.services.kept_files import forget_unless_committed
from tests import factories as make


@pytest.fixture
def files(database: Database, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path, database.vault)


def keep(database: Database, files: FolderFiles, error: Exception | None = None) -> str:
    """A photo's row and its file in one transaction, which an error may end."""
    name = new_name()
    with database.transaction() as session:
        showing = make.showing(session, touch=make.touch(session))
        files.put(name, b"a photo")
        forget_unless_committed(session, files, name)
        make.photo(session, showing=showing, file_name=name)
        if error:
            raise error
    return name


def kept(files: FolderFiles, now: datetime) -> set[str]:
    return set(files.written_before(now.replace(year=9999)))


def test_a_transaction_that_fails_takes_its_files_away(database: Database, files: FolderFiles, now: datetime) -> None:
    with pytest.raises(ValueError, match="a fault"):
        keep(database, files, ValueError("a fault"))
    assert kept(files, now) == set()


def test_a_row_keeps_its_file_when_the_answer_to_its_commit_is_lost(
    database: Database, files: FolderFiles, now: datetime
) -> None:
    """The server had committed, and then it was gone: who asked does not know, and the file is evidence."""

    def commit_and_be_gone(connection: object) -> None:
        connection.commit()  # type: ignore[attr-defined]
        raise OperationalError("COMMIT", {}, Exception("the server is gone"))

    dialect = database.engine.dialect
    dialect.do_commit, real = commit_and_be_gone, dialect.do_commit
    try:
        with pytest.raises(OperationalError):
            keep(database, files)
    finally:
        dialect.do_commit = real
    with database.reading() as session:
        rows = set(session.scalars(select(Photo.file_name)))
    assert rows == kept(files, now) != set()


class Unreachable(FolderFiles):
    """They take what they are given, and nothing away."""

    def delete(self, name: str) -> None:
        raise NoAnswer("the bucket")


def test_why_it_failed_is_said_also_where_the_file_cannot_be_taken_away(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a fault"):
        keep(database, Unreachable(tmp_path, database.vault), ValueError("a fault"))


def test_one_commit_says_nothing_of_the_next_transaction(database: Database, files: FolderFiles, now: datetime) -> None:
    names = [new_name(), new_name()]
    with database.session() as session:
        for name in names:
            files.put(name, b"a photo")
            forget_unless_committed(session, files, name)
            if name == names[0]:
                session.commit()
        session.rollback()
    assert kept(files, now) == {names[0]}
