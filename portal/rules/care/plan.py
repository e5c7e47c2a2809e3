"""A care plan (跟进计划): which contacts a client is owed, by stage, mark and grade, as a value.

A plan says no instants, only days: day 0 is the Shanghai day on which a stage was reached, and whatever comes due comes
due at the plan's `clock` of its day. `plan_toml` reads and writes the text; `due` says what is owed by now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import NoReturn

from commissions.refusal import Refusal

from .span import Span

MOST_STEPS = 200
"""No plan has more steps or cadences: what is beyond is a mistake."""


def refuse(place: str, value: object, expected: str) -> NoReturn:
    """Say that a value of a plan is not one. Raises Refusal care_plan_value."""
    raise Refusal("care_plan_value", place=place, value=value, expected=expected)


def _whole(place: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
        refuse(place, value, f"a whole number from {least} to {most}")


class Stage(StrEnum):
    """How far a client has come in a development; read off the facts, never typed."""

    NOT_VISITED = "not_visited"
    VISITED = "visited"
    SUBSCRIBED = "subscribed"
    SIGNED = "signed"
    LOAN_RELEASED = "loan_released"
    HANDED_OVER = "handed_over"
    LOST = "lost"


NOT_BOUGHT = frozenset({Stage.NOT_VISITED, Stage.VISITED})
"""The stages of who has not bought: cadences, silence and the hard limits are about these."""


class Channel(StrEnum):
    """By what a client is met. `ANY` is only wanted, never made: any of the others will do."""

    CALL = "call"
    WECHAT = "wechat"
    TEXT = "text"
    VISIT = "visit"
    LETTER = "letter"
    GIFT = "gift"
    EVENT = "event"
    ANY = "any"


class Mark(StrEnum):
    """Why a client is met in a rhythm: what is known of money, authority and desire (MAD), else the grade."""

    MONEY = "money"
    AUTHORITY = "authority"
    DESIRE = "desire"
    A = "A"
    B = "B"
    C = "C"


MAD = (Mark.MONEY, Mark.AUTHORITY, Mark.DESIRE)


class Grade(StrEnum):
    """What a person thinks of a client's chances; who is `invalid` is left in peace."""

    A = "A"
    B = "B"
    C = "C"
    INVALID = "invalid"


class Day(StrEnum):
    """A day in a client's life that steps count to."""

    SIGNING = "signing"
    HANDOVER = "handover"
    BIRTHDAY = "birthday"


class Clients(StrEnum):
    """Whom a step is for, by the development's price line."""

    ALL = "all"
    HIGH_END = "high_end"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm: who bears the mark is met by the channel again when the span after the last time is over."""

    mark: Mark
    channel: Channel
    every: Span


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do in a stage. Exactly one of `day`, `every`, `before` and `on` says when.

    `day`: once, so many days after the stage was reached. `every`: again and again, from the age `since` of the stage
    on. `before`: once, `days` before a day that is known of the client. `on`: each year on such a day. `until`: the age
    of the stage at which the step is not wanted any more. Raises Refusal when built from what makes no sense:
    care_plan_value, with `place` the key.
    """

    code: str
    stage: Stage
    channel: Channel
    zh: str
    en: str
    day: int | None = None
    every: Span | None = None
    since: Span | None = None
    until: Span | None = None
    before: Day | None = None
    days: int | None = None
    on: Day | None = None
    clients: Clients = Clients.ALL

    def __post_init__(self) -> None:
        said = [name for name in ("day", "every", "before", "on") if getattr(self, name) is not None]
        if len(said) != 1:
            refuse(said[1] if said else "day", None, "one of day, every, before, on, and only one")
        if self.stage is Stage.LOST:
            refuse("stage", self.stage, "a stage in which somebody is cared for")
        if self.day is not None:
            _whole("day", self.day, 1, 3_660)
        if (self.before is None) != (self.days is None):
            refuse("days", self.days, "given beside before, and only there")
        if self.days is not None:
            _whole("days", self.days, 0, 3_660)
        if self.since is not None and self.every is None:
            refuse("since", str(self.since), "given beside every, and only there")


@dataclass(frozen=True, slots=True)
class Limits:
    """What no carer and no channel goes beyond with who has not bought, over all of them together, a Shanghai day."""

    calls_a_day: int = 1
    texts_a_day: int = 2
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    opt_out: str = "退订回T"
    """with these words a text for advertising ends: how to get no more of them"""

    def __post_init__(self) -> None:
        _whole("calls_a_day", self.calls_a_day, 0, 100)
        _whole("texts_a_day", self.texts_a_day, 0, 100)
        if "T" not in self.opt_out:
            refuse("opt_out", self.opt_out, "words that say to answer T")

    def is_quiet(self, clock: time) -> bool:
        """Whether a time of the day lies in the quiet hours; from and until the same: there are none."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole care plan. Raises Refusal when built from what makes no sense: care_plan_value, care_plan_twice; each
    carries `place`."""

    name: str
    cadences: tuple[Cadence, ...] = ()
    steps: tuple[Step, ...] = ()
    limits: Limits = Limits()
    clock: time = time(9)
    """when what falls on a day comes due, in Shanghai"""
    early_days: int = 7
    """a contact so many days before a step is due counts for it already"""
    remind_days: int = 30
    """so long without any contact: somebody is reminded"""
    silent_days: int = 60
    """so long, and the client is silent (沉默客户)"""
    high_end_yuan: int = 5_000_000
    """who bought for so much or more, or has so much to spend, is high-end: another calendar may hold"""
    holidays: frozenset[date] = frozenset()
    """days on which nothing comes due; it does on the next that is none"""

    def __post_init__(self) -> None:
        if not self.name:
            refuse("name", self.name, "a text")
        if self.limits.is_quiet(self.clock):
            refuse("clock", f"{self.clock:%H:%M}", "a time outside the quiet hours")
        _whole("early_days", self.early_days, 0, 365)
        _whole("remind_days", self.remind_days, 1, 3_660)
        _whole("silent_days", self.silent_days, self.remind_days + 1, 3_660)
        _whole("high_end_yuan", self.high_end_yuan, 1, 10**9)
        _once("cadences", [(one.mark, one.channel) for one in self.cadences], "mark")
        _once("steps", [(one.code,) for one in self.steps], "step")

    @property
    def parts_by_price(self) -> bool:
        """Whether a step is for who is high-end, or for the others."""
        return any(step.clients is not Clients.ALL for step in self.steps)

    def is_high_end(self, yuan: int) -> bool:
        """Whether a client stands above the price line, by what he bought for or has to spend."""
        return yuan >= self.high_end_yuan

    def rhythms(self, marks: Sequence[Mark], grade: Grade | None) -> Iterator[Cadence]:
        """The cadences that hold for a client: of his marks, else of his grade; the densest of each channel."""
        bearing = [mark for mark in MAD if mark in marks] or [
            mark for mark in Mark if grade is not None and mark.value == grade.value
        ]
        held = [one for one in self.cadences if one.mark in bearing]
        for channel in Channel:
            of_channel = [one for one in held if one.channel is channel]
            if of_channel:
                yield min(of_channel, key=lambda one: one.every.about_days)


def _once(table: str, names: Sequence[tuple[str, ...]], key: str) -> None:
    if len(names) > MOST_STEPS:
        refuse(table, len(names), f"at most {MOST_STEPS}")
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise Refusal("care_plan_twice", place=f"{table}[{number}].{key}", value=" ".join(name))
