"""Agencies (or brokers) compared by the clients that they registered: how many came, how many signed, how long it took,
what it brought and what it cost; each beside the median of all (docs/measures.md, section 6).

A client belongs to the week of the registration, and what became of him counts there whenever it happened.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median, median_low
from typing import NamedTuple

from ...clock import local_day


class Registered(NamedTuple):
    """A registration that was accepted: whose, and what became of its client. `price_fen` and `cost_fen` of a deal that
    was signed and stands: what it brought, and what commission was posted for it."""

    whose: int
    at: datetime
    shown_at: datetime | None = None
    signed_at: datetime | None = None
    price_fen: int = 0
    cost_fen: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """Showings of a span: how many, how many of them a person called fake, and how many came too soon after the
    registration."""

    count: int = 0
    fake: int = 0
    late: int = 0

    def __add__(self, other: "Shown") -> "Shown":
        return Shown(self.count + other.count, self.fake + other.fake, self.late + other.late)


@dataclass(slots=True)
class Cohort:
    """What became of some registrations. The medians are None where nobody got so far."""

    registered: int = 0
    visited: int = 0
    signed: int = 0
    revenue_fen: int = 0
    cost_fen: int = 0
    to_visit: list[timedelta] = field(default_factory=list)
    to_signing: list[timedelta] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)

    @property
    def visited_bps(self) -> int | None:
        """Of 10,000 registrations so many came."""
        return _share(self.visited, self.registered)

    @property
    def signed_bps(self) -> int | None:
        """Of 10,000 registrations so many signed: some sign without a showing that counts."""
        return _share(self.signed, self.registered)

    @property
    def fake_bps(self) -> int | None:
        """Of 10,000 showings so many were fake."""
        return _share(self.shown.fake, self.shown.count)

    @property
    def late_bps(self) -> int | None:
        """Of 10,000 showings so many were registered too late."""
        return _share(self.shown.late, self.shown.count)

    @property
    def deal_cost_fen(self) -> int | None:
        """The commission of a deal, half up."""
        return (2 * self.cost_fen + self.signed) // (2 * self.signed) if self.signed else None

    @property
    def visit_hours(self) -> int | None:
        """The median of hours from the registration to the first showing that counts."""
        return _hours(self.to_visit)

    @property
    def signing_hours(self) -> int | None:
        """The median of hours from that to the signing."""
        return _hours(self.to_signing)

    def add(self, one: Registered) -> None:
        """Count one more registration."""
        self.registered += 1
        if one.shown_at is not None:
            self.visited += 1
            self.to_visit.append(one.shown_at - one.at)
        if one.signed_at is not None:
            self.signed += 1
            self.revenue_fen += one.price_fen
            self.cost_fen += one.cost_fen
            if one.shown_at is not None:
                self.to_signing.append(one.signed_at - one.shown_at)


COLUMNS = (
    *("registered", "visited", "visited_bps", "signed", "signed_bps", "visit_hours", "signing_hours"),
    *("fake_bps", "late_bps", "revenue_fen", "deal_cost_fen"),
)
"""What is compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cohorts by whose they are and by week, and all together; `median`: the middle of each column, None where nobody
    has one."""

    of: Mapping[int, Cohort]
    weeks: Mapping[date, Cohort]
    whole: Cohort
    median: Mapping[str, int | None]


def compare(registrations: Iterable[Registered], showings: Mapping[int, Shown]) -> Comparison:
    """Compare by whose registrations they are."""
    of: dict[int, Cohort] = defaultdict(Cohort)
    weeks: dict[date, Cohort] = defaultdict(Cohort)
    whole = Cohort()
    for one in registrations:
        for cohort in (of[one.whose], weeks[week_of(one.at)], whole):
            cohort.add(one)
    for whose, shown in showings.items():
        of[whose].shown = shown
        whole.shown += shown
    return Comparison(
        dict(of), dict(sorted(weeks.items())), whole, {name: _middle(of.values(), name) for name in COLUMNS}
    )


def week_of(at: datetime) -> date:
    """The Monday of a Shanghai week."""
    day = local_day(at)
    return day - timedelta(days=day.weekday())


def _middle(cohorts: Iterable[Cohort], name: str) -> int | None:
    known = [value for one in cohorts if (value := getattr(one, name)) is not None]
    return median_low(known) if known else None


def _share(part: int, whole: int) -> int | None:
    return (20_000 * part + whole) // (2 * whole) if whole else None


def _hours(spans: Sequence[timedelta]) -> int | None:
    return int(median(spans) // timedelta(hours=1)) if spans else None  # type: ignore[type-var]  # spans have a mean
