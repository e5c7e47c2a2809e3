"""A reward plan and its form: each says all of the other, whatever stands in them; rows come, go and move."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form

from commissions.refusal import Refusal
from portal.web.forms.rows import change_rows
from portal.web.reward_plans.forms import PlanFields, PlanText
from referral.rewards.reward_plan import (
    HOMEOWNER_LADDER,
    LARGEST,
    LONGEST_DAYS,
    LONGEST_MONTHS,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_RUNGS,
    PROGRAMME,
    SPANS,
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

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)

app = Flask("portal")
app.config.update(WTF_CSRF_ENABLED=False, SECRET_KEY="only for this test")
Babel(app, default_locale="en")

signs = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
sizes = st.integers(1, LARGEST)
caps = st.none() | sizes


def lines(most: int) -> st.SearchStrategy[str]:
    return st.text(signs, min_size=1, max_size=most).map(str.strip).filter(bool)


titles = st.sampled_from(["property_fee_relief", "appliance_voucher", "parking_space"]) | lines(LONGEST_TITLE)


def items(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[tuple[Item, ...]]:
    return st.lists(st.builds(_item, kinds, titles, sizes), min_size=1, max_size=MOST_ITEMS).map(tuple)


def _item(kind: Kind, title: str, size: int) -> Item:
    if kind in SPANS:
        return Item(kind, title, term_months=1 + size % LONGEST_MONTHS)
    return Item(kind, title, value_fen=size)


things = items(st.sampled_from([kind for kind in Kind if kind is not Kind.GIFT]))
steps = st.lists(
    st.tuples(things, st.sampled_from(Milestone), st.integers(0, LONGEST_DAYS)), min_size=1, max_size=5
).map(lambda found: tuple(Rung(number, *step) for number, step in enumerate(found, start=1)))
gift = st.builds(Gift, st.sampled_from(Event), items(st.just(Kind.GIFT)), st.integers(1, LONGEST_DAYS), caps)
gifts = st.lists(gift, min_size=1, max_size=len(Event), unique_by=lambda one: one.event).map(tuple)
terms = {
    "name": lines(60),
    "after_last": st.sampled_from(AfterLast),
    "stacking": st.sampled_from(Stacking),
    "most_friends": caps,
    "most_cash_fen": caps,
    "voucher_days": st.integers(1, LONGEST_DAYS),
}
ladders = st.builds(
    RewardPlan,
    audience=st.sampled_from([Audience.HOMEOWNER, Audience.CITIZEN]),
    rungs=steps,
    gifts=st.just(()) | gifts,
    **terms,
)
programmes = st.builds(RewardPlan, audience=st.just(Audience.PROGRAMME), rungs=st.just(()), gifts=gifts, **terms)
plans = ladders | programmes


def sent(form: Form) -> MultiDict[str, str]:
    """What a browser sends for a form that nobody touched."""
    fields: MultiDict[str, str] = MultiDict()
    for field in form:
        if isinstance(field, FieldList):
            for row in field:
                fields.update(sent(row.form))
        else:
            fields[field.name] = field._value() if hasattr(field, "_value") else str(field.data)
    return fields


@given(plans)
def test_every_plan_survives_its_form_and_the_way_of_it_through_a_browser(plan: RewardPlan) -> None:
    with app.test_request_context(method="POST"):
        shown = PlanFields.of(plan, NOON)
        assert shown.plan() == plan
        came = PlanFields(formdata=sent(shown))
        assert (came.validate(), came.plan()) == (True, plan)
        assert PlanFields.of(plan, NOON).data == came.data


@given(plans)
def test_every_plan_survives_from_form_to_text_and_back(plan: RewardPlan) -> None:
    with app.test_request_context(method="POST"):
        text = PlanText(formdata=sent(PlanText.of(plan, NOON)))
        assert (text.validate(), text.plan()) == (True, plan)


@pytest.fixture
def form() -> Iterator[PlanFields]:
    with app.test_request_context(method="POST"):
        yield PlanFields.of(HOMEOWNER_LADDER, NOON)


@pytest.mark.parametrize(
    "actions",
    [
        ["up-rungs-1", "down-rungs-0"],
        ["down-rungs-0", "down-rungs-1", "up-rungs-2", "up-rungs-1"],
        ["add-rungs", "remove-rungs-3"],
        ["add-rungs-2-items", "remove-rungs-2-items-1"],
        ["up-rungs-0"],
        ["down-rungs-2"],
        ["remove-rungs-9"],
        ["add-nothing"],
        ["add-name"],
        ["add-rungs-x-items"],
        ["add-rungs-0"],
        ["remove-"],
    ],
)
def test_what_is_done_and_undone_changes_nothing(form: PlanFields, actions: list[str]) -> None:
    for action in actions:
        change_rows(form, action)
    assert form.plan() == HOMEOWNER_LADDER


def test_a_step_moves_with_all_that_was_typed(form: PlanFields) -> None:
    typed = {**sent(form), "rungs-2-delay_days": "soon", "rungs-2-items-0-own_title": "a bay"}
    moved = PlanFields(formdata=MultiDict(typed))
    change_rows(moved, "up-rungs-2")
    after = sent(moved)
    assert (after["rungs-1-delay_days"], after["rungs-1-items-0-own_title"]) == ("soon", "a bay")
    assert after["rungs-2-milestone"] == "handed_over"


def test_no_more_rows_than_a_plan_can_hold_and_never_a_step_without_an_item(form: PlanFields) -> None:
    for _ in range(MOST_RUNGS + 5):
        change_rows(form, "add-rungs")
        change_rows(form, "add-gifts")
        change_rows(form, "add-rungs-0-items")
    assert (len(form.rungs), len(form.gifts), len(form.rungs[0].form["items"])) == (MOST_RUNGS, len(Event), MOST_ITEMS)
    change_rows(form, "remove-rungs-1-items-0")
    assert [one["size"] for one in form.rungs[1].form.data["items"]] == [None]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "a\nb"}, "not_one_line"),
        ({"name": " "}, "not_one_line"),
        ({"most_friends": LARGEST + 1}, "too_large"),
        ({"rungs": HOMEOWNER_LADDER.rungs[:1] * (MOST_RUNGS + 1)}, "rungs_not_in_order"),
        ({"gifts": (Gift(Event.SCAN, PROGRAMME.gifts[0].items),) * 2}, "gift_twice"),
    ],
)
def test_what_no_form_could_show_is_no_plan(change: dict[str, object], problem: str) -> None:
    facts = {"name": "ladder", "audience": Audience.HOMEOWNER, "rungs": HOMEOWNER_LADDER.rungs, **change}
    with pytest.raises(Refusal) as refusal:
        RewardPlan(**facts)
    assert refusal.value.facts["problem"] == problem


def test_no_rung_and_no_gift_is_endless() -> None:
    things = (Item(Kind.VOUCHER, "mug", value_fen=100),) * (MOST_ITEMS + 1)
    many = tuple(Rung(number, things[:1]) for number in range(1, MOST_RUNGS + 2))
    for make in (
        lambda: Rung(1, things),
        lambda: Gift(Event.SCAN, (Item(Kind.GIFT, "mug", value_fen=100),) * (MOST_ITEMS + 1)),
        lambda: RewardPlan("ladder", Audience.HOMEOWNER, many),
    ):
        with pytest.raises(Refusal) as refusal:
            make()
        assert refusal.value.facts["problem"] == "too_many"
