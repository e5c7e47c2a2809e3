"""Files that come with a form: read while nobody who writes waits, counted by person, and what was typed is kept."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from flask import Flask, g
from PIL import Image

from portal.adapters.images import photos
from portal.adapters.sandbox.pool import Pool
from portal.adapters.sheets import tables
from portal.db import Database
from portal.models import Role
from portal.web.files import uploads
from tests import factories as make
from tests.unit.adapters.sheets.test_tables import workbook
from tests.web.client import PageClient


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60)).save(file, "JPEG")
    return file.getvalue()


DOORS = {
    "deals": (Role.CHANNEL_MANAGER, "imports.new", {}, "file", workbook(["楼盘"]), "a.xlsx", tables, uploads.WORKBOOKS),
    "a voucher": (Role.RECEPTION, "redeeming.index", {}, "photo", picture(), "a.jpg", photos, uploads.PHOTOS),
    "a face": (Role.BROKER, "faces.mine", {"consent": True}, "photo", picture(), "a.jpg", photos, uploads.PHOTOS),
}
"""By which kind of file: who sends it where, with which answers, and who reads it."""


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, app: Flask, store: Database) -> Callable[[int], tuple[object, dict[str, str]]]:
    """Sends the file of a door; gives the page that answers, and what had been typed."""
    role, endpoint, typed, field, content, name, _reader, _kind = DOORS[request.param]
    with store.transaction() as session:
        person = make.broker(session) if role is Role.BROKER else make.person(session, role)
        make.agreement(session)
    client = PageClient(app, "en").sign_in(person)

    def send(status: int):
        page = client.get(endpoint)
        return page.submit({**typed, field: (io.BytesIO(content), name)}, status=status), typed

    send.reader, send.kind = DOORS[request.param][6:]
    return send


def test_nobody_who_writes_waits_for_a_file(door, monkeypatch: pytest.MonkeyPatch) -> None:
    held, run = [], Pool.run

    def watched(pool: Pool, job: str, data: bytes, **given: object):
        held.append("session" in g)
        return run(pool, job, data, **given)

    monkeypatch.setattr(Pool, "run", watched)
    door(422)
    assert held == [False]


@contextmanager
def full(pool: Pool) -> Iterator[None]:
    """A pool in which everybody is at work, and nobody waits for it."""
    with patch.object(pool, "_turns", Pool(pool._limits, waiting=0, wait_seconds=0)._turns), pool._turns.take():
        yield


def kept(page, typed: dict[str, object]) -> None:
    for name, value in typed.items():
        [one] = page.all(f"[name={name}]")
        assert one.has_attr("checked") if value is True else value in (one.get("value"), one.text.strip())


def test_where_many_files_are_read_one_comes_again_and_types_nothing_twice(door) -> None:
    with full(door.reader.POOL):
        page, typed = door(503)
    assert page.headers["Retry-After"] == "2"
    assert "Send yours again in 2 seconds" in page.main
    kept(page, typed)


def test_who_sends_file_after_file_reads_when_to_go_on(door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(uploads._A_MINUTE, door.kind, type(uploads._A_MINUTE[door.kind])(1))
    door(422)
    page, typed = door(429)
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert "You sent many files within a minute" in page.main
    kept(page, typed)
