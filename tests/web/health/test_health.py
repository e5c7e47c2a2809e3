"""`/readyz`: ready is who has the schema and the keys of this version, not only who answers."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal.access.actor import SYSTEM
from portal.config import Config
from portal.db import Database
from portal.models import ClockMark, JobRun, KeyMark, Role
from portal.rules.keys.starting import KeyKind
from portal.services import sweeps
from portal.services.events.operation import BACKUP, WORKER
from portal.services.home import health
from portal.services.privacy import retention_sweep
from portal.services.storage import worker as storage_worker
from portal.services.verification import proof
from portal.services.verification import runs as verification_runs
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient


def ready(app: Flask) -> tuple[int, str]:
    answer = app.test_client().get("/readyz")
    said = answer.get_json()
    return answer.status_code, said.get("unfit", said["status"])


def test_another_schema_is_not_ready(app: Flask) -> None:
    assert ready(app) == (200, "ok")
    with app.extensions["database"].transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert ready(app) == (503, "newer_schema")


def test_a_schema_that_is_not_whole_is_not_ready(app: Flask) -> None:
    with app.extensions["database"].transaction() as session:
        session.execute(text("ALTER TABLE job_runs DROP COLUMN found"))
    assert ready(app) == (503, "incomplete_schema")


def test_a_database_of_other_keys_is_not_ready(app: Flask, config: Config, now) -> None:
    """Somebody restored another portal's database under the running server."""
    with app.extensions["database"].transaction() as session:
        session.add(KeyMark(kind=KeyKind.INDEX, name="theirs", mark="0" * 64, since=now))
    assert ready(app) == (503, "index_key")


@pytest.mark.parametrize(("language", "said"), [("en", "The clock is 3 days past"), ("zh", "最新时刻晚了3天")])
def test_a_clock_in_doubt_is_said(app: Flask, now, language: str, said: str) -> None:
    with app.extensions["database"].transaction() as session:
        admin = make.person(session, Role.ADMINISTRATOR)
        session.add(ClockMark(boot="before", at=now - timedelta(days=3), uptime=1.0))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["attention"]) == (200, ["clock_ahead"])
    assert said in PageClient(app, language).sign_in(admin).get("admin.health").html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_administrators_first_page_is_calm_when_all_is_well_and_says_what_is_not(
    app: Flask, store: Database, clock: MovableClock, language: str
) -> None:
    with store.transaction() as session:
        admin, finance = make.person(session, Role.ADMINISTRATOR), make.person(session, Role.FINANCE)
        for name in (WORKER, BACKUP, retention_sweep.RUN, sweeps.RUN):
            health.note(session, name, clock())
        verification_runs.note(session, SYSTEM, clock(), proof.verify_ledger(session), seconds=0)
    storage_worker.check_database(store, clock)
    reader = PageClient(app, language).sign_in(admin)
    panel = reader.get("home.index").one(".panel:has(a[href='/admin/health'])")
    assert [one.get_text(strip=True) for one in panel.select(".status")] == [LEVELS[language][0]]
    assert len(panel.select("dt")) == 4
    clock.move(minutes=7)
    with store.transaction() as session:
        session.merge(JobRun(name=sweeps.RUN, ran_at=clock(), found={sweeps.FAILED: {"rewards": 2}}))
    panel = reader.get("home.index").one(".panel:has(a[href='/admin/health'])")
    assert [one.get_text(strip=True) for one in panel.select(".status")] == [LEVELS[language][1]] * 2, "and the worker"
    assert "portal worker" in panel.text, "what to do"
    assert len(panel.select("li")) == 2, "the worker is silent, and a step of the sweep failed"
    assert not PageClient(app, language).sign_in(finance).get("home.index").all("a[href='/admin/health']")


LEVELS = {"zh": ("一切正常", "异常"), "en": ("All is well", "Not well")}
