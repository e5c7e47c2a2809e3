"""What client care says in several places: stages, grades, marks, channels, and how a contact went."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ...clock import local_day
from ...models import AwayWhy, ContactOutcome, TouchKind
from ...models.care import contacts
from ...rules.care.due import KEEP_IN_TOUCH, Due, Why
from ...rules.care.plan import Channel, Grade, Mark, Stage, Step
from ...rules.care.span import Span
from ...services.care.day import AFTER, AGREED, CAME_TO_GATHERING, GIFT_FETCHED, When
from ..components import day, reader_locale

STAGES: Mapping[Stage, Any] = {
    Stage.NOT_VISITED: _l("Not visited yet"),
    Stage.VISITED: _l("Visited"),
    Stage.SUBSCRIBED: _l("Subscribed"),
    Stage.SIGNED: _l("Signed"),
    Stage.LOAN_RELEASED: _l("Loan released"),
    Stage.HANDED_OVER: _l("Handed over"),
    Stage.LOST: _l("Lost"),
}

GRADES: Mapping[Grade, Any] = {
    Grade.A: _l("Grade A"),
    Grade.B: _l("Grade B"),
    Grade.C: _l("Grade C"),
    Grade.INVALID: _l("Invalid"),
}

MARKS: Mapping[Mark, Any] = {
    Mark.MONEY: _l("Money known"),
    Mark.AUTHORITY: _l("Authority known"),
    Mark.DESIRE: _l("Desire known"),
}

CHANNELS: Mapping[Channel, Any] = {
    Channel.CALL: _l("Phone call"),
    Channel.WECHAT: _l("WeChat"),
    Channel.TEXT: _l("Text"),
    Channel.VISIT: _l("Visit"),
    Channel.LETTER: _l("Letter"),
    Channel.GIFT: _l("Gift"),
    Channel.EVENT: _l("Gathering"),
    Channel.ANY: _l("Any contact"),
}

OUTCOMES: Mapping[ContactOutcome, Any] = {
    ContactOutcome.REACHED: _l("Spoke with the client"),
    ContactOutcome.NO_ANSWER: _l("No answer"),
    ContactOutcome.CALL_LATER: _l("Asked for another time"),
    ContactOutcome.INTERESTED: _l("Interested"),
    ContactOutcome.NOT_INTERESTED: _l("Not interested"),
    ContactOutcome.COMES: _l("Will come"),
    ContactOutcome.SENT: _l("Sent"),
    ContactOutcome.WITHDRAWN: _l("Contact withdrawn"),
}

AWAY: Mapping[str, Any] = {
    AwayWhy.DAY_OFF: _l("Day off"),
    AwayWhy.ILL: _l("Ill"),
    AwayWhy.LEAVE: _l("On leave"),
    AwayWhy.TRAINING: _l("In training"),
}

KINDS: Mapping[TouchKind, Any] = {
    TouchKind.WALK_IN: _l("Walk-in"),
    TouchKind.REFERRAL_LEAD: _l("Came by a friend"),
    TouchKind.REGISTRATION: _l("Came with a broker"),
}

MADE_BY = contacts.MADE_BY
"""By what a contact can be made."""

ICONS: Mapping[Channel, str] = {
    Channel.CALL: "phone",
    Channel.WECHAT: "copy",
    Channel.TEXT: "bell",
    Channel.VISIT: "showing",
    Channel.LETTER: "statement",
    Channel.GIFT: "gift",
    Channel.EVENT: "calendar",
    Channel.ANY: "refresh",
}


WHENS: Mapping[When, Any] = {
    When.LATE: _l("Overdue"),
    When.TODAY: _l("For today"),
    When.TOMORROW: _l("For tomorrow"),
}


def spoken() -> str:
    """In which language the client is spoken to: Chinese, unless the address asks for English."""
    return "en" if request.args.get("words") == "en" else "zh"


def step_word(step: Due) -> str:
    """What is to be done, in the reader's language: the plan's words, or those of the rule's own steps."""
    if step.planned is not None:
        return plan_step(step.planned)
    return str(_OWN.get(step.step, step.step))


def today(now: datetime) -> date:
    """The Shanghai day."""
    return local_day(now)


def plan_step(step: Step) -> str:
    """What a step of the plan is, in the reader's language."""
    return step.zh if reader_locale().language == "zh" else step.en


def why(step: Due, stage: Stage) -> str:
    """Why it is owed, in one line: what wants it, and since when that counts."""
    said = _because(step, stage)
    if step.limited:
        return _("%(why)s; the limit of the day is reached, so not before %(day)s", why=said, day=day(step.due_at))
    return said


def _because(step: Due, stage: Stage) -> str:
    since, planned = day(step.since), step.planned
    if step.step == AGREED:
        return _("Agreed with the client for %(day)s", day=since)
    if step.step in AFTER.values():
        return _("The day after: the sooner you ask, the better it is remembered")
    if step.why in (Why.CADENCE, Why.EVERY):
        whose = MARKS.get(step.mark) or GRADES.get(Grade(step.mark)) if step.mark else STAGES[stage]
        by, every = CHANNELS[step.channel], span_word(step.every)
        last = _("last on %(day)s", day=since) if step.last else _("none since %(day)s", day=since)
        return _("%(whose)s: %(channel)s every %(span)s, %(last)s", whose=whose, channel=by, span=every, last=last)
    if step.why is Why.DAY and planned is not None:
        return _("%(stage)s on %(day)s: day %(number)s after", stage=STAGES[stage], day=since, number=planned.day)
    if step.why is Why.BEFORE and planned is not None:
        return _("%(number)s days before %(day)s", number=planned.days, day=since)
    if step.why is Why.SILENT:
        return _("Silent: no contact since %(day)s", day=since)
    return _("No contact since %(day)s", day=since) if step.why is Why.NO_CONTACT else _("Each year on this day")


def span_word(span: Span | None) -> str:
    """A span, in the reader's language: 3 days, a week to two."""
    if span is None:
        return ""
    unit = _UNITS[span.unit](span.most)
    return unit if span.least is None else f"{span.least}–{unit}"


_UNITS: Mapping[str, Callable[[int], str]] = {
    "day": lambda count: ngettext("%(num)d day", "%(num)d days", count),
    "week": lambda count: ngettext("%(num)d week", "%(num)d weeks", count),
    "month": lambda count: ngettext("%(num)d month", "%(num)d months", count),
    "year": lambda count: ngettext("%(num)d year", "%(num)d years", count),
}

_OWN: Mapping[str, Any] = {
    AGREED: _l("Meet again as agreed"),
    AFTER[GIFT_FETCHED]: _l("Fetched the gift of the visit: ask how it was"),
    AFTER[CAME_TO_GATHERING]: _l("Came to the gathering: ask how it was"),
    KEEP_IN_TOUCH: _l("Keep in touch"),
    "remind": _l("Get in touch again: a month without contact"),
    "silent": _l("Silent client: win back"),
}
