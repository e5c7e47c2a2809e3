"""Appealing and deciding as people do it on their pages (rules 4.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Appeal, AppealPicture, Decision, Freeze, Person, Role, Strike
from portal.services.penalties import reviews
from tests import factories as make
from tests.clock import MovableClock
from tests.photos import jpeg, people
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]


@dataclass
class Desk:
    """A broker with three confirmed fakes, frozen by them, and two managers: `confirmed` made the strikes."""

    broker: Person
    principal: Person
    confirmed: Person
    other: Person
    strike_ids: list[int]


@pytest.fixture
def desk(store: Database, now: datetime) -> Desk:
    with store.transaction() as session:
        touch = make.touch(session)
        confirmed, other = (make.person(session, Role.CHANNEL_MANAGER) for _ in range(2))
        for _ in range(3):
            showing = make.showing(session, touch=touch, at=now)
            reviewer = Actor.of(confirmed)
            reviews.review_showing(session, reviewer, now, showing, decision=Decision.FAKE, reason="客户是同事假扮")
        ids = session.scalars(select(Strike.id).order_by(Strike.id)).all()
        principal = make.person(session, Role.PRINCIPAL, agency=touch.agency)
        return Desk(touch.person, principal, confirmed, other, list(ids))


def picture(name: str = "obama") -> tuple[BytesIO, str]:
    return BytesIO(jpeg(people(name))), "picture.jpg"


def appeal(client: PageClient, desk: Desk, **data: object) -> Page:
    values = {"words": "客户本人到场, 保安可以作证。"} | data
    return client.get("appeals.new", strike_id=desk.strike_ids[1]).submit(values, button="提交申诉")


def test_from_the_freeze_by_an_upheld_appeal_to_freedom(
    desk: Desk, signed_in: SignIn, store: Database, clock: MovableClock
) -> None:
    broker = signed_in(desk.broker)
    page = broker.get("penalties.index")
    assert any("账号冻结至" in notice for notice in page.notices)
    assert page.texts("dd.figure")[0].startswith("0 / 3")
    assert len(page.all("a[href$='/appeal']")) == 3

    page = appeal(broker, desk, pictures=[picture(), picture("biden")])
    assert page.texts(".status") == ["待裁定"]
    assert [broker.download(str(tag["src"])).mimetype for tag in page.all("main img")] == ["image/jpeg"] * 2
    assert broker.get("appeals.new", strike_id=desk.strike_ids[1]).path == page.path

    clock.move(days=1)
    colleague = signed_in(desk.confirmed)
    assert "待裁定的申诉 0" in colleague.get("home.index").main
    page = colleague.get("appeals.index", state="open").follow(desk.broker.name)
    assert "这次虚假带看由您确认，须由他人裁定。" in page.main
    assert not page.all("main form")

    manager = signed_in(desk.other)
    page = manager.get("appeals.index", state="open").follow(desk.broker.name)
    assert "客户是同事假扮" in page.main
    assert "保安可以作证" in page.main
    page = page.submit({"outcome": "accepted", "reason": "监控里有客户"}, button="裁定")
    assert page.texts(".status") == ["申诉成立"]
    assert any("不应冻结" in notice for notice in page.notices)
    assert "还没有申诉" not in manager.get("appeals.index").main

    page = broker.get("penalties.index")
    assert not page.notices
    assert page.texts("dd.figure")[0].startswith("2 / 3")
    assert "监控里有客户" in page.follow("查看我的申诉").main
    with store.reading() as session:
        assert session.scalars(select(Freeze.lifted_at)).one() == clock()


def test_a_dismissed_appeal_says_why_and_cannot_come_again(desk: Desk, signed_in: SignIn) -> None:
    broker, manager = signed_in(desk.broker), signed_in(desk.other)
    address = appeal(broker, desk).path
    page = manager.get(address).submit({"outcome": "rejected", "reason": "照片是上个月的"}, button="裁定")
    assert page.texts(".status") == ["申诉不成立"]
    assert not page.all("main form")
    page = broker.get("appeals.new", strike_id=desk.strike_ids[1])
    assert "照片是上个月的" in page.main


def test_what_was_typed_stays_when_a_picture_is_no_picture(desk: Desk, signed_in: SignIn, store: Database) -> None:
    broker = signed_in(desk.broker)
    form = broker.get("appeals.new", strike_id=desk.strike_ids[0])
    page = form.submit({"words": "客户在场", "pictures": (BytesIO(b"GIF89a"), "a.gif")}, button="提交申诉", status=422)
    assert page.errors == ["无法识别这个文件，请发送 JPEG、PNG 或 WebP 照片。"]
    assert page.one("[name=words]").text.strip() == "客户在场"
    page = page.submit({"words": "", "pictures": picture()}, button="提交申诉", status=422)
    assert page.errors == ["请用自己的话说明带看当时的情况。"]
    with store.reading() as session:
        assert session.scalars(select(Appeal)).all() == session.scalars(select(AppealPicture)).all() == []


def test_after_seven_days_the_page_says_that_it_is_too_late(desk: Desk, signed_in: SignIn, clock: MovableClock) -> None:
    broker = signed_in(desk.broker)
    form = broker.get("appeals.new", strike_id=desk.strike_ids[0])
    clock.move(days=7)
    page = form.submit({"words": "客户在场"}, button="提交申诉", status=422)
    assert any("申诉期已于" in words for words in page.notices)
    assert not broker.get("appeals.new", strike_id=desk.strike_ids[0]).all("main form")
    assert not broker.get("penalties.index").all("a[href$='/appeal']")


def test_a_decision_without_a_reason_comes_back(desk: Desk, signed_in: SignIn) -> None:
    address = appeal(signed_in(desk.broker), desk).path
    page = signed_in(desk.other).get(address).submit({"outcome": "accepted"}, button="裁定", status=422)
    assert page.errors == ["请写明理由，让经纪人明白原因。"]
    assert page.one("[name=outcome][checked]")["value"] == "accepted"


def test_the_principal_reads_how_it_stands_but_not_the_words(desk: Desk, signed_in: SignIn) -> None:
    page = appeal(signed_in(desk.broker), desk)
    principal = signed_in(desk.principal)
    assert "待裁定" in principal.get("penalties.index").main
    principal.get(page.path, status=403)


def test_the_list_as_a_file(desk: Desk, signed_in: SignIn, clock: MovableClock) -> None:
    appeal(signed_in(desk.broker), desk)
    clock.move(seconds=timedelta(hours=1).total_seconds())
    file = signed_in(desk.other).download("appeals.download", kind="csv")
    assert desk.broker.name in file.get_data(as_text=True)
