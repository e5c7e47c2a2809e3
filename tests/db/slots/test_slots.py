"""Booked visits on both databases: places, moves, closed days, and what a check-in makes of them."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.sms.local import LocalSms
from portal.clock import day_start, local_day
from portal.models import (
    AuditEntry,
    BookingEnd,
    Client,
    Consent,
    Event,
    Registration,
    Role,
    SlotBooking,
    TextKind,
    TextMessage,
)
from portal.rules.slots.slot import BookingState, Hours, days_offered
from portal.services.messages.outbox import settle
from portal.services.messages.texts import Texts
from portal.services.registrations import undo
from portal.services.showings import check_ins
from portal.services.slots import bookings, hours, lists, passes
from portal.services.slots.bookings import Wanted
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.site import Site, refusal
from tests.visits import ALL_DAY, open_hours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def book(
    session: Session, registration: Registration, now: datetime, begins: datetime, visitors: int = 2
) -> SlotBooking:
    """The broker books; the hours are those that hold."""
    opened = hours.opened(session, now, registration.development_id)
    return bookings.book(session, Actor.of(registration.carer), now, registration, opened, Wanted(begins, visitors))


@pytest.fixture
def registration(site: Site) -> Registration:
    """A broker's client in a development that receives booked visits."""
    open_hours(site.session, site.registration.development)
    return site.registration


def test_a_place_is_kept_moved_and_called_off(site: Site, registration: Registration) -> None:
    first = book(site.session, registration, site.now, site.now + HOUR)
    same = book(site.session, registration, site.now, site.now + HOUR, visitors=3)
    assert (same.id, same.visitors, first.place) == (first.id, 3, 1)
    moved = book(site.session, registration, site.now, site.now + 4 * HOUR)
    assert (first.end_reason, moved.pass_key != first.pass_key) == (BookingEnd.MOVED, True)
    bookings.cancel(site.session, site.actor, site.now, registration)
    assert moved.end_reason == BookingEnd.CANCELLED
    assert bookings.of_registration(site.session, registration) is None
    assert refusal(lambda: bookings.cancel(site.session, site.actor, site.now, registration)) == "slot_not_booked"
    deeds = site.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("slot_")))
    assert sorted(deeds) == ["slot_booked", "slot_cancelled", "slot_moved"]


REFUSED = {
    "a time that is not offered": (timedelta(minutes=90), 1, "slot_unknown"),
    "a time that has begun": (timedelta(), 1, "slot_over"),
    "nobody": (HOUR, 0, "slot_visitors_wrong"),
    "a busload": (HOUR, 21, "slot_visitors_wrong"),
    "after the protection": (6 * DAY, 1, "slot_after_protection"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_booked(site: Site, registration: Registration, case: str) -> None:
    after, visitors, code = REFUSED[case]
    assert refusal(lambda: book(site.session, registration, site.now, site.now + after, visitors)) == code


def test_before_a_check_in_counts_nobody_is_booked(site: Site) -> None:
    fresh = site.register(at=site.now + timedelta(minutes=40))
    open_hours(site.session, fresh.development)
    assert refusal(lambda: book(site.session, fresh, site.now, site.now + HOUR)) == "slot_too_soon"


def test_without_hours_without_protection_or_frozen_nothing_is_booked(site: Site) -> None:
    assert refusal(lambda: book(site.session, site.registration, site.now, site.now + HOUR)) == "slots_off"
    open_hours(site.session, site.registration.development)
    over = site.now + 6 * DAY
    assert refusal(lambda: book(site.session, site.registration, over, over + HOUR)) == "registration_expired"
    make.freeze(site.session, broker=site.broker, starts_at=site.now - HOUR, ends_at=site.now + DAY)
    assert refusal(lambda: book(site.session, site.registration, site.now, site.now + HOUR)) == "account_frozen"


RULES = {
    "nothing published: the hours decide": ([], None, 15),
    "bookable": ([(-9, "bookable")], None, 15),
    "not bookable": ([(-9, "off")], "slots_off", 0),
    "bookable from the day after tomorrow on": ([(-9, "off"), (2, "bookable")], "slot_unknown", 13),
    "not bookable from tomorrow on": ([(-9, "bookable"), (1, "off")], None, 1),
}


@pytest.mark.parametrize("case", RULES)
def test_a_day_is_booked_by_the_rules_of_its_own_day(site: Site, registration: Registration, case: str) -> None:
    profiles, code, offered = RULES[case]
    for days, slots in profiles:
        begins = day_start(local_day(site.now) + timedelta(days=days))
        rule_profile(site.session, registration.development, f'slots = "{slots}"', starts_at=begins)
    opened = hours.opened(site.session, site.now, registration.development_id)
    assert (len(days_offered(opened.hours, opened.closed, site.now)) if opened else 0) == offered
    if code is None:
        assert book(site.session, registration, site.now, site.now + HOUR).ended_at is None
    else:
        assert refusal(lambda: book(site.session, registration, site.now, site.now + HOUR)) == code


def test_what_is_booked_stays_where_the_rules_let_nobody_book_any_more(site: Site, registration: Registration) -> None:
    row = book(site.session, registration, site.now, site.now + DAY)
    assert hours.left_out(site.session, site.now, registration.development_id) == []
    tomorrow = day_start(local_day(site.now) + DAY)
    rule_profile(site.session, registration.development, 'slots = "off"', starts_at=tomorrow)
    assert hours.left_out(site.session, site.now, registration.development_id) == [row]


def test_another_brokers_client_is_not_ones_own(site: Site, registration: Registration) -> None:
    book(site.session, registration, site.now, site.now + HOUR)
    rival = Actor.of(make.broker(site.session))
    opened = hours.opened(site.session, site.now, registration.development_id)
    tries = (
        lambda: bookings.book(site.session, rival, site.now, registration, opened, Wanted(site.now + HOUR, 1)),
        lambda: bookings.cancel(site.session, rival, site.now, registration),
    )
    assert [refusal(one) for one in tries] == ["client_handed_over"] * 2


def others(site: Site, count: int) -> list[Registration]:
    """More clients of the same broker in the same development."""
    return [site.register(development=site.registration.development) for _ in range(count)]


def test_a_full_time_says_so_and_a_place_that_came_free_is_given(site: Site, registration: Registration) -> None:
    second, third = others(site, 2)
    at = site.now + HOUR
    assert [book(site.session, row, site.now, at).place for row in (registration, second)] == [1, 2]
    assert refusal(lambda: book(site.session, third, site.now, at)) == "slot_full"
    opened = hours.opened(site.session, site.now, registration.development_id)
    assert opened
    left = {
        one.slot.begins: one.left for one in bookings.offers(site.session, site.now, third, opened, date(2026, 3, 10))
    }
    assert (left[at], left[at + 2 * HOUR]) == (0, 2)
    bookings.cancel(site.session, site.actor, site.now, registration)
    assert book(site.session, third, site.now, at).place == 1


def test_a_registration_that_was_taken_back_gives_its_place_back(site: Site, registration: Registration) -> None:
    fresh = site.register(development=registration.development, at=site.now - timedelta(minutes=4))
    second, third = others(site, 2)
    at = site.now + HOUR
    for row in (fresh, second):
        book(site.session, row, site.now, at)
    undo.withdraw(site.session, site.actor, site.now, fresh)
    assert book(site.session, third, site.now, at).place == 1
    assert bookings.of_registration(site.session, fresh) is None


def test_after_a_visit_the_next_one_is_booked(site: Site, registration: Registration) -> None:
    first = book(site.session, registration, site.now, site.now + HOUR)
    passes.receive(site.session, Actor.of(make.person(site.session, Role.RECEPTION)), site.now + HOUR, first)
    assert refusal(lambda: bookings.cancel(site.session, site.actor, site.now + HOUR, registration)) == "slot_arrived"
    later = book(site.session, registration, site.now + 2 * HOUR, site.now + DAY)
    assert (first.end_reason, later.ended_at) == (BookingEnd.OVER, None)


def test_a_closed_day_calls_off_what_is_booked_and_tells_the_brokers(site: Site, registration: Registration) -> None:
    kept, off = book(site.session, registration, site.now, site.now + HOUR), others(site, 1)[0]
    gone = book(site.session, off, site.now, site.now + DAY)
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    done = hours.close_day(site.session, manager, site.now, registration.development, date(2026, 3, 11), "团建")
    closed = done.closure
    assert (kept.ended_at, gone.end_reason, done.called_off) == (None, BookingEnd.BY_US, [gone])
    told = site.session.scalars(select(Event).where(Event.kind == "slot_cancelled")).one()
    assert (told.subject_id, told.person_id) == (gone.id, off.broker_id)
    assert refusal(lambda: book(site.session, off, site.now, site.now + DAY)) == "slot_unknown"
    again = lambda: hours.close_day(site.session, manager, site.now, registration.development, closed.day, "x")  # noqa: E731
    assert refusal(again) == "slot_day_closed"
    hours.open_day(site.session, manager, site.now, closed)
    assert book(site.session, off, site.now, site.now + DAY).place == 1


def test_who_is_at_the_gate_already_is_received_though_the_day_is_closed(
    site: Site, registration: Registration
) -> None:
    there, desk = book(site.session, registration, site.now, site.now + HOUR), make.person(site.session, Role.RECEPTION)
    passes.receive(site.session, Actor.of(desk), site.now + HOUR, there)
    coming = book(site.session, others(site, 1)[0], site.now, site.now + 4 * HOUR)
    today = local_day(site.now)
    done = hours.close_day(site.session, Actor.of(desk), site.now + HOUR, registration.development, today, "停电")
    assert (there.ended_at, done.called_off) == (None, [coming])


def test_a_client_who_has_the_pass_is_told_once_that_the_visit_is_off(site: Site, registration: Registration) -> None:
    """One whose pass waits in the outbox gets neither."""
    rows = [registration, *others(site, 1)]
    sent, waiting = [book(site.session, row, site.now, site.now + 4 * HOUR) for row in rows]
    brought, held = [passes.text_client(site.session, site.now, row) for row in (sent, waiting)]
    assert isinstance(brought, TextMessage)
    assert isinstance(held, TextMessage)
    settle(site.session, Texts, brought.id, sent_at=site.now)
    site.session.refresh(brought)
    for row in rows:
        bookings.cancel(site.session, site.actor, site.now, row)
    told = [passes.text_called_off(site.session, site.now, row) for row in (sent, sent, waiting)]
    assert isinstance(told[0], TextMessage)
    assert (told[0].kind, told[1:]) == (TextKind.SLOT_OFF, [None, None])
    assert Texts(LocalSms(Path())).unwanted(site.session, site.now, held) == "called_off"
    assert passes.text_called_off(site.session, site.now + DAY, waiting) is None


def test_a_page_from_before_a_day_was_closed_books_nothing_on_it(site: Site, registration: Registration) -> None:
    read = hours.opened(site.session, site.now, registration.development_id)
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    hours.close_day(site.session, manager, site.now, registration.development, local_day(site.now), "停电")
    wanted = Wanted(site.now + HOUR, 1)
    late = lambda: bookings.book(site.session, site.actor, site.now, registration, read, wanted)  # noqa: E731
    assert refusal(late) == "slot_unknown"


def test_a_day_that_is_over_is_not_closed(site: Site, registration: Registration) -> None:
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    yesterday = date(2026, 3, 9)
    close = lambda: hours.close_day(site.session, manager, site.now, registration.development, yesterday, "x")  # noqa: E731
    assert refusal(close) == "slot_day_over"


def test_other_hours_leave_what_is_booked_and_name_it(site: Site, registration: Registration) -> None:
    row = book(site.session, registration, site.now, site.now + 4 * HOUR)
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    assert hours.left_out(site.session, site.now, registration.development_id) == []
    mornings = Hours(week=(((540, 720),),) * 7, minutes=60, places=2, ahead_days=14)
    hours.set_hours(site.session, manager, site.now, registration.development, mornings)
    assert hours.left_out(site.session, site.now, registration.development_id) == [row]
    day = lists.of_day(site.session, manager, site.now, registration.development_id, date(2026, 3, 10), mornings)
    assert [(hour.places, len(hour.booked)) for hour in day] == [(2, 0), (2, 0), (2, 0), (None, 1)]


def test_hours_of_before_are_kept_and_the_latest_hold(site: Site, registration: Registration) -> None:
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    closed = Hours(week=((),) * 7, minutes=60, places=1, ahead_days=0)
    hours.set_hours(site.session, manager, site.now, registration.development, closed)
    assert hours.opened(site.session, site.now, registration.development_id) is None
    hours.set_hours(site.session, manager, site.now, registration.development, ALL_DAY)
    assert hours.in_force(site.session, registration.development_id) == ALL_DAY


# ---- at the gate ----


def opt_out(session: Session, now: datetime, client: Client) -> None:
    """The client said stop."""
    given = Consent(client_id=client.id, purpose="contact", version="1", locale="zh_Hans_CN", given_at=now - 2 * DAY)
    given.withdrawn_at = now - DAY
    session.add(given)
    session.flush()


def test_a_pass_is_texted_once_and_read_once(site: Site, registration: Registration) -> None:
    row = book(site.session, registration, site.now, site.now + HOUR)
    message = passes.text_client(site.session, site.now, row)
    assert isinstance(message, TextMessage)
    assert passes.text_client(site.session, site.now, row) is None
    desk = Actor.of(make.person(site.session, Role.RECEPTION))
    for _ in range(2):
        passes.receive(site.session, desk, site.now + HOUR, row)
    told = site.session.scalars(select(Event).where(Event.kind == "client_at_gate")).one()
    assert (told.person_id, row.received_by) == (registration.broker_id, desk.id)
    assert lists.shown(site.session, site.now, row).state is BookingState.ARRIVED


def test_who_said_stop_is_not_texted_and_stays_booked(site: Site, registration: Registration) -> None:
    row = book(site.session, registration, site.now, site.now + HOUR)
    opt_out(site.session, site.now, registration.client)
    answer = passes.text_client(site.session, site.now, row)
    assert isinstance(answer, Refusal)
    assert (answer.code, row.ended_at) == ("client_opted_out", None)


def test_a_pass_of_another_day_or_of_a_moved_visit_is_not_received(site: Site, registration: Registration) -> None:
    desk = Actor.of(make.person(site.session, Role.RECEPTION))
    row = book(site.session, registration, site.now, site.now + DAY)
    assert refusal(lambda: passes.receive(site.session, desk, site.now, row)) == "slot_not_today"
    book(site.session, registration, site.now, site.now + HOUR)
    assert refusal(lambda: passes.receive(site.session, desk, site.now + DAY, row)) == "slot_ended"
    assert lists.shown(site.session, site.now, row).state is BookingState.ENDED
    found = passes.by_key(site.session, row.pass_key)
    assert found is not None
    assert found.id == row.id


CAME = {
    "in time": (timedelta(), []),
    "half an hour early": (-timedelta(minutes=30), []),
    "earlier": (-timedelta(minutes=31), ["outside_slot"]),
}


@pytest.mark.parametrize("case", CAME)
def test_a_check_in_knows_the_booked_time(site: Site, registration: Registration, case: str) -> None:
    off, codes = CAME[case]
    book(site.session, registration, site.now, site.now + 4 * HOUR)
    came = site.now + 4 * HOUR + off
    showing = check_ins.check_in_at_reception(site.session, site.actor, came, registration=registration)
    found = [reason["code"] for reason in showing.reasons]
    assert [code for code in found if code == "outside_slot"] == codes
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    states = [
        row.state
        for hour in lists.of_day(site.session, manager, came, registration.development_id, date(2026, 3, 10), ALL_DAY)
        for row in hour.booked
    ]
    assert states == [BookingState.VISITED]


def test_who_is_expected_now(site: Site, registration: Registration) -> None:
    soon, later = registration, others(site, 1)[0]
    book(site.session, soon, site.now, site.now + HOUR)
    book(site.session, later, site.now, site.now + 4 * HOUR)
    desk = Actor.of(make.person(site.session, Role.RECEPTION))
    expected = lists.expected(site.session, desk, site.now, registration.development_id)
    assert [row.registration.id for row in expected] == [soon.id]
    assert lists.expected(site.session, Actor.of(make.broker(site.session)), site.now, None) == []
