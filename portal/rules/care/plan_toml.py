"""A care plan as a text: what staff read, send to a colleague, try and publish.

What is not known, or makes no sense, is refused at its place (`steps[3].day`), so that a typing error never quietly
leaves a client without a call. Raised are Refusals: care_plan_syntax, care_plan_unknown_key, care_plan_missing,
care_plan_value, care_plan_twice; each carries `place`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from importlib import resources
from typing import Any, TypeVar

from commissions import toml_text
from commissions.refusal import Refusal

from .plan import Cadence, Channel, Clients, Day, Limits, Mark, Plan, Stage, Step, refuse
from .span import Span

Choice = TypeVar("Choice", bound=StrEnum)
Made = TypeVar("Made")

MOST_HOLIDAYS = 400
"""Some years of them; more is a mistake."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")

_LIMITS = ("calls_a_day", "texts_a_day", "quiet_from", "quiet_until", "opt_out")
_PLAN = (
    "name",
    "clock",
    *_LIMITS,
    "early_days",
    "remind_days",
    "silent_days",
    "high_end_yuan",
    "holidays",
    "cadences",
    "steps",
)
_CADENCE = ("mark", "channel", "every")
_STEP = ("step", "stage", "channel", "zh", "en", "day", "every", "since", "until", "before", "days", "on", "clients")


def given_text() -> str:
    """The plan of the owner's handbooks, as the text that it is kept in."""
    return resources.files(__package__).joinpath("given.toml").read_text(encoding="utf-8")


def plan_from_toml(text: str) -> Plan:
    """The care plan that a TOML text describes; what it does not say of the settings has its default."""
    try:
        document = toml_text.load(text)
    except toml_text.NotToml as fault:
        place, line, column = fault.place, fault.line, fault.column
        raise Refusal("care_plan_syntax", place=place, line=line, column=column, reason=fault.reason) from fault
    _check_keys(document, _PLAN, ("name",), "")
    settings = {key: _SETTINGS[key](key, value) for key, value in document.items() if key in _SETTINGS}
    limits = Limits(**{key: settings.pop(key) for key in _LIMITS if key in settings})
    cadences = _rows(document, "cadences", _CADENCE, _CADENCE, _cadence)
    steps = _rows(document, "steps", _STEP, ("step", "stage", "channel", "zh"), _step)
    return Plan(limits=limits, cadences=cadences, steps=steps, **settings)


def plan_to_toml(plan: Plan) -> str:
    """Write a plan so that `plan_from_toml` reads an equal one back; every setting is said."""
    limits = plan.limits
    lines = [
        f"name = {_quoted(plan.name)}",
        f'clock = "{plan.clock:%H:%M}"',
        f"calls_a_day = {limits.calls_a_day}",
        f"texts_a_day = {limits.texts_a_day}",
        f'quiet_from = "{limits.quiet_from:%H:%M}"',
        f'quiet_until = "{limits.quiet_until:%H:%M}"',
        f"opt_out = {_quoted(limits.opt_out)}",
        f"early_days = {plan.early_days}",
        f"remind_days = {plan.remind_days}",
        f"silent_days = {plan.silent_days}",
        f"high_end_yuan = {plan.high_end_yuan}",
        f"holidays = [{', '.join(_quoted(day.isoformat()) for day in sorted(plan.holidays))}]",
    ]
    for cadence in plan.cadences:
        lines += ["", "[[cadences]]"] + [f"{key} = {_quoted(str(getattr(cadence, key)))}" for key in _CADENCE]
    for step in plan.steps:
        lines += ["", "[[steps]]", *_step_lines(step)]
    return "".join(f"{line}\n" for line in lines)


def _step_lines(step: Step) -> list[str]:
    lines = []
    for key in _STEP:
        value = getattr(step, "code" if key == "step" else key)
        if value is None or (key == "clients" and value is Clients.ALL):
            continue
        lines.append(f"{key} = {value if isinstance(value, int) else _quoted(str(value))}")
    return lines


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, which leaves out only the one control sign that TOML wants written."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _rows(
    document: Mapping[str, Any],
    table: str,
    known: Sequence[str],
    needed: Sequence[str],
    make: Callable[[Mapping[str, Any]], Made],
) -> tuple[Made, ...]:
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        refuse(table, rows, f"a list of tables [[{table}]]")
    made = []
    for number, row in enumerate(rows, 1):
        place = f"{table}[{number}]."
        _check_keys(row, known, needed, place)
        try:
            made.append(make(row))
        except Refusal as refusal:
            refusal.facts["place"] = f"{place}{refusal.facts['place']}"
            raise
    return tuple(made)


def _cadence(row: Mapping[str, Any]) -> Cadence:
    return Cadence(
        _choice(Mark, "mark", row["mark"]), _choice(Channel, "channel", row["channel"]), _span("every", row["every"])
    )


def _step(row: Mapping[str, Any]) -> Step:
    read = {key: _STEPS[key](key, value) for key, value in row.items()}
    read["code"] = read.pop("step")
    return Step(**{"en": read["zh"]} | read)


def _check_keys(table: Mapping[str, Any], known: Sequence[str], needed: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            raise Refusal("care_plan_unknown_key", place=place + key, known=list(known))
    for key in needed:
        if key not in table:
            raise Refusal("care_plan_missing", place=place + key)


def _text(place: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        refuse(place, value, "a text of at most 200 signs")
    return value.strip()


def _code(place: str, value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isidentifier() or len(value) > 40:
        refuse(place, value, "a name of ASCII letters, digits and _, at most 40")
    return value


def _as_it_is(_place: str, value: object) -> object:
    return value


def _span(place: str, value: object) -> Span:
    return Span.read(value) or refuse(place, value, 'a span such as "3 days", "1-2 weeks", "1 month"')


def _clock(place: str, value: object) -> time:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        refuse(place, value, 'a clock time such as "09:00"')
    return time(int(match[1]), int(match[2]))


def _days(place: str, value: object) -> frozenset[date]:
    days = [_day(day) for day in value] if isinstance(value, list) else [None]
    if len(days) > MOST_HOLIDAYS or None in days:
        refuse(place, value, 'a list of days such as ["2027-02-17"]')
    return frozenset(day for day in days if day is not None)


def _day(value: object) -> date | None:
    if type(value) is date:  # as TOML writes a day without quotes; an instant is none
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2027-02-17") else None
    except ValueError:
        return None


def _choice(choices: type[Choice], place: str, value: object) -> Choice:
    found = next((choice for choice in choices if choice == value), None)
    return found or refuse(place, value, " | ".join(choices))


def _one_of(choices: type[Choice]) -> Callable[[str, object], Choice]:
    return lambda place, value: _choice(choices, place, value)


_SETTINGS: Mapping[str, Callable[[str, object], Any]] = {
    "name": _text,
    "clock": _clock,
    "calls_a_day": _as_it_is,
    "texts_a_day": _as_it_is,
    "quiet_from": _clock,
    "quiet_until": _clock,
    "opt_out": _text,
    "early_days": _as_it_is,
    "remind_days": _as_it_is,
    "silent_days": _as_it_is,
    "high_end_yuan": _as_it_is,
    "holidays": _days,
}

_STEPS: Mapping[str, Callable[[str, object], Any]] = {
    "step": _code,
    "stage": _one_of(Stage),
    "channel": _one_of(Channel),
    "zh": _text,
    "en": _text,
    "day": _as_it_is,
    "every": _span,
    "since": _span,
    "until": _span,
    "before": _one_of(Day),
    "days": _as_it_is,
    "on": _one_of(Day),
    "clients": _one_of(Clients),
}
