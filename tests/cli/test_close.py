"""`portal close`: says what is open, closes with a bar, goes on with what was begun, and refuses who may not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal import clock
from portal.cli import main
from portal.config import Config
from portal.db import Database
from portal.models import Period, PeriodState, Role
from portal.services.periods import periods
from tests import factories as make
from tests.databases import Migrated
from tests.db.money import Staff, earned

MARCH = datetime(2026, 3, 10, 2, tzinfo=UTC)
PHONE = "13800009999"


@pytest.fixture
def database(tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A portal with one agency's deal of a month long past."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = Config.from_env()
    migrated.lay(tmp_path / "portal.db")
    database = Database(config.url, config.vault(), config.signer())
    with database.transaction() as session:
        make.person(session, Role.FINANCE, phone=PHONE)
        earned(session, Staff.hired(session), MARCH)
    return database


def portal(*words: str):
    return CliRunner().invoke(main, ["close", *words])


def test_it_closes_and_says_what_that_came_to(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MARCH + timedelta(days=30))
    tried = portal("2026-03", "--by", PHONE, "--dry-run")
    assert (tried.exit_code, tried.stdout) == (0, "")
    done = portal("2026-03", "--by", PHONE)
    assert done.exit_code == 0
    said = "2026-03 is closed: 1 statements of 1 lines, 36000.00 yuan payable, 0.00 yuan carried on.\n"
    assert done.stdout == said
    again = portal("2026-03", "--by", PHONE)
    assert again.exit_code == 1
    assert again.stdout == ""


def test_it_goes_on_with_what_was_begun(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    at = MARCH + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: at)
    with database.transaction() as session:
        periods.start_close(session, Staff.hired(session).issues, at, month="2026-03")
    assert portal("2026-03", "--by", PHONE).exit_code == 0
    with database.reading() as session:
        assert session.get_one(Period, 1).state is PeriodState.CLOSED


def test_who_may_not_and_what_is_no_month(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MARCH)
    assert "month_runs" in portal("2026-03", "--by", PHONE, "--dry-run").stderr
    assert portal("2026-3", "--by", PHONE).exit_code == 2
    monkeypatch.setattr(clock, "now", lambda: MARCH + timedelta(days=30))
    refused = portal("2026-03", "--by", "13800009998")
    assert (refused.exit_code, refused.stderr.strip().splitlines()[-1]) == (
        1,
        "Error: nobody with this phone may close a month",
    )
