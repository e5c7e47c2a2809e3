"""Booked visits: which times are offered, which may be booked, and how far off one a client came."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.clock import day_start
from portal.rules.slots import slot as rule
from portal.rules.slots.hours_text import read_hours, write_hours
from portal.rules.slots.slot import BookingState, Hours, Slot, Wish

MORNING = (9 * 60, 12 * 60)
HOURS = Hours(week=((MORNING, (13 * 60, 14 * 60 + 30)),) * 6 + ((),), minutes=60, places=2, ahead_days=3)
NOW = datetime(2026, 3, 6, 2, 30, tzinfo=UTC)  # Friday, 10:30 in Shanghai
TODAY = date(2026, 3, 6)


def at(hour: int, minute: int = 0, day: int = 6) -> datetime:
    """An instant of Shanghai's clock in March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def slot(hour: int, day: int = 6) -> Slot:
    return Slot(at(hour, day=day), at(hour + 1, day=day))


def test_a_day_is_cut_into_slots_of_full_length() -> None:
    assert rule.slots_of(HOURS, TODAY) == [slot(9), slot(10), slot(11), slot(13)], "13:00–14:30 leaves half an hour"
    assert rule.slots_of(HOURS, date(2026, 3, 8)) == [], "nobody is received on Sundays"


SAID = {
    "its beginning": (10, 0, 10),
    "within it": (10, 59, 10),
    "the lunch": (12, 0, None),
    "half a slot": (14, 0, None),
}


@pytest.mark.parametrize("case", SAID)
def test_a_time_that_is_said_means_the_slot_in_which_it_lies(case: str) -> None:
    hour, minute, found = SAID[case]
    means = rule.fitting(rule.slots_of(HOURS, TODAY), TODAY, time(hour, minute))
    assert means == (slot(found) if found is not None else None)


def test_days_are_offered_from_today_on_but_closed_ones_and_those_without_hours() -> None:
    assert rule.days_offered(HOURS, {date(2026, 3, 7)}, NOW) == [TODAY, date(2026, 3, 9)]


def test_a_day_is_booked_by_the_rules_of_its_own_day() -> None:
    days = [date(2026, 3, day) for day in (6, 7, 8, 9)]
    other = [(NOW, True), (day_start(date(2026, 3, 7)), False), (day_start(date(2026, 3, 9)), True)]
    assert rule.days_off(other, days) == {date(2026, 3, 7), date(2026, 3, 8)}
    assert (rule.days_off([(NOW, False)], days), rule.days_off([(NOW, True)], days)) == (frozenset(days), frozenset())


CHOSEN = {
    "one to come": (at(11), None),
    "in the last days that are offered": (at(9, day=9), None),
    "one that has begun": (at(10), "slot_over"),
    "one that begins just now": (NOW, "slot_over"),
    "a time between the slots": (at(11, 30), "slot_unknown"),
    "a day without hours": (at(9, day=8), "slot_unknown"),
    "too far ahead": (at(9, day=10), "slot_unknown"),
    "a closed day": (at(9, day=7), "slot_unknown"),
}


@pytest.mark.parametrize("case", CHOSEN)
def test_a_slot_is_chosen_from_those_that_are_offered(case: str) -> None:
    begins, code = CHOSEN[case]
    if code is None:
        assert rule.choose(HOURS, {date(2026, 3, 7)}, NOW, begins) == Slot(begins, begins + timedelta(hours=1))
        return
    with pytest.raises(Refusal) as refused:
        rule.choose(HOURS, {date(2026, 3, 7)}, NOW, begins)
    assert refused.value.code == code


WISHES = {
    "in time": (Wish(at(10), at(18)), None),
    "protected for good": (Wish(at(10), None), None),
    "a check-in would not count yet": (Wish(at(11, 1), at(18)), Refusal("slot_too_soon", earliest=at(11, 1))),
    "just when it begins to count": (Wish(at(11), at(18)), None),
    "the protection is over by then": (Wish(at(10), at(11)), Refusal("slot_after_protection", until=at(11))),
    "the protection runs a minute longer": (Wish(at(10), at(11, 1)), None),
}


@pytest.mark.parametrize("case", WISHES)
def test_a_client_comes_while_a_check_in_counts_and_protects(case: str) -> None:
    wish, refusal = WISHES[case]
    assert rule.refuse_wish(slot(11), wish) == refusal


def test_the_lowest_free_place_is_given() -> None:
    assert [rule.free_place(taken, 2) for taken in ((), {1}, {2}, {1, 2}, {1, 2, 3})] == [1, 2, 1, None, None]


OFF = {
    "as it begins": (at(11), 0),
    "in the middle": (at(11, 59), 0),
    "as it ends": (at(12), 0),
    "a quarter early": (at(10, 45), 15),
    "early by seconds": (at(10, 59) + timedelta(seconds=30), 1),
    "half an hour late": (at(12, 30), 30),
    "the day before": (at(11, day=5), 24 * 60),
    "the day after: it was missed": (at(11, day=7), None),
}


@pytest.mark.parametrize("case", OFF)
def test_a_visit_is_so_many_minutes_off(case: str) -> None:
    came, minutes = OFF[case]
    assert rule.minutes_off(slot(11), came) == minutes


def test_a_booking_is_what_became_of_it() -> None:
    tomorrow = NOW + timedelta(days=1)
    states = [
        rule.state_of(slot(11), now, arrived=arrived, visited=visited)
        for now, arrived, visited in (
            (NOW, False, False),
            (at(13), False, False),
            (tomorrow, False, False),
            (NOW, True, False),
            (tomorrow, True, True),
        )
    ]
    late = BookingState.BOOKED  # until the day is over somebody may still come
    assert states == [BookingState.BOOKED, late, BookingState.MISSED, BookingState.ARRIVED, BookingState.VISITED]


def test_what_the_hours_offer_no_more_is_found() -> None:
    booked = [slot(9), slot(13), slot(9, day=7)]
    shorter = Hours(week=((MORNING,),) * 7, minutes=60, places=2, ahead_days=3)
    assert rule.outside(HOURS, (), booked) == []
    assert rule.outside(shorter, {date(2026, 3, 7)}, booked) == [slot(13), slot(9, day=7)]
    assert rule.outside(None, (), booked) == booked


WRONG = {
    "minutes": {"minutes": 5},
    "places": {"places": 0},
    "ahead_days": {"ahead_days": 61},
    "day_0": {"week": (((9 * 60, 8 * 60),),) + ((),) * 6},
    "day_1": {"week": ((), ((9 * 60, 12 * 60), (11 * 60, 13 * 60))) + ((),) * 5},
    "day_2": {"week": ((), (), ((9 * 60, 9 * 60 + 30),)) + ((),) * 4},
    "day_6": {"week": ((),) * 6 + (((23 * 60, 25 * 60),),)},
}


@pytest.mark.parametrize("field", WRONG)
def test_hours_that_cannot_be_are_refused_at_their_field(field: str) -> None:
    good = {"week": HOURS.week, "minutes": 60, "places": 2, "ahead_days": 3}
    with pytest.raises(Refusal) as refused:
        Hours(**(good | WRONG[field])).checked()  # type: ignore[arg-type]
    assert (refused.value.facts["field"], refused.value.code[:5]) == (field, "slot_")


def test_hours_that_can_be_are_kept() -> None:
    assert HOURS.checked() is HOURS


TYPED = {
    "9:00-12:00, 13:30-18:00": ((540, 720), (810, 1080)),
    "9：00～12：00，13：30－18：00": ((540, 720), (810, 1080)),
    "9-12；14至18": ((540, 720), (840, 1080)),
    "": (),
    " , ": (),
    "0:00–24:00": ((0, 1440),),
}


@pytest.mark.parametrize("text", TYPED)
def test_hours_are_read_as_people_type_them(text: str) -> None:
    assert read_hours(text, "day_0") == TYPED[text]


@pytest.mark.parametrize("text", ["morning", "9:75-10:00", "9", "9:00-12:00-13:00", "-", "9:00-10:99"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_hours(text, "day_3")
    assert (refused.value.code, refused.value.facts["field"]) == ("slot_hours_unclear", "day_3")


@given(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=5))
def test_what_is_written_is_read_back(spans: list[tuple[int, int]]) -> None:
    assert read_hours(write_hours(spans), "day_0") == tuple(spans)


@given(st.sets(st.integers(1, 8), max_size=8), st.integers(1, 8))
def test_a_place_is_given_while_one_is_free(taken: set[int], places: int) -> None:
    place = rule.free_place(taken, places)
    free = set(range(1, places + 1)) - taken
    assert place == min(free, default=None)
