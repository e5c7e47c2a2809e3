"""What a probe and a monitor are told, and what they are not."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from portal.config import Config
from portal.db import Database
from portal.services.events.operation import WORKER
from portal.services.home import health
from tests.clock import MovableClock

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, metrics_token=TOKEN)


def test_a_probe_learns_whether_the_worker_lives(app: Flask, store: Database, clock: MovableClock) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    silent = client.get("/readyz?worker")
    assert (silent.status_code, silent.get_json()) == (503, {"status": "unavailable", "worker": "silent"})
    with store.transaction() as session:
        health.note(session, WORKER, clock())
    assert client.get("/readyz?worker").status_code == 200
    clock.move(minutes=5)
    assert client.get("/readyz?worker").status_code == 200, "late is no failure yet"
    clock.move(minutes=1)
    assert client.get("/readyz?worker").status_code == 503
    assert client.get("/readyz").status_code == 200, "the server itself is ready"


@pytest.mark.parametrize("sent", [None, "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer another-token-of-that-length"])
def test_figures_are_for_who_has_the_token(app: Flask, sent: str | None) -> None:
    answer = app.test_client().get("/metrics", headers={"Authorization": sent} if sent else {})
    assert (answer.status_code, answer.data) == (401, b"")
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_figures_as_a_monitor_reads_them(app: Flask, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        health.note(session, WORKER, clock())
    clock.move(seconds=30)
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.get_data(as_text=True).splitlines()
    assert 'portal_sign_age_seconds{sign="worker"} 30' in lines
    assert 'portal_sign_level{sign="worker"} 0' in lines
    assert "portal_accounts 0" in lines
    figure = re.compile(r'[a-z_]+(\{[a-z]+="[a-z]+"\})? -?[0-9.e+]+')
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names)), "those of one name stand together"
    assert all(figure.fullmatch(line) for line in lines if not line.startswith("#"))


def test_without_a_token_there_are_no_figures(app: Flask, config: Config) -> None:
    app.extensions["config"] = replace(config, metrics_token="")
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
