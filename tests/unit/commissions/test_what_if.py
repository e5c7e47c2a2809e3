"""What if: the figures of the rules, every reason, and properties against rating both worlds by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.accrual import accrue
from commissions.calendar import Window
from commissions.plan import STANDARD, Mode, Plan, Scope, Tier
from commissions.rating import Deal, WindowKey, rate
from commissions.what_if import Why, compare, under_plan, without

MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)
APRIL = datetime(2026, 4, 5, tzinfo=UTC)
GRADUATED = Plan.from_toml(STANDARD)
VOLUME = replace(GRADUATED, mode=Mode.VOLUME)
PLANS = {
    "p": GRADUATED,
    "volume": VOLUME,
    "quarter": replace(GRADUATED, window=Window.QUARTER),
    "across": replace(VOLUME, scope=Scope.ALL, cap_fen=30_000_00),
    "steep": Plan("steep", (Tier(2, rate_bps=180), Tier(5, fixed_fen=50_000_00), Tier(rate_bps=300, benefit="car"))),
}


def deals(count, **facts):
    return [
        Deal(n, "A", "D", MARCH + timedelta(hours=n), 200_000_000, "p")._replace(**facts) for n in range(1, count + 1)
    ]


def of_one(effects):
    (effect,) = effects
    return effect


@pytest.mark.parametrize(
    ("count", "before_fen", "after_fen", "whys"),
    [
        (6, 230_000_00, 300_000_00, {Why.TIER}),
        (12, 550_000_00, 720_000_00, {Why.TIER}),
        (5, 180_000_00, 180_000_00, set()),
    ],
)
def test_the_worked_figures_under_volume_instead_of_graduated(count, before_fen, after_fen, whys):
    effect = of_one(compare(deals(count), under_plan(deals(count), range(1, count + 1), "volume"), PLANS))
    assert (effect.before_fen, effect.after_fen) == (before_fen, after_fen)
    assert {change.why for change in effect.changes} == whys
    assert (effect.gained, effect.lost) == ((), ())


def test_the_cancellation_of_rule_5_6():
    effect = of_one(compare(deals(12), without(deals(12), 3, APRIL), PLANS))
    assert [(one.deal.deal_id, one.after.commission_fen - one.before.commission_fen, one.why) for one in effect.changes
            if one.why is not Why.BENEFIT] == [
        (3, -36_000_00, Why.CANCELLED), (6, -14_000_00, Why.RANK), (11, -10_000_00, Why.RANK),
    ]  # fmt: skip
    assert effect.after_fen == 490_000_00
    assert [one.deal.deal_id for one in effect.changes if one.why is Why.BENEFIT] == [12]  # the trip moves there
    assert (effect.gained, effect.lost) == ((), ())


def test_after_the_seal_a_cancellation_takes_its_own_alone():
    sealed = {WindowKey("A", "D", "2026-03"): APRIL}
    effect = of_one(compare(deals(12), without(deals(12), 3, APRIL), PLANS, sealed))
    assert [(one.deal.deal_id, one.why) for one in effect.changes] == [(3, Why.CANCELLED)]


def test_a_lost_rank_loses_the_trip():
    effect = of_one(compare(deals(11), without(deals(11), 1, APRIL), PLANS))
    assert (effect.gained, effect.lost) == ((), ("overseas trip",))


@pytest.mark.parametrize(("plan", "why"), [("quarter", Why.WINDOW), ("across", Why.WINDOW), ("steep", Why.TIER)])
def test_every_reason_is_told(plan, why):
    effect = of_one(compare(deals(12), under_plan(deals(12), {5, 6}, plan), PLANS))
    assert {change.why for change in effect.changes} <= {why, Why.BENEFIT, Why.ARITHMETIC}


def test_the_same_step_that_pays_more_is_arithmetic():
    plans = PLANS | {"more": replace(GRADUATED, tiers=(Tier(5, rate_bps=200), *GRADUATED.tiers[1:]))}
    effect = of_one(compare(deals(6), under_plan(deals(6), range(7), "more"), plans))
    assert [(one.deal.deal_id, one.why) for one in effect.changes] == [(n, Why.ARITHMETIC) for n in range(1, 6)]
    assert [one.deal.plan for one in effect.changes] == ["more"] * 5


def test_a_forfeited_deal_under_a_plan_that_forgives():
    plans = PLANS | {"mild": replace(GRADUATED, forfeiture=False)}
    fake = [*deals(1), deals(2)[1]._replace(forfeited=True)]
    effect = of_one(compare(fake, under_plan(fake, {1, 2}, "mild"), plans))
    assert [(one.deal.deal_id, one.why) for one in effect.changes] == [(2, Why.FORFEITURE)]
    assert (effect.before_fen, effect.after_fen) == (36_000_00, 72_000_00)


def test_forgiving_is_the_reason_only_where_there_was_something_to_forgive():
    plans = PLANS | {"mild": replace(GRADUATED, forfeiture=False), "mild volume": replace(VOLUME, forfeiture=False)}
    sold = deals(6)
    forgiven = [sold[0]._replace(forfeited=True, plan="mild"), *(deal._replace(plan="mild") for deal in sold[1:])]
    for before, plan in ((sold, "mild volume"), (forgiven, "mild volume")):
        effect = of_one(compare(before, under_plan(before, range(1, 7), plan), plans))
        assert [(one.deal.deal_id, one.why) for one in effect.changes] == [(n, Why.TIER) for n in range(1, 6)]


def test_who_is_not_asked_about_is_ranked_and_in_no_sum():
    effect = of_one(compare(deals(6), under_plan(deals(6), {6}, "volume"), PLANS, about={6}))
    assert (effect.deals, effect.before_fen, effect.after_fen) == (1, 50_000_00, 50_000_00)
    effect = of_one(compare(deals(6), without(deals(6), 1, APRIL), PLANS, about={1}))
    assert (effect.deals, effect.before_fen, effect.after_fen) == (1, 36_000_00, 0)
    assert [one.deal.deal_id for one in effect.changes] == [1, 6]


def test_other_deals_cannot_be_compared():
    with pytest.raises(ValueError, match="deal 1 is compared with deal 2"):
        compare(deals(2), list(reversed(deals(2))), PLANS)


@st.composite
def histories(draw):
    found = [
        Deal(
            deal_id=n,
            agency=draw(st.sampled_from("AB")),
            development=draw(st.sampled_from("DE")),
            signed_at=MARCH + timedelta(days=draw(st.integers(0, 100))),
            price_fen=draw(st.integers(1, 400_000_000)),
            plan=draw(st.sampled_from(sorted(PLANS))),
            cancelled_at=draw(st.none() | st.just(MARCH)),
        )
        for n in range(draw(st.integers(1, 25)))
    ]
    return sorted(found, key=lambda deal: deal.agency)


@given(histories(), st.sets(st.integers(0, 24)), st.sampled_from(sorted(PLANS)))
def test_both_worlds_are_what_rating_says_and_the_changes_account_for_the_difference(history, chosen, plan):
    after = under_plan(history, chosen, plan)
    effects = compare(history, after, PLANS)
    assert sum(one.before_fen for one in effects) == sum(one.commission_fen for one in rate(history, PLANS))
    assert sum(one.after_fen for one in effects) == sum(one.commission_fen for one in rate(after, PLANS))
    assert sum(one.deals for one in effects) == len(history)
    for effect in effects:
        moved = sum(one.after.commission_fen - one.before.commission_fen for one in effect.changes)
        assert moved == effect.after_fen - effect.before_fen


@given(histories())
def test_nothing_changed_changes_nothing(history):
    for effect in compare(history, list(history), PLANS):
        assert (effect.changes, effect.gained, effect.lost) == ((), (), ())


@given(histories(), st.integers(0, 24))
def test_a_cancellation_is_told_as_it_would_be_posted(history, deal_id):
    """With everything posted, what if and the accrual's lines are the same figures."""
    everything = [deal._replace(reached=frozenset({"signed"})) for deal in history]
    posted = {(line.deal_id, line.milestone): line.amount_fen for line in accrue(everything, PLANS, {})}
    after = without(everything, deal_id, APRIL)
    lines = {line.deal_id: line.amount_fen for line in accrue(after, PLANS, posted)}
    told = {
        one.deal.deal_id: one.after.commission_fen - one.before.commission_fen
        for effect in compare(everything, after, PLANS)
        for one in effect.changes
        if one.why is not Why.BENEFIT
    }
    assert told == lines
