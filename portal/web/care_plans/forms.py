"""Proposing a care plan, by its fields or by its text; and the day on which one is tried."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, Form, FormField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from commissions.refusal import Refusal

from ...rules.care.plan import MOST_STEPS, Cadence, Channel, Clients, Day, Limits, Mark, Plan, Stage, Step
from ...rules.care.plan_toml import plan_from_toml, plan_to_toml
from ...rules.care.span import Span
from ..care.words import CHANNELS, STAGES
from ..forms.fields import DayField, narrow
from ..forms.rows import gather_faults, read, required, text_in, whole
from ..lists.arguments import chosen, number_of
from . import words

_LARGEST_TEXT = 64 * 1024
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")
_EVERYWHERE = _l("All developments that have no plan of their own")
_WHENS: Mapping[str, Any] = {
    "day": _l("Once, on a day of the stage"),
    "every": _l("Again and again"),
    "before": _l("Once, before a day of the client"),
    "on": _l("Each year on a day of the client"),
}


def _choices(said: Mapping[Any, Any], *without: Any) -> list[SelectChoice]:
    return [SelectChoice(str(one), word) for one, word in said.items() if one not in without]


class CadenceRow(Form):
    """A rhythm: whom, by what, how often."""

    mark = SelectField(_l("Whose"), choices=_choices(words.MARKED))
    channel = SelectField(_l("Channel"), choices=_choices(CHANNELS))
    every = StringField(_l("How often"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.mark, self.channel, self.every)

    def cadence(self) -> Cadence | None:
        """The rhythm that was typed; None, with its fields marked, where it cannot be read."""
        mark, channel = chosen(Mark, self.mark.data), chosen(Channel, self.channel.data)
        every = _span(self.every)
        return Cadence(mark, channel, every) if mark and channel and every else None


class StepRow(Form):
    """A step of a calendar. `count`: a day of the stage, or days before; `span`: how often."""

    code = StringField(_l("Short name"))
    stage = SelectField(_l("Stage of the client"), choices=_choices(STAGES, Stage.LOST))
    channel = SelectField(_l("Channel"), choices=_choices(CHANNELS))
    zh = StringField(_l("In Chinese"))
    en = StringField(_l("In English"))
    when = SelectField(_l("When"), choices=_choices(_WHENS))
    count = StringField(_l("Day, or days before"))
    span = StringField(_l("How often"))
    since = StringField(_l("From this age of the stage on"))
    of = SelectField(_l("Which day of the client"), choices=_choices(words.DAYS))
    until = StringField(_l("Until this age of the stage"))
    clients = SelectField(_l("For whom"), choices=_choices(words.CLIENTS))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.code, self.zh, self.when)

    def step(self) -> Step | None:
        """The step that was typed; None, with its fields marked, where it cannot be read."""
        stage, channel = chosen(Stage, self.stage.data), chosen(Channel, self.channel.data)
        said, until = self._said(), _span(self.until, empty=True)
        code, zh = text_in(self.code), text_in(self.zh)
        if not (code.isascii() and code.isidentifier() and len(code) <= 40):
            self.code.errors = [_("Letters, digits and _, such as virtual_tour.")]
        if not zh or len(zh) > 200:
            self.zh.errors = [_("Say in a few words what is to be done.")]
        if self.errors_of_row() or said is None or stage is None or channel is None:
            return None
        clients = chosen(Clients, self.clients.data) or Clients.ALL
        en = text_in(self.en)[:200] or zh
        return Step(code, stage, channel, zh, en, until=until, clients=clients, **said)

    def errors_of_row(self) -> bool:
        """Whether a field of the row was marked."""
        return any(field.errors for field in self)

    def _said(self) -> dict[str, Any] | None:
        of = chosen(Day, self.of.data) or Day.BIRTHDAY
        match self.when.data:
            case "day":
                count = _count(self.count, 1, 3_660)
                return None if count is None else {"day": count}
            case "every":
                every, since = _span(self.span), _span(self.since, empty=True)
                return None if every is None else {"every": every, "since": since}
            case "before":
                count = _count(self.count, 0, 3_660)
                return None if count is None else {"before": of, "days": count}
            case "on":
                return {"on": of}
        self.when.errors = [_("Choose when.")]
        return None


class _Proposal(FlaskForm):
    """Where a plan holds, from when, and why."""

    development = SelectField(_l("Where it holds"), choices=[SelectChoice("", _EVERYWHERE)], default="")
    starts = DayField(_l("In force from"), [InputRequired(_l("Choose a day."))])
    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why, so that who decides knows.")), Length(max=500)])

    def choose_from(self, developments: Iterable[tuple[int, str]]) -> None:
        """Offer these developments, beside all."""
        places = (SelectChoice(str(key), name) for key, name in developments)
        self.development.choices = [SelectChoice("", _EVERYWHERE), *places]

    @property
    def development_id(self) -> int | None:
        """The one development, or all."""
        return number_of(self.development.data)

    @property
    def terms(self) -> Mapping[str, Any]:
        """All that stands beside the plan, to show it in the other tab."""
        return {name: self[name].data for name in ("development", "starts", "note")}


class EndForm(_Proposal):
    """A development gives its own plan up."""


class PlanText(_Proposal):
    """A plan as its text."""

    toml = TextAreaField(_l("Text of the plan"), [DataRequired(_l("Enter the plan.")), Length(max=_LARGEST_TEXT)])

    @classmethod
    def of(cls, plan: Plan, **terms: Any) -> "PlanText":
        """The form that shows a plan."""
        return cls(formdata=None, toml=plan_to_toml(plan), **terms)

    def plan(self) -> Plan | None:
        """The plan that was typed; None where it is none, with the fault at the text. Call it after `validate`."""
        if self.errors:
            return None
        try:
            return plan_from_toml(str(self.toml.data or "").replace("\r\n", "\n"))
        except Refusal as refusal:
            self.toml.errors = [words.fault(refusal)]
            return None


class PlanFields(_Proposal):
    """A plan as its fields, with rows of rhythms and steps that come and go."""

    name = StringField(_l("Name of the plan"), [DataRequired(_l("Enter a name.")), Length(max=200)])
    clock = StringField(words.SETTINGS["clock"])
    calls_a_day = StringField(words.SETTINGS["calls_a_day"])
    texts_a_day = StringField(words.SETTINGS["texts_a_day"])
    quiet_from = StringField(words.SETTINGS["quiet_from"])
    quiet_until = StringField(words.SETTINGS["quiet_until"])
    early_days = StringField(words.SETTINGS["early_days"])
    remind_days = StringField(words.SETTINGS["remind_days"])
    silent_days = StringField(words.SETTINGS["silent_days"])
    high_end_yuan = StringField(words.SETTINGS["high_end_yuan"])
    holidays = TextAreaField(words.SETTINGS["holidays"])
    cadences = FieldList(FormField(CadenceRow), max_entries=MOST_STEPS)
    steps = FieldList(FormField(StepRow), max_entries=MOST_STEPS)

    @classmethod
    def of(cls, plan: Plan, **terms: Any) -> "PlanFields":
        """The form that shows a plan."""
        limits = plan.limits
        return cls(
            formdata=None,
            **terms,
            name=plan.name,
            clock=f"{plan.clock:%H:%M}",
            calls_a_day=str(limits.calls_a_day),
            texts_a_day=str(limits.texts_a_day),
            quiet_from=f"{limits.quiet_from:%H:%M}",
            quiet_until=f"{limits.quiet_until:%H:%M}",
            early_days=str(plan.early_days),
            remind_days=str(plan.remind_days),
            silent_days=str(plan.silent_days),
            high_end_yuan=str(plan.high_end_yuan),
            holidays="\n".join(day.isoformat() for day in sorted(plan.holidays)),
            cadences=[
                {"mark": str(one.mark), "channel": str(one.channel), "every": words.span(one.every)}
                for one in plan.cadences
            ],
            steps=[_step_row(step) for step in plan.steps],
        )

    def plan(self) -> Plan | None:
        """The plan that was typed; None where it does not hold, with every fault marked at its field.

        Call it after `validate`: it adds to what that found.
        """
        cadences = [row.form.cadence() for row in self.cadences]
        steps = [row.form.step() for row in self.steps]
        clocks = {name: _clock(self[name]) for name in ("clock", "quiet_from", "quiet_until")}
        numbers = {
            name: _count(self[name], least, most)
            for name, least, most in (
                ("calls_a_day", 0, 100),
                ("texts_a_day", 0, 100),
                ("early_days", 0, 365),
                ("remind_days", 1, 3_660),
                ("silent_days", 1, 3_660),
                ("high_end_yuan", 1, 10**9),
            )
        }
        holidays = _days(self.holidays)
        gather_faults(self)
        if self.errors or holidays is None:
            return None
        try:
            return _built(text_in(self.name), clocks, numbers, holidays, cadences, steps)
        except Refusal as refusal:
            self._mark(refusal)
            return None

    def _mark(self, refusal: Refusal) -> None:
        """Say at its field what no row could know by itself."""
        table, number, key = _placed(str(refusal.facts["place"]))
        field: Field | None = self[table][number - 1].form[{"mark": "mark", "step": "code"}[key]] if number else None
        if field is None and table in self and not isinstance(self[table], FieldList):
            field = self[table]
        if field is None:
            self.form_errors.append(words.fault(refusal))
            return
        field.errors = [words.fault(refusal)]
        gather_faults(self)


class TryForm(FlaskForm):
    """On which day. A question, so it goes by GET."""

    class Meta(FlaskForm.Meta):
        csrf = False

    day = DayField(_l("On this day"), [InputRequired(_l("Choose a day."))])


def _built(
    name: str,
    clocks: Mapping[str, time | None],
    numbers: Mapping[str, int | None],
    holidays: frozenset[date],
    cadences: Sequence[Cadence | None],
    steps: Sequence[Step | None],
) -> Plan:
    values: dict[str, Any] = {**clocks, **numbers}
    limits = Limits(**{key: values.pop(key) for key in ("calls_a_day", "texts_a_day", "quiet_from", "quiet_until")})
    return Plan(
        name=name,
        cadences=tuple(one for one in cadences if one),
        steps=tuple(one for one in steps if one),
        limits=limits,
        holidays=holidays,
        **values,
    )


def _placed(place: str) -> tuple[str, int, str]:
    """A place such as `steps[3].step`, or a setting's name."""
    match = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", place)
    return (match[1], int(match[2]), match[3]) if match else (place, 0, "")


def _span(field: Field, *, empty: bool = False) -> Span | None:
    text = text_in(field)
    if empty and not text:
        return None
    found = words.read_span(text)
    if found is None:
        field.errors = [_("Such as 3 days, 1-2 weeks or 1 month.")]
    return found


def _clock(field: Field) -> time | None:
    match = _CLOCK.fullmatch(narrow(text_in(field)))
    if match is None:
        field.errors = [_("A time such as 09:00.")]
        return None
    return time(int(match[1]), int(match[2]))


def _count(field: Field, least: int, most: int) -> int | None:
    said = _("A whole number from %(least)s to %(most)s.", least=least, most=most)
    number, _was_read = read(field, whole, said)
    if number is None or not least <= number <= most:
        field.errors = [said]
        return None
    return number


def _days(field: Field) -> frozenset[date] | None:
    try:
        return frozenset(date.fromisoformat(narrow(line)) for line in str(field.data or "").split())
    except ValueError:
        field.errors = [_("One day a line, such as 2027-02-17.")]
        return None


def _step_row(step: Step) -> Mapping[str, str]:
    when = next(name for name in _WHENS if getattr(step, name) is not None)
    count = step.day if step.day is not None else step.days
    return {
        "code": step.code,
        "stage": str(step.stage),
        "channel": str(step.channel),
        "zh": step.zh,
        "en": step.en,
        "when": when,
        "count": "" if count is None else str(count),
        "span": "" if step.every is None else words.span(step.every),
        "since": "" if step.since is None else words.span(step.since),
        "of": str(step.before or step.on or Day.SIGNING),
        "until": "" if step.until is None else words.span(step.until),
        "clients": str(step.clients),
    }
