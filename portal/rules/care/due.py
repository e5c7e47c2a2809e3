"""What is owed to clients by now: what the plan wants − the contacts that were made (docs/care.md).

Nothing here is remembered. A step is no row that somebody must delete: another grade, stage or contact, and another
list comes out. Days are Shanghai's, told as ordinals inside.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from commissions.calendar import SHANGHAI

from .plan import NOT_BOUGHT, Cadence, Channel, Clients, Day, Grade, Mark, Plan, Stage, Step
from .span import Span

_EPOCH = datetime(1969, 12, 31, 16, tzinfo=UTC)
"""The beginning of 1970 in Shanghai; told in UTC, for instants of one zone are subtracted without asking it."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()

GRACE_DAYS = 7
"""What is wished on a day of the year is still wished so many days later."""


class Facts(NamedTuple):
    """A client as the plan looks at him. `last` is the newest contact by each channel, over all carers; `calls_today`
    and `texts_today` were made on the Shanghai day that is asked about; `opted_out`: wants no advertising. `yuan`: what
    he bought for, or, before, has to spend; by the plan's price line it says whether he is high-end."""

    client_id: str
    stage: Stage
    stage_at: datetime
    grade: Grade | None = None
    marks: tuple[Mark, ...] = ()
    last: Mapping[Channel, datetime] = {}
    opted_out: bool = False
    calls_today: int = 0
    texts_today: int = 0
    yuan: int = 0
    days: Mapping[Day, date] = {}


class Why(StrEnum):
    """What a step follows from."""

    CADENCE = "cadence"
    DAY = "day"
    EVERY = "every"
    BEFORE = "before"
    ON = "on"
    NO_CONTACT = "no_contact"
    SILENT = "silent"


class Due(NamedTuple):
    """One step that is owed. `since` is the day that it counts from: of the stage, of the last contact, of the client's
    life; `last`: whether that is a contact. `limited`: it was due before, and the day's limit holds it back until
    `due_at`, which is Shanghai's time."""

    client_id: str
    channel: Channel
    step: str
    due_at: datetime
    why: Why
    since: date
    last: bool = False
    mark: Mark | None = None
    every: Span | None = None
    planned: Step | None = None
    limited: bool = False


KEEP_IN_TOUCH = "keep_in_touch"
"""The step of a cadence."""


def due(clients: Iterable[Facts], plan: Plan, at: datetime, until: datetime | None = None) -> list[Due]:
    """All that is owed at an instant, or comes due until another, in the order of when and of whom.

    `at` says which day's limits `calls_today` and `texts_today` are held against.
    """
    reader, by_instant = Reader(plan, at, until or at), defaultdict[datetime, list[Due]](list)
    for facts in sorted(clients, key=attrgetter("client_id")):
        for step in reader.read(facts):
            by_instant[step.due_at].append(step)
    return [step for instant in sorted(by_instant) for step in by_instant[instant]]


class _Wish(NamedTuple):
    """What a plan wants of clients of one kind, as far as it is the same for all of them."""

    channel: Channel
    code: str
    why: Why
    mark: Mark | None = None
    every: Span | None = None
    planned: Step | None = None


_Found = tuple[int, int, bool]
"""The day from which on a step is owed, before limits and clocks; the day it counts from; whether that is a contact."""


class _Client(NamedTuple):
    """A client's facts in days. `last`: also by any channel, if there was a contact."""

    facts: Facts
    stage_day: int
    last: Mapping[Channel, int]
    newest: int


_Asked = Callable[[_Client], _Found | None]
"""Whether a wish is owed to a client."""


class Reader:
    """A plan, read for an instant: what it wants of a stage, of marks and a grade is looked up once."""

    def __init__(self, plan: Plan, at: datetime, until: datetime) -> None:
        self._plan = plan
        self._until = until
        self._today = _day_of(at)
        self._last_day = _day_of(until)
        self._holidays = {day.toordinal() for day in plan.holidays}
        self._instants: dict[int, datetime | None] = {}
        self._known: dict[tuple[object, ...], tuple[tuple[_Wish, _Asked], ...]] = {}

    def look_at(self, at: datetime) -> None:
        """Read from now on for another instant."""
        self._today = _day_of(at)

    def read(self, facts: Facts) -> Iterator[Due]:
        """What is owed to a client."""
        if facts.stage is Stage.LOST:
            return
        bought = facts.stage not in NOT_BOUGHT
        if not bought and (facts.opted_out or facts.grade is Grade.INVALID):
            return
        last = {channel: _day_of(at) for channel, at in facts.last.items()}
        newest = stage_day = _day_of(facts.stage_at)
        if last:
            newest = last[Channel.ANY] = max(last.values())
        client = _Client(facts, stage_day, last, newest)
        for wish, asked in self._wanted(facts, bought):
            found = asked(client)
            step = self._due(facts, wish, found, bought) if found is not None else None
            if step is not None:
                yield step

    def _due(self, facts: Facts, wish: _Wish, found: _Found, bought: bool) -> Due | None:
        day, since, last = found
        channel, code, why, mark, every, planned = wish
        day, limited = self._workday(day), False
        if not bought and day <= self._today and self._is_full(facts, channel):
            day, limited = self._workday(self._today + 1), True
        instant = self._instant(day)
        if instant is None:
            return None
        counts_from = date.fromordinal(since)
        return Due(facts.client_id, channel, code, instant, why, counts_from, last, mark, every, planned, limited)

    def _is_full(self, facts: Facts, channel: Channel) -> bool:
        limits = self._plan.limits
        if channel is Channel.CALL:
            return facts.calls_today >= limits.calls_a_day
        return channel is Channel.TEXT and facts.texts_today >= limits.texts_a_day

    def _workday(self, day: int) -> int:
        while day in self._holidays:
            day += 1
        return day

    def _instant(self, day: int) -> datetime | None:
        """When something of a day comes due; None if that is later than is asked about."""
        if day not in self._instants:
            at = datetime.combine(date.fromordinal(day), self._plan.clock, SHANGHAI)
            self._instants[day] = at if at <= self._until else None
        return self._instants[day]

    # What the plan wants of clients of one kind

    def _wanted(self, facts: Facts, bought: bool) -> tuple[tuple[_Wish, _Asked], ...]:
        kind = (facts.stage, facts.marks, facts.grade, self._plan.is_high_end(facts.yuan), facts.opted_out)
        known = self._known.get(kind)
        if known is None:
            known = self._known[kind] = tuple(self._wishes(facts, bought))
        return known

    def _wishes(self, facts: Facts, bought: bool) -> Iterator[tuple[_Wish, _Asked]]:
        if not bought:
            for cadence in self._plan.rhythms(facts.marks, facts.grade):
                wish = _Wish(cadence.channel, KEEP_IN_TOUCH, Why.CADENCE, cadence.mark, cadence.every)
                yield wish, self._of_cadence(cadence)
            yield _Wish(Channel.ANY, "silent", Why.SILENT), self._silent
            yield _Wish(Channel.ANY, "remind", Why.NO_CONTACT), self._to_remind
        mine = Clients.HIGH_END if self._plan.is_high_end(facts.yuan) else Clients.OTHERS
        steps = [
            step
            for step in self._plan.steps
            if step.stage is facts.stage and step.clients in (Clients.ALL, mine)
            if not (facts.opted_out and step.channel is Channel.TEXT)
        ]
        for step in steps:
            why, asked = self._of_step(step, steps)
            yield _Wish(step.channel, step.code, why, every=step.every, planned=step), asked

    def _of_cadence(self, cadence: Cadence) -> _Asked:
        channel, every = cadence.channel, cadence.every

        def wanted(client: _Client) -> _Found | None:
            done = client.last.get(channel)
            since = client.stage_day if done is None else done
            day = every.after(since)
            return None if day > self._last_day else (day, since, done is not None)

        return wanted

    def _silent(self, client: _Client) -> _Found | None:
        day = client.newest + self._plan.silent_days
        return None if day > self._last_day else (day, client.newest, bool(client.last))

    def _to_remind(self, client: _Client) -> _Found | None:
        """Of who is not silent yet."""
        newest, plan = client.newest, self._plan
        if newest + plan.remind_days > self._last_day or newest + plan.silent_days <= self._last_day:
            return None
        return newest + plan.remind_days, newest, bool(client.last)

    def _of_step(self, step: Step, steps: list[Step]) -> tuple[Why, _Asked]:
        if step.day is not None:
            before = [other.day for other in steps if other.channel is step.channel and other.day is not None]
            previous = max((day for day in before if day < step.day), default=None)
            return Why.DAY, self._once(step, step.day, previous)
        if step.every is not None:
            return Why.EVERY, self._again(step, step.every)
        if step.before is not None and step.days is not None:
            return Why.BEFORE, self._ahead(step, step.before, step.days)
        return Why.ON, self._yearly(step, step.on or Day.BIRTHDAY)

    def _once(self, step: Step, age: int, previous: int | None) -> _Asked:
        """Done by a contact that came early at most, and not before the channel's step before was due."""
        opens = max(age - self._plan.early_days, 0 if previous is None else previous + 1)

        def wanted(client: _Client) -> _Found | None:
            stage_day = client.stage_day
            day = stage_day + age
            if day > self._last_day or (step.until is not None and self._today >= step.until.after(stage_day)):
                return None
            done = client.last.get(step.channel)
            if done is not None and done >= stage_day + opens and not _before_stage(client, step.channel, done):
                return None
            return day, stage_day, False

        return wanted

    def _again(self, step: Step, every: Span) -> _Asked:
        def wanted(client: _Client) -> _Found | None:
            stage_day = client.stage_day
            first = step.since.after(stage_day) if step.since is not None else every.after(stage_day)
            done = client.last.get(step.channel)
            day = first if done is None else max(first, every.after(done))
            if day > self._last_day:
                return None
            if step.until is not None and max(day, self._today) >= step.until.after(stage_day):
                return None
            contacted = done is not None and day > first
            return day, done if contacted and done is not None else stage_day, contacted

        return wanted

    def _ahead(self, step: Step, of: Day, days: int) -> _Asked:
        def wanted(client: _Client) -> _Found | None:
            known = client.facts.days.get(of)
            if known is None or known.toordinal() < self._today:
                return None
            day = known.toordinal() - days
            if day > self._last_day:
                return None
            done = client.last.get(step.channel)
            if done is not None and done >= day - self._plan.early_days:
                return None
            return day, known.toordinal(), False

        return wanted

    def _yearly(self, step: Step, on: Day) -> _Asked:
        def wanted(client: _Client) -> _Found | None:
            known = client.facts.days.get(on)
            if known is None:
                return None
            day = _newest_anniversary(known, self._last_day)
            done = client.last.get(step.channel)
            if day < max(self._today - GRACE_DAYS, client.stage_day) or (done is not None and done >= day):
                return None
            return day, known.toordinal(), False

        return wanted


def _before_stage(client: _Client, channel: Channel, day: int) -> bool:
    """Whether a contact of the day on which the stage was reached came before it."""
    if day > client.stage_day:
        return False
    last = client.facts.last
    at = max(last.values()) if channel is Channel.ANY else last[channel]
    return at < client.facts.stage_at


def _newest_anniversary(known: date, until: int) -> int:
    """The newest day of the year that is not after a day; 29 February is 28 February in other years."""
    year = date.fromordinal(until).year
    return max(day for day in (_in_year(known, year - 1), _in_year(known, year)) if day <= until)


@lru_cache(maxsize=16_384)
def _in_year(known: date, year: int) -> int:
    try:
        return known.replace(year=year).toordinal()
    except ValueError:
        return date(year, 2, 28).toordinal()


def _day_of(at: datetime) -> int:
    return _EPOCH_DAY + (at - _EPOCH) // _ONE_DAY


_ONE_DAY = timedelta(days=1)
