"""Lines from deltas: the handbook's deltas, causes, seals, and any order of events ending in one ledger."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.accrual import Cause, accrue
from commissions.plan import STANDARD, Instalment, Mode, Plan, Tier
from commissions.rating import Deal, WindowKey, rate

MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)
SEAL = datetime(2026, 4, 5, tzinfo=UTC)
SEALED = {WindowKey("A", "D", "2026-03"): SEAL}
GRADUATED = Plan.from_toml(STANDARD)
VOLUME = replace(GRADUATED, mode=Mode.VOLUME)
HALVES = replace(GRADUATED, instalments=(Instalment("signed", 5_000), Instalment("loan_released", 5_000)))
SIGNED = frozenset({"signed"})
RELEASED = frozenset({"signed", "loan_released"})


def deal(deal_id, **facts):
    at = MARCH + timedelta(hours=deal_id)
    base = Deal(deal_id, "A", "D", at, 200_000_000, "p", reached=SIGNED)
    return base._replace(**facts)


def row(count):
    return {n: deal(n) for n in range(1, count + 1)}


def post(posted, lines):
    """What the ledger holds after ``lines``."""
    after = dict(posted)
    for line in lines:
        after[line.deal_id, line.milestone] = after.get((line.deal_id, line.milestone), 0) + line.amount_fen
    return after


def amounts(lines):
    return [(line.deal_id, line.amount_fen, line.cause) for line in lines]


def paid_for(deals, plan):
    return post({}, accrue(deals.values(), {"p": plan}, {}))


@pytest.mark.parametrize(("plan", "total_fen"), [(GRADUATED, 55_000_000), (VOLUME, 72_000_000)])
def test_first_lines_are_accruals(plan, total_fen):
    lines = accrue(row(12).values(), {"p": plan}, {})
    assert {line.cause for line in lines} == {Cause.ACCRUAL}
    assert sum(line.amount_fen for line in lines) == total_fen


def test_cancelling_the_third_of_twelve_posts_the_deltas_of_rule_5_6():
    deals = row(12)
    posted = paid_for(deals, GRADUATED)
    deals[3] = deal(3, cancelled_at=MARCH + timedelta(days=20))
    assert amounts(accrue(deals.values(), {"p": GRADUATED}, posted)) == [
        (3, -3_600_000, Cause.CLAWBACK),
        (6, -1_400_000, Cause.RE_RANK),
        (11, -1_000_000, Cause.RE_RANK),
    ]


def test_the_sixth_deal_tops_up_the_five_before_in_volume_mode():
    posted = paid_for(row(5), VOLUME)
    assert amounts(accrue(row(6).values(), {"p": VOLUME}, posted)) == [
        *((n, 1_400_000, Cause.TOP_UP) for n in range(1, 6)),
        (6, 5_000_000, Cause.ACCRUAL),
    ]


def test_a_further_milestone_is_an_instalment():
    posted = paid_for({1: deal(1)}, HALVES)
    (line,) = accrue([deal(1, reached=RELEASED)], {"p": HALVES}, posted)
    assert (line.milestone, line.amount_fen, line.cause) == ("loan_released", 1_800_000, Cause.INSTALMENT)


def test_instalments_sum_to_the_commission_as_in_rule_5_6():
    thirds = Plan(
        "thirds",
        (Tier(fixed_fen=3_333_333),),
        instalments=(Instalment("signed", 3333), Instalment("loan_released", 3333), Instalment("handed_over", 3334)),
    )
    lines = accrue([deal(1, reached=RELEASED | {"handed_over"})], {"p": thirds}, {})
    assert [line.amount_fen for line in lines] == [1_111_000, 1_111_000, 1_111_333]


def test_a_corrected_price_says_so():
    posted = paid_for({1: deal(1)}, GRADUATED)
    lines = accrue([deal(1, price_fen=100_000_000)], {"p": GRADUATED}, posted, Cause.CORRECTION)
    assert amounts(lines) == [(1, -1_800_000, Cause.CORRECTION)]


def test_an_instalment_that_a_corrected_plan_dropped_is_taken_back():
    posted = paid_for({1: deal(1, reached=RELEASED)}, HALVES)
    lines = accrue([deal(1, reached=RELEASED)], {"p": GRADUATED}, posted, Cause.CORRECTION)
    assert [(line.milestone, line.amount_fen) for line in lines] == [
        ("signed", 1_800_000),
        ("loan_released", -1_800_000),
    ]


@pytest.mark.parametrize("plan", [GRADUATED, VOLUME])
def test_after_the_seal_only_the_cancelled_deals_own_is_clawed_back(plan):
    deals = row(12)
    posted = paid_for(deals, plan)
    deals[3] = deal(3, cancelled_at=SEAL)
    lines = accrue(deals.values(), {"p": plan}, posted, sealed=SEALED)
    assert amounts(lines) == [(3, -posted[3, "signed"], Cause.CLAWBACK)]


def test_after_the_seal_a_later_instalment_keeps_the_sealed_rate():
    deals = row(6)
    posted = paid_for(deals, HALVES)
    deals[1] = deal(1, cancelled_at=SEAL)
    deals[6] = deal(6, reached=RELEASED)
    lines = accrue(deals.values(), {"p": HALVES}, posted, sealed=SEALED)
    assert amounts(lines) == [(1, -1_800_000, Cause.CLAWBACK), (6, 2_500_000, Cause.INSTALMENT)]


def test_a_line_explains_itself_from_deal_to_cause():
    posted = paid_for(row(6), HALVES)
    deals = row(6) | {6: deal(6, reached=RELEASED)}
    (line,) = accrue(deals.values(), {"p": HALVES}, posted)
    assert line.sentence() == (
        "rank 6 of 6 in 2026-03; plan standard, graduated: tier 6-10 by own rank; "
        "2000000.00 x 2.50 % = 50000.00; 50.00 % at loan_released = 25000.00; "
        "instalment: 25000.00 - 0.00 posted = 25000.00"
    )
    assert line.facts() == {
        "deal_id": 6, "plan": "standard", "mode": "graduated", "window": "2026-03", "rank": 6, "counted": 6,
        "tier_from": 6, "tier_up_to": 10, "price_fen": 200_000_000, "rate_bps": 250, "commission_fen": 5_000_000,
        "benefit": None, "not_counted": None, "uncapped_fen": None, "forfeited": False,
        "part_bps": None, "whole_fen": None, "milestone": "loan_released", "cause": Cause.INSTALMENT,
        "amount_fen": 2_500_000, "target_fen": 2_500_000, "posted_fen": 0, "share_bps": 5_000,
    }  # fmt: skip


# Random histories: each event changes a fact, and lines are posted after every one of them

EVENTS = st.lists(st.tuples(st.sampled_from(["sign", "release", "cancel", "price"]), st.integers(1, 14)), max_size=40)


def happen(deals, event, deal_id, when):
    """The deals after an event; one that makes no sense by now changes nothing."""
    known = deals.get(deal_id)
    if event == "sign":
        return deals if known else deals | {deal_id: deal(deal_id, recorded_at=when)}
    if known is None or known.cancelled_at is not None:
        return deals
    changed = {
        "release": {"reached": RELEASED},
        "cancel": {"cancelled_at": when},
        "price": {"price_fen": known.price_fen + 1},
    }
    return deals | {deal_id: known._replace(**changed[event])}


@given(EVENTS, st.integers(0, 40), st.sampled_from([Mode.GRADUATED, Mode.VOLUME]))
def test_after_any_history_the_ledger_holds_the_target_and_replaying_adds_nothing(events, seal_after, mode):
    plans = {"p": replace(HALVES, mode=mode)}
    deals, posted, sealed = {}, {}, {}
    for number, (event, deal_id) in enumerate(events):
        if number == seal_after:
            sealed = SEALED
        deals = happen(deals, event, deal_id, SEAL + timedelta(minutes=number - seal_after))
        lines = accrue(deals.values(), plans, posted, sealed=sealed)
        posted = post(posted, lines)
        assert accrue(deals.values(), plans, posted, sealed=sealed) == ()
        if sealed:
            assert {line.deal_id for line in lines} <= {deal_id}
    at_once = post({}, accrue(deals.values(), plans, {}, sealed=sealed))
    assert Counter(posted) == Counter(at_once)


@given(EVENTS, st.randoms())
def test_without_a_seal_any_order_of_the_deals_gives_the_same_lines(events, random):
    deals = {}
    for number, (event, deal_id) in enumerate(events):
        deals = happen(deals, event, deal_id, SEAL + timedelta(minutes=number))
    shuffled = random.sample(list(deals.values()), len(deals))
    lines = accrue(deals.values(), {"p": HALVES}, {})
    assert set(map(str, accrue(shuffled, {"p": HALVES}, {}))) == set(map(str, lines))
    full = sum(one.commission_fen for one in rate(deals.values(), {"p": HALVES}))
    assert 0 <= sum(line.amount_fen for line in lines) <= full
