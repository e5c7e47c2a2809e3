"""A visit that is booked with the registration: by the form, and by a pasted line."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.db import Database
from portal.models import Development, Person, Registration, SlotBooking
from tests import factories as make
from tests.clock import MovableClock
from tests.visits import open_hours, visit
from tests.web.client import Page, PageClient

SignedIn = Callable[[Person], PageClient]
TOMORROW = "2026-03-11"
CLIENT = {"phone": "13912345678", "name": "王小明"}


@pytest.fixture
def development(store: Database) -> Development:
    with store.transaction() as session:
        development = make.development(session)
        open_hours(session, development)
        return development


@pytest.fixture
def broker(store: Database, development: Development, signed_in: SignedIn) -> PageClient:
    with store.transaction() as session:
        person = make.broker(session)
        make.agreement(session, development=session.get_one(Development, development.id), agency=person.agency)
    return signed_in(person)


def with_times(broker: PageClient, day: str = TOMORROW) -> Page:
    """The form with the times of a day, what was typed in it."""
    return broker.get("registrations.new").submit(CLIENT | {"day": day}, button="显示可约时间")


def booked(store: Database) -> list[tuple[str, int]]:
    with store.reading() as session:
        rows = session.scalars(select(SlotBooking).where(SlotBooking.ended_at.is_(None)))
        return [(f"{row.begins_at:%d %H:%M}", row.visitors) for row in rows]


def fill(store: Database, development: Development, begins: datetime) -> None:
    """Both places of a time are others'."""
    with store.transaction() as session:
        place = session.get_one(Development, development.id)
        for _ in range(2):
            until = begins + timedelta(days=3)
            touch = make.touch(session, development=place, at=begins - timedelta(days=1), protected_until=until)
            visit(session, make.registration(session, touch=touch), begins)


def choice(page: Page, words: str, name: str = "begins") -> str:
    (found,) = [tag for tag in page.all(f"[name='{name}'] option") if tag.text.startswith(words)]
    return str(found["value"])


def test_the_visit_is_booked_with_the_registration(broker: PageClient, store: Database) -> None:
    page = with_times(broker)
    assert page.one("#phone")["value"] == CLIENT["phone"], "asking for times registers nobody, and takes nothing"
    assert booked(store) == []
    made = page.submit({"begins": choice(page, "15:00"), "visitors": "2"}, button="提交报备")
    assert made.path == "/registrations/1"
    assert "15:00–16:00" in made.one("#visit").text
    assert booked(store) == [("11 07:00", 2)]


def test_without_a_day_nothing_is_booked(broker: PageClient, store: Database) -> None:
    assert broker.get("registrations.new").submit(CLIENT, button="提交报备").path == "/registrations/1"
    assert booked(store) == []


def test_a_time_that_filled_up_meanwhile_costs_that_time_alone(
    broker: PageClient, store: Database, development: Development, now: datetime
) -> None:
    page = with_times(broker)
    chosen = choice(page, "15:00")
    fill(store, development, datetime.fromisoformat(chosen))
    others = page.submit({"begins": chosen, "visitors": "4"}, button="提交报备")
    assert others.path == "/registrations/3/visit"
    assert "报备有效，但带看未约上" in others.html
    assert "刚被约满" in others.html
    assert others.one("#visitors")["value"] == "4"
    kept = others.submit(button="16:00–17:00 还剩 2 组")
    assert "16:00–17:00" in kept.texts("main .panel h2")[0]
    with store.reading() as session:
        assert session.get_one(Registration, 3).touch_id is not None


WRONG = {
    "a day without a time": ({"begins": ""}, "选择时间"),
    "nobody comes": ({"visitors": "0"}, "人"),
    "people in words": ({"visitors": "俩"}, ""),
    "no phone": ({"phone": "12345"}, "手机"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_registers_nobody_and_loses_nothing(broker: PageClient, store: Database, case: str) -> None:
    typed, said = WRONG[case]
    page = with_times(broker)
    chosen = {"begins": choice(page, "15:00"), "visitors": "3"} | typed
    again = page.submit(chosen, button="提交报备", status=422)
    assert any(said in error for error in again.errors)
    assert again.one("#name")["value"] == CLIENT["name"]
    assert again.one("#day option[selected]")["value"] == TOMORROW
    assert [tag["value"] for tag in again.all("#begins option[selected]")] == [chosen["begins"]]
    assert again.one("#visitors")["value"] == chosen["visitors"]
    with store.reading() as session:
        assert session.scalars(select(Registration)).all() == []


def test_where_no_visits_are_booked_nothing_is_asked(store: Database, signed_in: SignedIn) -> None:
    with store.transaction() as session:
        person = make.broker(session)
        make.agreement(session, agency=person.agency)
    page = signed_in(person).get("registrations.new")
    assert not page.all("#day, #begins, #visitors")


def test_another_development_has_its_own_times(
    broker: PageClient, store: Database, development: Development, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        place = make.development(session)
        agency = session.scalars(select(Person).order_by(Person.id.desc())).first()
        assert agency is not None
        whose = session.scalars(select(Person).where(Person.agency_id.is_not(None))).one().agency
        make.agreement(session, development=place, agency=whose)
    page = with_times(broker)
    moved = page.submit({"development": str(place.id)}, button="显示可约时间")
    assert not moved.all("#day")
    assert moved.one("#phone")["value"] == CLIENT["phone"]


LINES = "报备 周先生 13812341234 明天下午3点 2人\n李女士 13912341234 明天晚上9点\n王先生 13712341234\n"


def pasted(broker: PageClient, text: str = LINES) -> Page:
    return broker.get("pasting.new").submit({"text": text})


def test_a_pasted_time_is_offered_and_booked(broker: PageClient, store: Database) -> None:
    page = pasted(broker)
    chosen = page.one("[name='rows-0-begins'] option[selected]")
    assert chosen.text.startswith("15:00–16:00")
    assert page.one("[name='rows-0-visitors']")["value"] == "2"
    assert [tag["value"] for tag in page.all("[name='rows-1-begins'] option[selected]")] == [""], "nobody comes at nine"
    assert not page.all("[name='rows-2-begins']"), "nothing was said"
    done = page.submit({})
    assert done.texts(".status") == ["报备有效"] * 3
    assert booked(store) == [("11 07:00", 2)]
    copied = done.all("[data-copy]")[0]["data-copy"].splitlines()
    assert ["15:00–16:00" in line for line in copied] == [True, False, False]
    assert page.submit({}).texts(".status") == ["报备有效"] * 3
    assert booked(store) == [("11 07:00", 2)], "sent again nothing is doubled"


def test_a_pasted_time_may_be_left_out(broker: PageClient, store: Database) -> None:
    pasted(broker).submit({"rows-0-begins": ""})
    assert booked(store) == []


def test_a_pasted_time_that_filled_up_is_said_in_its_line(
    broker: PageClient, store: Database, development: Development
) -> None:
    page = pasted(broker)
    fill(store, development, datetime.fromisoformat(str(page.one("[name='rows-0-begins'] option[selected]")["value"])))
    done = page.submit({})
    assert done.texts(".status") == ["报备有效"] * 3
    assert "未约上" in done.main
    others = done.follow("改约其他时间")
    assert others.path == "/registrations/3/visit"


def test_while_a_line_is_incomplete_its_time_stays_chosen(broker: PageClient, store: Database) -> None:
    page = pasted(broker, LINES.replace("13712341234", "137123"))
    refused = page.submit({}, status=422)
    assert refused.one("[name='rows-0-begins'] option[selected]").text.startswith("15:00–16:00")
    assert refused.one("[name='rows-0-visitors']")["value"] == "2"


def test_where_a_line_names_no_development_its_time_comes_with_the_choice(
    broker: PageClient, store: Database, development: Development, clock: MovableClock
) -> None:
    with store.transaction() as session:
        whose = session.scalars(select(Person).where(Person.agency_id.is_not(None))).one().agency
        make.agreement(session, development=make.development(session), agency=whose)
    page = pasted(broker, "周先生 13812341234 明天下午3点 2人")
    assert not page.all("[name='rows-0-begins']")
    token = {"csrf_token": str(page.one("main form [name=csrf_token]")["value"]), "action": "times"}
    typed = {
        tag["name"]: tag.get("value") or "" for tag in page.all("main form [name^=rows-0-]") if tag.name == "input"
    }
    sent = {**token, **typed, "rows-0-development": str(development.id)}
    offered = broker.send("POST", broker.address("pasting.take"), MultiDict(sent))
    assert offered.one("[name='rows-0-begins'] option[selected]").text.startswith("15:00–16:00")
    assert booked(store) == []
