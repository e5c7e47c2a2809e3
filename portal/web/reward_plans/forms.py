"""Proposing a reward plan, by its fields or by its text; and the days a plan is tried on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, Form, FormField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from commissions.money import parse_yuan
from commissions.refusal import Refusal
from referral.rewards.reward_plan import (
    GIFT_DAYS,
    LONGEST_DAYS,
    MOST_ITEMS,
    MOST_RUNGS,
    SPANS,
    VOUCHER_DAYS,
    AfterLast,
    Audience,
    Event,
    Gift,
    Item,
    Kind,
    Milestone,
    RewardPlan,
    Rung,
    Stacking,
)
from referral.rewards.reward_toml import plan_to_toml

from ...services.rewards import drafts as reward_drafts
from ..forms.fields import DayField, InstantField
from ..forms.rows import gather_faults, hundredths, read, required, text_in, whole
from ..lists.arguments import chosen, number_of
from ..words import reward_plans as words
from ..words.rewards import TITLES
from ..words.statuses import status

_LARGEST_TEXT = 64 * 1024
_EVERYWHERE = _l("All developments that have no plan of their own")


class ItemRow(Form):
    """One thing that is given, in a gift: a title out of those that are known or an own one, and how much."""

    title = SelectField(_l("Title"))
    own_title = StringField(_l("Own title"))
    size = StringField(_l("Value (yuan)"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.title, self.own_title, self.size)
        self.title.choices = [("", _l("Own title")), *TITLES.items()]

    def item(self) -> Item | None:
        """The thing that was typed; None, with its fields marked, where it cannot be read."""
        kind, title = self._kind(), self._title()
        spans = kind in SPANS
        said = words.EDITOR["months" if spans else "sum"]
        size, size_read = read(self.size, whole if spans else parse_yuan, said)
        if size is None and size_read:
            self.size.errors = [said]
        if kind is None or title is None or size is None:
            return None
        try:
            return Item(kind, title, **{"term_months" if spans else "value_fen": size})
        except Refusal as refusal:
            problem = str(refusal.facts["problem"])
            field = self.size if problem in {"item_size", "too_large", "term_too_long"} else self.own_title
            field.errors = [said if problem == "item_size" else words.EDITOR[problem]]
            return None

    def _kind(self) -> Kind | None:
        return Kind.GIFT

    def _title(self) -> str | None:
        known, own = str(self.title.data or ""), text_in(self.own_title)
        if bool(known) is not bool(own):
            return known or own
        self.own_title.errors = [words.EDITOR["two_titles" if known else "item_title"]]
        return None


class RungItemRow(ItemRow):
    """A thing of a step, which can be of any kind but a gift."""

    kind = SelectField(_l("What is given"))
    size = StringField(_l("Sum or months"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.kind)
        self.kind.choices = [(kind.value, said) for kind, said in words.KINDS.items()]

    def _kind(self) -> Kind | None:
        kind = chosen(Kind, self.kind.data)
        if kind not in words.KINDS:
            self.kind.errors = [words.EDITOR["kind"]]
            return None
        return kind


class RungRow(Form):
    """A step of the ladder: what the n-th friend brings, and when."""

    milestone = SelectField(_l("Milestone"))
    delay_days = StringField(_l("Days after it"), default="0")
    items = FieldList(FormField(RungItemRow), min_entries=1, max_entries=MOST_ITEMS)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.milestone, self.delay_days)
        self.milestone.choices = [(one.value, status("deal", one.value).word) for one in Milestone]

    def rung(self, number: int) -> Rung | None:
        """The step that was typed; None, with its fields marked, where it cannot be read."""
        delay = _days(self.delay_days, words.EDITOR["delay_negative"])
        items, milestone = _items(self.items), chosen(Milestone, self.milestone.data)
        if items is None or delay is None or milestone is None:
            return None
        return Rung(number, items, milestone, delay)


class GiftRow(Form):
    """What a scan or a visit brings at once."""

    event = SelectField(_l("For what"))
    valid_days = StringField(_l("Good for so many days"), default=str(GIFT_DAYS))
    most = StringField(_l("At most"))
    items = FieldList(FormField(ItemRow), min_entries=1, max_entries=MOST_ITEMS)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.event, self.valid_days)
        self.event.choices = [(one.value, said) for one, said in words.EVENTS.items()]

    def gift(self) -> Gift | None:
        """The gift that was typed; None, with its fields marked, where it cannot be read."""
        days = _days(self.valid_days, words.EDITOR["days"], least=1)
        most, most_read = read(self.most, _count, words.EDITOR["count"])
        items, event = _items(self.items), chosen(Event, self.event.data)
        if items is None or event is None or days is None or not most_read:
            return None
        return Gift(event, items, days, most)


class _Proposal(FlaskForm):
    """For whom a plan is, and why."""

    development = SelectField(_l("Where it holds"), choices=[SelectChoice("", _EVERYWHERE)], default="")
    effective_from = InstantField(_l("For who joins from"), [InputRequired(_l("Choose a day."))])
    offered_until = DayField(_l("Offered to who joined earlier, until"), [Optional()])
    note = TextAreaField(_l("Note"), [Length(max=500)])

    def choose_from(self, developments: Iterable[tuple[str, str]]) -> None:
        """Offer these developments, beside all."""
        places = (SelectChoice(key, name) for key, name in developments)
        self.development.choices = [SelectChoice("", _EVERYWHERE), *places]

    @property
    def development_id(self) -> int | None:
        """The one development, or all."""
        return number_of(self.development.data)

    @property
    def terms(self) -> Mapping[str, Any]:
        """All that stands beside the plan, to show it in the other tab."""
        named = "development", "effective_from", "offered_until", "note"
        return {name: self[name].data for name in named}


class PlanText(_Proposal):
    """A plan as its text."""

    toml = TextAreaField(_l("Text of the plan"), [DataRequired(_l("Enter the plan.")), Length(max=_LARGEST_TEXT)])

    @classmethod
    def of(cls, plan: RewardPlan, effective_from: datetime, note: str = "", **terms: Any) -> "PlanText":
        """The form that shows a plan; `terms`: where it holds, and until when it is offered."""
        return cls(formdata=None, effective_from=effective_from, note=note, toml=plan_to_toml(plan), **terms)

    def plan(self) -> RewardPlan | None:
        """The plan that was typed; None where it is none, with the fault at the text.

        Call it after `validate`: it adds to what that found.
        """
        if self.errors:
            return None
        try:
            return reward_drafts.parse(str(self.toml.data or "").replace("\r\n", "\n"))
        except Refusal as refusal:
            self.toml.errors = [words.fault(refusal)]
            return None


class PlanFields(_Proposal):
    """A plan as its fields, with rows of steps, gifts and items that come and go."""

    name = StringField(_l("Name of the plan"), [DataRequired(_l("Enter a name."))])
    audience = SelectField(_l("Who is rewarded"))
    rungs = FieldList(FormField(RungRow), max_entries=MOST_RUNGS)
    after_last = SelectField(_l("After the last step"))
    stacking = SelectField(_l("Stacking"))
    most_friends = StringField(_l("Most friends that count, in one development"))
    most_cash = StringField(_l("Most cash, in one development"))
    voucher_days = StringField(_l("A voucher is good for"), default=str(VOUCHER_DAYS))
    gifts = FieldList(FormField(GiftRow), max_entries=len(Event))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        choices: dict[SelectField, Mapping[Any, Any]] = {
            self.audience: words.PLANS_FOR,
            self.after_last: words.AFTER_LAST,
            self.stacking: words.STACKING,
        }
        for field, said in choices.items():
            field.choices = [(one.value, word) for one, word in said.items()]
        required(*choices, self.voucher_days)

    @classmethod
    def of(cls, plan: RewardPlan, effective_from: datetime, note: str = "", **terms: Any) -> "PlanFields":
        """The form that shows a plan; `terms`: where it holds, and until when it is offered."""
        return cls(
            formdata=None,
            effective_from=effective_from,
            note=note,
            **terms,
            name=plan.name,
            audience=plan.audience.value,
            rungs=[_rung_row(rung) for rung in plan.rungs],
            after_last=plan.after_last.value,
            stacking=plan.stacking.value,
            most_friends=_typed(plan.most_friends),
            most_cash="" if plan.most_cash_fen is None else hundredths(plan.most_cash_fen),
            voucher_days=str(plan.voucher_days),
            gifts=[_gift_row(gift) for gift in plan.gifts],
        )

    def plan(self) -> RewardPlan | None:
        """The plan that was typed; None where it does not hold, with every fault marked at its field.

        Call it after `validate`: it adds to what that found.
        """
        rungs = [row.form.rung(number) for number, row in enumerate(self.rungs, start=1)]
        gifts = [row.form.gift() for row in self.gifts]
        most_friends, _friends_read = read(self.most_friends, _count, words.EDITOR["count"])
        most_cash, _cash_read = read(self.most_cash, _cap, words.EDITOR["cap"])
        days = _days(self.voucher_days, words.EDITOR["days"], least=1)
        gather_faults(self)
        audience = chosen(Audience, self.audience.data)
        after_last, stacking = chosen(AfterLast, self.after_last.data), chosen(Stacking, self.stacking.data)
        if self.errors or days is None or audience is None or after_last is None or stacking is None:
            return None
        try:
            return RewardPlan(
                name=text_in(self.name),
                audience=audience,
                rungs=tuple(rung for rung in rungs if rung),
                after_last=after_last,
                stacking=stacking,
                most_friends=most_friends,
                most_cash_fen=most_cash,
                voucher_days=days,
                gifts=tuple(gift for gift in gifts if gift),
            )
        except Refusal as refusal:
            self._mark(refusal)
            return None

    def _mark(self, refusal: Refusal) -> None:
        """Say at its field what no row could know by itself."""
        problem, key = str(refusal.facts["problem"]), refusal.facts.get("key")
        field = {"name": self.name, "most_cash_fen": self.most_cash}.get(str(key))
        if problem == "programme_rungs":
            field = self.audience
        elif problem == "gift_twice":
            field = self.gifts[-1].form.event
        if field is None:
            self.form_errors.append(words.fault(refusal))
            return
        field.errors = [words.EDITOR[problem]]
        gather_faults(self)


class TryForm(FlaskForm):
    """Which plan, on which signings. A question, so it goes by GET."""

    class Meta(FlaskForm.Meta):
        csrf = False

    tried = SelectField(_l("Plan to try"), [InputRequired(_l("Choose a plan."))])
    since = DayField(_l("Signed from"), [InputRequired(_l("Enter a day."))])
    until = DayField(_l("Signed until"), [InputRequired(_l("Enter a day."))])
    development = SelectField(_l("Development"))


def _items(rows: Iterable[Any]) -> tuple[Item, ...] | None:
    """All that stands in the rows; None where one of them cannot be read."""
    found = [row.form.item() for row in rows]
    return None if None in found else tuple(found)


def _days(field: Field, said: Any, least: int = 0) -> int | None:
    """Days that have to be typed; None, with the field marked, where they are not."""
    number, _was_read = read(field, whole, said)
    if number is not None and least <= number <= LONGEST_DAYS:
        return number
    field.errors = [said]
    return None


def _count(text: str) -> int:
    return _above_zero(whole(text))


def _cap(text: str) -> int:
    return _above_zero(parse_yuan(text))


def _above_zero(number: int) -> int:
    if number < 1:
        raise ValueError(number)
    return number


def _typed(number: int | None) -> str:
    return "" if number is None else str(number)


def _rung_row(rung: Rung) -> Mapping[str, Any]:
    return {
        "milestone": rung.milestone.value,
        "delay_days": str(rung.delay_days),
        "items": [{"kind": item.kind.value, **_item_row(item)} for item in rung.items],
    }


def _gift_row(gift: Gift) -> Mapping[str, Any]:
    return {
        "event": gift.event.value,
        "valid_days": str(gift.valid_days),
        "most": _typed(gift.most),
        "items": [_item_row(item) for item in gift.items],
    }


def _item_row(item: Item) -> Mapping[str, str]:
    known = item.title in TITLES
    return {
        "title": item.title if known else "",
        "own_title": "" if known else item.title,
        "size": str(item.term_months) if item.value_fen is None else hundredths(item.value_fen),
    }
