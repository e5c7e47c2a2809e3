"""`portal files verify`: a line for each file that is wrong, and what was found is kept for the page Health."""

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.adapters.storage.files import FolderFiles, new_name
from portal.cli import main
from portal.config import Config
from portal.db import Database
from portal.services.storage import runs as storage_runs
from tests import factories as make
from tests.databases import Migrated


@pytest.fixture
def run(migrated: Migrated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command, over a portal of its own."""
    migrated.lay(tmp_path / "portal.db")
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def verified() -> Result:
        return CliRunner().invoke(main, ["files", "verify"])

    return verified


@pytest.fixture
def database(run):
    config = Config.from_env()
    database = Database(config.url, config.vault(), config.signer())
    yield database
    database.dispose()


def test_what_is_wrong_is_said_and_noted(run, database: Database, tmp_path: Path, now: datetime) -> None:
    files = FolderFiles(tmp_path / "files", database.vault)
    with database.transaction() as session:
        showing = make.showing(session, touch=make.touch(session))
        first, second = (make.photo(session, showing=showing) for _ in range(2))
    for name in (first.file_name, second.file_name, new_name()):
        files.put(name, b"a photo")
    done = run()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "2 files are there and open; nobody's: 0.\n", "a young one may be of a transaction under way"
    files.delete(first.file_name)
    (tmp_path / "files" / second.file_name[:2] / second.file_name).write_bytes(b"a photo")
    done = run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"missing: photos {first.id}: the file {first.file_name} is not there",
        f"sealed: photos {second.id}: the file {second.file_name} does not open: its key is missing, or it was changed",
        "2 of 2 files are wrong; nobody's: 0.",
    ]
    with database.reading() as session:
        found = storage_runs.last_files(session)
    assert found is not None
    assert (found.checked, found.faults) == (2, 2)
