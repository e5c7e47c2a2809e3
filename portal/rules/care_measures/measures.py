"""Measures of care over a Shanghai month: what was wanted and done in time, who is silent, who came back, who visited
for the first time, where deals came from, and how long their loans took (docs/care-measures.md).

Every figure is a list of what it counts, so that it opens its rows. Nobody is ranked by one.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from ...clock import day_start, local_day
from ..care.due import Due, Facts, Reader, Why
from ..care.plan import NOT_BOUGHT, Channel, Day, Grade, Mark, Plan, Stage

GRACE_DAYS = 1
"""What is done by the end of the day after it came due is done in time."""

HANDBOOK_VISITS = 40
"""Percent more visits of who had not visited, as the owner's handbook reports it."""
HANDBOOK_REFERRED = 45
"""Percent of the deals that came from a referral, as it reports."""

_BOUGHT = (Stage.SUBSCRIBED, Stage.SIGNED, Stage.LOAN_RELEASED, Stage.HANDED_OVER)
_Key = tuple[str, Channel, date]

SILENCE = (Why.NO_CONTACT, Why.SILENT)
"""Reminders of silence are no steps."""


class Judged(NamedTuple):
    """What somebody thought of a client from an instant on."""

    at: datetime
    grade: Grade | None
    marks: tuple[Mark, ...]


class Known(NamedTuple):
    """What was known of a client from an instant on: whether he wants no advertising, what he bought for or has to
    spend, and the days that a plan counts by."""

    at: datetime
    opted_out: bool = False
    yuan: int = 0
    days: Mapping[Day, date] = {}


class History(NamedTuple):
    """A care file as it was, each list oldest first: who cared, in which stage, the contacts, as judged, the visits to
    the site, and what else was known."""

    file_id: int
    carers: Sequence[tuple[datetime, int]]
    stages: Sequence[tuple[datetime, Stage]]
    contacts: Sequence[tuple[datetime, Channel]]
    judged: Sequence[Judged] = ()
    visits: Sequence[datetime] = ()
    known: Sequence[Known] = ()
    development_id: int = 0


class Sold(NamedTuple):
    """A signed deal: who cared for the client, whether a friend brought him, and when the loan came."""

    deal_id: int
    carer_id: int | None
    signed_at: datetime
    released_at: datetime | None
    referred: bool


class Outcome(StrEnum):
    """What became of a wanted step."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"


class Wanted(NamedTuple):
    """A step that came due in the month, and what became of it."""

    file_id: int
    carer_id: int | None
    step: str
    channel: Channel
    due_at: datetime
    done_at: datetime | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Month:
    """A Shanghai month, half-open, as it is looked at by an instant."""

    begins: datetime
    ends: datetime
    now: datetime

    @property
    def seen_until(self) -> datetime:
        """Until when something can be said of it."""
        return min(self.ends, self.now)

    def has(self, at: datetime | None) -> bool:
        """Whether an instant lies in what is seen of it."""
        return at is not None and self.begins <= at < self.seen_until

    @property
    def last_day(self) -> date:
        """The newest day of it that is seen."""
        return local_day(self.seen_until - timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of a month, as the files and deals that they count.

    `reachable` had not bought at its end; `silent` of them had no contact for the plan's silent days. `were_silent`
    were so at some time in the month; `revived` of them visited or subscribed. `strangers` had not visited at its
    beginning, or were new; `first_visits` of them came. `signed` are its deals; `referred` of them came by a friend;
    `released` says in how many days each loan came that came in it.
    """

    wanted: tuple[Wanted, ...]
    reachable: tuple[int, ...]
    silent: tuple[int, ...]
    were_silent: tuple[int, ...]
    revived: tuple[int, ...]
    strangers: tuple[int, ...]
    first_visits: tuple[int, ...]
    signed: tuple[int, ...]
    referred: tuple[int, ...]
    released: Mapping[int, int]

    @property
    def in_time(self) -> int:
        """How many of the wanted steps were done in time."""
        return sum(1 for one in self.wanted if one.outcome is Outcome.IN_TIME)

    @property
    def in_time_percent(self) -> int | None:
        """Of 100 wanted steps so many were done in time."""
        return share(self.in_time, len(self.wanted))

    @property
    def revived_percent(self) -> int | None:
        """Of 100 who were silent so many came back."""
        return share(len(self.revived), len(self.were_silent))

    @property
    def visited_percent(self) -> int | None:
        """Of 100 who had not visited so many came."""
        return share(len(self.first_visits), len(self.strangers))

    @property
    def referred_percent(self) -> int | None:
        """Of 100 deals so many came by a friend."""
        return share(len(self.referred), len(self.signed))

    @property
    def release_days(self) -> float | None:
        """The median of days from signing to the loan."""
        return float(median(self.released.values())) if self.released else None


def share(part: int, whole: int) -> int | None:
    """Percent, half up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def growth(before: int, now: int) -> int | None:
    """By how many percent a number grew, half up; None where there was nothing before."""
    return (200 * (now - before) + before) // (2 * before) if before else None


def measure(files: Iterable[History], deals: Iterable[Sold], plan_of: Callable[[int], Plan], month: Month) -> Measures:
    """The figures of some files and deals; `plan_of`: the plan that a development followed in the month."""
    readers: dict[int, tuple[Plan, Reader]] = {}
    found: dict[str, list[int]] = {name: [] for name in _LISTS}
    wanted: list[Wanted] = []
    for one in files:
        if not one.stages or one.stages[0][0] >= month.seen_until:
            continue
        if one.development_id not in readers:
            plan = plan_of(one.development_id)
            readers[one.development_id] = plan, Reader(plan, month.begins, month.ends)
        plan, reader = readers[one.development_id]
        wanted.extend(_steps(one, reader, month))
        for name in _standing(one, plan, month):
            found[name].append(one.file_id)
    sold = [deal for deal in deals if month.has(deal.signed_at)]
    released = [deal for deal in deals if month.has(deal.released_at)]
    wanted.sort(key=lambda step: (step.due_at, step.file_id, step.step, step.channel))
    return Measures(
        wanted=tuple(wanted),
        signed=tuple(deal.deal_id for deal in sold),
        referred=tuple(deal.deal_id for deal in sold if deal.referred),
        released={deal.deal_id: _days(deal.signed_at, deal.released_at) for deal in released if deal.released_at},
        **{name: tuple(ids) for name, ids in found.items()},
    )


_LISTS = ("reachable", "silent", "were_silent", "revived", "strangers", "first_visits")


def _days(since: datetime, until: datetime) -> int:
    return (local_day(until) - local_day(since)).days


def _standing(one: History, plan: Plan, month: Month) -> Iterator[str]:
    """In which lists a file stands."""
    quiet = timedelta(days=plan.silent_days)
    if _reachable(one, month.seen_until):
        yield "reachable"
        if _newest_day(one, month.seen_until) + quiet <= month.last_day:
            yield "silent"
    came = sorted([*one.visits, *(at for at, stage in one.stages if stage is Stage.VISITED or stage in _BOUGHT)])
    if (silent_from := _silent_from(one, quiet, month)) is not None:
        yield "were_silent"
        if any(month.has(at) and at >= silent_from for at in came):
            yield "revived"
    if not came or came[0] >= month.begins:
        yield "strangers"
        if came and month.has(came[0]):
            yield "first_visits"


def _reachable(one: History, at: datetime) -> bool:
    """Whether a client had not bought, and was not to be left alone."""
    judged = _judged(one, at)
    left_alone = _known(one, at).opted_out or (judged is not None and judged.grade is Grade.INVALID)
    return _stage(one, at) in NOT_BOUGHT and not left_alone


def _silent_from(one: History, quiet: timedelta, month: Month) -> datetime | None:
    """From when on, in the month or before it, a client was silent that month who had not bought."""
    known = one.stages[0][0]
    met = sorted({local_day(known), *(local_day(at) for at, _ in one.contacts if at >= known)})
    for day, following in zip(met, [*met[1:], date.max], strict=True):
        from_ = day_start(day + quiet)
        until = min(month.seen_until, day_start(following) if following < date.max else month.seen_until)
        if from_ < until and until > month.begins and _reachable(one, from_):
            return from_
    return None


def _newest_day(one: History, at: datetime) -> date:
    """The day of the newest contact; without one, that on which the stage was reached."""
    newest = max((moment for moment, _ in one.contacts if moment < at), default=None)
    return local_day(newest if newest is not None else _stage_since(one, at)[0])


def _steps(one: History, reader: Reader, month: Month) -> Iterator[Wanted]:
    """What the plan wanted of the carer in the month, walked change by change. What one makes due for a day that
    is over, such as a mark, is due from then on: nobody could have known."""
    begins = max(month.begins, one.stages[0][0])
    until = min(_last(month.ends), month.now)
    changes = sorted({at for at in _moments(one) if begins < at < until})
    waiting: dict[_Key, Due] = {}
    owed = _owed(one, reader, month, begins)
    for at in changes:
        waiting |= {key: step for key, step in owed.items() if step.due_at <= at}
        made = frozenset(channel for moment, channel in one.contacts if moment == at)
        left = {
            key: owed.get(key) or waiting.get(key) or step._replace(due_at=max(step.due_at, at))
            for key, step in _owed(one, reader, month, at).items()
        }
        for key, step in {**owed, **waiting}.items():
            if key in left:
                continue
            if _did(made, step, at):
                yield _wanted(one, step, at)
                waiting.pop(key, None)
            elif at < _last(step.due_at):
                waiting.pop(key, None)  # another stage or grade: nobody wants it any more, and it was not late
        owed = left
    waiting |= {key: step for key, step in owed.items() if step.due_at <= until}
    for step in waiting.values():
        if _last(step.due_at) <= month.now:
            yield _wanted(one, step, None)


def _did(made: Collection[Channel], step: Due, at: datetime) -> bool:
    """Whether contacts by these channels did a step. One that came before its day did a day of the calendar; a rhythm
    was only begun anew."""
    fits = bool(made) and (step.channel is Channel.ANY or step.channel in made)
    return fits and (step.due_at <= at or step.why is Why.DAY)


def _last(due_at: datetime) -> datetime:
    """Until when a step is done in time."""
    return day_start(local_day(due_at) + timedelta(days=GRACE_DAYS + 1))


def _owed(one: History, reader: Reader, month: Month, at: datetime) -> dict[_Key, Due]:
    """What is owed by the end of the month as things stand after an instant."""
    reader.look_at(at)
    wanted = (step for step in reader.read(facts_at(one, at)) if step.why not in SILENCE)
    return {
        (step.step, step.channel, local_day(step.due_at)): step
        for step in wanted
        if month.begins <= step.due_at < month.ends
    }


def facts_at(one: History, at: datetime) -> Facts:
    """A client as a plan looks at him after an instant, by what was known then."""
    since, stage = _stage_since(one, at)
    judged, known = _judged(one, at) or Judged(since, None, ()), _known(one, at)
    return Facts(
        str(one.file_id),
        stage,
        since,
        judged.grade,
        judged.marks,
        {channel: moment for moment, channel in one.contacts if moment <= at},
        known.opted_out,
        yuan=known.yuan,
        days=known.days,
    )


def _wanted(one: History, step: Due, done_at: datetime | None) -> Wanted:
    outcome = Outcome.MISSED
    if done_at is not None:
        outcome = Outcome.IN_TIME if done_at < _last(step.due_at) else Outcome.LATE
    return Wanted(one.file_id, _carer(one, step.due_at), step.step, step.channel, step.due_at, done_at, outcome)


def _moments(one: History) -> Iterator[datetime]:
    yield from (at for at, _ in one.contacts)
    yield from (at for at, _ in one.stages)
    yield from (judged.at for judged in one.judged)
    yield from (known.at for known in one.known)


def _stage_since(one: History, at: datetime) -> tuple[datetime, Stage]:
    place = bisect_right(one.stages, at, key=lambda stage: stage[0])
    return one.stages[max(place - 1, 0)]


def _stage(one: History, at: datetime) -> Stage:
    return _stage_since(one, at)[1]


def _judged(one: History, at: datetime) -> Judged | None:
    place = bisect_right(one.judged, at, key=lambda judged: judged.at)
    return one.judged[place - 1] if place else None


def _known(one: History, at: datetime) -> Known:
    place = bisect_right(one.known, at, key=lambda known: known.at)
    return one.known[place - 1] if place else Known(at)


def _carer(one: History, at: datetime) -> int | None:
    place = bisect_right(one.carers, at, key=lambda carer: carer[0])
    return one.carers[place - 1][1] if place else None
