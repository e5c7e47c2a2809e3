"""A care plan beside another: what it says otherwise, and what it would have due of the same clients."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeVar

from commissions.calendar import SHANGHAI

from ..care.due import Due, Facts, due
from ..care.plan import Channel, Plan

Key = TypeVar("Key", bound=Hashable)


class Asked(NamedTuple):
    """A client with who cares for him and the plan that holds for him now."""

    facts: Facts
    carer: int | None
    plan: Plan


class Numbers(NamedTuple):
    """How many steps now, and with the other plan."""

    before: int = 0
    after: int = 0

    @property
    def differs(self) -> bool:
        """Whether it is another number."""
        return self.before != self.after


class Differs(NamedTuple):
    """A client of whom other steps are due: those that fall away, and those that come."""

    client_id: str
    carer: int | None
    gone: tuple[Due, ...]
    come: tuple[Due, ...]


class Tried(NamedTuple):
    """What a plan would change on a day: in all, by channel, by carer, and client by client."""

    clients: int
    total: Numbers
    channels: Mapping[Channel, Numbers]
    carers: Mapping[int | None, Numbers]
    differing: Sequence[Differs]


def try_out(clients: Iterable[Asked], plan: Plan, day: date) -> Tried:
    """What carers would find on their lists on a day, late steps included, by the plans that hold and by another.

    Nobody has been called or texted on that day yet, so no limit of it holds anything back.
    """
    asked = [one._replace(facts=one.facts._replace(calls_today=0, texts_today=0)) for one in clients]
    evening = datetime.combine(day, time.min, SHANGHAI) + timedelta(days=1, seconds=-1)
    carers = {one.facts.client_id: one.carer for one in asked}
    before = _of_plans(asked, evening)
    after = due((one.facts for one in asked), plan, evening)
    return Tried(
        len(asked),
        Numbers(len(before), len(after)),
        _numbers((step.channel for step in before), (step.channel for step in after)),
        _numbers((carers[step.client_id] for step in before), (carers[step.client_id] for step in after)),
        _differing(before, after, carers),
    )


def _of_plans(asked: Sequence[Asked], evening: datetime) -> list[Due]:
    of_plan: dict[int, tuple[Plan, list[Facts]]] = {}
    for one in asked:
        of_plan.setdefault(id(one.plan), (one.plan, []))[1].append(one.facts)
    return [step for plan, facts in of_plan.values() for step in due(facts, plan, evening)]


def _numbers(before: Iterable[Key], after: Iterable[Key]) -> dict[Key, Numbers]:
    old, new = Counter(before), Counter(after)
    return {key: Numbers(old[key], new[key]) for key in {**old, **new}}


def _key(step: Due) -> tuple[str, Channel, str, date]:
    return step.client_id, step.channel, step.step, step.due_at.astimezone(SHANGHAI).date()


def _differing(before: Sequence[Due], after: Sequence[Due], carers: Mapping[str, int | None]) -> list[Differs]:
    old, new = {_key(step): step for step in before}, {_key(step): step for step in after}
    gone: dict[str, list[Due]] = {}
    come: dict[str, list[Due]] = {}
    for changed, here, there in ((gone, old, new), (come, new, old)):
        for key, step in here.items():
            if key not in there:
                changed.setdefault(step.client_id, []).append(step)
    names = sorted({**gone, **come})
    return [Differs(name, carers[name], tuple(gone.get(name, ())), tuple(come.get(name, ()))) for name in names]


# What two versions say


class Line(NamedTuple):
    """One line of a plan: a setting, a rhythm or a step by its name; what it is before and after, None where it is
    not."""

    part: str
    name: str
    before: object | None
    after: object | None

    @property
    def differs(self) -> bool:
        """Whether it was changed."""
        return self.before != self.after


def lines(before: Plan, after: Plan) -> list[Line]:
    """All lines of two plans, in the order of the later one; what it dropped stands at the end of its part."""
    found = [Line("setting", name, old, _settings(after)[name]) for name, old in _settings(before).items()]
    for part, of in (("cadence", _cadences), ("step", _steps)):
        old, new = of(before), of(after)
        names = [*new, *(name for name in old if name not in new)]
        found += [Line(part, name, old.get(name), new.get(name)) for name in names]
    return found


def _cadences(plan: Plan) -> dict[str, object]:
    return {f"{one.mark} {one.channel}": one for one in plan.cadences}


def _steps(plan: Plan) -> dict[str, object]:
    return {one.code: one for one in plan.steps}


def _settings(plan: Plan) -> dict[str, object]:
    limits = plan.limits
    return {
        "name": plan.name,
        "clock": plan.clock,
        "calls_a_day": limits.calls_a_day,
        "texts_a_day": limits.texts_a_day,
        "quiet_from": limits.quiet_from,
        "quiet_until": limits.quiet_until,
        "early_days": plan.early_days,
        "remind_days": plan.remind_days,
        "silent_days": plan.silent_days,
        "high_end_yuan": plan.high_end_yuan,
        "holidays": tuple(sorted(plan.holidays)),
    }
