"""Checking in, reviewing and enrolling as people do it on their pages, with real photos (rules 3 and 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.faces.engine import Face, Image
from portal.adapters.faces.sface import SFace
from portal.db import Database
from portal.models import (
    AuditEntry,
    CaptureNonce,
    FaceEnrolment,
    FaceTemplate,
    Person,
    Role,
    Showing,
    ShowingReview,
    Side,
)
from portal.services.faces.faces import look
from tests import factories as make
from tests.clock import MovableClock
from tests.photos import jpeg, mirrored, people
from tests.web.client import Page, PageClient
from tests.web.filming import confirm_at_the_desk, filmed

SignIn = Callable[[Person], PageClient]


@dataclass
class Site:
    """A broker with one client, and the people at the desk."""

    broker: Person
    colleague: Person
    principal: Person
    reception: Person
    finance: Person
    registration_id: int


@pytest.fixture
def site(store: Database, now: datetime) -> Site:
    with store.transaction() as session:
        broker = make.broker(session)
        touch = make.touch(session, person=broker, at=now - timedelta(days=1), protected_until=now + timedelta(days=6))
        return Site(
            broker,
            make.broker(session),
            make.person(session, Role.PRINCIPAL, agency=broker.agency),
            make.person(session, Role.RECEPTION),
            make.person(session, Role.FINANCE),
            make.registration(session, touch=touch).id,
        )


class Busy(SFace):
    """An engine before which the queue is too long."""

    def analyse(self, image: Image) -> list[Face]:
        raise Refusal("busy_try_again", seconds=2)


def upload(*names: str) -> tuple[BytesIO, str]:
    return BytesIO(jpeg(people(*names))), "photo.jpg"


def enrol(client: PageClient, *names: str) -> Page:
    """Enrol by a file, and let reception confirm on meeting the broker."""
    taken = names or ("obama",)
    client.get("faces.mine").submit({"photo": upload(*taken), "consent": True}, button="录入我的人脸")
    database, eyes = client.app.extensions["database"], client.app.extensions["faces"]
    with database.transaction() as session:
        reception = Actor.of(make.person(session, Role.RECEPTION))
        row = session.scalars(select(FaceEnrolment).where(FaceEnrolment.state == "proposed")).one()
        make.met(session, reception, row, client.app.extensions["clock"](), eyes, look(eyes, jpeg(people(*taken))))
    return client.get("faces.mine")


def capture(client: PageClient, site: Site) -> Page:
    """The page with the photo form, as it comes without JavaScript. The real photos turn to the left: until the server
    draws that side, the page is opened anew."""
    for _ in range(40):
        page = client.get("showings.check_in", registration_id=site.registration_id).submit(button="拍照")
        with client.app.extensions["database"].reading() as session:
            if session.scalars(select(CaptureNonce).order_by(CaptureNonce.id.desc())).first().side is Side.LEFT:
                return page
    raise AssertionError("the server never draws the left side")


def told(page: Page, site: Site, straight: bytes) -> str:
    """The side that the server tells for a first shot."""
    answer = post(
        page, "camera.side", site, nonce=page.one("[name=nonce]")["value"], sha256=sha256(straight).hexdigest()
    )
    return str(answer.get_json()["side"])


def post(page: Page, where: str, site: Site, **fields: object) -> TestResponse:
    """What the page's script sends."""
    address = page.client.address(where, registration_id=site.registration_id)
    headers = {"X-CSRFToken": page.one("#page-facts")["data-csrf-token"]}
    return page.client.http.post(address, data=fields, headers=headers)


def live(page: Page, site: Site, *clients: str) -> dict[str, object]:
    """What the page's own camera sends: Obama straight and as he really turned, with clients. Enrol `obama` for it."""
    straight, turned = (jpeg(picture("obama2", *clients)) for picture in (people, mirrored))
    assert told(page, site, straight) == "left"
    photos = {"photo": (BytesIO(straight), "photo.jpg"), "turned": (BytesIO(turned), "photo.jpg")}
    return {**photos, "in_page": "yes", "client_consent": True}


def test_a_principals_word_lets_a_face_be_used_and_leaves_it_to_the_desk(site: Site, signed_in: SignIn) -> None:
    broker, head, desk = (signed_in(one) for one in (site.broker, site.principal, site.reception))
    broker.get("faces.mine").submit({"photo": upload("obama"), "consent": True}, button="录入我的人脸")
    confirm_at_the_desk(head, site.broker.name)
    page = broker.get("faces.mine")
    assert ("已录入" in page.texts(".status"), page.notices) == (True, [])
    page = head.get("enrolments.index", state="in_force").follow(site.broker.name)
    assert not page.all("[data-challenge]")
    page = desk.get("enrolments.index", state="in_force").follow(site.broker.name)
    assert site.principal.name in page.main
    assert "照片不是用页面相机拍的。" in page.texts(".banner li")
    page.submit(filmed(page), button="确认是本人")
    assert broker.get("faces.mine").notices[0].startswith("您的人脸已确认")


def test_a_face_that_is_not_his_is_sent_back_with_words(site: Site, signed_in: SignIn) -> None:
    broker, desk = signed_in(site.broker), signed_in(site.principal)
    broker.get("faces.mine").submit({"photo": upload("obama"), "consent": True}, button="录入我的人脸")
    page = desk.get("enrolments.index").follow(site.broker.name).follow("不是本人，或本人没有来")
    assert page.submit({"reason": ""}, button="退回", status=422).errors == ["请写明退回原因，本人会看到。"]
    page.submit({"reason": "不是本人"}, button="退回")
    assert "不是本人" in broker.get("faces.mine").notices[0]
    assert not desk.get("enrolments.index").all("td a")
    signed_in(site.finance).get("enrolments.index", status=403)


def waiting(store: Database, site: Site, now: datetime, **given: object) -> int:
    with store.transaction() as session:
        touch = make.touch(session, person=session.get_one(Person, site.broker.id))
        return make.showing(session, touch=touch, at=now, **given).id


def test_a_genuine_pair_from_enrolment_to_the_confirmed_showing(
    site: Site, signed_in: SignIn, store: Database, clock: MovableClock
) -> None:
    broker = signed_in(site.broker)
    page = broker.get("showings.check_in", registration_id=site.registration_id)
    page = page.follow("录入我的人脸").submit({"photo": upload("obama"), "consent": True}, button="录入我的人脸")
    assert page.texts(".notice") == ["人脸已提交，待有人当面确认后生效。"]
    assert "照片不是用页面相机拍的。" in page.texts(".banner li")
    confirm_at_the_desk(signed_in(site.reception), site.broker.name)
    assert broker.get("faces.mine").notices[0].startswith("您的人脸已确认")
    page = capture(broker, site)
    clock.move(seconds=20)
    page = page.submit(live(page, site, "biden"))
    assert page.texts(".status") == ["已核验"]
    assert any("带看有效" in notice for notice in page.notices)
    assert not page.all('main img[src*="photos"]')

    reception = signed_in(site.reception)
    page = reception.get("showings.index").follow("王小明")
    assert "经纪人与其录入人脸" in page.main
    picture = reception.download(str(page.all('main img[src*="photos"]')[0]["src"]))
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert picture.data.startswith(b"\xff\xd8")
    page = page.submit(button="确认到访属实")
    assert page.main.startswith(f"{site.broker.name}带看王小明：已确认真实")
    page = reception.get("showings.index", state="reviewed").follow("王小明")
    assert page.texts(".status")[0] == "确认真实"
    with store.reading() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "photo_seen")) == 1


def test_what_was_wrong_is_said_with_what_to_do(site: Site, signed_in: SignIn, clock: MovableClock) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site)
    page = page.submit({"photo": upload("obama"), "client_consent": True}, status=422)
    clock.move(seconds=61)
    page = page.submit({"photo": upload("obama"), "insist": True})
    assert page.texts(".status") == ["未通过"]
    assert "镜头前只有一个人。 请与客户并排合拍一张。" in page.main
    assert "没有在打开相机后 60 秒内拍照并提交。" in page.main


def test_a_poor_photo_is_taken_again_and_filed_only_if_its_taker_insists(
    site: Site, signed_in: SignIn, store: Database
) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site)
    assert not page.all("[name=insist]")
    word = page.one("[name=nonce]")["value"]
    page = page.submit({"photo": upload("obama"), "client_consent": True}, status=422)
    assert page.errors == ["只看到一张脸。请并排站好，再拍一次。"]
    assert page.one("[name=nonce]")["value"] != word
    assert page.one("[name=client_consent]").has_attr("checked")
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Showing)) == 0
    page = page.submit({"photo": upload("obama"), "insist": True})
    assert page.texts(".status") == ["待审核"]
    assert "镜头前只有一个人" in page.main


def test_no_consent_no_photo(site: Site, signed_in: SignIn, store: Database) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site).submit({"photo": upload("obama", "biden")}, status=422)
    assert page.errors == ["未获同意不拍照，请改用验证码或由案场确认。"]
    page = page.submit({"client_consent": True, "photo": (BytesIO(b"GIF89a no photo"), "a.gif")}, status=422)
    assert page.errors == ["无法识别这个文件，请发送 JPEG、PNG 或 WebP 照片。"]
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Showing)) == 0


def test_a_crowd_of_photos_keeps_what_was_typed(app: Flask, site: Site, signed_in: SignIn) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site)
    app.extensions["faces"] = Busy()
    page = page.submit(live(page, site, "biden"), status=503)
    assert page.texts(".error-summary li") == ["此刻正在处理的文件很多，请在 2 秒后重新提交；您填写的内容已保留。"]
    assert page.errors == []  # an error at the photo would make the camera drop it
    assert page.one("[name=client_consent]").has_attr("checked")
    assert page.one("[name=nonce]")["value"]


def test_the_way_without_a_photo_stands_beside_it(site: Site, signed_in: SignIn) -> None:
    page = signed_in(site.broker).get("showings.check_in", registration_id=site.registration_id)
    assert page.texts("main h2") == ["拍照签到", "验证码签到", "案场签到"]
    page = page.submit({"latitude": "30.2592", "longitude": "120.0884"}, button="告知案场我们已到")
    assert page.texts(".status") == ["等待案场确认"]
    assert "案场已知您到场" in page.main


def test_enrolment_says_how_to_take_a_better_photo_and_can_be_withdrawn(
    site: Site, signed_in: SignIn, store: Database
) -> None:
    broker = signed_in(site.broker)
    page = broker.get("faces.mine").submit(
        {"photo": upload("obama", "biden"), "consent": True}, button="录入我的人脸", status=422
    )
    assert page.errors == ["照片里不止一个人，请单独拍摄。"]
    page = enrol(broker).submit(button="确认删除我的人脸")
    assert page.texts(".status") == ["未录入"]
    with store.reading() as session:
        assert [row.vector_sealed for row in session.scalars(select(FaceTemplate))] == [None]


def test_a_word_for_the_camera_and_a_side_for_its_first_shot(site: Site, signed_in: SignIn) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site)
    answer = post(page, "camera.nonce", site).get_json()
    assert answer["seconds"] == 60
    assert len(answer["nonce"]) > 20
    digests = ["a" * 64, "a" * 64, "b" * 64]
    told = [post(page, "camera.side", site, nonce=answer["nonce"], sha256=digest) for digest in digests]
    assert [one.status_code for one in told] == [200, 200, 409]  # told again after a lost answer, not for another shot
    assert told[0].get_json() == told[1].get_json()
    assert post(page, "camera.side", site, nonce=answer["nonce"], sha256="no digest").status_code == 400
    stranger = signed_in(site.colleague).get("showings.index")
    assert post(stranger, "camera.nonce", site).status_code == 404


def test_a_showing_whose_answer_was_lost_is_found_and_not_made_twice(
    site: Site, signed_in: SignIn, clock: MovableClock, store: Database
) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site)
    made = page.submit(live(page, site, "biden"))
    clock.move(seconds=90)
    found = post(page, "camera.nonce", site, nonce=page.one("[name=nonce]")["value"]).get_json()
    assert found == {"made": made.path}


def test_a_busy_server_makes_no_photo_too_old(app: Flask, site: Site, signed_in: SignIn, clock: MovableClock) -> None:
    broker, faces = signed_in(site.broker), app.extensions["faces"]
    enrol(broker)
    page = capture(broker, site)
    sent, again = live(page, site, "biden"), live(page, site, "biden")
    app.extensions["faces"] = Busy()
    clock.move(seconds=59)
    page.submit(sent, status=503)
    app.extensions["faces"] = faces
    clock.move(seconds=20)
    assert page.submit(again).texts(".status") == ["已核验"]


def test_a_photo_from_elsewhere_waits_for_a_person(site: Site, signed_in: SignIn) -> None:
    broker = signed_in(site.broker)
    enrol(broker)
    page = capture(broker, site).submit({"photo": upload("obama", "biden"), "client_consent": True})
    assert page.texts(".status") == ["待审核"]
    assert "照片不是由本页相机拍摄的" in page.main


def test_at_the_desks_tablet_reception_looks_on(site: Site, signed_in: SignIn, store: Database) -> None:
    enrol(signed_in(site.broker))
    reception = signed_in(site.reception)
    begin = reception.address("tablet.begin_there", registration_id=site.registration_id)
    token = reception.get("showings.index").one("#page-facts")["data-csrf-token"]
    page = reception.send("POST", begin, MultiDict({"csrf_token": token}))
    page = page.submit({"photo": upload("obama", "biden"), "in_page": "yes", "client_consent": True})
    assert page.texts(".status")[0] == "已核验"
    with store.reading() as session:
        showing = session.scalars(select(Showing)).one()
        assert (showing.broker_id, showing.host_id) == (site.broker.id, site.reception.id)


def test_three_fakes_freeze_and_the_broker_reads_until_when(
    site: Site, signed_in: SignIn, store: Database, now: datetime
) -> None:
    reception = signed_in(site.reception)
    shown = [waiting(store, site, now) for _ in range(3)]
    reception.get("showings.show", showing_id=shown[0]).submit({"reason": ""}, button="确认虚假带看", status=422)
    for showing_id in shown:
        page = reception.get("showings.show", showing_id=showing_id)
        page = page.submit({"reason": "监控里没有客户"}, button="确认虚假带看")
    assert "冻结至" in page.texts(".notice")[0]
    broker = signed_in(site.broker)
    page = broker.get("penalties.index")
    assert "2026年4月10日" in page.notices[0]
    assert page.texts(".figures dd")[0].startswith("0 / 3")
    page = broker.get("showings.check_in", registration_id=site.registration_id)
    assert "2026年4月10日" in page.notices[0]
    assert "监控里没有客户" in broker.get("showings.show", showing_id=shown[0]).main
    assert "监控里没有客户" in signed_in(site.principal).get("penalties.index").main


def test_a_decision_cannot_be_taken_twice(site: Site, signed_in: SignIn, store: Database, now: datetime) -> None:
    reception, showing_id = signed_in(site.reception), waiting(store, site, now)
    page = reception.get("showings.show", showing_id=showing_id)
    page.submit(button="确认到访属实")
    page.submit(button="确认到访属实", status=409)
    assert page.submit({"reason": "再想想"}, button="确认虚假带看", status=422).texts(".error-summary li") == [
        "这次带看已由他人处理。"
    ]
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(ShowingReview)) == 1


def test_whose_rows(site: Site, signed_in: SignIn, store: Database, now: datetime) -> None:
    showing_id = waiting(store, site, now)
    assert signed_in(site.principal).get("showings.show", showing_id=showing_id).h1 == "王**的带看"
    assert signed_in(site.broker).get("showings.show", showing_id=showing_id).h1 == "王小明的带看"
    stranger = signed_in(site.colleague)
    stranger.get("showings.show", showing_id=showing_id, status=404)
    stranger.get("showings.check_in", registration_id=site.registration_id, status=404)
    signed_in(site.finance).get("showings.show", showing_id=showing_id, status=403)
    for person in (site.broker, site.principal):
        signed_in(person).download("showings.photo", showing_id=showing_id, photo_id=1, status=403)
    signed_in(site.reception).download("showings.photo", showing_id=showing_id, photo_id=1, status=404)


@pytest.mark.parametrize(("state", "shown"), [("", 2), ("waiting", 1), ("verified", 1), ("rejected", 0), ("odd", 2)])
def test_the_queue_and_its_file(
    site: Site, signed_in: SignIn, store: Database, now: datetime, state: str, shown: int
) -> None:
    waiting(store, site, now, way="code")
    waiting(store, site, now, verdict="verified", reasons=[])
    reception = signed_in(site.reception)
    assert len(reception.get("showings.index", state=state).all("tbody tr")) == shown
    file = reception.download("showings.download", kind="csv", state=state).get_data(as_text=True)
    assert len([line for line in file.splitlines() if "王小明" in line]) == shown


def test_the_pages_read_well_in_english(app: Flask, site: Site, store: Database, now: datetime) -> None:
    showing_id = waiting(store, site, now)
    for person in (site.broker, site.reception, site.principal):
        reader = PageClient(app, "en").sign_in(person)
        for where in ("showings.index", "penalties.index"):
            if where == "showings.index" or person.role is not Role.RECEPTION:
                reader.get(where)
        reader.get("showings.show", showing_id=showing_id)
    reader = PageClient(app, "en").sign_in(site.broker)
    for where in ("showings.ready", "faces.mine"):
        reader.get(where)
    reader.get("showings.check_in", registration_id=site.registration_id)
