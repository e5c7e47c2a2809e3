"""Rules 7.3 and 7.4: the ladder, its calendar, and what a cancellation undoes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral.rewards.reward import Action, Granted, Referral, RewardState, grant, moved_fen, settle
from referral.rewards.reward_plan import (
    CITIZEN_BROKER,
    HOMEOWNER_LADDER,
    AfterLast,
    Audience,
    Kind,
    Milestone,
    RewardPlan,
)
from referral.rewards.reward_toml import plan_from_toml, plan_to_toml
from tests.unit.referral.rewards.reward_store import write

MARCH = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)


def friend(deal_id: int, day: int = 0, **milestones: datetime) -> Referral:
    return Referral(deal_id, signed_at=MARCH + timedelta(days=day), **milestones)


FRIENDS = [friend(1), friend(2, 1), friend(3, 2), friend(4, 3)]


def test_homeowners_climb_the_ladder():
    rewards = grant(FRIENDS, HOMEOWNER_LADDER, TODAY)
    assert [(r.why.nth, r.rung, r.item.kind, r.state, r.due_on, r.waits_for) for r in rewards] == [
        (1, 1, Kind.FEE_RELIEF, RewardState.PENDING, date(2026, 3, 31), None),
        (2, 2, Kind.VOUCHER, RewardState.PENDING, None, Milestone.HANDED_OVER),
        (3, 3, Kind.PARKING, RewardState.DUE, date(2026, 3, 3), None),
        (4, 3, Kind.PARKING, RewardState.DUE, date(2026, 3, 4), None),
    ]
    assert [r.item.value_fen or r.item.term_months for r in rewards] == [12, 1_000_000, 24, 24]
    assert [r.why.repeats_last for r in rewards] == [False, False, False, True]


def test_citizen_brokers_earn_cash_and_relief_for_every_friend():
    rewards = grant(FRIENDS[:2], CITIZEN_BROKER, TODAY)
    assert [(r.deal_id, r.slot, r.item.kind, r.state) for r in rewards] == [
        (1, 0, Kind.CASH, RewardState.DUE),
        (1, 1, Kind.FEE_RELIEF, RewardState.DUE),
        (2, 0, Kind.CASH, RewardState.DUE),
        (2, 1, Kind.FEE_RELIEF, RewardState.DUE),
    ]
    assert rewards[0].item.value_fen == 2_000_000


def test_what_moves_when_two_friends_change_places():
    """The voucher of 10,000 goes from one to the other; what has no value of its own moves no money."""
    granted = write([], settle(FRIENDS[:3], HOMEOWNER_LADDER, [], TODAY))
    swapped = [replace(FRIENDS[0], signed_at=FRIENDS[1].signed_at + timedelta(hours=1)), *FRIENDS[1:3]]
    assert moved_fen(settle(FRIENDS[:3], HOMEOWNER_LADDER, granted, TODAY)) == 0
    assert moved_fen(settle(swapped, HOMEOWNER_LADDER, granted, TODAY)) == 2_000_000
    assert moved_fen(settle(FRIENDS[:1], HOMEOWNER_LADDER, granted, TODAY)) == 1_000_000
    assert moved_fen(settle(FRIENDS[:3], HOMEOWNER_LADDER, granted, date(2026, 9, 1))) == 0


def test_the_ladder_may_end():
    plan = replace(HOMEOWNER_LADDER, after_last=AfterLast.NOTHING)
    assert [r.rung for r in grant(FRIENDS, plan, TODAY)] == [1, 2, 3]


def test_days_are_those_of_shanghai():
    """17:00 UTC on the 1st is already the 2nd in Shanghai."""
    late = Referral(1, signed_at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC))
    assert grant([late], HOMEOWNER_LADDER, TODAY)[0].due_on == date(2026, 4, 1)


def test_ties_rank_by_deal_and_only_signed_friends_count():
    friends = [friend(9), friend(2), Referral(1), friend(3, cancelled_at=MARCH)]
    assert [(r.deal_id, r.rung) for r in grant(friends, HOMEOWNER_LADDER, TODAY)] == [(2, 1), (9, 2)]


# Settling.


def settled(referrals, plan=HOMEOWNER_LADDER, today=TODAY) -> list[Granted]:
    return write([], settle(referrals, plan, [], today))


def cancel(referrals: list[Referral], deal_id: int) -> list[Referral]:
    return [replace(r, cancelled_at=MARCH) if r.deal_id == deal_id else r for r in referrals]


def actions(changes) -> list[tuple[Action, int, int | None]]:
    return [(c.action, (c.before or c.after).deal_id, c.after.rung if c.after else None) for c in changes]


def test_cancelling_the_first_of_three_moves_the_others_down():
    changes = settle(cancel(FRIENDS[:3], 1), HOMEOWNER_LADDER, settled(FRIENDS[:3]), TODAY)
    assert actions(changes) == [(Action.REVOKE, 1, None), (Action.RERANK, 2, 1), (Action.RERANK, 3, 2)]


def test_what_was_fulfilled_goes_to_review_and_is_never_given_twice():
    granted = [replace(g, state=RewardState.FULFILLED) if g.deal_id != 2 else g for g in settled(FRIENDS[:3])]
    changes = settle(cancel(FRIENDS[:3], 1), HOMEOWNER_LADDER, granted, TODAY)
    assert actions(changes) == [(Action.REVIEW, 1, None), (Action.RERANK, 2, 1), (Action.REVIEW, 3, 2)]
    assert settle(cancel(FRIENDS[:3], 1), HOMEOWNER_LADDER, write(granted, changes), TODAY) == ()


def test_an_approval_holds_while_due_and_falls_with_its_rung():
    granted = [replace(g, state=RewardState.APPROVED) if g.deal_id == 3 else g for g in settled(FRIENDS[:3])]
    assert settle(FRIENDS[:3], HOMEOWNER_LADDER, granted, TODAY) == ()
    changes = settle(cancel(FRIENDS[:3], 2), HOMEOWNER_LADDER, granted, TODAY)
    assert actions(changes) == [(Action.REVOKE, 2, None), (Action.RERANK, 3, 2)]
    assert changes[1].after.state is RewardState.PENDING


def test_a_handover_dates_the_voucher():
    granted = settled(FRIENDS[:2])
    moved_in = [FRIENDS[0], replace(FRIENDS[1], handed_over_at=MARCH + timedelta(days=8))]
    (change,) = settle(moved_in, HOMEOWNER_LADDER, granted, TODAY)
    assert (change.action, change.after.due_on, change.after.state) == (
        Action.RESCHEDULE,
        date(2026, 3, 9),
        RewardState.DUE,
    )


def test_the_due_day_itself_is_due():
    granted = settled(FRIENDS[:1])
    assert settle(FRIENDS[:1], HOMEOWNER_LADDER, granted, date(2026, 3, 30)) == ()
    (change,) = settle(FRIENDS[:1], HOMEOWNER_LADDER, granted, date(2026, 3, 31))
    assert (change.action, change.after.state) == (Action.RESCHEDULE, RewardState.DUE)


def test_two_living_records_for_one_item_are_a_broken_store():
    (record,) = settled(FRIENDS[:1])
    with pytest.raises(ValueError, match="two living rewards"):
        settle(FRIENDS[:1], HOMEOWNER_LADDER, [record, replace(record, reward_id=99)], TODAY)


instants = st.integers(0, 60).map(lambda hours: MARCH + timedelta(hours=hours * 7))
referrals_of_one = st.lists(
    st.builds(
        Referral,
        deal_id=st.integers(1, 30),
        signed_at=st.none() | instants,
        loan_released_at=st.none() | instants,
        handed_over_at=st.none() | instants,
        cancelled_at=st.none() | instants,
    ),
    max_size=8,
    unique_by=lambda referral: referral.deal_id,
)
plans = st.sampled_from([HOMEOWNER_LADDER, CITIZEN_BROKER, replace(HOMEOWNER_LADDER, after_last=AfterLast.NOTHING)])
days = st.integers(0, 60).map(lambda day: date(2026, 3, 1) + timedelta(days=day))


@given(referrals_of_one, plans, days, st.randoms(use_true_random=False))
def test_the_order_in_which_friends_are_listed_does_not_matter(referrals, plan, today, source):
    shuffled = source.sample(referrals, len(referrals))
    assert grant(shuffled, plan, today) == grant(referrals, plan, today)


@given(referrals_of_one, plans, days)
def test_friends_take_consecutive_rungs(referrals, plan, today):
    counted = sum(1 for r in referrals if r.signed_at and not r.cancelled_at)
    numbers = list(dict.fromkeys(r.why.nth for r in grant(referrals, plan, today)))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == counted or plan.after_last is AfterLast.NOTHING


@given(
    referrals_of_one,
    plans,
    days,
    st.sets(st.integers(1, 30)),
    st.dictionaries(st.integers(1, 20), st.sampled_from([RewardState.APPROVED, RewardState.FULFILLED])),
)
def test_settling_again_says_nothing(referrals, plan, today, cancelled, progress):
    """Whatever people approved, fulfilled or cancelled in between."""
    granted = [
        replace(g, state=progress.get(g.reward_id, g.state)) if g.state is RewardState.DUE else g
        for g in settled(referrals, plan, today)
    ]
    left = [replace(r, cancelled_at=MARCH) if r.deal_id in cancelled else r for r in referrals]
    after = write(granted, settle(left, plan, granted, today))
    assert settle(left, plan, after, today) == ()

    fulfilled = {g.reward_id: g for g in granted if g.state is RewardState.FULFILLED}
    for record in after:
        if record.reward_id in fulfilled:
            assert replace(record, reviewed_rung=None, in_review=False) == fulfilled[record.reward_id]
    open_records = {
        (g.deal_id, g.slot): (g.rung, g.item, g.due_on)
        for g in after
        if g.state not in (RewardState.REVOKED, RewardState.FULFILLED)
    }
    target = {(r.deal_id, r.slot): (r.rung, r.item, r.due_on) for r in grant(left, plan, today)}
    assert open_records.items() <= target.items()


@st.composite
def histories(draw):
    """What happened to a referrer's friends, in the order in which it was told; a step may be told twice."""
    final = draw(referrals_of_one)
    steps = [
        (referral.deal_id, name)
        for referral in final
        for name in ("signed_at", "loan_released_at", "handed_over_at", "cancelled_at")
        if getattr(referral, name) is not None
    ]
    told = draw(st.permutations(steps + draw(st.lists(st.sampled_from(steps), max_size=4) if steps else st.just([]))))
    return final, told


@given(histories(), plans, days, st.data())
def test_however_events_are_told_the_same_is_left(history, plan, today, data):
    """Settled after each step, some of them told twice, while people approve what is due: as if settled once."""
    final, told = history
    whole = {referral.deal_id: referral for referral in final}
    known = {deal_id: Referral(deal_id) for deal_id in whole}
    granted: list[Granted] = []
    for deal_id, name in told:
        known[deal_id] = replace(known[deal_id], **{name: getattr(whole[deal_id], name)})
        granted = write(granted, settle(known.values(), plan, granted, today))
        if data.draw(st.booleans()):
            granted = [replace(g, state=RewardState.APPROVED) if g.state is RewardState.DUE else g for g in granted]
        assert settle(known.values(), plan, granted, today) == ()
    left = {(g.deal_id, g.slot, g.rung, g.item, g.due_on) for g in granted if g.state is not RewardState.REVOKED}
    assert left == {(r.deal_id, r.slot, r.rung, r.item, r.due_on) for r in grant(final, plan, today)}


# The plan as data.


@pytest.mark.parametrize("plan", [HOMEOWNER_LADDER, CITIZEN_BROKER])
def test_plans_survive_toml(plan):
    assert plan_from_toml(plan_to_toml(plan)) == plan


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])).map(str.strip).filter(bool))
def test_any_name_survives_toml(name):
    plan = RewardPlan(name, Audience.CITIZEN, CITIZEN_BROKER.rungs)
    assert plan_from_toml(plan_to_toml(plan)) == plan


GOOD = plan_to_toml(HOMEOWNER_LADDER)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name =", "not_toml"),
        (GOOD.replace("name = ", "nom = "), "unknown_key"),
        (GOOD.replace('"homeowner ladder"', "7"), "not_text"),
        (GOOD.replace('"homeowner ladder"', '""'), "name_missing"),
        (GOOD.replace('"homeowner"', '"tenant"'), "not_a_choice"),
        (GOOD.replace("delay_days = 30", "delay_days = 30.5"), "not_whole_number"),
        (GOOD.replace("delay_days = 30", "delay_days = -1"), "delay_negative"),
        (GOOD.replace("term_months = 12", ""), "item_size"),
        (GOOD.replace("term_months = 12", "term_months = 0"), "item_size"),
        (GOOD.replace("term_months = 12", "term_months = 12\nvalue_fen = 1"), "item_size"),
        (GOOD.replace('"parking_space"', '""'), "item_title"),
        ('name = "x"\naudience = "citizen"', "no_rungs"),
        ('name = "x"\naudience = "citizen"\nrungs = 1', "not_tables"),
        ('name = "x"\naudience = "citizen"\n[[rungs]]\nmilestone = "signed"', "rung_empty"),
    ],
)
def test_a_bad_plan_says_what_is_wrong(text, problem):
    with pytest.raises(Refusal) as refusal:
        plan_from_toml(text)
    assert refusal.value.code == "reward_plan_invalid"
    assert refusal.value.facts["problem"] == problem


def test_rungs_count_from_one():
    with pytest.raises(Refusal):
        replace(HOMEOWNER_LADDER, rungs=HOMEOWNER_LADDER.rungs[1:])
