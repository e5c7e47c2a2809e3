"""Whose client it is: every setting as a case, and what holds for every history under every profile."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.clock import SHANGHAI
from portal.rules.deals.attribution import Touched, attribute
from portal.rules.judgements import judging
from portal.rules.judgements.judging import Judged, Missed, Outcome, Touch, judge, last_instant
from portal.rules.judgements.profile import AS_EVER, Profile, WhoWins
from portal.rules.judgements.protection import Kind, runs_at
from tests.benchmarks import plain_judging
from tests.benchmarks.judging import made_touches
from tests.unit.rules.judgements import slow_oracle, todays_rules
from tests.unit.rules.judgements.histories import FIRST, histories, profiles

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
VISITS_WIN = Profile(who_wins=WhoWins.FIRST_VISITED)


def touch(number: int, party: str, at: datetime, **facts: object) -> Touch:
    return Touch(number, "D", "x", party, Kind.REGISTRATION, at)._replace(**facts)


def told(judged: Iterable[Judged]) -> list[tuple[str, str | None, bool]]:
    return [(one.outcome, one.code, one.owner) for one in judged]


def by_client(touches: list[Touch]) -> dict[tuple[str, str], list[Touch]]:
    found: dict[tuple[str, str], list[Touch]] = {}
    for one in touches:
        found.setdefault((one.development, one.client), []).append(one)
    return found


# At the second


def rival_at(then: datetime, profile: Profile, **first: object) -> str:
    """How a rival is answered at an instant, behind a first touch."""
    return judge([touch(1, "A", FIRST)._replace(**first), touch(2, "B", then)], profile)[1].code or "accepted"


UNTIL = time(22, 0)
ENDS = {
    "a registration": ({}, Profile(), FIRST + 7 * DAY),
    "a registration until a clock time": ({}, Profile(showing_until=UNTIL), FIRST.replace(day=8, hour=22)),
    "until a clock time of the same day": ({}, Profile(showing_days=0, showing_until=UNTIL), FIRST.replace(hour=22)),
    "registered behind that clock time": (
        {"at": FIRST.replace(hour=22)},
        Profile(showing_days=0, showing_until=UNTIL),
        FIRST.replace(day=2, hour=22),
    ),
    "the clock is Shanghai's, whatever the instant's offset": (
        {"at": datetime(2026, 3, 1, 16, 30, tzinfo=UTC)},  # half past midnight of the 2nd
        Profile(showing_days=1, showing_until=UNTIL),
        FIRST.replace(day=3, hour=22),
    ),
    "a showing": ({"visited_at": FIRST + 2 * DAY}, Profile(), FIRST + 32 * DAY),
    "a showing shortens nothing": ({"visited_at": FIRST + DAY}, Profile(deal_days=2), FIRST + 7 * DAY),
    "a showing in the last second": ({"visited_at": FIRST + 7 * DAY - SECOND}, Profile(), FIRST + 37 * DAY - SECOND),
    "a showing at the end is too late": ({"visited_at": FIRST + 7 * DAY}, Profile(), FIRST + 7 * DAY),
    "a walk-in": ({"kind": Kind.WALK_IN}, Profile(), FIRST + 30 * DAY),
    "a lead": ({"kind": Kind.LEAD}, Profile(developer_days=5), FIRST + 5 * DAY),
    "a programme's lead": ({"kind": Kind.PROGRAMME}, Profile(), FIRST + 30 * DAY),
    "nobody's days for the developer": ({"kind": Kind.WALK_IN}, Profile(developer_days=0), FIRST),
    "a subscription": ({"subscribed_at": FIRST + 2 * DAY}, Profile(), FIRST + 92 * DAY),
    "a subscription of whom nobody had": ({"subscribed_at": FIRST + 8 * DAY}, Profile(), FIRST + 98 * DAY),
    "a subscription that protects no longer": (
        {"subscribed_at": FIRST + 2 * DAY},
        Profile(after_subscription_days=0),
        FIRST + 7 * DAY,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "profile", "end"), ENDS.values(), ids=ENDS)
def test_a_protection_ends_at_its_second(first: dict[str, object], profile: Profile, end: datetime) -> None:
    subscribed = first.get("subscribed_at")
    since = subscribed if isinstance(subscribed, datetime) else FIRST
    if end - SECOND > since:
        assert rival_at(end - SECOND, profile, **first) != "accepted"
    assert rival_at(end, profile, **first) == "accepted"


def test_a_sale_for_good_keeps_out_for_good() -> None:
    assert rival_at(FIRST + 4000 * DAY, AS_EVER, subscribed_at=FIRST + DAY) == "protected_by_other"
    unowned = FIRST + 7 * DAY
    assert rival_at(unowned + DAY, AS_EVER, subscribed_at=unowned) == "accepted", "a sale that nobody owns"
    twice = [touch(nth, who, FIRST + nth * DAY, subscribed_at=FIRST + 5 * DAY) for nth, who in ((1, "A"), (2, "B"))]
    rival = judge([*twice, touch(3, "C", FIRST + 6 * DAY)], Profile())[-1]
    assert rival.against_until == FIRST + 95 * DAY, "two tell of one sale"


# Who wins


def test_of_sixteen_at_once_the_first_committed_has_the_client() -> None:
    judged = judge([touch(number, f"P{number}", FIRST) for number in range(16, 0, -1)], Profile())
    assert told(judged[-1:]) == [("accepted", None, True)]
    assert told(judged[:-1]) == [("refused", "protected_by_other", False)] * 15


def test_of_sixteen_who_come_at_once_the_first_visit_has_the_client() -> None:
    shown = FIRST + DAY
    judged = judge([touch(number, f"P{number}", FIRST, visited_at=shown) for number in range(1, 17)], VISITS_WIN)
    assert told(judged) == [("accepted", None, number == 1) for number in range(1, 17)]
    assert [one.missed for one in judged] == [None, *[Missed.SECOND] * 15]


WHO_WINS = {
    "a registration keeps nobody out": ([touch(1, "A", FIRST), touch(2, "B", FIRST + DAY)], "a0 a0"),
    "and owns nobody": ([touch(1, "A", FIRST)], "a0"),
    "the first showing does": (
        [touch(1, "A", FIRST), touch(2, "B", FIRST, visited_at=FIRST + DAY), touch(3, "C", FIRST + DAY)],
        "a0 a1 r0",
    ),
    "a second showing takes nothing": (
        [touch(1, "A", FIRST, visited_at=FIRST + 2 * DAY), touch(2, "B", FIRST, visited_at=FIRST + DAY)],
        "a0 a1",
    ),
    "not even when the first one's protection has ended": (
        [
            touch(1, "A", FIRST, visited_at=FIRST + 2 * DAY),
            touch(2, "B", FIRST, visited_at=FIRST + DAY),
            touch(3, "C", FIRST + 31 * DAY),
        ],
        "a0 a0 a0",
    ),
    "a walk-in is a showing": (
        [touch(1, "A", FIRST, visited_at=FIRST + 2 * DAY), touch(2, "", FIRST + DAY, kind=Kind.WALK_IN)],
        "a0 a1",
    ),
    "a lead keeps registrations out": ([touch(1, "R", FIRST, kind=Kind.LEAD), touch(2, "B", FIRST)], "a1 r0"),
    "but not the showing of an earlier one": (
        [touch(1, "A", FIRST, visited_at=FIRST + DAY), touch(2, "R", FIRST, kind=Kind.LEAD)],
        "a1 a0",
    ),
    "one's own registration stands": ([touch(1, "A", FIRST), touch(2, "A", FIRST + DAY)], "a0 r0"),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "answers"), WHO_WINS.values(), ids=WHO_WINS)
def test_where_the_first_showing_wins(touches: list[Touch], answers: str) -> None:
    assert [f"{one.outcome[0]}{int(one.owner)}" for one in judge(touches, VISITS_WIN)] == answers.split()


REGISTERED = {
    "the second hears that another was first": ([touch(1, "A", FIRST), touch(2, "B", FIRST)], "protected_by_other"),
    "or that the client walked in": (
        [touch(1, "", FIRST, kind=Kind.WALK_IN), touch(2, "B", FIRST)],
        "walked_in_first",
    ),
    "or that the client is theirs": ([touch(1, "A", FIRST), touch(2, "A", FIRST)], "already_yours"),
    "a lead of the same party is another thing": (
        [touch(1, "A", FIRST, kind=Kind.LEAD), touch(2, "A", FIRST)],
        "protected_by_other",
    ),
    "another client, another answer": ([touch(1, "A", FIRST), touch(2, "B", FIRST, client="y")], None),
    "and another development": ([touch(1, "A", FIRST), touch(2, "B", FIRST, development="E")], None),
    "the number ranks, not the clock": ([touch(1, "A", FIRST + DAY), touch(2, "B", FIRST)], "protected_by_other"),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "code"), REGISTERED.values(), ids=REGISTERED)
def test_where_the_first_registration_wins(touches: list[Touch], code: str | None) -> None:
    assert judge(touches, Profile())[1].code == code


# Showings and masks


@pytest.mark.parametrize(("deal_from", "end"), [("latest", 35), ("first", 32)])
def test_a_showing_under_a_second_registration_of_ones_own_is_a_showing(deal_from: str, end: int) -> None:
    again = touch(2, "A", FIRST + 3 * DAY, visited_at=FIRST + 5 * DAY)
    profile = Profile.from_toml(f'deal_from = "{deal_from}"')
    first, second = judge([touch(1, "A", FIRST, visited_at=FIRST + 2 * DAY), again], profile)
    assert first.protected_until == FIRST + end * DAY
    assert (second.code, second.protected_until) == ("already_yours", None)


MASKED = {
    "it keeps its place, and nobody out": (
        [touch(1, "A", FIRST, masked=True), touch(2, "B", FIRST)],
        [("provisional", None, False), ("accepted", None, True)],
    ),
    "completed, it has its own old time": (
        [touch(1, "A", FIRST, masked=True, visited_at=FIRST + DAY), touch(2, "B", FIRST)],
        [("accepted", None, True), ("accepted", None, False)],
    ),
    "from its completion it keeps others out": (
        [touch(1, "A", FIRST, masked=True, visited_at=FIRST + DAY), touch(2, "B", FIRST + DAY)],
        [("accepted", None, True), ("refused", "protected_by_other", False)],
    ),
    "it ends with its protection": (
        [touch(1, "A", FIRST, masked=True, visited_at=FIRST + 7 * DAY), touch(2, "B", FIRST + DAY)],
        [("provisional", None, False), ("accepted", None, True)],
    ),
    "nobody is told who was there before": (
        [touch(1, "A", FIRST), touch(2, "B", FIRST, masked=True)],
        [("accepted", None, True), ("provisional", None, False)],
    ),
    "a person decides when it is completed": (
        [touch(1, "A", FIRST), touch(2, "B", FIRST, masked=True, visited_at=FIRST + DAY)],
        [("accepted", None, True), ("provisional", "mask_conflict", False)],
    ),
    "also between two of them": (
        [touch(1, "A", FIRST, masked=True), touch(2, "B", FIRST, masked=True, visited_at=FIRST + DAY)],
        [("provisional", None, False), ("provisional", "mask_conflict", False)],
    ),
    "the older one has nobody before it": (
        [touch(1, "A", FIRST, masked=True, visited_at=FIRST + DAY), touch(2, "B", FIRST, masked=True)],
        [("accepted", None, True), ("provisional", None, False)],
    ),
    "one's own stands already": (
        [touch(1, "A", FIRST, masked=True), touch(2, "A", FIRST, masked=True)],
        [("provisional", None, False), ("refused", "already_yours", False)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("touches", "answers"), MASKED.values(), ids=MASKED)
def test_a_masked_touch(touches: list[Touch], answers: list[tuple[str, str | None, bool]]) -> None:
    assert told(judge(touches, Profile())) == answers


def test_a_masked_touch_waits_behind_a_sale_that_nobody_owned() -> None:
    """The first one's protection had ended when the client subscribed."""
    sold = touch(1, "A", FIRST, subscribed_at=FIRST + 20 * DAY)
    profile = replace(Profile(), after_subscription_days=30)
    _, masked = judge([sold, touch(2, "B", FIRST + 25 * DAY, masked=True)], profile)
    assert (masked.outcome, masked.against, masked.against_until) == (Outcome.PROVISIONAL, None, FIRST + 50 * DAY)


# What always holds


@given(histories(masked=False, walk_ins_visit=False))
def test_where_no_profile_was_published_all_is_as_ever(touches: list[Touch]) -> None:
    _as_ever(touches, AS_EVER)


@given(histories(masked=False, subscribed=False, walk_ins_visit=False))
def test_the_defaults_of_a_profile_are_the_rules_as_ever(touches: list[Touch]) -> None:
    _as_ever(touches, Profile())


def _as_ever(touches: list[Touch], profile: Profile) -> None:
    judged = {one.touch.touch_id: one for one in judge(touches, profile)}
    for client in by_client(touches).values():
        for number, outcome, code, until, owns in todays_rules.decide(client, last_instant(touches)):
            one = judged[number]
            protects = None if one.outcome is Outcome.REFUSED else one.protected_until
            assert (one.outcome, one.code, protects, one.owner) == (outcome, code, until, owns)


@given(histories(backwards=True, deeds=True), profiles)
def test_the_slow_way_says_the_same(touches: list[Touch], profile: Profile) -> None:
    judged = {one.touch.touch_id: one for one in judge(touches, profile)}
    for client in by_client(touches).values():
        for number, outcome, code, until, owns in slow_oracle.decide(client, profile, last_instant(touches)):
            one = judged[int(str(number))]
            protects = None if one.outcome is Outcome.REFUSED else one.protected_until
            assert (one.outcome, one.code, protects, one.owner) == (outcome, code, until, owns)


LATE = {
    "who had the client then": ("first_registered", Kind.REGISTRATION, None, 1, 0),
    "who has the client still": ("first_registered", Kind.REGISTRATION, None, 30, 0),
    "a walk-in of then, where visits win": ("first_visited", Kind.WALK_IN, None, 1, 0),
    "a walk-in that still protects": ("first_visited", Kind.WALK_IN, None, 30, 0),
    "whose visit had taken the client": ("first_visited", Kind.REGISTRATION, timedelta(hours=1), 1, 0),
    "nobody, of those who came to the site": ("first_visited", Kind.REGISTRATION, None, 1, 1),
}


@pytest.mark.parametrize("case", LATE)
def test_a_subscription_that_is_told_of_late_is_whose_it_was_then(case: str) -> None:
    """The first touch had ended when the second came; only the third says that the client had subscribed before."""
    wins, kind, visited, days, owner = LATE[case]
    spans = {"showing_days": days, "deal_days": days, "developer_days": days}
    rules = Profile(WhoWins(wins), **spans, after_subscription_days=None)
    second, third = FIRST + 3 * DAY, FIRST + 3 * DAY + DAY / 2
    touches = [
        Touch(1, "D", "x", "A", kind, FIRST, visited_at=FIRST + visited if visited else None),
        Touch(2, "D", "x", "B", Kind.WALK_IN, second),
        Touch(3, "D", "x", "C", Kind.REGISTRATION, third, subscribed_at=FIRST + DAY / 2),
    ]
    assert [one.owner for one in judge(touches, rules)].index(True) == owner


@given(histories(backwards=True), profiles, st.integers(0, 12))
def test_an_answer_does_not_depend_on_what_comes_later(touches: list[Touch], profile: Profile, count: int) -> None:
    """But for a masked touch, which waits for its number: the showing of a later row may complete it."""
    whole = [(one.outcome, one.code) for one in judge(touches, profile)]
    for was, became in zip(judge(touches[:count], profile), whole, strict=False):
        completed = was.outcome is Outcome.PROVISIONAL and became[0] is not Outcome.REFUSED
        assert completed or (was.outcome, was.code) == became


@given(histories(deeds=True), profiles)
def test_clients_have_nothing_to_do_with_each_other(touches: list[Touch], profile: Profile) -> None:
    together = {one.touch.touch_id: facts_of(one) for one in judge(touches, profile)}
    clock = Touch(0, "elsewhere", "nobody", "N", Kind.LEAD, last_instant(touches)) if touches else None
    for client in by_client(touches).values():
        alone = judge([*client, clock], profile)[:-1] if clock else []
        assert [facts_of(one) for one in alone] == [together[one.touch.touch_id] for one in alone]


@given(histories(deeds=True), profiles)
def test_at_most_one_owns_a_client_and_it_protects(touches: list[Touch], profile: Profile) -> None:
    judged = judge(touches, profile)
    owned = [(one.touch.development, one.touch.client) for one in judged if one.owner]
    assert len(owned) == len(set(owned))
    assert all(one.outcome is Outcome.ACCEPTED and not one.ended for one in judged if one.owner)


@given(histories(deeds=True), profiles)
def test_the_owner_is_whom_a_deal_at_the_end_would_be_attributed_to(touches: list[Touch], profile: Profile) -> None:
    """`rules.attribution` over the same touches: one rule, asked in two ways."""
    judged = judge(touches, replace(profile, who_wins=WhoWins.FIRST_REGISTERED))
    for client in by_client(touches):
        known = [
            Touched(one.touch.touch_id, one.touch.at, one.protected_until, one.touch.at)
            for one in judged
            if (one.touch.development, one.touch.client) == client and one.outcome is Outcome.ACCEPTED
        ]
        owner = attribute(known, last_instant(touches)).owner
        said = {one.owned_by for one in judged if (one.touch.development, one.touch.client) == client}
        assert said == {owner.touch_id if owner else None}


def facts_of(one: Judged) -> tuple[object, ...]:
    return one.outcome, one.code, one.against, one.protected_until, one.basis, one.owner, one.owned_by, one.ended


@pytest.mark.parametrize("who_wins", WhoWins)
def test_the_plain_loop_of_the_bench_answers_the_same(who_wins: WhoWins) -> None:
    """What judging is measured against does all of its work."""
    rules, touches = Profile(who_wins=who_wins), made_touches(Random(8), 2_000)
    judged, plain = judge(touches, rules), plain_judging.judge(touches, rules)
    ours = [
        (one.outcome, one.code, one.against, one.against_until, one.protected_until, one.basis, one.missed, one.owner)
        for one in judged
    ]
    floor = [
        (one.outcome, one.code, one.against, one.against_until, one.until, one.since, one.missed, one.owner)
        for one in plain
    ]
    assert ours == floor
    assert [(one.owned_by, one.ended, one.completed_at) for one in judged] == [
        (one.owned_by, one.ended, one.completed_at) for one in plain
    ]


def test_a_touch_is_judged_once() -> None:
    with pytest.raises(Refusal, match="duplicate_touch"):
        judge([touch(1, "A", FIRST), touch(1, "B", FIRST)], Profile())


def test_nothing_gives_nothing() -> None:
    assert judge([], Profile()) == []


@pytest.mark.parametrize("profile", [Profile(), VISITS_WIN], ids=["registered", "visited"])
def test_a_crowd_around_one_client_is_not_looked_at_again_and_again(profile: Profile, monkeypatch) -> None:
    """Masks stand side by side, and so do registrations where showings win: a touch must not look at all before it."""
    asked = 0

    def counted(until: datetime | None, at: datetime) -> bool:
        nonlocal asked
        asked += 1
        return runs_at(until, at)

    monkeypatch.setattr(judging, "runs_at", counted)
    crowd = [touch(n, f"P{n}", FIRST + n * timedelta(minutes=5), masked=n % 2 == 0) for n in range(1, 2001)]
    judge(crowd, profile)
    assert asked < 6 * len(crowd)


def test_instants_of_any_offset_are_one_instant() -> None:
    utc = [one._replace(at=one.at.astimezone(UTC)) for one in (touch(1, "A", FIRST), touch(2, "B", FIRST + 7 * DAY))]
    shanghai = [one._replace(at=one.at.astimezone(SHANGHAI)) for one in utc]
    for profile in (Profile(), Profile(showing_until=UNTIL)):
        assert [facts_of(one) for one in judge(utc, profile)] == [facts_of(one) for one in judge(shanghai, profile)]
