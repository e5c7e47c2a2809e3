"""Booked visits on pages: hours, a broker's booking, the client's pass, the day at reception."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from portal.db import Database
from portal.models import Person, Registration, Role
from portal.services.claims import receipts
from tests import factories as make
from tests.clock import MovableClock
from tests.visits import open_hours, visit
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def registration(store: Database, now: datetime) -> Registration:
    """A broker's client, registered yesterday, in a development with hours."""
    with store.transaction() as session:
        client = make.client(session, phone="13800138000")
        touch = make.touch(session, client=client, at=now - timedelta(days=1), protected_until=now + timedelta(days=6))
        open_hours(session, touch.development)
        row = make.registration(session, touch=touch)
        receipts.issue(session, now, row, touch.person_id, {"outcome": "accepted", "try_again_at": None})
        return row


@pytest.fixture
def broker(store: Database, registration: Registration, signed_in: SignedIn) -> PageClient:
    with store.reading() as session:
        person = session.get_one(Registration, registration.id).broker
    return signed_in(person)


@pytest.fixture
def staff(store: Database, signed_in: SignedIn) -> Callable[[Role], PageClient]:
    def of(role: Role) -> PageClient:
        with store.transaction() as session:
            person = make.person(session, role)
        return signed_in(person)

    return of


def test_from_the_booking_to_the_gate(
    broker: PageClient, staff: Callable[[Role], PageClient], registration: Registration, clock: MovableClock
) -> None:
    page = broker.get("registrations.show", registration_id=registration.id).follow("预约带看时间")
    booked = page.submit({"visitors": "2"}, button="11:00–12:00 还剩 2 组")
    assert "您的预约" in booked.main
    assert "11:00–12:00" in booked.texts("main .panel h2")[0]
    address = str(booked.one("[data-copy]")["data-copy"])
    key = address.rsplit("/", 1)[1]
    ticket = broker.get("slot_passes.show", key=key)
    assert ticket.all("figure.qr")
    assert "王" not in ticket.main

    desk = staff(Role.RECEPTION)
    board = desk.get("arrivals.index")
    assert "11:00 王小明" in board.main
    opened = desk.get("arrivals.index", q=address)
    assert "比预约时间差 60 分钟" in opened.main
    clock.move(minutes=70)
    opened = desk.get("slot_days.show", booking_id=1)
    assert "正是预约的时间" in opened.main
    received = opened.submit(button="客户到了，通知经纪人")
    assert received.texts(".status") == ["已到门口"]
    assert "您的客户到了" in broker.get("notifications.index").main


def test_it_is_moved_and_called_off(broker: PageClient, registration: Registration) -> None:
    first = broker.get("slots.show", registration_id=registration.id).submit(button="14:00–15:00 还剩 2 组")
    old = str(first.one("[data-copy]")["data-copy"]).rsplit("/", 1)[1]
    moved = broker.get("slots.show", registration_id=registration.id, day="2026-03-11").submit(
        button="09:00–10:00 还剩 2 组"
    )
    assert "3月11日" in moved.texts("main .panel h2")[0]
    assert "旧码作废" in moved.html
    assert "这张通行码已失效" in broker.get("slot_passes.show", key=old).main
    off = moved.submit(button="是的，取消预约")
    assert "选择时间" in off.main
    assert "预约带看时间" in broker.get("registrations.show", registration_id=registration.id).main


def test_a_time_that_filled_up_meanwhile_is_refused_and_the_people_stay_typed(
    store: Database, broker: PageClient, registration: Registration, now: datetime
) -> None:
    page = broker.get("slots.show", registration_id=registration.id)
    with store.transaction() as session:
        mine = session.get_one(Registration, registration.id)
        for _ in range(2):
            touch = make.touch(session, development=mine.development, at=now, protected_until=now + timedelta(days=6))
            visit(session, make.registration(session, touch=touch), now + timedelta(hours=1))
    refused = page.submit({"visitors": "4"}, button="11:00–12:00 还剩 2 组", status=422)
    assert "刚被约满" in refused.main
    assert refused.one("#visitors")["value"] == "4"
    assert "已满" in refused.main


BAD = ("", "yesterday", "2026-03-10T03:00:00", "2026-03-10T03:17:00+00:00", "9999-12-31T23:59:59+00:00", "9" * 400)


@pytest.mark.parametrize("begins", BAD)
def test_an_odd_time_is_refused_in_words(broker: PageClient, registration: Registration, begins: str) -> None:
    page = broker.get("slots.show", registration_id=registration.id)
    token = str(page.one("main form [name=csrf_token]")["value"])
    fields = MultiDict({"csrf_token": token, "begins": begins, "visitors": "1"})
    answer = broker.send("POST", page.address, fields, status=422, sent_from=page.address)
    assert answer.all(".error-summary")


def test_the_hours_are_set_and_read_as_typed(store: Database, staff: Callable[[Role], PageClient]) -> None:
    with store.transaction() as session:
        place = make.development(session)
    manager = staff(Role.CHANNEL_MANAGER)
    page = manager.get("partners.development", development_id=place.id).follow("预约带看时段")
    typed = {"minutes": "45", "places": "3", "ahead_days": "7", "day_0": "9：00～12：00，13：30-18：00"}
    saved = page.submit(typed, button="保存")
    assert saved.one("#day_0")["value"] == "9:00–12:00, 13:30–18:00"
    wrong = saved.submit({"day_1": "上午"}, button="保存", status=422)
    assert "“上午”" in wrong.main
    assert wrong.one("#day_1")["value"] == "上午"
    crossed = saved.submit({"day_1": "9-12, 11-13"}, button="保存", status=422)
    assert "首尾交叉" in crossed.main
    closed = saved.submit({"day": "2026-03-12", "reason": "团建"}, button="关闭这一天")
    assert "团建" in closed.main
    again = closed.submit({"day": "2026-03-12", "reason": "团建"}, button="关闭这一天", status=422)
    assert "同事已经关闭" in again.main
    assert again.one("#day_0")["value"] == "9:00–12:00, 13:30–18:00", "the other form stands as it was saved"
    opened = closed.submit(button="恢复开放")
    assert "没有关闭的日期" in opened.main


def test_a_day_at_reception_with_what_is_booked_as_a_file(
    store: Database, staff: Callable[[Role], PageClient], registration: Registration, now: datetime
) -> None:
    with store.transaction() as session:
        visit(session, session.get_one(Registration, registration.id), now + timedelta(hours=1))
    desk = staff(Role.RECEPTION)
    page = desk.get("slot_days.index")
    assert "已约 1 组，共 2 组" in page.main
    assert "138****8000" in page.main
    text = desk.download("slot_days.download", kind="csv").text
    assert "138****8000" in text
    off = page.follow("王小明").submit(button="是的，取消预约")
    assert off.texts(".status") == ["已取消"]
    assert "13800138000" not in page.main + text


def test_empty_and_closed_days_say_so(
    store: Database, staff: Callable[[Role], PageClient], registration: Registration
) -> None:
    desk = staff(Role.RECEPTION)
    assert desk.get("slot_days.index", day="2026-03-15").main
    with store.transaction() as session:
        other = make.development(session)
    assert "渠道经理" in desk.get("slot_days.index", development=other.id).main
    assert "选择一个时间" not in desk.get("slot_days.index", day="not a day").main


def test_in_english(broker: PageClient, registration: Registration) -> None:
    broker.http.get("/language/en")
    broker.language = "en"
    page = broker.get("slots.show", registration_id=registration.id)
    assert "2 places left" in page.main
    booked = page.submit(button="11:00–12:00 2 places left")
    assert "Move it to another time" in booked.main


def test_a_pass_that_nobody_issued_is_not_found(broker: PageClient) -> None:
    broker.get("slot_passes.show", key="no-such-pass", status=404)
    broker.download("slot_passes.picture", key="no-such-pass", status=404)
