"""What if for judgements: each reason as a case, and that it says what judging both worlds says."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.judgements.judging import Touch, judge, last_instant
from portal.rules.judgements.profile import AS_EVER, Profile, WhoWins
from portal.rules.judgements.protection import Kind
from portal.rules.judgements.what_if import ClientFacts, Moved, Sale, Why, compare
from tests.unit.rules.judgements.histories import FIRST, histories, profiles

DAY = timedelta(days=1)
VISITS_WIN = Profile(who_wins=WhoWins.FIRST_VISITED)


def touch(number: int, party: str, day: int, shown: int | None = None) -> Touch:
    at = FIRST + day * DAY
    return Touch(number, "D", "x", party, Kind.REGISTRATION, at, None if shown is None else FIRST + shown * DAY)


CASES = {
    "nothing differs": ([touch(1, "A", 0, 1), touch(2, "B", 2)], Profile(), 5, []),
    "nobody showed the client": ([touch(1, "A", 0)], VISITS_WIN, 5, [(1, None, Why.UNSHOWN)]),
    "protection was shorter": (
        [touch(1, "A", 0), touch(2, "B", 4)],
        Profile(showing_days=3),
        5,
        [(1, 2, Why.ENDED)],
    ),
    "it was longer": ([touch(1, "A", 0), touch(2, "B", 8)], Profile(showing_days=20), 9, [(2, 1, Why.REFUSED)]),
    "another showing came first": (
        [touch(1, "A", 0, 3), touch(2, "B", 1, 2)],
        VISITS_WIN,
        5,
        [(1, 2, Why.SECOND)],
    ),
    "it still runs": ([touch(1, "A", 0)], Profile(showing_days=20), 9, [(None, 1, Why.KEPT)]),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "profile", "end", "moved"), CASES.values(), ids=CASES)
def test_why_a_client_changes_hands(
    touches: list[Touch], profile: Profile, end: int, moved: list[tuple[int | None, int | None, Why]]
) -> None:
    facts = ClientFacts(1, 2, touches)
    assert [told(one) for one in compare([facts], AS_EVER, profile, FIRST + end * DAY)] == moved


def told(moved: Moved) -> tuple[int | None, int | None, Why]:
    return moved.before, moved.after, moved.why


def test_a_number_completed_later_stands_before_whom_its_first_showing_did_not_keep_out() -> None:
    """A came first with a masked number, so B was let in; with the full number A has the earlier place."""
    facts = ClientFacts(1, 2, [touch(1, "A", 0, 3)._replace(masked=True), touch(2, "B", 1, 2)])
    moved = compare([facts], VISITS_WIN, Profile(), FIRST + 5 * DAY)
    assert [told(one) for one in moved] == [(2, 1, Why.LATER)]


def test_a_deal_is_told_beside_the_client() -> None:
    facts = ClientFacts(1, 2, [touch(1, "A", 0, 1), touch(2, "B", 32)], [Sale(7, FIRST + 20 * DAY)])
    moved = compare([facts], AS_EVER, Profile(deal_days=10, after_subscription_days=5), FIRST + 38 * DAY)
    assert [(one.deal_id, *told(one)) for one in moved] == [(7, 1, None, Why.ENDED), (None, 1, 2, Why.ENDED)]


def test_a_second_showing_of_ones_own_counts() -> None:
    first = touch(1, "A", 0, 1)._replace(shown_again=(FIRST + 20 * DAY,))
    facts = ClientFacts(1, 2, [first])
    last, only = Profile.from_toml('deal_from = "latest"'), Profile.from_toml('deal_from = "first"')
    assert [told(one) for one in compare([facts], last, only, FIRST + 40 * DAY)] == [(1, None, Why.ENDED)]


@given(histories(masked=False, subscribed=False), profiles, profiles, st.integers(0, 40))
def test_it_says_what_judging_both_worlds_says(
    touches: list[Touch], before: Profile, after: Profile, later: int
) -> None:
    end = (last_instant(touches) if touches else FIRST) + later * DAY
    clients: dict[tuple[str, str], list[Touch]] = {}
    for one in touches:
        clients.setdefault((one.development, one.client), []).append(one)
    clock = Touch(0, "elsewhere", "nobody", "N", Kind.LEAD, end)
    for number, client in enumerate(clients.values()):
        owners = [
            next((one.touch.touch_id for one in judge([*client, clock], profile)[:-1] if one.owner), None)
            for profile in (before, after)
        ]
        moved = [*compare([ClientFacts(1, number, client)], before, after, end)]
        assert [(one.before, one.after) for one in moved] == ([tuple(owners)] if owners[0] != owners[1] else [])
        assert not [*compare([ClientFacts(1, number, client)], after, after, end)]
