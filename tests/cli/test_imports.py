"""`portal import deals`: what the page does, in lines and exit statuses."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from portal import clock
from portal.cli import imports
from portal.cli.imports import import_
from portal.config import Config
from portal.db import Database
from portal.models import Deal, DealImport, ImportState, Role
from portal.services.imports import worker as import_worker
from tests import factories as make
from tests.databases import Migrated

MANAGER = "13900000001"


@pytest.fixture
def database(tmp_path: Path, now: datetime, migrated: Migrated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = Config.from_env()
    migrated.lay(tmp_path / "portal.db")
    database = Database(config.url, config.vault(), config.signer())
    yield database
    database.dispose()


@pytest.fixture
def file(database: Database, now: datetime, tmp_path: Path) -> Path:
    phone, day = make.new_phone(), f"{now - timedelta(days=2):%Y-%m-%d}"
    with database.transaction() as session:
        make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER)
        make.person(session, Role.BROKER, phone="13900000002")
        pair = make.agreement(session, development=make.development(session, name="云栖"))
        make.touch(
            session,
            person=make.broker(session, agency=pair.agency),
            development=pair.development,
            client=make.client(session, phone=phone),
        )
    path = tmp_path / "deals.csv"
    path.write_text(
        "development,unit,phone,name,price,subscribed,signed\n"
        f"云栖,1-1,{phone},王小明,2000000,{day},{day}\n"
        f"云栖,1-2,{phone},王小明,=1,{day},\n"
    )
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(import_, ["deals", *map(str, words)])


def test_dry_run_says_what_would_happen_and_the_real_one_does_it_once(database: Database, file: Path) -> None:
    dry = run(file, "--by", MANAGER, "--dry-run")
    assert dry.exit_code == 1, dry.output
    assert dry.stdout == "nothing recorded: 1 opens, 0 advances, 0 nothing, 1 refused; commission 36000.00 yuan\n"
    assert dry.stderr == "row 3: “Price (yuan)” holds a formula. Put in its value.\n"
    assert _deals(database) == 0
    real = run(file, "--by", MANAGER, "--json")
    rows = [json.loads(line) for line in real.stdout.splitlines()]
    assert [(row["outcome"], row["commission_fen"]) for row in rows] == [("opens", 3_600_000), ("refused", 0)]
    assert _deals(database) == 1
    again = run(file, "--by", MANAGER)
    assert "nothing recorded: 0 opens, 0 advances, 1 nothing, 1 refused" in again.stdout
    assert _deals(database) == 1
    with database.reading() as session:
        states = session.scalars(select(DealImport.state).order_by(DealImport.id)).all()
    assert states == [ImportState.DISCARDED, ImportState.DONE, ImportState.DISCARDED]


@pytest.mark.parametrize("phone", ["13900000002", "13900000003"])
def test_only_who_may_record_deals_brings_a_file(database: Database, file: Path, phone: str) -> None:
    assert run(file, "--by", phone).exit_code == 1
    assert _deals(database) == 0


def test_what_is_no_table_ends_with_2(database: Database, file: Path) -> None:
    file.write_bytes(b"%PDF-1.7")
    done = run(file, "--by", MANAGER)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("deals.csv: This is not a file we can read.")


def test_a_file_that_cannot_go_on_ends_the_command(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(import_worker, "_plan", lambda *_: 1 // 0)
    done = run(file, "--by", MANAGER)
    said = "Error: import 1 stands still (fault): the log says why, and its page goes on with it or ends it\n"
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", said)


def _deals(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Deal)) or 0
