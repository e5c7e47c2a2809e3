"""Running it: the schema, a backup, and faults in one line."""

import sqlite3
import tarfile
from pathlib import Path

from click.testing import CliRunner

from portal.cli import COMMANDS, main


def test_every_command_has_help() -> None:
    for name in COMMANDS:
        told = CliRunner().invoke(main, [name, "--help"])
        assert told.exit_code == 0
        assert len(told.output.splitlines()) > 4, name


def test_a_backup_holds_database_and_files_and_the_database_opens(tmp_path: Path) -> None:
    environ = {"PORTAL_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": ""}
    runner = CliRunner(env=environ)
    assert runner.invoke(main, ["migrate"]).exit_code == 0
    blob = tmp_path / "var" / "files" / "ab" / "sealed"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"sealed")
    made = runner.invoke(main, ["backup", str(tmp_path / "backups")])
    assert made.exit_code == 0, made.output
    archive = Path(made.stdout.strip())
    assert [path.name for path in archive.parent.iterdir()] == [archive.name], "nothing half-made is left"
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "restored", filter="data")
    assert (tmp_path / "restored" / "files" / "ab" / "sealed").read_bytes() == b"sealed"
    restored = sqlite3.connect(tmp_path / "restored" / "portal.db")
    assert restored.execute("SELECT count(*) FROM plan_versions").fetchone() == (1,)
    restored.close()


def test_faults_are_one_line() -> None:
    for environ in (
        {"PORTAL_WORKERS": "many"},
        {"PORTAL_ENV": "production"},
        {"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"},
    ):
        told = CliRunner(env=environ).invoke(main, ["user", "list"])
        assert told.exit_code == 1
        assert told.stderr.startswith("Error: ")
        assert told.stderr.count("\n") == 1
