"""The figures of a partner at a development, each with the rows that it is made of.

Facts in, figures out: what was registered, who came and how, and what people found. The limits are data
(`portal.rules.risk.limits`). A figure over its limit asks a person to look; it neither judges nor holds anything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from commissions.money import WHOLE_BPS

WEEK = timedelta(days=7)
MOST_WEEKS = 12
"""Weeks that velocity is measured against, at most."""
LOOKED_BACK = WEEK * (MOST_WEEKS + 1)
"""So far back facts are read."""


class Figure(StrEnum):
    """What is looked at. The first two are of the partner as such; the others of what it does at a development."""

    SAME_ACCOUNT = "same_account"
    SAME_PHONE = "same_phone"
    JUST_BEFORE = "just_before"
    DOUBTED = "doubted"
    FAKE = "fake"
    ONE_FACE = "one_face"
    NEVER_CAME = "never_came"
    WALKED_IN = "walked_in"
    VELOCITY = "velocity"


class Row(NamedTuple):
    """A row that a figure rests on: of which table, and its number."""

    table: str
    id: int


class Party(NamedTuple):
    """A partner: a broker of an agency, an agency as a whole, or a referrer (who has no agency)."""

    person_id: int | None
    agency_id: int | None

    @property
    def agency(self) -> "Party":
        """The broker's agency as a whole."""
        return Party(None, self.agency_id)


class Claim(NamedTuple):
    """A client who was registered, or a friend who left a number. `came`: ever; `over`: the protection has ended;
    `walked_in_at`: when the client had come alone, before."""

    row: Row
    party: Party
    at: datetime
    came: bool
    over: bool
    walked_in_at: datetime | None = None


class Visit(NamedTuple):
    """A visit with a broker, or of a friend. `doubted`: it did not count at once; `fake`: a person found so;
    `other_face`: the client's face is known under another phone."""

    row: Row
    party: Party
    claimed_at: datetime
    at: datetime
    doubted: bool = False
    fake: bool = False
    other_face: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one partner, or of several, at one development."""

    claims: Sequence[Claim] = ()
    visits: Sequence[Visit] = ()

    def since(self, at: datetime | None) -> "Facts":
        """What came later than an instant; None: all of it."""
        if at is None:
            return self
        return Facts([one for one in self.claims if one.at > at], [one for one in self.visits if one.at > at])


@dataclass(frozen=True, slots=True)
class Limit:
    """From when a figure is looked at: so many, and so much of the whole (bps). For velocity `times` the median of so
    many `weeks`; `minutes` and `hours` say what counts as shortly before."""

    least: int
    share: int = 0
    minutes: int = 0
    hours: int = 0
    weeks: int = 0
    times: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure: so many of the whole (of a velocity: and the median week), whether that is over its limit, and the
    rows, the oldest first."""

    figure: Figure
    count: int
    whole: int
    over: bool
    evidence: tuple[Row, ...]

    @property
    def share_bps(self) -> int:
        """How much of the whole, in basis points."""
        return self.count * WHOLE_BPS // self.whole if self.whole else 0


def read(facts: Facts, known: Mapping[Figure, Limit], now: datetime) -> Iterator[Reading]:
    """Every figure of the facts, over its limit or not."""
    return (measure(facts, known[figure], now) for figure, measure in _MEASURES.items())


class Found(NamedTuple):
    """A partner with a figure over its limit."""

    party: Party
    reading: Reading


Since = Callable[[Figure, Party], datetime | None]
"""Since when facts count: what an earlier flag has named is not held against a partner again."""


def find(facts: Facts, known: Mapping[Figure, Limit], now: datetime, since: Since) -> Iterator[Found]:
    """The figures over their limits at one development: of each broker and referrer, then of each agency in what is
    left, so that nothing is named twice."""
    for figure, measure in _MEASURES.items():
        rest: dict[Party, list[Facts]] = defaultdict(list)
        for party, own in sorted(_by_party(facts).items(), key=lambda one: _order(one[0])):
            unnamed = _unnamed(figure, own, since(figure, party), now)
            reading = measure(unnamed, known[figure], now)
            if reading.over:
                yield Found(party, reading)
            elif party.agency_id is not None:
                rest[party.agency].append(unnamed)
        for agency, parts in rest.items():
            if len(parts) > 1:  # of one broker alone it was asked already
                whole = _unnamed(figure, _together(parts), since(figure, agency), now)
                reading = measure(whole, known[figure], now)
                if reading.over:
                    yield Found(agency, reading)


def _unnamed(figure: Figure, facts: Facts, named: datetime | None, now: datetime) -> Facts:
    """What no flag has named yet. A week is measured against those before it, so it is left out as a whole."""
    if figure is Figure.VELOCITY:
        return Facts() if named is not None and now - named < WEEK else facts
    return facts.since(named)


def shared(holders: Iterable[tuple[str, Party, Row]]) -> Iterator[tuple[Party, tuple[Row, ...]]]:
    """Of who holds which mark (an account, a phone): each that another one holds too, with the others' rows."""
    by_mark: dict[str, dict[Party, set[Row]]] = defaultdict(lambda: defaultdict(set))
    for mark, party, row in holders:
        by_mark[mark][party].add(row)
    others: dict[Party, set[Row]] = defaultdict(set)
    for there in by_mark.values():
        for party in there:
            others[party] |= {row for other, rows in there.items() if other != party for row in rows}
    for party in sorted(others, key=_order):
        if others[party]:
            yield party, tuple(sorted(others[party]))


def _order(party: Party) -> tuple[int, int]:
    return party.agency_id or 0, party.person_id or 0


def _by_party(facts: Facts) -> dict[Party, Facts]:
    claims: dict[Party, list[Claim]] = defaultdict(list)
    visits: dict[Party, list[Visit]] = defaultdict(list)
    for claim in facts.claims:
        claims[claim.party].append(claim)
    for visit in facts.visits:
        visits[visit.party].append(visit)
    return {party: Facts(claims[party], visits[party]) for party in {*claims, *visits}}


def _together(parts: Iterable[Facts]) -> Facts:
    known = list(parts)
    return Facts([one for part in known for one in part.claims], [one for part in known for one in part.visits])


# The figures


def _reading(figure: Figure, found: Iterable[Claim | Visit], whole: int, limit: Limit) -> Reading:
    rows = sorted(found, key=lambda one: (one.at, one.row))
    over = len(rows) >= limit.least and len(rows) * WHOLE_BPS >= limit.share * whole
    return Reading(figure, len(rows), whole, over, tuple(one.row for one in rows))


def _just_before(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    shortly = timedelta(minutes=limit.minutes)
    found = [one for one in facts.visits if one.at - one.claimed_at < shortly]
    return _reading(Figure.JUST_BEFORE, found, len(facts.visits), limit)


def _doubted(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    return _reading(Figure.DOUBTED, [one for one in facts.visits if one.doubted], len(facts.visits), limit)


def _fake(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    return _reading(Figure.FAKE, [one for one in facts.visits if one.fake], len(facts.visits), limit)


def _one_face(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    return _reading(Figure.ONE_FACE, [one for one in facts.visits if one.other_face], len(facts.visits), limit)


def _never_came(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    """Of whom the protection has ended: who may still come is no answer yet."""
    over = [one for one in facts.claims if one.over or one.came]
    return _reading(Figure.NEVER_CAME, [one for one in over if not one.came], len(over), limit)


def _walked_in(facts: Facts, limit: Limit, _now: datetime) -> Reading:
    shortly = timedelta(hours=limit.hours)
    found = [one for one in facts.claims if one.walked_in_at and one.at - one.walked_in_at < shortly]
    return _reading(Figure.WALKED_IN, found, len(facts.claims), limit)


def _velocity(facts: Facts, limit: Limit, now: datetime) -> Reading:
    """The last seven days against the median of the weeks before, the empty ones among them."""
    weeks = [0] * (limit.weeks + 1)
    latest: list[Claim] = []
    for claim in facts.claims:
        ago = int((now - claim.at) / WEEK)
        if 0 <= ago <= limit.weeks:
            weeks[ago] += 1
        if ago == 0:
            latest.append(claim)
    usual = int(median(weeks[1:]))
    made = _reading(Figure.VELOCITY, latest, usual, limit)
    return Reading(made.figure, made.count, usual, made.over and made.count >= limit.times * usual, made.evidence)


_MEASURES: Mapping[Figure, Callable[[Facts, Limit, datetime], Reading]] = {
    Figure.JUST_BEFORE: _just_before,
    Figure.DOUBTED: _doubted,
    Figure.FAKE: _fake,
    Figure.ONE_FACE: _one_face,
    Figure.NEVER_CAME: _never_came,
    Figure.WALKED_IN: _walked_in,
    Figure.VELOCITY: _velocity,
}
