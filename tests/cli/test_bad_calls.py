"""Every command by every bad call: one line on standard error, exit status 1 or 2, and never a trace.

The table is held against the tree of commands, so that a new command without rows fails. Calls are made in this
process; a handful whose fault lies in the process itself (its streams, its limits) are made by real ones.
"""

import os
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from portal import jobs
from portal.cli import main
from portal.config import new_secrets
from tests.cli.bad_calls import CALLS, DATABASES, MAKES_ITS_SCHEMA, NO_ROOM, OPENS_NONE, RIGHT, SETTINGS, Call
from tests.databases import Migrated


class Place:
    """A folder with a migrated portal, and with what a bad call may name."""

    def __init__(self, folder: Path, portal_db: str, secrets: Mapping[str, str]) -> None:
        self.folder = folder
        self.environ = {"PORTAL_ENV": "production", "DATABASE_URL": portal_db, "PORTAL_DATA_DIR": str(folder / "var")}
        self.environ |= {f"PORTAL_{name.upper()}": value for name, value in secrets.items()}
        self.environ["PORTAL_LIMITS_STORAGE"] = "memory://"
        self.named = {name: str(folder / name) for name in ("missing", "folder", "text", "zip", "empty", "no/such")}
        self.named |= {"full": "/dev/full", "unread": "/proc/self/mem", "var": str(folder / "var")}
        (folder / "folder").mkdir()
        (folder / "var").mkdir()
        (folder / "text").write_text("what is this?\n")
        (folder / "empty").touch()
        with zipfile.ZipFile(folder / "zip", "w") as file:
            file.writestr("readme.txt", "no workbook")

    def database(self, name: str, content: bytes = b"") -> str:
        """The address of another database."""
        path = self.folder / f"{name}.db"
        path.write_bytes(content)
        return f"sqlite:///{path}"

    def words(self, text: str) -> list[str]:
        return [word.format_map(self.named) for word in text.split(" ") if word]


def leaves(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that does something, by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*above, name))
        else:
            yield " ".join((*above, name))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated) -> Iterator[Place]:
    """One for all calls: none of them changes anything."""
    folder = tmp_path_factory.mktemp("bad-calls")
    with migrated.copy("sqlite") as url, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = Place(folder, url, new_secrets())
        healthy = Path(url.removeprefix("sqlite:///")).read_bytes()
        place.named |= {
            "taken": str(taken.getsockname()[1]),
            "deals": str(folder / "deals.csv"),
            "text_db": place.database("text", b"what is this?\n" * 100),
            "corrupted_db": place.database("corrupted", healthy[:8192] + b"\0" * (len(healthy) - 8192)),
            "empty_db": place.database("empty"),
            "newer_db": place.database("newer", healthy),
        }
        with closing(sqlite3.connect(folder / "newer.db")) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
            database.commit()
        (folder / "deals.csv").write_text("development,unit,subscribed\n云栖,1-1,2026-03-01\n")
        (folder / "folder" / "broken").mkdir()
        (folder / "folder" / "broken" / "secrets.json").write_text("{")
        yield place


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server or a worker that starts in spite of its call is a fault."""

    def started(*_given: object) -> None:
        raise AssertionError("it started")

    monkeypatch.setattr(os, "execv", started)
    monkeypatch.setattr(jobs, "SqliteHuey", started)


def make(place: Place, command: str, call: Call) -> Result:
    environ = {name: value.format_map(place.named) for name, value in call.environ.items()}
    runner = CliRunner(env={**place.environ, **environ})
    return runner.invoke(main, [*command.split(), *place.words(call.words)])


def wrong(place: Place, command: str, call: Call) -> list[str]:
    """What is not as promised about the answer to a bad call."""
    done = make(place, command, call)
    where = f"portal {command} {call.words} {dict(call.environ)}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return [f"{where}: a trace of {done.exception!r}"]
    said = done.stderr.splitlines()
    found = [] if done.exit_code == call.status else [f"{where}: status {done.exit_code}, not {call.status}: {said}"]
    if len(said) != 1 or call.said not in said[0]:
        found.append(f"{where}: said {said}, nothing of {call.said!r}")
    return found if not done.stdout else [*found, f"{where}: wrote {done.stdout!r}"]


def test_the_table_knows_every_command() -> None:
    assert isinstance(main, click.Group)
    known = set(leaves(main))
    assert set(CALLS) == known
    assert set(RIGHT) <= known


@pytest.mark.parametrize("command", CALLS)
def test_a_bad_call_is_answered_in_one_line(place: Place, command: str) -> None:
    assert not [fault for call in CALLS[command] for fault in wrong(place, command, call)]


@pytest.mark.parametrize("command", RIGHT)
def test_bad_settings_are_named_in_one_line(place: Place, command: str) -> None:
    calls = [Call(RIGHT[command], 1, said, environ) for environ, said in SETTINGS.values()]
    assert not [fault for call in calls for fault in wrong(place, command, call)]


@pytest.mark.parametrize("command", sorted(set(RIGHT) - OPENS_NONE))
def test_a_database_that_is_none_is_named_in_one_line(place: Place, command: str) -> None:
    calls = [Call(RIGHT[command], 1, "database", {"DATABASE_URL": url}) for url in DATABASES.values()]
    assert not [fault for call in calls for fault in wrong(place, command, call)]


@pytest.mark.parametrize("command", sorted(set(RIGHT) - MAKES_ITS_SCHEMA - OPENS_NONE))
def test_a_database_without_a_schema_is_named_in_one_line(place: Place, command: str) -> None:
    call = Call(RIGHT[command], 1, "portal migrate", {"DATABASE_URL": "{empty_db}"})
    assert not wrong(place, command, call)


def test_without_a_command_there_is_help() -> None:
    for words in ([], ["user"]):
        done = CliRunner().invoke(main, words)
        assert (done.exit_code, "Commands:" in done.stderr) == (2, True)
    for words in (["--no-such"], ["nobody"], ["user", "nobody"]):
        done = CliRunner().invoke(main, words)
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.stderr


# What only a process of its own can show


def process(place: Place, words: str, *, shell: str = "exec {command}") -> subprocess.CompletedProcess[str]:
    command = " ".join([sys.executable, "-m", "portal.cli", *place.words(words)])
    environ = {**os.environ, **place.environ, "PYTHONUNBUFFERED": ""}
    script = shell.format(command=command)
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", script], env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("words", "shell", "said"),
    [
        ("--help", "{command} >/dev/full", NO_ROOM),
        ("backup {folder}", "ulimit -f 256; {command}", "portal.db"),
    ],
)
def test_a_full_disk_is_one_line(place: Place, words: str, shell: str, said: str) -> None:
    done = process(place, words, shell=shell)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert said in done.stderr
    assert [path.name for path in (place.folder / "folder").iterdir()] == ["broken"], "nothing half-made is left"


def test_who_reads_no_further_gets_no_complaint(place: Place) -> None:
    assert process(place, "--help", shell="{command} | true").stderr == ""
