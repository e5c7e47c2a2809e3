"""Which times a development offers for visits, and whether one of them may be booked (design: slots).

A booking keeps a place for a party at a time; it protects nobody and is no check-in. Who comes at another time is
looked at by a person, never turned away (`portal.rules.showings.checkin`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

from ...clock import SHANGHAI, day_start, local_day

Span = tuple[int, int]
"""From one minute of Shanghai's day to another; the second is outside."""

_DAY = 24 * 60
SHORTEST, LONGEST = 10, 240
"""Minutes of a slot."""
MOST_PLACES = 50
MOST_DAYS = 60
"""So far ahead may be booked at most."""
MOST_VISITORS = 20
"""People whom one client brings along, the client counted."""

EXPECTED = timedelta(minutes=60)
"""Reception sees who is booked within this."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked. Half-open: at `ends` it is over."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """When visits are received: for each weekday, Monday first, its spans; how long a slot is, in minutes; how many
    parties one takes; how many days ahead one may be booked, today counted as 0."""

    week: tuple[tuple[Span, ...], ...]
    minutes: int
    places: int
    ahead_days: int

    def checked(self) -> "Hours":
        """The same, if it can be.

        Raises Refusal: slot_number_wrong, slot_hours_wrong (with the field).
        """
        for field, value, least, most in (
            ("minutes", self.minutes, SHORTEST, LONGEST),
            ("places", self.places, 1, MOST_PLACES),
            ("ahead_days", self.ahead_days, 0, MOST_DAYS),
        ):
            if not least <= value <= most:
                raise Refusal("slot_number_wrong", field=field, least=least, most=most)
        for number, spans in enumerate(self.week):
            before = 0
            for begins, ends in spans:
                if not before <= begins < ends <= _DAY or ends - begins < self.minutes:
                    raise Refusal("slot_hours_wrong", field=f"day_{number}", minutes=self.minutes)
                before = ends
        return self


class BookingState(StrEnum):
    """What became of a booking: it is to come, the client is at the gate, has been shown round, did not come, or it was
    moved or called off."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    VISITED = "visited"
    MISSED = "missed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Wish:
    """What speaks about a booking besides the hours: from when on a check-in of this client counts, and until when the
    client is protected (None: for good)."""

    counts_from: datetime
    protected_until: datetime | None


def slots_of(hours: Hours, day: date) -> list[Slot]:
    """The slots of a day, each of full length: what is left of a span is not offered."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    length = timedelta(minutes=hours.minutes)
    found = []
    for begins, ends in hours.week[day.weekday()]:
        for minute in range(begins, ends - hours.minutes + 1, hours.minutes):
            at = (midnight + timedelta(minutes=minute)).astimezone(UTC)
            found.append(Slot(at, at + length))
    return found


def days_offered(hours: Hours, closed: Collection[date], now: datetime) -> list[date]:
    """The days from today on for which slots may be booked."""
    days = (local_day(now) + timedelta(days=number) for number in range(hours.ahead_days + 1))
    return [day for day in days if day not in closed and hours.week[day.weekday()]]


def days_off(rules: Sequence[tuple[datetime, bool]], days: Iterable[date]) -> frozenset[date]:
    """Those of the days on which the rules let nobody book: `rules` are from when on which hold, the first being those
    of now, and whether they let visits be booked."""

    def bookable(day: date) -> bool:
        began = [on for since, on in rules[1:] if since <= day_start(day)]
        return began[-1] if began else rules[0][1]

    return frozenset(day for day in days if not bookable(day))


def choose(hours: Hours, closed: Collection[date], now: datetime, begins: datetime) -> Slot:
    """The slot that begins then, if it is offered.

    Raises Refusal: slot_unknown (no such time, or the day is closed or too far off), slot_over.
    """
    day = local_day(begins)
    found = next((slot for slot in slots_of(hours, day) if slot.begins == begins), None)
    if begins <= now:
        raise Refusal("slot_over")
    if found is None or day not in days_offered(hours, closed, now):
        raise Refusal("slot_unknown")
    return found


def fitting(slots: Iterable[Slot], on: date, at: time) -> Slot | None:
    """The one of these slots in which a time of Shanghai's day lies."""
    wanted = datetime.combine(on, at, SHANGHAI)
    return next((slot for slot in slots if slot.begins <= wanted < slot.ends), None)


def refuse_wish(slot: Slot, wish: Wish) -> Refusal | None:
    """Why this client should not come then, or None: slot_too_soon (a check-in would not count yet),
    slot_after_protection."""
    if slot.begins < wish.counts_from:
        return Refusal("slot_too_soon", earliest=wish.counts_from)
    if wish.protected_until is not None and slot.begins >= wish.protected_until:
        return Refusal("slot_after_protection", until=wish.protected_until)
    return None


def free_place(taken: Collection[int], places: int) -> int | None:
    """The lowest place that nobody has, from 1 on; None where all are taken."""
    return next((place for place in range(1, places + 1) if place not in taken), None)


def minutes_off(slot: Slot, at: datetime) -> int | None:
    """By how many minutes a check-in misses the booked time; 0 within it. None: the day of the booking is over, and
    what was missed on it says nothing of another day."""
    if local_day(at) > local_day(slot.begins):
        return None
    early, late = slot.begins - at, at - slot.ends
    return max(0, -(-max(early, late) // timedelta(minutes=1)))


def state_of(slot: Slot, now: datetime, *, arrived: bool, visited: bool) -> BookingState:
    """How a booking that was not called off stands now."""
    if visited:
        return BookingState.VISITED
    if arrived:
        return BookingState.ARRIVED
    return BookingState.MISSED if local_day(now) > local_day(slot.begins) else BookingState.BOOKED


def outside(hours: Hours | None, closed: Collection[date], booked: Sequence[Slot]) -> list[Slot]:
    """Those booked times that the hours do not offer (any more): somebody has to speak with these clients."""
    if hours is None:
        return list(booked)
    days = {day: slots_of(hours, day) for day in {local_day(slot.begins) for slot in booked} - set(closed)}
    return [slot for slot in booked if slot not in days.get(local_day(slot.begins), ())]
