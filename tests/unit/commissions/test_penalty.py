"""Strikes, the freeze they bring, its end to the instant, and what an accepted appeal undoes."""

from calendar import monthrange
from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.calendar import SHANGHAI
from commissions.penalty import (
    Freeze,
    PenaltyTerms,
    Record,
    Strike,
    appeal_until,
    confirmed,
    counting,
    lapses_at,
    may_appeal,
    may_decide,
    running,
    voided,
)
from commissions.refusal import Refusal


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


def history(*events, terms=None):
    """Events in their order: an instant confirms the next strike (1, 2, 3 …), a number voids that strike."""
    extra = () if terms is None else (terms,)
    record, number = Record(), 0
    for event in events:
        if isinstance(event, int):
            record = voided(record, event, *extra)
        else:
            number += 1
            record = confirmed(record, Strike(number, at(event)), *extra)
    return record


def said(record):
    """Which strikes are free, and each freeze as its span and the strikes in it."""
    spans = [(f"{one.starts_at:%Y-%m-%d}", f"{one.ends_at:%Y-%m-%d}", _ids(one.strikes)) for one in record.freezes]
    return _ids(record.free), spans


def _ids(strikes):
    return sorted(strike.strike_id for strike in strikes)


JUNE, DECEMBER, JANUARY, FEBRUARY, MARCH = (
    "2025-06-01T10:00",
    "2025-12-01T10:00",
    "2026-01-31T10:00",
    "2026-02-10T10:00",
    "2026-03-01T10:00",
)
FROZEN = ("2026-01-31", "2026-02-28", [1, 2, 3])

HISTORIES = {
    "nothing": ([], ([], [])),
    "two": ([JUNE, DECEMBER], ([1, 2], [])),
    "three freeze for a month, clamped": ([JUNE, DECEMBER, JANUARY], ([], [FROZEN])),
    "a fourth counts alone": ([JUNE, DECEMBER, JANUARY, FEBRUARY], ([4], [FROZEN])),
    "a year to the instant": (["2025-01-31T10:00", DECEMBER, JANUARY], ([1, 2, 3], [])),
    "a minute less": (["2025-01-31T10:01", DECEMBER, JANUARY], ([], [FROZEN])),
    "voided before the third": ([JUNE, DECEMBER, 1, JANUARY], ([2, 3], [])),
    "voided after the freeze: lifted, the others count again": ([JUNE, DECEMBER, JANUARY, 2], ([1, 3], [])),
    "and again make three with the next": (
        [JUNE, DECEMBER, JANUARY, 2, FEBRUARY],
        ([], [("2026-02-10", "2026-03-10", [1, 3, 4])]),
    ),
    "a later strike takes the place: from its confirmation": (
        [JUNE, DECEMBER, JANUARY, FEBRUARY, 1],
        ([], [("2026-02-10", "2026-03-10", [2, 3, 4])]),
    ),
    "given back, but lapsed by then": (
        ["2025-02-05T10:00", DECEMBER, JANUARY, FEBRUARY, 2],
        ([1, 3, 4], []),
    ),
    "a freeze that keeps its three stays": (
        [JUNE, JUNE, JUNE, DECEMBER, JANUARY, FEBRUARY, 1],
        ([2, 3], [("2026-02-10", "2026-03-10", [4, 5, 6])]),
    ),
    "one strike of each of two freezes": (
        [JUNE, JUNE, JUNE, DECEMBER, JANUARY, FEBRUARY, 1, 4],
        ([6], [("2026-01-31", "2026-02-28", [2, 3, 5])]),
    ),
    "voided twice is voided": ([JUNE, DECEMBER, JANUARY, 2, 2], ([1, 3], [])),
}


@pytest.mark.parametrize(("events", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_what_a_history_comes_to(events, expected):
    assert said(history(*events)) == expected


def test_the_figures_are_settings():
    terms = PenaltyTerms(strikes=2, strike_months=1, freeze_months=3, appeal_days=1)
    pair = history("2026-01-15T10:00", JANUARY, terms=terms)
    assert said(pair) == ([], [("2026-01-31", "2026-04-30", [1, 2])])
    assert said(history(DECEMBER, JANUARY, terms=terms)) == ([1, 2], [])
    assert appeal_until(at(JANUARY), terms) == at("2026-02-01T10:00")


EARLY = Freeze(at("2026-01-01T00:00"), at("2026-02-01T00:00"), ())
LATE = Freeze(at("2026-01-20T00:00"), at("2026-02-20T00:00"), ())


@pytest.mark.parametrize(
    ("now", "freeze"),
    [
        (EARLY.starts_at - timedelta(microseconds=1), None),
        (EARLY.starts_at, EARLY),
        (LATE.starts_at, LATE),
        (EARLY.ends_at, LATE),
        (LATE.ends_at, None),
    ],
)
def test_overlapping_freezes_end_at_the_later_end(now, freeze):
    assert running([EARLY, LATE], now) == running([LATE, EARLY], now) == freeze


def test_an_appeal_has_seven_days_to_the_instant():
    until = at("2026-02-07T10:00")
    may_appeal(at(JANUARY), until - timedelta(microseconds=1))
    with pytest.raises(Refusal) as refused:
        may_appeal(at(JANUARY), until)
    assert refused.value == Refusal("appeal_too_late", until=until)


def test_who_confirmed_does_not_decide():
    may_decide(2, confirmed_by=1)
    with pytest.raises(Refusal, match="confirmed_by_you"):
        may_decide(1, confirmed_by=1)


# Random histories, against an oracle that is slow and thinks differently: it keeps a table of strikes, and after each
# event looks through every instant for three that counted at it.


def months_later(instant, months):
    """By the civil calendar, backwards from an impossible day to the last one that exists."""
    year, month = instant.year + (instant.month - 1 + months) // 12, (instant.month - 1 + months) % 12 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, monthrange(year, month)[1]))


class Oracle:
    """What each strike is: free, void, or in the freeze that began at an instant."""

    def __init__(self):
        self.confirmed, self.state = {}, {}

    def confirm(self, number, instant):
        self.confirmed[number], self.state[number] = instant, "free"
        self._freeze()

    def void(self, number):
        freeze, self.state[number] = self.state[number], "void"
        for other, state in self.state.items():
            if state == freeze and state not in ("free", "void"):
                self.state[other] = "free"
        self._freeze()

    def counting(self, now):
        return [
            number
            for number, since in self.confirmed.items()
            if self.state[number] == "free" and since <= now < months_later(since, 12)
        ]

    def frozen_until(self, now):
        starts = {state[0] for state in self.state.values() if state not in ("free", "void")}
        return max((months_later(one, 1) for one in starts if one <= now < months_later(one, 1)), default=None)

    def _freeze(self):
        """Earliest first; of strikes of one instant the lower number was first."""
        for instant, last in sorted((instant, number) for number, instant in self.confirmed.items()):
            before = [one for one in self.counting(instant) if (self.confirmed[one], one) <= (instant, last)]
            if len(before) == 3:
                for number in before:
                    self.state[number] = (instant, last)


START = datetime(2024, 1, 1, tzinfo=SHANGHAI)


@st.composite
def histories(draw):
    """Strikes hours or months apart, now and then at the same instant, with appeals accepted between them."""
    events, now, alive, number = [], START, [], 0
    for _ in range(draw(st.integers(0, 16))):
        now += timedelta(days=draw(st.sampled_from([0, 0, 1, 3, 10, 28, 31, 60, 150])), hours=draw(st.integers(0, 23)))
        if alive and draw(st.integers(0, 3)) == 0:
            events.append(("void", alive.pop(draw(st.integers(0, len(alive) - 1)))))
        else:
            number += 1
            alive.append(number)
            events.append(("confirm", Strike(number, now)))
    return events


def after(events):
    deeds = {"confirm": confirmed, "void": voided}
    return reduce(lambda record, event: deeds[event[0]](record, event[1]), events, Record())


PROBES = st.integers(0, 60 * 24 * 366 * 3).map(lambda minutes: START + timedelta(minutes=minutes))


@given(histories(), st.lists(PROBES, max_size=8))
def test_any_history_comes_to_what_the_slow_oracle_says(events, probes):
    oracle = Oracle()
    for verb, what in events:
        oracle.confirm(what.strike_id, what.confirmed_at) if verb == "confirm" else oracle.void(what)
    record = after(events)
    edges = [edge for one in record.freezes for edge in (one.starts_at, one.ends_at)]
    edges += [edge for one in record.free for edge in (one.confirmed_at, lapses_at(one.confirmed_at))]
    for now in [*probes, *edges, *(edge - timedelta(microseconds=1) for edge in edges)]:
        assert _ids(counting(record.free, now)) == sorted(oracle.counting(now))
        freeze = running(record.freezes, now)
        assert (freeze and freeze.ends_at) == oracle.frozen_until(now)


@given(histories(), PROBES)
def test_what_holds_after_any_history(events, now):
    """Fewer than three ever count; each freeze has its own three, none of them voided; nothing is lost or invented."""
    record = after(events)
    void = {what for verb, what in events if verb == "void"}
    confirmed_ids = {what.strike_id for verb, what in events if verb == "confirm"}
    consumed = [strike.strike_id for one in record.freezes for strike in one.strikes]
    assert len(counting(record.free, now)) < 3
    assert all(len(one.strikes) == 3 and one.strikes[-1].confirmed_at == one.starts_at for one in record.freezes)
    assert sorted([*consumed, *_ids(record.free)]) == sorted(confirmed_ids - void)


@given(histories())
def test_when_every_strike_is_voided_nothing_is_left(events):
    standing = {what.strike_id for verb, what in events if verb == "confirm"}
    standing -= {what for verb, what in events if verb == "void"}
    assert reduce(voided, standing, after(events)) == Record()
