"""A care plan in words: spans, when a step is wanted, settings, and what is wrong with what was typed."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from commissions.refusal import Refusal

from ...models import CarePlan
from ...rules.care.due import Due, Why
from ...rules.care.plan import Cadence, Clients, Day, Mark, Plan, Stage, Step
from ...rules.care.span import Span
from ...rules.care_plans.compare import Line
from ..care.words import CHANNELS, GRADES, MARKS
from ..components import day as shown_day
from ..components import reader_locale
from ..messages import say

CLIENTS: Mapping[Clients, Any] = {
    Clients.ALL: _l("All clients"),
    Clients.HIGH_END: _l("Only above the price line"),
    Clients.OTHERS: _l("Only below the price line"),
}

DAYS: Mapping[Day, Any] = {
    Day.SIGNING: _l("the signing"),
    Day.HANDOVER: _l("the handover"),
    Day.BIRTHDAY: _l("the birthday"),
}

MARKED: Mapping[Mark, Any] = {
    **MARKS,
    **{Mark(grade.value): said for grade, said in GRADES.items() if grade.value in set(Mark)},
}

SETTINGS: Mapping[str, Any] = {
    "name": _l("Name of the plan"),
    "clock": _l("Steps come due at"),
    "calls_a_day": _l("Calls a day, at most"),
    "texts_a_day": _l("Texts a day, at most"),
    "quiet_from": _l("Quiet from"),
    "quiet_until": _l("Quiet until"),
    "early_days": _l("A contact counts so many days early"),
    "remind_days": _l("Remind after days without contact"),
    "silent_days": _l("Silent after days without contact"),
    "high_end_yuan": _l("High-end from a price of (yuan)"),
    "holidays": _l("Days on which nothing comes due"),
}

_UNITS = {
    "day": "day", "days": "day", "天": "day", "日": "day",
    "week": "week", "weeks": "week", "周": "week", "个星期": "week", "星期": "week",
    "month": "month", "months": "month", "个月": "month", "月": "month",
    "year": "year", "years": "year", "年": "year",
}  # fmt: skip
_TYPED = re.compile(r"(\d+)\s*(?:[-~至到–—]\s*(\d+)\s*)?([a-z]+|[^\W\d_]+)")


def read_span(text: str) -> Span | None:
    """A span as people type it in either language: `3 days`, `1-2 周`, `1 个月`; None where it says none."""
    match = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).strip().casefold())
    unit = _UNITS.get(match[3]) if match else None
    if match is None or unit is None:
        return None
    return Span.read(f"{match[1]}-{match[2]} {unit}" if match[2] else f"{match[1]} {unit}")


def span(one: Span) -> str:
    """A span as it is said: 3 days, 1–2 weeks."""
    count = str(one.most) if one.least is None else f"{one.least}–{one.most}"
    return {
        "day": ngettext("%(count)s day", "%(count)s days", one.most, count=count),
        "week": ngettext("%(count)s week", "%(count)s weeks", one.most, count=count),
        "month": ngettext("%(count)s month", "%(count)s months", one.most, count=count),
        "year": ngettext("%(count)s year", "%(count)s years", one.most, count=count),
    }[one.unit]


def title(step: Step) -> str:
    """A step's name in the reader's language."""
    return step.zh if reader_locale().language == "zh" else step.en


def when(step: Step) -> str:
    """When a step is wanted."""
    said = _when(step)
    if step.until is not None:
        said = _("%(when)s, until %(age)s after", when=said, age=span(step.until))
    return said


def _when(step: Step) -> str:
    if step.day is not None:
        return _("on day %(day)s", day=step.day)
    if step.every is not None and step.since is not None:
        return _("every %(span)s, from %(age)s on", span=span(step.every), age=span(step.since))
    if step.every is not None:
        return _("every %(span)s", span=span(step.every))
    if step.before is not None:
        return ngettext(
            "%(num)s day before %(what)s", "%(num)s days before %(what)s", step.days or 0, what=DAYS[step.before]
        )
    return _("on %(what)s", what=DAYS[step.on or Day.BIRTHDAY])


@dataclass(frozen=True, slots=True)
class StageSteps:
    """The steps of one stage, in the order of the plan."""

    stage: Stage
    steps: Sequence[Step]


def by_stage(plan: Plan) -> list[StageSteps]:
    """A plan's calendar, stage by stage."""
    found = [StageSteps(stage, [step for step in plan.steps if step.stage is stage]) for stage in Stage]
    return [one for one in found if one.steps]


def rhythm(one: Cadence) -> str:
    """A rhythm as it is said: WeChat every 3 days."""
    return _("%(channel)s every %(span)s", channel=CHANNELS[one.channel], span=span(one.every))


def setting(value: object) -> str:
    """A setting's value as it is shown."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return _(", ").join(shown_day(one) for one in value if isinstance(one, date)) or "–"
    return str(value)


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of two plans in words; a dash where a plan has none."""

    label: str
    before: str
    after: str
    differs: bool


def compared(line: Line) -> Compared:
    """A line of two plans, as the page shows it."""
    either: Any = line.after if line.after is not None else line.before
    if line.part == "cadence":
        label = _("Rhythm of %(mark)s: %(channel)s", mark=MARKED[either.mark], channel=CHANNELS[either.channel])
    elif line.part == "step":
        label = title(either)
    else:
        label = str(SETTINGS[line.name])
    return Compared(label, _side(line.before), _side(line.after), line.differs)


def _side(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Cadence):
        return span(value.every)
    if isinstance(value, Step):
        said = f"{CHANNELS[value.channel]} · {when(value)}"
        return said if value.clients is Clients.ALL else f"{said} · {CLIENTS[value.clients]}"
    return setting(value)


def why(step: Due) -> str:
    """Why a step is due, as short as a list wants it."""
    if step.planned is not None:
        return f"{CHANNELS[step.channel]} · {title(step.planned)}"
    if step.why is Why.SILENT:
        return _("silent since %(day)s", day=shown_day(step.since))
    if step.why is Why.NO_CONTACT:
        return _("no contact since %(day)s", day=shown_day(step.since))
    mark = MARKED[step.mark] if step.mark is not None else ""
    return f"{CHANNELS[step.channel]} · {mark}"


def place(row: CarePlan | None) -> str:
    """Where a plan holds."""
    if row is None or row.development is None:
        return _("All developments without a plan of their own")
    return row.development.name


def heading(row: CarePlan) -> str:
    """How a version is called: its number, and where it holds."""
    return _("Plan %(number)s: %(place)s", number=row.id, place=place(row))


def fault(refusal: Refusal) -> str:
    """What is wrong with the text of a plan."""
    return say(refusal)
