"""The privacy officer's pages: counts, proofs, one person's data, erasing on request (rules 3.5, 9)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, Consent, Erasure, FaceTemplate, Person, Photo, Role, Why
from portal.services.faces import erasure
from portal.services.privacy import stored_faces
from portal.services.privacy.stored_faces import Filing, filing_of
from portal.services.showings import photos
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]

PHONE = "13800138000"


@pytest.fixture
def officer(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRIVACY_OFFICER, name="周敏")


@pytest.fixture
def client_id(app: Flask, store: Database, now: datetime) -> int:
    """A client with a visit, a photo that reception looked at, and a template."""
    with store.transaction() as session:
        client = make.client(session, phone=PHONE)
        touch = make.touch(session, client=client, name="王小明")
        make.registration(session, touch=touch)
        showing = make.showing(session, touch=touch, at=now)
        photo = make.photo(session, showing=showing, keep_until=now + timedelta(days=90))
        app.extensions["files"].put(photo.file_name, b"a photo")
        make.template(session, touch=touch, showing_id=showing.id)
        given = {"purpose": "face_client", "version": "1", "locale": "zh_Hans_CN", "given_at": now}
        session.add(Consent(client_id=client.id, **given))
        photos.record_view(session, Actor.of(make.person(session, Role.RECEPTION, name="李晓梅")), now, photo)
        return client.id


@pytest.mark.parametrize(
    ("persons", "state"),
    [(0, Filing.FAR), (89_999, Filing.FAR), (90_000, Filing.NEAR), (99_999, Filing.NEAR), (100_000, Filing.DUE)],
)
def test_the_filing_duty_is_warned_of(persons: int, state: Filing) -> None:
    assert filing_of(persons) is state


@pytest.mark.parametrize(("most", "words"), [(10, None), (1, "立即备案")])
def test_what_is_stored_and_what_must_be_done(
    app: Flask,
    store: Database,
    officer: Person,
    client_id: int,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    words: str | None,
) -> None:
    monkeypatch.setattr(stored_faces, "FACES_FILING", most)
    monkeypatch.setattr(stored_faces, "WARN_AT", most)
    page = signed_in(officer).get("privacy.index")
    assert page.texts(".figures dd") == ["1", "0", "1", "1"]
    assert [words in notice for notice in page.notices] == ([True] if words else [])
    assert "每日清理尚未运行" in page.main


def test_one_persons_data_is_found_by_the_full_phone_and_every_look_is_written_down(
    store: Database, officer: Person, client_id: int, signed_in: SignIn
) -> None:
    desk = signed_in(officer)
    page = desk.get("subjects.find")
    assert page.submit({"phone": "1380013"}, button="查找", status=422).errors
    assert "没有任何信息" in page.submit({"phone": "13911112222"}, button="查找").main
    page = page.submit({"phone": PHONE}, button="查找")
    page = page.follow(f"客户 {client_id}")
    assert "王小明" in page.main
    assert "李晓梅" in page.main
    file = desk.download("subjects.client_file", client_id=client_id)
    data = json.loads(file.data)
    assert (data["phone"], data["names"]) == ("+8613800138000", ["王小明"])
    assert {name: len(data[name]) for name in ("touches", "registrations", "showings", "photos", "consents")} == {
        "touches": 1,
        "registrations": 1,
        "showings": 1,
        "photos": 1,
        "consents": 1,
    }
    assert [read["action"] for read in data["reads"]] == ["photo_seen", "personal_data_read"]
    assert "vector" not in file.get_data(as_text=True)


def test_erasing_on_request_is_at_once_and_proven(
    app: Flask, store: Database, officer: Person, client_id: int, signed_in: SignIn
) -> None:
    desk = signed_in(officer)
    page = desk.get("subjects.client", client_id=client_id).submit(button="确认立即删除")
    assert page.texts(".notice") == ["已删除 2 项，并保留删除凭证。"]
    assert "没有存储该人员的人脸数据" in page.main
    with store.reading() as session:
        photo, template = session.scalars(select(Photo)).one(), session.scalars(select(FaceTemplate)).one()
        assert (photo.erased_at is None, template.vector_sealed) == (False, None)
        assert session.scalars(select(Consent.withdrawn_at)).one() is not None
        with pytest.raises(FileNotFoundError):
            app.extensions["files"].get(photo.file_name)
    page = desk.get("privacy.erasures", why="on_request")
    assert len(page.all("tbody tr")) == 2
    assert page.all("tbody tr")[0].get_text().count("周敏") == 1
    assert len(desk.get("privacy.erasures", why="time_over").all("tbody tr")) == 0
    file = desk.download("privacy.erasures_export", kind="csv", what="photo").get_data(as_text=True)
    assert file.count("应本人要求") == 1


def test_an_accounts_owner_too(store: Database, officer: Person, now: datetime, signed_in: SignIn) -> None:
    with store.transaction() as session:
        broker = make.broker(session, phone=PHONE)
        make.template(session, person_id=broker.id)
    desk = signed_in(officer)
    page = desk.get("subjects.find").submit({"phone": PHONE}, button="查找").follow("账号：经纪人")
    page = page.submit(button="确认立即删除")
    assert page.texts(".notice") == ["已删除 1 项，并保留删除凭证。"]
    assert json.loads(desk.download("subjects.person_file", person_id=broker.id).data)["names"] == [broker.name]
    with store.reading() as session:
        assert session.scalars(select(Erasure.why)).one() is Why.ON_REQUEST


def test_proofs_page_by_page(store: Database, officer: Person, now: datetime, signed_in: SignIn) -> None:
    with store.transaction() as session:
        touch = make.touch(session)
        rows = [make.template(session, touch=touch) for _ in range(31)]
        erasure.erase_templates(session, now, rows, why=Why.TIME_OVER)
    page = signed_in(officer).get("privacy.erasures", what="template", development=str(touch.development_id))
    assert len(page.all("tbody tr")) == 30
    assert len(page.follow("下一页").all("tbody tr")) == 1


def test_the_first_page_counts_what_its_link_opens(
    store: Database, officer: Person, now: datetime, signed_in: SignIn
) -> None:
    with store.transaction() as session:
        for days, why in ((3, Why.CONSENT_WITHDRAWN), (40, Why.CONSENT_WITHDRAWN), (4, Why.TIME_OVER)):
            row = {"kind": "photo", "row_id": days, "why": why, "digest": "0" * 64, "at": now - timedelta(days=days)}
            session.add(Erasure(**row))
    home = signed_in(officer).get("home.index")
    (card,) = [one for one in home.all("main a") if "因撤回同意而删除" in one.get_text()]
    assert card.find_parent("dt").find_next_sibling("dd").get_text(strip=True) == "1"
    assert len(signed_in(officer).get(str(card["href"])).all("tbody tr")) == 1


def test_the_assessment_says_who_looked_and_for_how_long(
    store: Database, officer: Person, client_id: int, signed_in: SignIn
) -> None:
    page = signed_in(officer).get("privacy.assessment")
    assert ("李晓梅" in page.main, "90 天" in page.main, "报备或成交结束后 30 天" in page.main) == (True, True, True)


def test_nobody_else_comes_in(store: Database, officer: Person, client_id: int, signed_in: SignIn) -> None:
    with store.transaction() as session:
        administrator = make.person(session, Role.ADMINISTRATOR)
    for where in ("privacy.index", "privacy.erasures", "privacy.assessment", "subjects.find"):
        signed_in(administrator).get(where, status=403)
    signed_in(administrator).download("subjects.client_file", client_id=client_id, status=403)
    signed_in(officer).get("subjects.client", client_id=client_id + 1, status=404)
    with store.reading() as session:
        looked = select(func.count()).where(AuditEntry.action.like("personal_data_%"))
        assert session.scalar(looked) == 0


def test_the_pages_read_well_in_english(app: Flask, store: Database, officer: Person, client_id: int) -> None:
    reader = PageClient(app, "en").sign_in(officer)
    for where in ("privacy.index", "privacy.erasures", "privacy.assessment", "subjects.find"):
        reader.get(where)
    reader.get("subjects.client", client_id=client_id)
