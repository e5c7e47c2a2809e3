"""`portal api listen` and `portal api trigger`, against a portal that serves and a receiver that takes."""

import json
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from click.testing import CliRunner
from flask import Flask
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from portal.access.actor import SYSTEM
from portal.cli import listening, main
from portal.clock import Clock
from portal.db import Database
from portal.rules.partner_api.keys import Mode, Scope
from portal.rules.webhooks.signing import new_secret
from portal.services.notifications import worker
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from tests import factories as make
from tests.factories.notices import news
from tests.receiver import Receiver, receiving


@pytest.fixture
def portal(app: Flask) -> Iterator[str]:
    """The address of the application, served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening_here:
        yield listening_here


@pytest.fixture
def key_of(app: Flask, clock: Clock) -> Callable[[Mode], tuple[int, str]]:
    """Makes an agency with a key: its number, and the key."""

    def made(mode: Mode) -> tuple[int, str]:
        database: Database = app.extensions["database"]
        with database.transaction() as session:
            agency = make.person(session, make.Role.PRINCIPAL, agency=make.agency(session)).agency
            assert agency is not None
            return agency.id, keys.make(session, SYSTEM, clock(), agency, NewKey("x", list(Scope), mode))[1]

    return made


def stop(_seconds: float) -> None:
    raise KeyboardInterrupt


def test_events_are_sent_on_signed(
    app: Flask,
    clock: Clock,
    portal: str,
    receiver: Receiver,
    key_of: Callable[[Mode], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agency_id, key = key_of(Mode.LIVE)
    with app.extensions["database"].transaction() as session:
        for _ in range(3):
            news(session, agency_id, at=clock())
        while worker.hand_on(session, clock()):
            pass
    monkeypatch.setattr(listening.time, "sleep", stop)
    secret, words = new_secret(), ["api", "listen", "--forward-to", receiver.url, "--key", key, "--portal", portal]
    CliRunner().invoke(main, [*words, "--secret", secret, "--after", "1"])
    told = [Webhook(secret).verify(one.body, one.headers) for one in receiver.requests]
    assert [one["sequence"] for one in told] == [2, 3, 4]
    assert [one.id for one in receiver.requests] == [one["id"] for one in told]
    receiver.requests.clear()
    said = CliRunner().invoke(main, words).output
    assert not receiver.requests  # without --after it begins with what comes
    assert "behind number 4" in said


def test_what_is_triggered_happens_in_the_sandbox_alone(
    portal: str,
    receiver: Receiver,
    key_of: Callable[[Mode], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, key = key_of(Mode.TEST)
    monkeypatch.setattr(listening.time, "sleep", stop)
    done = CliRunner().invoke(main, ["api", "trigger", "statement_issued", "--key", key, "--portal", portal])
    assert done.exit_code == 0, done.output
    CliRunner().invoke(
        main, ["api", "listen", "--forward-to", receiver.url, "--key", key, "--portal", portal, "--after", "0"]
    )
    assert json.loads(receiver.requests[-1].body)["type"] == "statement_issued"
    _, live = key_of(Mode.LIVE)
    for words, why in (
        (["statement_issued", "--key", live], "api_sandbox_only"),
        (["x", "--key", key], "webhook_type"),
    ):
        refused = CliRunner().invoke(main, ["api", "trigger", *words, "--portal", portal])
        assert refused.exit_code == 1
        assert why in refused.output
