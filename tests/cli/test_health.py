"""`portal health`: what a timer or a container's check is told."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from huey import MemoryHuey

from portal import jobs
from portal.cli import main
from portal.config import Config
from portal.db import Database
from portal.models import JobRun
from portal.services.events.operation import BACKUP, WORKER
from portal.services.home import health
from tests.clock import real_now
from tests.databases import Migrated


@pytest.fixture
def runner(migrated: Migrated, tmp_path: Path) -> CliRunner:
    migrated.lay(tmp_path / "portal.db")
    return CliRunner(env={"PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": ""})


@pytest.fixture
def database(runner: CliRunner, tmp_path: Path):
    config = Config.from_env({"PORTAL_DATA_DIR": str(tmp_path)})
    database = Database(config.url, config.vault(), config.signer())
    yield database
    database.dispose()


def test_it_says_how_each_stands_and_exits_with_1_for_what_is_wrong(runner: CliRunner, database: Database) -> None:
    told = runner.invoke(main, ["health"])
    assert told.exit_code == 1, "the worker never came"
    assert "wrong  worker     has not happened yet" in told.output
    with database.transaction() as session:
        health.note(session, WORKER, real_now())
    told = runner.invoke(main, ["health"])
    assert told.exit_code == 0
    assert "fine   worker     last " in told.output
    assert "late   backup     has not happened yet" in told.output
    assert runner.invoke(main, ["health", "--strict"]).exit_code == 1
    assert runner.invoke(main, ["health", "--worker", "--strict"]).exit_code == 0
    with database.transaction() as session:
        health.note(session, WORKER, real_now() - timedelta(hours=3))
    told = runner.invoke(main, ["health", "--worker"])
    assert told.exit_code == 1
    assert told.output.endswith("3 hours ago\n")


def test_the_worker_shows_that_it_lives_when_it_begins_and_each_minute(database: Database) -> None:
    queue = MemoryHuey()
    jobs._show_life(queue, database)
    beats = []
    for beat in (*queue._startup.values(), queue._registry.periodic_tasks[0].execute):
        beat()
        with database.reading() as session:
            beats.append(session.get_one(JobRun, WORKER).ran_at)
    assert beats[0] < beats[1]


def test_it_can_be_read_by_a_program(runner: CliRunner, database: Database) -> None:
    with database.transaction() as session:
        session.add(JobRun(name="worker", ran_at=real_now() + timedelta(days=400), found={}))
    told = runner.invoke(main, ["health", "--worker", "--json"])
    assert told.exit_code == 1
    (said,) = json.loads(told.output)
    assert (said["sign"], said["level"], said["why"]) == ("worker", "wrong", "ahead")
    assert said["seconds"] < 0


def test_a_backup_is_noted(runner: CliRunner, database: Database, tmp_path: Path) -> None:
    assert runner.invoke(main, ["backup", str(tmp_path / "archives")]).exit_code == 0
    with database.reading() as session:
        assert session.get_one(JobRun, BACKUP).ran_at <= real_now()
    assert "fine   backup" in runner.invoke(main, ["health"]).output
