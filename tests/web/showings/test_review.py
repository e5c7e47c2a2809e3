"""The review queue and its page as reception works with them (rules 3.4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from portal.adapters.storage.files import Files
from portal.db import Database
from portal.models import AuditEntry, Person, Photo, Registration, Role, Showing, Strike, Why
from portal.services.faces import erasure
from portal.web.lists import paging
from tests import factories as make
from tests.clock import MovableClock
from tests.factories import notices
from tests.photos import jpeg, people
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]

MEASURED = {
    "engine": "sface 1",
    "found": {
        "faces": [{"broker_similarity": 0.62}, {"broker_similarity": 0.05}],
        "client_broker_similarity": 0.05,
        "other_client_similarity": 0.55,
        "distance_m": 11_119.5,
    },
    "policy": {
        "thresholds": {"same": 0.4, "doubtful": 0.3, "search": 0.45, "alarm": 0.5, "copy": 0.85},
        "geofence_m": 500.0,
    },
    "earlier_strikes": 1,
}
REASONS = [
    {
        "code": "seen_under_other_client",
        "facts": {"similarity": 0.55, "threshold": 0.45, "count": 1},
        "hard": False,
    },
    {"code": "too_far", "facts": {"distance_m": 11_119.5, "threshold": 500.0}, "hard": False},
]


@pytest.fixture
def reception(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.RECEPTION, name="李晓梅")


@pytest.fixture
def files(app: Flask) -> Files:
    return app.extensions["files"]


def stage(store: Database, now: datetime, *risks: int, **given: object) -> list[int]:
    """Showings of one client with these risks."""
    with store.transaction() as session:
        touch = make.touch(session, protected_until=now + timedelta(days=5))
        make.registration(session, touch=touch)
        return [make.showing(session, touch=touch, at=now, risk=risk, **{"way": "code"} | given).id for risk in risks]


def with_photo(store: Database, files: Files, showing_id: int, *names: str) -> int:
    with store.transaction() as session:
        showing = session.get_one(Showing, showing_id)
        kept = {"keep_until": showing.at + timedelta(days=90), "width": 1280, "height": 720}
        faces = {"broker": [300, 200, 100, 120], "client": [700, 180, 110, 130]}
        photo = make.photo(session, showing=showing, faces=faces, **kept)
        files.put(photo.file_name, jpeg(people(*names)))
        return photo.id


def order(page: Page) -> list[int]:
    return [int(str(link["href"]).split("?")[0].rsplit("/", 1)[1]) for link in page.all("tbody .cell-title a")]


def test_the_riskiest_stands_first_and_every_page_is_exact(
    store: Database, now: datetime, reception: Person, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging.ranked_page_of, "__defaults__", (3,))
    ids = stage(store, now, 10, 50, 50, 0, 80, 50, 10)
    expected = [key for _risk, key in sorted(zip((10, 50, 50, 0, 80, 50, 10), ids, strict=True), reverse=True)]
    page, seen = signed_in(reception).get("showings.index", state="waiting"), []
    while True:
        seen += order(page)
        if not page.all("a[rel=next]"):
            break
        stage(store, now, 90)  # what arrives meanwhile neither repeats a line nor hides one
        page = page.follow("下一页")
    assert seen == expected


def test_filters_hold_on_the_way_through_the_queue(
    store: Database, now: datetime, reception: Person, signed_in: SignIn
) -> None:
    first, second, third = stage(store, now, 70, 40, 10)
    stage(store, now, 60, verdict="rejected")
    page = signed_in(reception).get("showings.show", showing_id=first, state="needs_review")
    assert (page.all("a[rel=prev]"), page.one("a[rel=next]")["aria-keyshortcuts"]) == ([], "Alt+J")
    page = page.submit(button="确认到访属实")  # it goes on by itself
    assert page.path == f"/showings/{second}"
    assert str(page.one("a[rel=next]")["href"]) == f"/showings/{third}?state=needs_review"
    assert page.all("a[rel=prev]") == []  # decided: it stands in the queue no longer


def test_everything_stands_side_by_side(
    store: Database, now: datetime, reception: Person, signed_in: SignIn, files: Files
) -> None:
    place = {"latitude": 30.3592, "longitude": 120.0884}
    before, showing = stage(store, now, 0, 60, way="face", evidence=MEASURED, reasons=REASONS, **place)
    with_photo(store, files, before, "obama2", "biden")
    with_photo(store, files, showing, "obama", "biden")
    page = signed_in(reception).get("showings.show", showing_id=showing)
    assert len(page.all(".evidence img")) == 2
    crops = page.all(".face-crop svg")  # the broker has been seen in no other visit that counted
    assert [one["viewBox"] for one in crops] == ["242 152 216 216", "638 128 234 234", "638 128 234 234"]
    assert len(page.all(".measure > svg")) == 4
    assert "拍摄地点距案场 11.1 公里" in str(page.one(".place-map")["aria-label"])
    assert [entry.get_text() for entry in page.all(".grounds dd")] == ["+25", "+15", "+15", "+5", "+4"]
    assert "此前到访 1 次。" in page.main


def test_who_was_told_of_the_visit_stands_there(
    store: Database, now: datetime, reception: Person, signed_in: SignIn
) -> None:
    (showing,) = stage(store, now, 60)
    with store.transaction() as session:
        broker = session.get_one(Showing, showing).broker
        notices.notice(session, person=broker, kind="showing_waits", subject_id=showing, at=now)
    page = signed_in(reception).get("showings.show", showing_id=showing)
    assert broker.name in page.one("#told").get_text()


def test_a_photo_bears_who_looks_and_that_is_written_down(
    store: Database, now: datetime, reception: Person, signed_in: SignIn, files: Files, tmp_path: Path
) -> None:
    (showing,) = stage(store, now, 10, way="face")
    photo = with_photo(store, files, showing, "obama", "biden")
    client = signed_in(reception)
    seen = client.download("showings.photo", showing_id=showing, photo_id=photo)
    plain = Image.open(BytesIO(jpeg(people("obama", "biden")))).convert("RGB")
    marked = Image.open(BytesIO(seen.data)).convert("RGB")
    foot = (0, plain.height - 60, 400, plain.height)
    assert marked.size == plain.size
    assert max(high for _low, high in marked.crop(foot).getextrema()) > 225
    with store.reading() as session:
        views = select(func.count()).where(AuditEntry.action == "photo_seen", AuditEntry.actor_id == reception.id)
        assert session.scalar(views) == 1
    for path in (tmp_path / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    client.download("showings.photo", showing_id=showing, photo_id=photo, status=404)


def test_a_new_capture_is_asked_for_and_answered(
    store: Database, now: datetime, reception: Person, signed_in: SignIn, clock: MovableClock
) -> None:
    (showing,) = stage(store, now, 40)
    desk = signed_in(reception)
    page = desk.get("showings.show", showing_id=showing)
    page.submit({"wish": ""}, button="通知经纪人", status=422)
    page = page.submit({"wish": "请走到窗边再拍", "hours": "24"}, button="通知经纪人")
    assert page.path == "/showings"  # nothing else waits
    assert desk.get("showings.show", showing_id=showing).texts(".status")[0] == "已要求重拍"
    assert order(desk.get("showings.index", state="waiting")) == []
    assert order(desk.get("showings.index", state="capture_asked")) == [showing]
    with store.reading() as session:
        registration = session.scalars(select(Registration)).one()
        broker = session.get_one(Person, registration.broker_id)
    own = signed_in(broker)
    assert "请走到窗边再拍" in own.get("home.index").main
    page = own.get("showings.show", showing_id=showing)
    assert ("2026年3月11日" in page.notices[0], "请走到窗边再拍" in page.main) == (True, True)
    clock.move(hours=2)
    own.get("showings.check_in", registration_id=registration.id).submit({}, button="告知案场我们已到")
    assert "按要求重拍" in desk.get("showings.show", showing_id=showing + 1).notices[0]
    assert desk.get("showings.show", showing_id=showing).texts(".status")[0] == "已重新签到"
    assert own.get("showings.show", showing_id=showing).texts(".status")[0] == "已重新签到"
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Strike)) == 0


def test_what_was_asked_for_in_vain_comes_back(
    store: Database, now: datetime, reception: Person, signed_in: SignIn, clock: MovableClock
) -> None:
    (showing,) = stage(store, now, 40)
    desk = signed_in(reception)
    page = desk.get("showings.show", showing_id=showing)
    page.submit({"wish": "请走到窗边再拍", "hours": "1"}, button="通知经纪人")
    assert page.submit({"wish": "再来一次", "hours": "1"}, button="通知经纪人", status=422).texts(
        ".error-summary li"
    ) == ["已经要求过重拍。"]
    clock.move(hours=1)
    assert order(desk.get("showings.index", state="waiting")) == [showing]
    assert "未收到重拍" in desk.get("showings.show", showing_id=showing).notices[0]


def test_the_page_reads_well_in_english(
    app: Flask, store: Database, now: datetime, reception: Person, files: Files
) -> None:
    place = {"latitude": 30.2592, "longitude": 120.0894}
    (showing,) = stage(store, now, 60, way="face", evidence=MEASURED, reasons=REASONS, **place)
    with_photo(store, files, showing, "obama", "biden")
    page = PageClient(app, "en").sign_in(reception).get("showings.show", showing_id=showing, state="waiting")
    assert "The broker had 1 strike in the twelve months before." in page.main


def test_the_other_client_whom_the_face_resembles_stands_beside(
    store: Database, files: Files, now: datetime, reception: Person, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        other = make.touch(session, name="陈二")
        visit = make.showing(session, touch=other, at=now - timedelta(days=2))
        touch = make.touch(session, development=other.development)
        found = {"found": MEASURED["found"] | {"other_clients": [other.client_id]}}
        showing = make.showing(session, touch=touch, at=now, reasons=REASONS, evidence=MEASURED | found)
        make.registration(session, touch=touch)
        ids = visit.id, showing.id
    with_photo(store, files, ids[0], "biden")
    page = signed_in(reception).get("showings.show", showing_id=ids[1])
    assert page.texts(f"figcaption a[href='/showings/{ids[0]}']") == ["另一位客户陈二的到访"]


def test_photos_that_were_erased_are_told_with_why(
    store: Database, files: Files, now: datetime, reception: Person, signed_in: SignIn
) -> None:
    (showing,) = stage(store, now, 10, way="face")
    photo_id = with_photo(store, files, showing, "biden")
    with store.transaction() as session:
        erasure.erase_photos(session, now, files, [session.get_one(Photo, photo_id)], why=Why.ON_REQUEST)
    page = signed_in(reception).get("showings.show", showing_id=showing)
    assert not page.all(".evidence img")
    assert "本次带看的 1 张照片已于 2026年3月10日删除：应本人要求。" in page.notices[0]
    close = "main form[action$='/inconclusive']"
    assert page.submit({"untold": " "}, form=close, status=422).errors == ["请说明原因：经纪人会看到。"]
    page.submit({"untold": "照片已删除，无法比对"}, form=close)
    closed = signed_in(reception).get("showings.show", showing_id=showing)
    assert (closed.texts(".page-title .status"), closed.all(".decide-bar")) == (["无法认定"], [])
    with store.reading() as session:
        broker = session.get_one(Showing, showing).broker
    told = signed_in(broker).get("showings.show", showing_id=showing)
    assert "不记虚假带看" in told.notices[0]
    assert "照片已删除，无法比对" in told.main
    assert told.texts("main a.btn-outline-primary") == ["重新签到"]


def test_again_means_this_registration_and_who_is_frozen_is_told_one_thing(
    store: Database, now: datetime, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        touch = make.touch(session, protected_until=now + timedelta(days=5))
        registration = make.registration(session, touch=touch).id
        showing = make.showing(session, touch=touch, at=now, way="face", verdict="rejected")
        asked = make.showing(session, touch=touch, at=now)
        make.capture_request(session, showing=asked, at=now)
        broker, ids = touch.person, (showing.id, asked.id)
    client = signed_in(broker)
    again = f"/showings/check-in/{registration}"
    for showing_id in ids:
        page = client.get("showings.show", showing_id=showing_id)
        assert [str(link["href"]) for link in page.all("main a.btn")] == [again]
    assert "重新签到" in client.get("home.index").notices[0]
    with store.transaction() as session:
        frozen = session.get_one(Person, broker.id)
        make.freeze(session, broker=frozen, starts_at=now, ends_at=now + timedelta(days=31))
    for page in (client.get("home.index"), *(client.get("showings.show", showing_id=one) for one in ids)):
        assert len(page.notices) == 1
        assert "冻结至" in page.notices[0]
        assert not page.all(f"main a[href='{again}']")
    ready = client.get("showings.ready")
    assert "冻结至" in ready.notices[0]
    assert not ready.all("main table a")
    assert "案场" not in client.get("penalties.index").one(".panel ul").get_text()
