"""Ranks, rates and reasons: the handbook's figures, the edges, and a slow oracle that knows no tricks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.calendar import Window, window_label
from commissions.explanation import explain
from commissions.plan import STANDARD, Mode, Plan, Scope, Tier
from commissions.rating import WHOLE, Deal, WindowKey, rate, window_key
from commissions.refusal import Refusal

MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)
GRADUATED = Plan.from_toml(STANDARD)
VOLUME = replace(GRADUATED, mode=Mode.VOLUME)
PRICE = 200_000_000


def signed(deal_id, hours=None, **facts):
    at = MARCH + timedelta(hours=deal_id if hours is None else hours)
    given_facts = {"agency": "A", "development": "D", "price_fen": PRICE, "plan": "p"} | facts
    return Deal(deal_id=deal_id, signed_at=at, **given_facts)


def row(count, cancelled=()):
    return [signed(n, cancelled_at=MARCH if n in cancelled else None) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("plan", "count", "cancelled", "total_fen", "trips"),
    [
        (GRADUATED, 6, (), 23_000_000, 0),
        (VOLUME, 6, (), 30_000_000, 0),
        (GRADUATED, 12, (), 55_000_000, 1),
        (VOLUME, 12, (), 72_000_000, 1),
        (GRADUATED, 12, (3,), 49_000_000, 1),
        (VOLUME, 12, (3,), 66_000_000, 1),
    ],
)
def test_the_worked_figures_of_rule_5_6(plan, count, cancelled, total_fen, trips):
    rated = rate(row(count, cancelled), {"p": plan})
    assert sum(one.commission_fen for one in rated) == total_fen
    assert [one.benefit for one in rated if one.benefit] == ["overseas trip"] * trips


@pytest.mark.parametrize(("rank", "rate_bps"), [(1, 180), (5, 180), (6, 250), (10, 250), (11, 300), (12, 300)])
def test_upper_bounds_are_inclusive(rank, rate_bps):
    assert rate(row(12), {"p": GRADUATED})[rank - 1].rate_bps == rate_bps


def test_the_trip_stands_on_the_deal_whose_own_rank_reaches_it():
    for plan in (GRADUATED, VOLUME):
        assert [one.rank for one in rate(row(15), {"p": plan}) if one.benefit] == [11]


def test_the_same_instant_ranks_by_deal_id():
    deals = [signed(9, hours=0), signed(4, hours=0)]
    assert [(one.deal_id, one.rank) for one in rate(deals, {"p": GRADUATED})] == [(9, 2), (4, 1)]


def test_scope_decides_who_is_counted_together():
    deals = [signed(1, development="D"), signed(2, development="E"), signed(3, agency="B")]
    across = replace(GRADUATED, scope=Scope.ALL)
    assert [one.rank for one in rate(deals, {"p": GRADUATED})] == [1, 1, 1]
    assert [one.rank for one in rate(deals, {"p": across})] == [1, 2, 1]


def test_a_deal_keeps_its_plan_and_is_ranked_among_all():
    raised = Plan("raised", (Tier(2, rate_bps=200), Tier(rate_bps=400)))
    deals = [*row(2), signed(3, plan="q"), signed(4, plan="q")]
    rated = rate(deals, {"p": GRADUATED, "q": raised})
    assert [(one.rank, one.rate_bps) for one in rated] == [(1, 180), (2, 180), (3, 400), (4, 400)]


def test_a_benefit_is_granted_once_per_window_under_two_plan_versions():
    sooner = Plan("sooner", (Tier(2, rate_bps=180), Tier(rate_bps=250, benefit="overseas trip")))
    deals = [*(deal._replace(plan="q") for deal in row(4)), *row(12)[4:]]
    assert [one.rank for one in rate(deals, {"p": GRADUATED, "q": sooner}) if one.benefit] == [3]


def test_fixed_sums_have_no_rate():
    fixed = Plan("fixed", (Tier(1, fixed_fen=500_000), Tier(fixed_fen=800_000)))
    assert [(one.rate_bps, one.commission_fen) for one in rate(row(2), {"p": fixed})] == [
        (None, 500_000),
        (None, 800_000),
    ]


def test_a_cap_keeps_a_commission_down_and_is_explained():
    capped = replace(GRADUATED, cap_fen=40_000_00)
    deals = row(6)
    rated = rate(deals, {"p": capped})
    assert [one.commission_fen for one in rated] == [36_000_00] * 5 + [40_000_00]
    assert explain(deals[0], rated[0], capped).uncapped_fen is None
    assert explain(deals[5], rated[5], capped).uncapped_fen == 50_000_00
    assert explain(deals[5], rated[5], capped).sentence().endswith("2.50 % = 50000.00; capped at 40000.00")


@pytest.mark.parametrize(
    ("facts", "window", "reason"),
    [({"cancelled_at": MARCH}, "2026-03", "cancelled"), ({"signed_at": None}, None, "not_signed")],
)
def test_what_does_not_count_has_no_rank_and_earns_nothing(facts, window, reason):
    deal = signed(1)._replace(**facts)
    (rated,) = rate([deal], {"p": GRADUATED})
    assert (rated.window, rated.rank, rated.rate_bps, rated.commission_fen) == (window, None, 0, 0)
    told = explain(deal, rated, GRADUATED)
    assert told.not_counted == reason
    assert told.sentence() == f"{reason.replace('_', ' ')}: not counted, pays nothing"


@pytest.mark.parametrize(
    ("plan", "position", "sentence"),
    [
        (
            GRADUATED,
            5,
            "rank 6 of 12 in 2026-03; plan standard, graduated: tier 6-10 by own rank; 2000000.00 x 2.50 % = 50000.00",
        ),
        (
            VOLUME,
            10,
            "rank 11 of 12 in 2026-03; plan standard, volume: tier from 11 by the count of 12; "
            "2000000.00 x 3.00 % = 60000.00; first to reach its tier: overseas trip",
        ),
        (
            Plan("fixed", (Tier(1, fixed_fen=5_000_00), Tier(fixed_fen=8_000_00))),
            1,
            "rank 2 of 12 in 2026-03; plan fixed, graduated: tier from 2 by own rank; fixed sum 8000.00",
        ),
    ],
)
def test_a_deal_explains_itself(plan, position, sentence):
    deals = row(12)
    assert explain(deals[position], rate(deals, {"p": plan})[position], plan).sentence() == sentence


def test_a_forfeited_deal_says_that_it_keeps_its_rank_and_pays_nothing():
    deal = signed(1, forfeited=True)
    plan = replace(GRADUATED, forfeiture=True)
    (rated,) = rate([deal], {"p": plan})
    assert explain(deal, rated, plan).sentence() == (
        "rank 1 of 1 in 2026-03; plan standard, graduated: tier 1-5 by own rank; "
        "forfeited, the showing was fake: pays nothing"
    )


def test_a_deal_given_twice_is_refused():
    with pytest.raises(Refusal) as refused:
        rate([signed(1), signed(2), signed(1, hours=9)], {"p": GRADUATED})
    assert refused.value == Refusal("duplicate_deal", deal_id=1)


# Seals

SEAL = datetime(2026, 4, 5, tzinfo=UTC)
KEY = WindowKey("A", "D", "2026-03")


def test_the_key_of_a_window():
    assert window_key(signed(1), GRADUATED) == KEY
    assert window_key(signed(1), replace(GRADUATED, scope=Scope.ALL)) == WindowKey("A", None, "2026-03")
    assert window_key(signed(1)._replace(signed_at=None), GRADUATED) is None


@pytest.mark.parametrize("plan", [GRADUATED, VOLUME])
def test_after_the_seal_a_cancellation_moves_nobody(plan):
    before = row(12)
    after = [deal._replace(cancelled_at=SEAL) if deal.deal_id == 3 else deal for deal in before]
    kept = [one for one in rate(after, {"p": plan}, {KEY: SEAL}) if one.deal_id != 3]
    assert kept == [one for one in rate(before, {"p": plan}) if one.deal_id != 3]


def test_before_the_seal_a_cancellation_stays_re_ranked():
    deals = row(12, cancelled=(3,))
    assert rate(deals, {"p": GRADUATED}, {KEY: SEAL}) == rate(deals, {"p": GRADUATED})


@pytest.mark.parametrize("plan", [GRADUATED, VOLUME])
def test_a_signing_recorded_after_the_seal_queues_up_behind(plan):
    late = signed(99, hours=0, recorded_at=SEAL)
    *rest, last = rate([*row(5), late], {"p": plan}, {KEY: SEAL})
    assert rest == rate(row(5), {"p": plan})
    assert (last.rank, last.rate_bps) == (6, 250)


# The oracle: for each deal, look at all others

PLANS = {
    "monthly": GRADUATED,
    "volume": VOLUME,
    "all": replace(GRADUATED, scope=Scope.ALL, window=Window.QUARTER),
    "small": Plan("small", (Tier(1, fixed_fen=7), Tier(2, rate_bps=333), Tier(rate_bps=9_999)), Mode.VOLUME),
}
DEALS = st.lists(
    st.builds(
        Deal,
        deal_id=st.integers(1, 60),
        agency=st.sampled_from("AB"),
        development=st.sampled_from("DE"),
        signed_at=st.none() | st.integers(0, 90).map(lambda days: MARCH + timedelta(days=days)),
        price_fen=st.integers(0, 10**10),
        plan=st.sampled_from(sorted(PLANS)),
        cancelled_at=st.sampled_from([None, None, None, MARCH]),
        moved=st.just(()),
        part=st.just(WHOLE),
    ),
    max_size=40,
    unique_by=lambda deal: deal.deal_id,
)


def counts(deal):
    return deal.signed_at is not None and deal.cancelled_at is None


def oracle(deal, deals):
    if not counts(deal):
        return None, 0
    plan = PLANS[deal.plan]
    together = [
        (other.signed_at, other.deal_id)
        for other in deals
        if counts(other)
        and other.agency == deal.agency
        and (plan.scope is Scope.ALL or other.development == deal.development)
        and window_label(other.signed_at, plan.window) == window_label(deal.signed_at, plan.window)
    ]
    rank = sum(key <= (deal.signed_at, deal.deal_id) for key in together)
    reach = rank if plan.mode is Mode.GRADUATED else len(together)
    tier = next(tier for tier in plan.tiers if tier.up_to is None or reach <= tier.up_to)
    if deal.forfeited and plan.forfeiture:
        return rank, 0
    if tier.rate_bps is None:
        return rank, tier.fixed_fen
    whole, rest = divmod(deal.price_fen * tier.rate_bps, 10_000)
    return rank, whole + (2 * rest >= 10_000)


@given(DEALS)
def test_every_deal_earns_what_a_slow_look_at_all_others_says(deals):
    assert [(one.rank, one.commission_fen) for one in rate(deals, PLANS)] == [oracle(deal, deals) for deal in deals]


@given(DEALS, st.randoms())
def test_the_order_of_the_input_does_not_matter(deals, random):
    shuffled = random.sample(deals, len(deals))
    by_id = {one.deal_id: one for one in rate(shuffled, PLANS)}
    assert by_id == {one.deal_id: one for one in rate(deals, PLANS)}
