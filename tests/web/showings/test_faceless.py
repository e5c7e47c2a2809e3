"""The way without a face, and taking the face back, as broker and client do it on their phones (rules 3.2)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from threading import Event
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.images.qr_reader import read_drawn
from portal.adapters.sms.local import LocalSms
from portal.app import create_app
from portal.config import Config
from portal.db import Database
from portal.models import (
    Client,
    Consent,
    Erasure,
    FaceTemplate,
    Person,
    Photo,
    Registration,
    Role,
    Showing,
    TextMessage,
)
from portal.services.faces.faces import look
from portal.services.messages.background_sender import senders_of
from portal.services.privacy import withdrawals
from tests import factories as make
from tests.clock import MovableClock
from tests.photos import jpeg, people
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]

HERE = {"latitude": "30.2592", "longitude": "120.0884"}


@pytest.fixture
def tablet(store: Database, signed_in: SignIn) -> PageClient:
    """The tablet at reception, with somebody signed in."""
    with store.transaction() as session:
        reception = make.person(session, Role.RECEPTION)
    return signed_in(reception)


def on_the_tablet(tablet: PageClient) -> str:
    """The address in the QR code that the tablet shows now."""
    picture = str(tablet.get("site_code.show").one(".site-code img")["src"])
    found = read_drawn(Image.open(BytesIO(tablet.download(picture).data)))
    assert found is not None
    return found


@pytest.fixture
def broker(store: Database, now: datetime) -> Person:
    """A broker with one client, registered yesterday."""
    with store.transaction() as session:
        person = make.broker(session)
        client = make.client(session, phone="13800138000")
        until = now + timedelta(days=6)
        touch = make.touch(session, person=person, client=client, at=now - timedelta(days=1), protected_until=until)
        make.registration(session, touch=touch)
        return person


def registration_id(store: Database) -> int:
    with store.reading() as session:
        return session.scalars(select(Registration.id)).one()


def choice(store: Database, phone: PageClient) -> Page:
    return phone.get("showings.check_in", registration_id=registration_id(store))


def on_the_clients_phone(phone: PageClient) -> str:
    """The six digits of the text that came last."""
    found = re.search(r"验证码 (\d{6})", phone.get("inbox.index").texts(".panel")[0])
    assert found
    return found[1]


def test_a_code_from_the_choice_to_the_verified_showing(
    broker: Person, signed_in: SignIn, store: Database, tablet: PageClient
) -> None:
    phone = signed_in(broker)
    page = choice(store, phone)
    assert page.texts("main h2") == ["拍照签到", "验证码签到", "案场签到"]
    page = page.follow("使用验证码").submit(button="发送验证码")
    assert "138****8000" in page.notices[0]
    page = page.follow("扫案场现场码").submit({"text": on_the_tablet(tablet)})
    assert any(words.startswith("您已到场：") for words in page.notices)
    page = page.submit({"code": on_the_clients_phone(phone)}, button="签到")
    assert page.texts(".status") == ["已核验"]
    assert "验证码签到" in page.main
    with store.reading() as session:
        assert not session.scalars(select(FaceTemplate)).all()
        assert session.scalars(select(TextMessage)).one().params_sealed is None


def test_a_wrong_code_says_how_many_tries_are_left_and_counts(
    broker: Person, signed_in: SignIn, store: Database, clock: MovableClock
) -> None:
    phone = signed_in(broker)
    page = choice(store, phone).follow("使用验证码").submit(button="发送验证码")
    wrong = f"{(int(on_the_clients_phone(phone)) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        page = page.submit({"code": wrong}, button="签到", status=422)
        assert page.errors == [f"验证码不对，还可以试 {left} 次。"]
    page = page.submit({"code": wrong}, button="签到", status=422)
    assert "已输错五次" in page.main
    with store.reading() as session:
        assert not session.scalars(select(Showing)).all()
    clock.move(seconds=60)
    page = choice(store, phone).follow("使用验证码").submit(button="发送验证码")
    page = page.submit({"code": on_the_clients_phone(phone)} | HERE, button="签到")
    assert page.texts(".status") == ["待审核"]
    assert "未扫描案场现场码" in page.main


def test_at_most_two_texts_a_day_and_reception_is_left(
    broker: Person, signed_in: SignIn, store: Database, clock: MovableClock
) -> None:
    phone = signed_in(broker)
    page = choice(store, phone).follow("使用验证码").submit(button="发送验证码")
    assert "验证码刚刚发出" in page.main
    clock.move(minutes=2)
    page = page.client.get("faceless.code", registration_id=registration_id(store)).submit(button="重发验证码")
    clock.move(minutes=11)
    page = choice(store, phone)
    assert "该客户今天已收到我们两条短信" in page.main
    assert not page.all("a[href$='/code']")
    page.submit(button="告知案场我们已到")


def test_who_asked_for_silence_gets_none(broker: Person, signed_in: SignIn, store: Database, now: datetime) -> None:
    with store.transaction() as session:
        client_id, earlier = session.scalars(select(Client.id)).one(), now - timedelta(days=1)
        words = {"purpose": "contact", "version": "1", "locale": "zh_Hans_CN", "given_at": earlier}
        session.add(Consent(client_id=client_id, withdrawn_at=earlier, **words))
    page = choice(store, signed_in(broker))
    assert "客户已要求不再接收消息" in page.main
    page.submit(button="告知案场我们已到")


def test_where_no_texts_are_sent_reception_stands_beside_the_photo(
    app: Flask, broker: Person, signed_in: SignIn, store: Database
) -> None:
    app.extensions["sms"] = app.extensions["post"] = None
    phone = signed_in(broker)
    assert choice(store, phone).texts("main h2") == ["拍照签到", "案场签到"]
    assert "未开通短信" in phone.get("faceless.code", registration_id=registration_id(store)).main
    phone.get("inbox.index", status=404)


def test_a_text_that_cannot_be_delivered_is_said(
    broker: Person, signed_in: SignIn, store: Database, now: datetime
) -> None:
    phone = signed_in(broker)
    choice(store, phone).follow("使用验证码").submit(button="发送验证码")
    with store.transaction() as session:
        row = session.scalars(select(TextMessage)).one()
        row.sent_at, row.provider_id, row.given_up_at, row.failure = None, None, now, "isv.MOBILE_NUMBER_ILLEGAL"
    page = phone.get("faceless.code", registration_id=registration_id(store))
    assert "短信未能送达。" in page.notices[0]


def test_who_asks_for_a_code_does_not_wait_for_the_carrier(app: Flask, broker: Person, signed_in: SignIn) -> None:
    began, answers = Event(), Event()

    class Hanging(LocalSms):
        def send(self, *given: str, **named: str) -> str:
            began.set()
            assert answers.wait(10)
            return super().send(*given, **named)  # type: ignore[arg-type]

    app.extensions["sms"] = carrier = Hanging(app.extensions["config"].data_dir / "texts")
    senders = senders_of(app.extensions["database"], app.extensions["clock"], lambda: carrier, lambda: None)
    app.extensions["senders"] = senders
    page = choice(app.extensions["database"], signed_in(broker)).follow("使用验证码").submit(button="发送验证码")
    assert page.all("#code"), "the page is here before the carrier answers"
    assert began.wait(10)
    assert carrier.inbox() == []
    answers.set()
    assert senders["texts"].settle(10)
    assert len(carrier.inbox()) == 1
    senders["texts"].close()


def test_there_is_no_inbox_in_production(config: Config, clock: MovableClock) -> None:
    app = create_app(replace(config, env="production"), clock)
    assert app.extensions["sms"] is None
    assert not isinstance(app.extensions["sms"], LocalSms)


# ---- the code on the tablet at reception ----


def test_the_phones_own_camera_opens_it_and_the_broker_says_with_whom(
    broker: Person, signed_in: SignIn, store: Database, tablet: PageClient, clock: MovableClock
) -> None:
    phone, address = signed_in(broker), urlsplit(on_the_tablet(tablet)).path
    page = phone.get(address)
    clock.move(minutes=2)  # the code has changed meanwhile, the scan was in time
    page = page.submit(form=".choices form")
    assert page.path.endswith(f"/check-in/{registration_id(store)}")
    assert any(words.startswith("您已到场：") for words in page.notices)
    clock.move(minutes=1)
    assert "已变更" in phone.get(address, status=409).main


def test_the_tablet_is_answered_only_when_the_code_has_changed(
    tablet: PageClient, clock: MovableClock, store: Database
) -> None:
    with store.transaction() as session:
        make.development(session)
    asks = str(tablet.get("site_code.show").one("#site-code")["hx-get"])
    assert tablet.download(asks, status=204).data == b""
    clock.move(seconds=30)
    assert str(tablet.get(asks).one("#site-code")["hx-get"]) != asks


def test_a_scan_of_something_else_is_said(broker: Person, signed_in: SignIn, store: Database) -> None:
    phone, where = signed_in(broker), {"registration_id": registration_id(store)}
    page = phone.get("scanning.scan", **where).submit({"text": "https://elsewhere.example/1.2.3.4"}, status=422)
    assert "不是本案场的现场码" in page.texts(".error-summary")[0]


# ---- taking the face back ----


@pytest.fixture
def shown(app: Flask, broker: Person, store: Database, now: datetime) -> int:
    """A check-in with a photo under the client's consent; its showing."""
    files = app.extensions["files"]
    with store.transaction() as session:
        touch = session.scalars(select(Registration)).one().touch
        row = make.showing(session, touch=touch, at=now, way="face", verdict="verified", reasons=[])
        words = {"purpose": "face_client", "version": "2", "locale": "zh_Hans_CN"}
        session.add(Consent(client_id=touch.client_id, given_at=now, **words))
        template = {"engine": "sface", "engine_version": "1", "vector_sealed": b"sealed", "created_at": now}
        here = {"development_id": touch.development_id, "showing_id": row.id}
        session.add(FaceTemplate(client_id=touch.client_id, **here, **template))
        files.put("a" * 32, b"a photo")
        measures = {"sha256": "0" * 64, "dhash": "0" * 64, "width": 1, "height": 1, "taken_at": now}
        session.add(Photo(file_name="a" * 32, keep_until=now + timedelta(days=90), **here, **measures))
        return row.id


def clients_link(app: Flask, store: Database) -> str:
    with store.reading() as session:
        client_id = session.scalars(select(Client.id)).one()
    return withdrawals.token_for(client_id, app.extensions["config"].secret_key.encode())


def test_the_client_sees_what_is_stored_and_erases_it(
    app: Flask, client: PageClient, store: Database, shown: int
) -> None:
    page = client.get("withdrawals.show", token=clients_link(app, store))
    assert page.texts("dl.facts dd")[:2] == ["1", "1"]
    assert not client.http.get_cookie("portal")
    page = page.submit(button="撤回同意并立即删除")
    assert page.h1 == "您的人脸数据已删除"
    assert not page.all("form[method=post]")
    with pytest.raises(FileNotFoundError):
        app.extensions["files"].get("a" * 32)
    with store.reading() as session:
        assert [row.vector_sealed for row in session.scalars(select(FaceTemplate))] == [None]
        assert len(session.scalars(select(Erasure)).all()) == 2


def upload(*names: str) -> tuple[BytesIO, str]:
    return BytesIO(jpeg(people(*names))), "photo.jpg"


def test_a_guardians_consent_from_the_photo_to_the_erasure(
    app: Flask, broker: Person, client: PageClient, signed_in: SignIn, store: Database
) -> None:
    phone = signed_in(broker)
    with store.transaction() as session:
        seen = look(app.extensions["faces"], jpeg(people("obama2")))
        make.own_face(session, Actor.of(broker), app.extensions["clock"](), app.extensions["faces"], seen)
    page = (
        choice(store, phone)
        .submit(button="拍照")
        .submit({"photo": upload("obama", "biden"), "guardian_consent": True}, status=422)
    )
    assert page.errors == ["请写明代为同意的监护人姓名。", "请选择监护人与未成年人的关系。"]
    guardian = {"guardian_consent": True, "guardian_name": "王芳", "guardian_relation": "mother"}
    page.submit({"photo": upload("obama", "biden")} | guardian)

    page = client.get("inbox.index").follow("打开链接")
    assert "王芳" in page.main
    page = page.submit(button="撤回同意并立即删除")
    assert page.h1 == "您的人脸数据已删除"
    with store.reading() as session:
        theirs = select(FaceTemplate).where(FaceTemplate.client_id.is_not(None))
        assert all(row.vector_sealed is None for row in session.scalars(theirs))
        assert all(photo.erased_at for photo in session.scalars(select(Photo)))


def test_a_forged_link_opens_nothing(app: Flask, client: PageClient, store: Database, shown: int) -> None:
    token = clients_link(app, store)
    client.get("withdrawals.show", token=token[:-1] + ("A" if token[-1] != "A" else "B"), status=404)
    where = client.address("withdrawals.withdraw", token=token)
    assert client.http.post(where).status_code == 303  # no token of ours in the form: nothing happens
    with store.reading() as session:
        assert not session.scalars(select(Erasure)).all()


def test_reception_shows_the_client_the_link_and_the_broker_never_sees_it(
    app: Flask, broker: Person, signed_in: SignIn, store: Database, shown: int
) -> None:
    phone = signed_in(broker)
    assert not phone.get("showings.show", showing_id=shown).all("figure.qr")
    phone.download("withdrawals.picture", showing_id=shown, status=404)
    with store.transaction() as session:
        reception = make.person(session, Role.RECEPTION)
    desk = signed_in(reception)
    page = desk.get("showings.show", showing_id=shown)
    assert desk.download(str(page.one("figure.qr img")["src"])).mimetype == "image/png"
    PageClient(app).get("withdrawals.show", token=clients_link(app, store)).submit(button="撤回同意并立即删除")
    assert not desk.get("showings.show", showing_id=shown).all("figure.qr")
    desk.download("withdrawals.picture", showing_id=shown, status=404)


def test_the_pages_read_well_in_english(app: Flask, broker: Person, store: Database, shown: int) -> None:
    phone = PageClient(app, "en").sign_in(broker)
    page = choice(store, phone).follow("Use a code").submit(button="Send the code")
    assert "138****8000" in page.notices[0]
    assert "Read it to the broker" in phone.get("inbox.index").main
    visitor = PageClient(app, "en")
    visitor.get("withdrawals.show", token=clients_link(app, store)).submit(button="Withdraw and erase now")
