"""A development's robot on its page: set up, tried, gone, taken out; the stand-in's chat; the way back from a group."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.adapters.wecom.local import LocalWecom, StandInRobots
from portal.clock import SHANGHAI
from portal.db import Database
from portal.models import AuditEntry, Development, Person, Robot, Role
from portal.web.robots.stand_in import Bit, lines_of
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.notices import event, notice
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def wecom(app: Flask) -> LocalWecom:
    carrier = app.extensions["robots"]
    assert isinstance(carrier, StandInRobots)
    return carrier.wecom


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        make.development(session, name="云栖里")
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def place_of(store: Database) -> int:
    with store.reading() as session:
        return session.scalars(select(Development.id)).one()


def test_a_manager_sets_a_robot_up_tries_it_and_sees_it_in_the_group(
    store: Database, manager: PageClient, wecom: LocalWecom
) -> None:
    place, group = place_of(store), wecom.let_in("云栖里案场群")
    page = manager.get("partners.development", development_id=place)
    page = manager.get("robots.show", development_id=place)
    page = page.submit({"group_name": "群", "address": "https://evil.example/?key=1"}, form=".form-page", status=422)
    assert "Webhook" in page.one(".error-summary").text
    address = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={group.key}"
    page = page.submit({"group_name": "云栖里案场群", "address": address}, form=".form-page")
    assert f"…{group.key[-4:]}" in page.main
    assert group.key not in page.html
    page = page.submit({}, form='form[action$="/test"]')
    assert "机器人设置成功" in wecom.said(group.key)[0].text
    assert "已到群" in manager.get("robots.show", development_id=place).one("#said").text
    chat = manager.get("wecom_stand_in.index")
    assert "机器人设置成功" in chat.one(".wecom-bubble").text
    with store.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("robot_"))).all()
        assert {entry.action for entry in entries} == {"robot_set", "robot_tried"}
        assert all(group.key not in str(entry.facts) for entry in entries)


def test_a_robot_that_is_gone_says_what_to_do_and_can_be_taken_out(
    store: Database, manager: PageClient, wecom: LocalWecom
) -> None:
    place, group = place_of(store), wecom.let_in("群")
    address = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={group.key}"
    page = manager.get("robots.show", development_id=place)
    page = page.submit({"group_name": "群", "address": address}, form=".form-page")
    wecom.take_out(group.key)
    page.submit({}, form='form[action$="/test"]')
    page = manager.get("robots.show", development_id=place)
    assert "已被移出群" in page.one(".banner").text
    assert "未发出" in page.one("#said").text
    page = page.submit({}, form='form[action$="/remove"]')
    assert not page.all('form[action$="/test"]')
    with store.reading() as session:
        assert session.scalars(select(Robot)).one().key_sealed is None


def test_the_way_from_the_group_leads_to_the_thing_for_who_may_see_it(
    store: Database, signed_in: SignIn, now: datetime
) -> None:
    with store.transaction() as session:
        broker, manager = make.broker(session), make.person(session, Role.CHANNEL_MANAGER)
        showing = make.showing(session, touch=make.touch(session, person=broker))
        own = notice(session, person=broker, kind="showing_waits", subject_id=showing.id)
        deal = event(session, "deal_moved_on", subject_id=7, facts={})
        other = make.broker(session)
        ids = own.event_id, deal.id, showing.id, own.id
    followed = signed_in(broker).http.get(f"/inbox/events/{ids[0]}")
    assert followed.headers["Location"] == f"/inbox/{ids[3]}"
    staff = signed_in(manager)
    assert staff.http.get(f"/inbox/events/{ids[1]}").headers["Location"] == "/deals/7"
    assert staff.http.get(f"/inbox/events/{ids[0]}").headers["Location"] == f"/showings/{ids[2]}"
    assert signed_in(other).http.get(f"/inbox/events/{ids[0]}").status_code == 404


def test_the_stand_in_reads_our_markdown_and_says_when_it_is_away(manager: PageClient, wecom: LocalWecom) -> None:
    bold, quoted = lines_of("**云栖里** 2\n> 去 [查看](https://p.example/1)")
    assert (bold.bits, bold.quoted) == ([Bit("云栖里", bold=True), Bit(" 2")], False)
    assert (quoted.bits, quoted.quoted) == ([Bit("去 "), Bit("查看", link="https://p.example/1")], True)
    page = manager.get("wecom_stand_in.index")
    page = page.submit({"name": "滨江案场群"}, form='form[action$="/groups"]')
    assert wecom.groups()[0].name == "滨江案场群"
    page = page.submit({}, form='form[action$="/away"]')
    assert wecom.away
    page = page.submit({}, form='form[action$="/out"]')
    assert wecom.groups()[0].out


def test_a_robot_that_is_down_and_a_night_cost_the_group_nothing(
    app: Flask, store: Database, manager: PageClient, wecom: LocalWecom, clock: MovableClock
) -> None:
    """WeCom is away, comes back, and it is night: two arrivals are said in one message, in the morning, once."""
    place, group = place_of(store), wecom.let_in("云栖里案场群")
    address = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={group.key}"
    page = manager.get("robots.show", development_id=place)
    page.submit({"group_name": "云栖里案场群", "address": address}, form=".form-page")

    def arrive() -> None:
        with store.transaction() as session:
            agency = make.broker(session).agency_id
            event(session, "client_arrived", at=clock(), subject_id=1, agency_id=agency, development_id=place)
        deliver()

    def deliver() -> None:
        for sender in ("events", "robots"):
            app.extensions["senders"][sender].deliver()

    wecom.go_away(away=True)
    arrive()
    for _ in range(20):
        clock.move(minutes=1)
        deliver()
    assert wecom.said(group.key) == []
    assert "连不上企业微信" in manager.get("robots.show", development_id=place).one("#said").text
    wecom.go_away(away=False)
    for _ in range(40):
        clock.move(minutes=1)
        deliver()
    assert len(wecom.said(group.key)) == 1
    assert "企业微信上次没有回应" not in wecom.said(group.key)[0].text, "it was surely not there"

    at = clock().astimezone(SHANGHAI)
    clock.move(hours=22 - at.hour)
    for _ in range(2):
        arrive()
    clock.move(hours=9)
    deliver()
    assert len(wecom.said(group.key)) == 1, "at seven everybody sleeps"
    clock.move(hours=2)
    deliver()
    deliver()
    (_first, second) = wecom.said(group.key)
    assert "2 条新消息" in second.text
