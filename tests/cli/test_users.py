"""`portal user`: the first administrator comes in by it, and whoever must go, goes."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from tests.databases import Migrated

PHONE = "13900001111"
NEW = ("create", "--role", "administrator", "--name", "周敏", "--phone")


@pytest.fixture
def user(tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `portal user …` over a fresh database."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example/")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    migrated.lay(tmp_path / "portal.db")
    return lambda *words, **given: CliRunner().invoke(main, ["user", *words], **given)


def test_creating_prints_the_link_to_choose_a_password(user: Callable[..., Result]) -> None:
    done = user(*NEW, PHONE)
    assert (done.exit_code, done.output.startswith("https://portal.example/welcome/")) == (0, True)
    assert "invited\t139****1111\t周敏" in user("list", "--role", "administrator").output
    assert user("list", "--role", "broker").output == ""


def test_a_password_can_be_set_at_once(user: Callable[..., Result]) -> None:
    done = user(*NEW, PHONE, "--password", input="sunny rivers run deep\nsunny rivers run deep\n")
    assert done.exit_code == 0, done.output
    assert "\tactive\t" in user("list").output


def test_a_password_that_will_not_do_leaves_no_account(user: Callable[..., Result]) -> None:
    assert user(*NEW, PHONE, "--password", input="1234567890\n1234567890\n").exit_code == 1
    assert user("list").output == ""


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((*NEW, "12"), 1),
        (("create", "--role", "broker", "--name", "林一", "--phone", PHONE, "--agency", "nobody's"), 1),
        (("create", "--role", "king", "--name", "林一", "--phone", PHONE), 2),
        (("deactivate", PHONE), 1),
        (("reactivate", PHONE), 1),
        (("link", PHONE), 1),
    ],
)
def test_what_does_not_work_says_why_in_one_line(user: Callable[..., Result], words: tuple[str], status: int) -> None:
    done = user(*words)
    assert done.exit_code == status
    assert "Traceback" not in done.output
    assert [line for line in done.output.splitlines() if line.startswith("Error: ")]


def test_the_last_administrator_stays(user: Callable[..., Result]) -> None:
    user(*NEW, PHONE)
    assert user("deactivate", PHONE).exit_code == 1
    user(*NEW, "13900002222")
    assert user("deactivate", PHONE).output == "The account of 周敏 is closed.\n"


def test_who_has_the_shell_needs_no_second_person_and_is_written_down_as_that(
    user: Callable[..., Result], tmp_path: Path
) -> None:
    user("create", "--role", "cashier", "--name", "付出纳", "--phone", PHONE)
    assert user("deactivate", PHONE).exit_code == 0
    assert user("link", PHONE).exit_code == 1, "a closed account gets none"
    assert user("reactivate", PHONE).output == "The account of 付出纳 is open.\n"
    assert user("link", PHONE).output.startswith("https://portal.example/welcome/")
    with sqlite3.connect(tmp_path / "portal.db") as database:
        deeds = database.execute(
            "SELECT DISTINCT actor_id, address FROM audit_entries WHERE subject_kind = 'people'"
        ).fetchall()
        assert database.execute("SELECT rests_since FROM people").fetchall() == [(None,)]
    assert deeds == [(None, "shell")]
