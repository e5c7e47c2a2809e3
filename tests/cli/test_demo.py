"""The demo's world: made once, whole, and kept."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commissions.calendar import add_months
from portal import clock
from portal.cli import main
from portal.clock import month_of
from portal.config import new_secrets


@pytest.fixture
def portal(tmp_path: Path):
    """The command, in a data folder of its own."""

    def run(*words: str, **environ: str) -> Result:
        return CliRunner().invoke(main, words, env={"PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": ""} | environ)

    return run


def test_a_world_is_made_once_and_its_ledger_holds(portal, tmp_path: Path) -> None:
    first = portal("demo", "--seed-only")
    assert first.exit_code == 0, first.output
    again = portal("demo", "--seed-only")
    assert again.stdout == first.stdout, "a second start keeps people and password"
    roles = [line.split()[0] for line in first.stdout.splitlines() if line.startswith("    ")]
    assert roles == [
        *("administrator", "channel_manager", "reception", "finance", "approver", "cashier"),
        *("privacy_officer", "principal", "broker", "referrer"),
    ]
    verified = portal("ledger", "verify")
    assert verified.exit_code == 0, verified.output
    assert not (everything_about_money() - shown(tmp_path)), "every page of money has something to show"
    last_month = month_of(add_months(clock.now(), -1))
    board = portal("close", last_month, "--by", "13900000004", "--dry-run")
    assert "blocks: showings_of_deals (1)" in board.stderr, "nobody could see what holds a month back"


def everything_about_money() -> set[tuple[str, str]]:
    """What a visitor should find, as a table and a state."""
    return {
        *(("payouts", state) for state in ("requested", "approved", "exported", "paid", "failed")),
        *(("disputes", state) for state in ("accepted", "open")),
        *(("adjustments", state) for state in ("approved", "proposed")),
        *(("rewards", state) for state in ("due", "fulfilled")),
        ("deal_imports", "done"),
        ("periods", "closed"),
        ("plan_drafts", "proposed"),
        ("what_if_runs", "done"),
        ("posted_lines", "withholding"),
        ("benefits", "granted"),
    }


def shown(folder: Path) -> set[tuple[str, str]]:
    """Which of it is there."""
    states = {table for table, _ in everything_about_money()} - {"posted_lines", "benefits"}
    asked = [f"SELECT DISTINCT '{table}', state FROM {table}" for table in states]
    asked += ["SELECT DISTINCT 'posted_lines', cause FROM posted_lines", "SELECT 'benefits', 'granted' FROM benefits"]
    with closing(sqlite3.connect(folder / "portal.db")) as database:
        return set(database.execute(" UNION ".join(asked)))


def test_a_port_in_use_is_one_clear_line(portal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = portal("demo", "--port", str(port))
    assert told.exit_code == 1
    assert told.stderr == f"Error: port {port} is in use: stop what runs there, or choose another with PORT=…\n"


def test_the_demo_keeps_out_of_production_and_of_other_peoples_data(portal) -> None:
    assert portal("migrate").exit_code == 0
    made = portal("user", "create", "--role", "administrator", "--name", "苏", "--phone", "13912345678")
    assert made.exit_code == 0, made.output
    told = portal("demo", "--seed-only")
    assert told.exit_code == 1
    assert "not the demo's" in told.stderr
    secrets = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    told = portal("demo", "--seed-only", PORTAL_ENV="production", **secrets)
    assert told.exit_code == 1
    assert "production" in told.stderr
