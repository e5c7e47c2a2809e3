"""Which version holds for whom: by development, by joining, by offers; against a slow oracle over random histories."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from referral.rewards.promise import Promises, Version, in_force, offer, on_joining
from referral.rewards.reward import Granted, Referral, counted, grant, settle
from referral.rewards.reward_plan import CITIZEN_BROKER, HOMEOWNER_LADDER, Item, Kind, RewardPlan, Rung
from tests.nightly import examples
from tests.unit.referral.rewards.reward_store import write

DAY0 = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = date(2026, 9, 1)
PLANS = (
    replace(HOMEOWNER_LADDER, name="old"),
    replace(CITIZEN_BROKER, name="new", most_cash_fen=3_000_000),
    RewardPlan("gold", HOMEOWNER_LADDER.audience, (Rung(1, (Item(Kind.CASH, "bonus", value_fen=1_000_000),)),)),
)
often = settings(max_examples=examples(80, 5000))


def day(number: int) -> datetime:
    return DAY0 + timedelta(days=number)


places = st.sampled_from([None, 1, 2])
histories = st.lists(st.tuples(st.integers(0, 30), places, st.none() | st.integers(0, 40)), max_size=7).map(
    lambda told: [
        Version(key, key, day(since), place, None if until is None else day(until))
        for key, (since, place, until) in enumerate(told, start=1)
    ]
)


def slowly(versions: list[Version], place: int | None, at: datetime) -> Version | None:
    """Day by day: the general plan and the own one as they come; the own one, if there is one by then."""
    general = own = None
    for version in sorted(versions, key=lambda one: (one.effective_from, one.number)):
        if version.effective_from > at:
            break
        if version.place is None:
            general = version
        elif version.place == place:
            own = version
    return own or general


@often
@given(histories, st.sampled_from([1, 2, 3]), st.integers(0, 31))
def test_a_development_follows_its_own_plan_else_the_one_for_all(told: list[Version], place: int, at: int) -> None:
    assert in_force(told, place, day(at)) == slowly(told, place, day(at))
    promised = on_joining(told, place, day(at))
    if slowly(told, place, day(at)) is None:
        later = [one for one in told if one.place in (None, place)]
        assert promised == min(later, key=lambda one: (one.effective_from, one.number), default=None)


@often
@given(histories, st.sampled_from([1, 2]), st.integers(0, 20), places)
def test_what_comes_later_changes_no_promise(told: list[Version], place: int, joined: int, placed: int | None) -> None:
    told = [one for one in told if one.effective_from <= day(20)] or [Version(1, 1, DAY0)]
    newer = Version(99, 99, day(21), placed)
    before = on_joining(told, place, day(joined))
    if before is not None:
        assert on_joining([*told, newer], place, day(joined)) == before


@often
@given(histories, st.sampled_from([1, 2]), st.integers(0, 30), st.integers(0, 45), st.none() | st.integers(1, 7))
def test_an_offer_is_the_plan_in_force_and_for_who_came_before_it(
    told: list[Version], place: int, joined: int, now: int, current: int | None
) -> None:
    found = offer(told, place, day(joined), current, day(now))
    if found is None:
        there = slowly(told, place, day(now))
        assert (
            there is None
            or there.key == current
            or not there.offered_until
            or (day(joined) >= there.effective_from or day(now) >= there.offered_until)
        )
    else:
        assert found == slowly(told, place, day(now))
        assert (found.key != current, day(joined) < found.effective_from) == (True, True)
        assert found.offered_until is not None
        assert day(now) < found.offered_until


friends = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 60), st.booleans()), min_size=1, max_size=8
)  # the number was left, so many days later signed, cancelled
offers = st.lists(st.tuples(st.integers(0, 25), st.sampled_from([1, 2])), max_size=3)


def histories_of(
    told: list[tuple[int, int, bool]], taken: list[tuple[int, int]]
) -> tuple[list[Referral], Promises, dict[int, RewardPlan]]:
    deals = [
        Referral(key, day(left + later), cancelled_at=day(90) if gone else None, handed_over_at=day(left + later))
        for key, (left, later, gone) in enumerate(told, start=1)
    ]
    promises = Promises(0, tuple((day(at) + timedelta(seconds=nth), plan) for nth, (at, plan) in enumerate(taken)))
    return deals, promises, {key: PLANS[promises.at(day(left))] for key, (left, _, _) in enumerate(told, start=1)}


def slow_grant(deals: list[Referral], plans: dict[int, RewardPlan]) -> list[tuple[int, int, Item]]:
    """Friend by friend, in the order of signing: the own plan's step of that place, within the own plan's cap."""
    earned, cash = [], 0
    for nth, deal in enumerate(counted(deals), start=1):
        plan = plans[deal.deal_id]
        rung = plan.rungs[min(nth, len(plan.rungs)) - 1]
        for slot, item in enumerate(rung.items):
            worth = (item.value_fen or 0) if item.kind is Kind.CASH else 0
            if worth and plan.most_cash_fen is not None and cash + worth > plan.most_cash_fen:
                continue
            cash += worth
            earned.append((deal.deal_id, slot, item))
    return earned


@often
@given(friends, offers)
def test_each_friend_brings_what_held_when_the_number_was_left(
    told: list[tuple[int, int, bool]], taken: list[tuple[int, int]]
) -> None:
    deals, promises, under = histories_of(told, taken)
    earned = grant(deals, PLANS[promises.now], TODAY, under=under)
    assert [(one.deal_id, one.slot, one.item) for one in earned] == slow_grant(deals, under)
    assert {(one.deal_id, one.why.plan) for one in earned} <= {(key, plan.name) for key, plan in under.items()}


@often
@given(friends, offers, st.integers(0, 25), st.sampled_from([1, 2]))
def test_settled_again_it_says_nothing_and_an_offer_that_is_taken_moves_nothing(
    told: list[tuple[int, int, bool]], taken: list[tuple[int, int]], at: int, plan: int
) -> None:
    """Target minus done is nothing, before the offer is taken and after: it is for friends who come later."""
    deals, promises, under = histories_of(told, taken)
    granted: list[Granted] = []
    for nth in range(1, len(deals) + 1):  # settled after each signing, as the portal does it
        granted = write(granted, settle(deals[:nth], PLANS[promises.now], granted, TODAY, under))
    assert settle(deals, PLANS[promises.now], granted, TODAY, under) == ()
    latest = max(day(left) for left, _, _ in told) + timedelta(seconds=9)
    later = Promises(promises.joined, (*promises.accepted, (max(latest, day(at)), plan)))
    anew = {key: PLANS[later.at(day(left))] for key, (left, _, _) in enumerate(told, start=1)}
    assert anew == under
    assert settle(deals, PLANS[later.now], granted, TODAY, anew) == ()


def test_who_took_an_offer_keeps_what_was_promised_before_for_friends_of_before() -> None:
    promises = Promises(0, ((day(5), 1), (day(9), 2)))
    assert [promises.at(day(number)) for number in (4, 5, 8, 9, 30)] == [0, 1, 1, 2, 2]
    assert (promises.now, Promises(7).now) == (2, 7)
