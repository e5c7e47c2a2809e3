"""While the database is away: a calm page that needs nothing, 503, and a line in the log."""

import errno
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal.adapters.storage.disk import Disk
from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.clock import MovableClock
from tests.databases import as_another_user
from tests.web.client import PageClient


@contextmanager
def failing(database: Database, code: int = sqlite3.SQLITE_CANTOPEN, *, reading_too: bool = True) -> Iterator[None]:
    """Every statement fails, as SQLite would say it."""

    def refuse(*_given: object) -> None:
        error = sqlite3.OperationalError("as if it were not there")
        error.sqlite_errorcode = code
        raise OperationalError("", (), error)

    engines = (database.engine, database.reader) if reading_too else (database.engine,)
    for engine in engines:
        event.listen(engine, "begin", refuse, insert=True)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "begin", refuse)


@pytest.fixture(autouse=True)
def as_in_production(app: Flask) -> Iterator[None]:
    """Flask hands a fault to whoever tests an application; a server answers it."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield
    app.config["PROPAGATE_EXCEPTIONS"] = None


@pytest.fixture
def manager(store: Database, signed_in) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def test_who_is_signed_in_gets_a_whole_page(
    manager: PageClient, store: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with failing(store), caplog.at_level(logging.INFO, "portal"):
        for where in ("/", "/registrations", "/nowhere-at-all"):
            caplog.clear()
            answer = manager._request("GET", where, None)
            assert answer.status_code == 503, where
            assert answer.headers["Retry-After"] == "5"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert 'lang="zh-Hans"' in answer.text or 'lang="zh' in answer.text
            lines = [line for line in caplog.records if line.message == "request"]
            assert [line.status for line in lines] == [503]
            assert "Traceback" not in caplog.text
    assert manager.get("home.index").status == 200, "and it is back by itself"


def test_the_language_is_the_cookies(manager: PageClient, store: Database) -> None:
    with manager.http.session_transaction() as cookie:
        cookie["locale"] = "en"
    with failing(store):
        assert "The portal is interrupted" in manager._request("GET", "/", None).text


def test_what_needs_no_database_is_answered(manager: PageClient, store: Database) -> None:
    with failing(store):
        assert manager.download("/healthz").json == {"status": "ok"}
        assert manager.download("/static/css/portal.css").status_code == 200


def test_what_was_typed_stays_and_is_sent_again(client: PageClient, store: Database) -> None:
    form = client.get("auth.sign_in")
    with failing(store, sqlite3.SQLITE_BUSY):
        page = form.submit({"phone": "13900000001", "password": "guess"}, status=503)
    assert page.one("input[name=phone]")["value"] == "13900000001"
    assert not page.all("input[name=password]"), "which is no page's to keep"
    assert page.submit(status=422).errors, "it goes out again from there"


def test_a_fault_of_ours_stays_one(manager: PageClient, store: Database) -> None:
    with failing(store, sqlite3.SQLITE_CORRUPT):
        assert manager._request("GET", "/", None).status_code == 500


def test_whoever_cannot_know_is_told_so(manager: PageClient, store: Database) -> None:
    """The answer to the commit was lost: nothing repeats by itself what may be done already."""
    form = manager.get("partners.agency_new")

    def lose(*_given: object) -> None:
        error = sqlite3.OperationalError("as if the connection broke")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise OperationalError("", (), error)

    event.listen(store.engine, "commit", lose)
    try:
        page = form.submit({"name": "临江置换"}, status=503)
    finally:
        event.remove(store.engine, "commit", lose)
    assert "Retry-After" not in page.headers
    assert not page.all("form[data-again]")
    assert page.one("input[name=name]")["value"] == "临江置换"


def ready(client: PageClient) -> tuple[int, dict[str, object]]:
    answer = client._request("GET", "/readyz", None)
    assert (answer.status_code == 503) == ("Retry-After" in answer.headers)
    return answer.status_code, answer.json


def test_readiness_says_what_takes_nothing_in(
    app: Flask, client: PageClient, store: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ready(client) == (200, {"status": "ok"})
    with store.transaction():  # somebody writes
        assert ready(client) == (200, {"status": "ok"})

    def no_room(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", no_room)
        app.extensions["disk"] = Disk(tmp_path, 0)
        assert ready(client) == (503, {"status": "unavailable", "disk": "full"})
    app.extensions["disk"] = Disk(tmp_path, 0)
    assert ready(client)[0] == 200
    app.extensions["disk"] = Disk(tmp_path, 10**9)
    assert ready(client) == (200, {"status": "ok", "attention": ["disk_nearly_full"]})


def test_readiness_says_that_the_database_takes_nothing_in(
    app: Flask, client: PageClient, store: Database, tmp_path: Path
) -> None:
    file = Path(store.url.removeprefix("sqlite:///"))
    store.dispose()
    with as_another_user(file):
        status, said = ready(client)
    assert (status, said["database"]) == (503, "read_only")
    app.extensions["disk"] = Disk(tmp_path, 0)  # which looked a moment ago
    assert ready(client)[0] == 200
    moved = file.rename(file.with_suffix(".away"))
    assert ready(client) == (503, {"status": "unavailable", "database": "away"})
    moved.rename(file)
    assert ready(client)[0] == 200


def test_a_full_disk_keeps_what_was_typed(manager: PageClient, store: Database) -> None:
    form = manager.get("partners.agency_new")
    with failing(store, sqlite3.SQLITE_FULL):
        page = form.submit({"name": "临江置换"}, status=503)
    assert (page.headers["Retry-After"], page.headers["Portal-Interrupted"]) == ("5", "yes")
    assert page.submit().path.startswith("/partners/agencies/"), "it goes out again from there"


def test_pages_are_read_while_nothing_can_be_written(manager: PageClient, store: Database, clock: MovableClock) -> None:
    manager.get("home.index")
    clock.move(hours=1)  # so that somebody who reads is noted again
    with failing(store, sqlite3.SQLITE_FULL, reading_too=False):
        assert manager.get("plans.index").status == 200


def test_whoever_chose_a_file_need_not_choose_it_again() -> None:
    """Each form with files stays with what was chosen while the portal is away, and sends it by itself. Left out are a
    photo of a voucher, which is taken anew, and a plan's editor, whose file is read into its fields at once."""
    forms = [
        (path.name, form)
        for path in (Path(__file__).parents[3] / "templates").rglob("*.html")
        for form in re.findall(r"{% call form_page\(.*?%}", path.read_text(), re.DOTALL)
        if "multipart=True" in form
    ]
    assert len(forms) > 10
    assert [name for name, form in forms if "resilient=True" not in form] == ["redeem.html"]
