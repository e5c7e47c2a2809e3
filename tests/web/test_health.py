"""`/readyz`: ready is who has the schema and the keys of this version, not only who answers."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal.config import Config
from portal.models import ClockMark, KeyMark, Role
from portal.rules.starting import KeyKind
from tests import factories as make
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
