"""Rules 7.3 and 7.4 over whole histories: friends sign, cancel and are forgotten, people approve, pay and decide.

After every step the records are settled, as the portal does it; then what must hold for good is looked at.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from referral.rewards.reward import Action, Granted, Referral, RewardState, counted, grant, one_more, settle
from referral.rewards.reward_plan import (
    CITIZEN_BROKER,
    HOMEOWNER_LADDER,
    AfterLast,
    Item,
    Kind,
    RewardPlan,
    Rung,
    Stacking,
)
from tests.nightly import examples
from tests.unit.referral.rewards.reward_store import write

MARCH = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TODAY = date(2026, 6, 1)

CASH_LADDER = replace(
    CITIZEN_BROKER,
    rungs=tuple(Rung(n, (Item(Kind.CASH, "referral_bonus", value_fen=n * 1_000_000),)) for n in (1, 2, 3)),
)
plans = st.builds(
    replace,
    st.sampled_from([HOMEOWNER_LADDER, CITIZEN_BROKER, CASH_LADDER]),
    after_last=st.sampled_from(AfterLast),
    stacking=st.sampled_from(Stacking),
    most_friends=st.none() | st.integers(1, 4),
    most_cash_fen=st.none() | st.sampled_from([1_000_000, 2_000_000, 3_500_000, 6_000_000]),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["signs", "signs", "cancels", "approve", "receive", "receive", "decide"]),
        st.integers(0, 40),
        st.sampled_from(["stands", "changed"]),
    ),
    min_size=3,
    max_size=15,
)
"""What happens; the number is the hour of a signing, or says which of those it could happen to."""
often = settings(max_examples=examples(60, 5000))
Look = Callable[[list[Referral], list[Granted]], None]


def live(plan: RewardPlan, told: list[tuple[str, int, str]], look: Look) -> None:
    """Live through the steps; `look` sees friends and records after each of them. What cannot be is passed over."""
    friends: list[Referral] = []
    granted: list[Granted] = []
    begun = [("signs", hour, "") for hour in (10, 20, 30)]
    for deed, number, outcome in [*begun, *told]:
        there = counted(friends)
        if deed == "signs":  # and moves in; the hour may be one before those of others
            at = MARCH + timedelta(hours=number)
            friends.append(Referral(len(friends) + 1, signed_at=at, handed_over_at=at))
        elif deed == "cancels" and there:
            gone = there[number % len(there)]
            friends = [replace(one, cancelled_at=MARCH) if one is gone else one for one in friends]
        else:
            granted = _by_hand(granted, deed, number, outcome)
        granted = write(granted, settle(friends, plan, granted, TODAY))
        look(friends, granted)


def _by_hand(granted: list[Granted], deed: str, number: int, outcome: str) -> list[Granted]:
    """What a person does with one of the records, where the portal lets him."""
    may = {
        "approve": lambda row: row.state is RewardState.DUE,
        "receive": lambda row: row.state in (RewardState.DUE, RewardState.APPROVED),
        "decide": lambda row: row.in_review,
    }.get(deed)
    open_to_it = [row for row in granted if may and may(row)]
    if not open_to_it:
        return granted
    chosen = open_to_it[number % len(open_to_it)]
    written: dict[str, object] = {"in_review": False}
    if deed != "decide":
        written = {"state": RewardState.APPROVED if deed == "approve" else RewardState.FULFILLED}
    elif outcome != "stands":  # charged back, or replaced by what is earned now
        written["state"] = RewardState.REVOKED
    return [replace(row, **written) if row is chosen else row for row in granted]


def living(granted: list[Granted]) -> list[Granted]:
    return [row for row in granted if row.state is not RewardState.REVOKED]


@often
@given(plans, steps)
def test_settling_twice_is_settling_once(plan: RewardPlan, told: list) -> None:
    def look(friends: list[Referral], granted: list[Granted]) -> None:
        assert settle(friends, plan, granted, TODAY) == ()

    live(plan, told, look)


@often
@given(plans.filter(lambda plan: plan.most_cash_fen is not None), steps)
def test_no_history_passes_the_cap_on_cash(plan: RewardPlan, told: list) -> None:
    """Not while a person decides, and not when he lets it stand."""

    def look(_friends: list[Referral], granted: list[Granted]) -> None:
        cash = sum(row.item.value_fen or 0 for row in living(granted) if row.item.kind is Kind.CASH)
        assert cash <= (plan.most_cash_fen or 0)

    live(plan, told, look)


@often
@given(plans, steps)
def test_a_review_is_open_only_while_something_else_is_earned(plan: RewardPlan, told: list) -> None:
    def look(friends: list[Referral], granted: list[Granted]) -> None:
        now = {(one.deal_id, one.slot): one.rung for one in grant(friends, plan, TODAY, granted)}
        for row in living(granted):
            earned = now.get((row.deal_id, row.slot), 0)
            if row.in_review:
                assert row.state is RewardState.FULFILLED
                assert row.reviewed_rung == earned != row.rung
            elif row.state is RewardState.FULFILLED and earned != row.rung:
                assert row.reviewed_rung == earned, "a person has decided about just this"

    live(plan, told, look)


@often
@given(plans, steps)
def test_what_is_told_is_the_place_of_today(plan: RewardPlan, told: list) -> None:
    """A received reward keeps the place that it was received for."""

    def look(friends: list[Referral], granted: list[Granted]) -> None:
        places = {one.deal_id: one.why.nth for one in grant(friends, plan, TODAY, granted)}
        for row in living(granted):
            assert row.state is RewardState.FULFILLED or row.told_nth == places[row.deal_id]

    live(plan, told, look)


@often
@given(plans, steps)
def test_the_promised_next_step_is_what_one_more_friend_brings(plan: RewardPlan, told: list) -> None:
    """A friend who then signs after all others is granted just what was promised, and nobody else anything."""

    def look(friends: list[Referral], granted: list[Granted]) -> None:
        promise = one_more(friends, plan, TODAY, granted)
        friend = Referral(99, signed_at=MARCH + timedelta(hours=41))
        changes = settle([*friends, friend], plan, granted, TODAY)
        assert [change.action for change in changes] == [Action.GRANT] * len(changes)
        given = [change.after for change in changes if change.after]
        assert [(one.slot, one.rung, one.item, one.why.nth) for one in given] == [
            (one.slot, one.rung, one.item, one.why.nth) for one in promise
        ]

    live(plan, told, look)


def test_the_first_friend_of_all_is_promised_the_first_step() -> None:
    assert [one.item for one in one_more([], HOMEOWNER_LADDER, TODAY)] == list(HOMEOWNER_LADDER.rungs[0].items)
