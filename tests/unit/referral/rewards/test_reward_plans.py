"""Rules 7.3: caps, stacking, gifts, and what another plan would have given."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral.rewards.reward import Referral, grant
from referral.rewards.reward_plan import (
    CITIZEN_BROKER,
    HOMEOWNER_LADDER,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_RUNGS,
    PROGRAMME,
    AfterLast,
    Audience,
    Event,
    Gift,
    Item,
    Kind,
    RewardPlan,
    Rung,
    Stacking,
)
from referral.rewards.reward_toml import plan_from_toml, plan_to_toml
from referral.rewards.what_if import NOTHING, compare

MARCH = datetime(2026, 3, 1, 4, tzinfo=UTC)
TODAY = date(2026, 6, 1)
FRIENDS = [Referral(number, signed_at=MARCH + timedelta(days=number)) for number in range(1, 6)]

plans = st.builds(
    replace,
    st.sampled_from([HOMEOWNER_LADDER, CITIZEN_BROKER]),
    after_last=st.sampled_from(AfterLast),
    stacking=st.sampled_from(Stacking),
    most_friends=st.none() | st.integers(1, 6),
    most_cash_fen=st.none() | st.integers(1, 100_000_00),
    voucher_days=st.integers(1, 3650),
    gifts=st.sampled_from([(), PROGRAMME.gifts]),
)


@given(plans)
def test_every_plan_survives_its_text(plan: RewardPlan) -> None:
    assert plan_from_toml(plan_to_toml(plan)) == plan


@given(plans, st.integers(0, 5))
def test_no_cap_is_passed_and_more_friends_never_bring_less(plan: RewardPlan, number: int) -> None:
    fewer, more = grant(FRIENDS[:number], plan, TODAY), grant(FRIENDS, plan, TODAY)
    assert more[: len(fewer)] == fewer, "a friend who signs later changes nothing of the earlier ones"
    cash = sum(one.item.value_fen or 0 for one in more if one.item.kind is Kind.CASH)
    assert plan.most_cash_fen is None or cash <= plan.most_cash_fen
    assert plan.most_friends is None or len({one.deal_id for one in more}) <= plan.most_friends


def test_cash_beyond_the_cap_is_left_out_and_nothing_else() -> None:
    plan = replace(CITIZEN_BROKER, most_cash_fen=5_000_000)
    kinds = [(one.deal_id, one.item.kind) for one in grant(FRIENDS[:3], plan, TODAY)]
    assert kinds == [*[(deal, kind) for deal in (1, 2) for kind in (Kind.CASH, Kind.FEE_RELIEF)], (3, Kind.FEE_RELIEF)]


def test_stacking_brings_all_steps_so_far() -> None:
    plan = replace(HOMEOWNER_LADDER, stacking=Stacking.ALL_RUNGS)
    rungs = [[one.rung for one in grant(FRIENDS, plan, TODAY) if one.deal_id == deal] for deal in range(1, 5)]
    assert rungs == [[1], [1, 2], [1, 2, 3], [1, 2, 3]]


def test_gifts_are_found_by_their_event() -> None:
    assert {event for event in Event if PROGRAMME.gift_at(event)} == {Event.SCAN, Event.VISIT}
    assert HOMEOWNER_LADDER.gift_at(Event.SCAN) is None
    assert grant(FRIENDS, PROGRAMME, TODAY) == ()


@pytest.mark.parametrize(
    ("old", "new", "where", "problem"),
    [
        ("valid_days = 1\n", "valid_days = 0\n", None, "gift_days"),
        ('kind = "gift"', 'kind = "cash"', None, "gift_too_large"),
        ('event = "visit"', 'event = "scan"', None, "gift_twice"),
        ("value_fen = 3000", "term_months = 3", "gift 2", "item_size"),
        ('title = "stand_gift"', 'titel = "stand_gift"', "gift 1", "unknown_key"),
        ("voucher_days = 365", "voucher_days = 0", None, "voucher_days"),
        ('audience = "programme"', 'audience = "citizen"', None, "no_rungs"),
    ],
)
def test_a_bad_gift_is_refused_at_its_place(old: str, new: str, where: str | None, problem: str) -> None:
    text = plan_to_toml(PROGRAMME)
    assert old in text
    with pytest.raises(Refusal) as refusal:
        plan_from_toml(text.replace(old, new))
    assert refusal.value.facts["problem"] == problem
    assert where is None or refusal.value.facts["where"] == where


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("term_months = 24", "term_months = 841", "term_too_long"),
        ("term_months = 24", f"term_months = {'9' * 5000}", "not_toml"),
        ("value_fen = 1000000", f"value_fen = {10**20}", "too_large"),
        ("delay_days = 30", f"delay_days = {10**20}", "delay_negative"),
        ("voucher_days = 365", "voucher_days = 3651", "voucher_days"),
        ("voucher_days = 365", f"voucher_days = 365\nmost_friends = {10**20}", "too_large"),
        ("voucher_days = 365", f"voucher_days = 365\nmost_cash_fen = {10**20}", "too_large"),
        ("voucher_days = 365", "voucher_days = " + "[" * 5000, "not_toml"),
    ],
)
def test_no_figure_is_endless(old: str, new: str, problem: str) -> None:
    """What would break the signing of a friend, or the day on which a voucher ends, is no plan."""
    text = plan_to_toml(HOMEOWNER_LADDER)
    assert old in text
    with pytest.raises(Refusal) as refusal:
        plan_from_toml(text.replace(old, new))
    assert (refusal.value.code, refusal.value.facts["problem"]) == ("reward_plan_invalid", problem)


@given(plans, plans)
def test_what_if_adds_up_what_would_be_granted(old: RewardPlan, new: RewardPlan) -> None:
    effect = compare(FRIENDS, old, new, TODAY)
    assert effect.friends == len(FRIENDS)
    assert sum(effect.after.items.values()) == len(grant(FRIENDS, new, TODAY))
    assert effect.before + NOTHING == effect.before
    assert not compare(FRIENDS, old, old, TODAY).changes


def test_what_if_ranks_everybody_and_counts_who_is_asked_about() -> None:
    last = compare(FRIENDS[:3], HOMEOWNER_LADDER, CITIZEN_BROKER, TODAY, lambda friend: friend.deal_id == 3)
    assert (last.friends, [item.kind for item in last.before.items]) == (1, [Kind.PARKING])
    assert last.after.cash_fen == 2_000_000


CASH = Item(Kind.CASH, "cash", value_fen=1)
TINY = Item(Kind.GIFT, "stand_gift", value_fen=1)
BROKEN: dict[str, tuple[Callable[[], object], str]] = {
    "a cap of nothing": (lambda: replace(HOMEOWNER_LADDER, most_friends=0), "cap_not_positive"),
    "a title too long": (lambda: replace(CASH, title="t" * (LONGEST_TITLE + 1)), "item_title_long"),
    "a title of two lines": (lambda: replace(CASH, title="a\nb"), "not_one_line"),
    "no title": (lambda: replace(CASH, title=""), "item_title"),
    "a step with nothing": (lambda: Rung(1, ()), "rung_empty"),
    "a step with too much": (lambda: Rung(1, (CASH,) * (MOST_ITEMS + 1)), "too_many"),
    "a gift that waits for a deal": (lambda: Rung(1, (TINY,)), "gift_in_rung"),
    "a gift of nothing": (lambda: Gift(Event.SCAN, ()), "gift_empty"),
    "a gift of too much": (lambda: Gift(Event.SCAN, (TINY,) * (MOST_ITEMS + 1)), "too_many"),
    "no name": (lambda: replace(HOMEOWNER_LADDER, name=""), "name_missing"),
    "a name of two lines": (lambda: replace(HOMEOWNER_LADDER, name="a\u2028b"), "not_one_line"),
    "steps where nobody is a friend": (
        lambda: replace(HOMEOWNER_LADDER, audience=Audience.PROGRAMME),
        "programme_rungs",
    ),
    "a step left out": (lambda: replace(HOMEOWNER_LADDER, rungs=HOMEOWNER_LADDER.rungs[1:]), "rungs_not_in_order"),
    "too many steps": (
        lambda: replace(HOMEOWNER_LADDER, rungs=tuple(Rung(n, (CASH,)) for n in range(1, MOST_RUNGS + 2))),
        "too_many",
    ),
}


@pytest.mark.parametrize(("build", "problem"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_plan_cannot_be_built(build: Callable[[], object], problem: str) -> None:
    with pytest.raises(Refusal) as refusal:
        build()
    assert (refusal.value.code, refusal.value.facts["problem"]) == ("reward_plan_invalid", problem)
