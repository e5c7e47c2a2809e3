"""Who may register whom: every code of rules 2.4, the order of the questions, and what a refusal may tell."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.clock import local_day
from portal.rules.partners.policy import Policy
from portal.rules.registrations.registration import Accepted, Facts, HolderKind, OwningTouch, PhoneOwner, Term, judge

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
SOON, PAST = NOW + timedelta(hours=5), NOW - timedelta(hours=5)
FREE = Facts(now=NOW, agreement=Term(date(2025, 1, 1)))
POLICY = Policy()

MIDNIGHT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # the beginning of 11 March in Shanghai
ACCEPTED = Accepted(datetime(2026, 3, 17, 2, 0, tzinfo=UTC))


def no(code: str, try_again_at: datetime | None = None) -> Refusal:
    return Refusal(code, try_again_at=try_again_at)


def holder(kind: HolderKind, until: datetime | None) -> dict[str, object]:
    return {"holder": OwningTouch(kind, until)}


CASES: dict[str, tuple[dict[str, object], Accepted | Refusal]] = {
    "nobody was first": ({}, ACCEPTED),
    "the agency left": ({"agency_active": False}, no("agency_inactive")),
    "frozen": ({"frozen_until": SOON}, no("account_frozen", SOON)),
    "the freeze ends at this instant": ({"frozen_until": NOW}, ACCEPTED),
    "no agreement": ({"agreement": None}, no("no_agreement")),
    "begins today": ({"agreement": Term(date(2026, 3, 10))}, ACCEPTED),
    "begins tomorrow": ({"agreement": Term(date(2026, 3, 11))}, no("no_agreement", MIDNIGHT)),
    "its last day was yesterday": ({"agreement": Term(date(2025, 1, 1), date(2026, 3, 10))}, no("no_agreement")),
    "its last day is today": ({"agreement": Term(date(2025, 1, 1), date(2026, 3, 11))}, ACCEPTED),
    "the registrant's own phone": ({"phone_owner": PhoneOwner.REGISTRANT}, no("self_dealing")),
    "a broker's phone": ({"phone_owner": PhoneOwner.PARTNER}, no("self_dealing")),
    "a staff member's phone": ({"phone_owner": PhoneOwner.STAFF}, no("self_dealing")),
    "mine already": (holder(HolderKind.MINE, SOON), no("already_yours")),
    "mine, and sold": (holder(HolderKind.MINE, None), no("already_yours")),
    "mine, but expired": (holder(HolderKind.MINE, PAST), ACCEPTED),
    "given up by the own agency": ({"given_up_until": SOON}, no("given_up_lately", SOON)),
    "given up, and it would have ended at this instant": ({"given_up_until": NOW}, ACCEPTED),
    "the last try of the day": ({"tried_today": 49}, ACCEPTED),
    "one try too many": ({"tried_today": 50}, no("daily_limit", MIDNIGHT)),
    "walked in first": (holder(HolderKind.WALK_IN, SOON), no("walked_in_first", SOON)),
    "a walk-in that expired": (holder(HolderKind.WALK_IN, PAST), ACCEPTED),
    "another's": (holder(HolderKind.OTHER, SOON), no("protected_by_other", SOON)),
    "another's deal": (holder(HolderKind.OTHER, None), no("protected_by_other", None)),
    "nobody's, and sold a while ago": ({"sold_until": SOON}, no("protected_by_other", SOON)),
    "nobody's, and sold long ago": ({"sold_until": NOW}, ACCEPTED),
    "a consultant's own": ({"known_until": SOON}, no("known_to_developer", SOON)),
    "a consultant's own, and it ends at this instant": ({"known_until": NOW}, ACCEPTED),
    "another's, expiring at this instant": (holder(HolderKind.OTHER, NOW), ACCEPTED),
}


@pytest.mark.parametrize(("given", "answer"), CASES.values(), ids=CASES)
def test_every_case_has_one_answer(given: dict[str, object], answer: Accepted | Refusal) -> None:
    assert judge(replace(FREE, **given), POLICY) == answer


ORDER: tuple[tuple[str, dict[str, object]], ...] = (
    ("agency_inactive", {"agency_active": False}),
    ("account_frozen", {"frozen_until": SOON}),
    ("no_agreement", {"agreement": None}),
    ("already_yours", holder(HolderKind.MINE, SOON)),
    ("given_up_lately", {"given_up_until": SOON}),
    ("daily_limit", {"tried_today": 50}),
    ("self_dealing", {"phone_owner": PhoneOwner.STAFF}),
    ("walked_in_first", holder(HolderKind.WALK_IN, SOON)),
    ("protected_by_other", holder(HolderKind.OTHER, SOON)),
    ("known_to_developer", {"known_until": SOON}),
    ("protected_by_other", {"sold_until": SOON}),
)


@pytest.mark.parametrize(("first", "second"), [*combinations(ORDER, 2)], ids=lambda rule: rule[0])
def test_the_earlier_rule_answers(first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]]) -> None:
    answer = judge(replace(FREE, **{**second[1], **first[1]}), POLICY)
    assert isinstance(answer, Refusal)
    assert answer.code == first[0]


instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
facts = st.builds(
    Facts,
    now=instants,
    agreement=st.none() | st.builds(Term, st.dates(date(2025, 1, 1), date(2027, 1, 1))),
    agency_active=st.booleans(),
    frozen_until=st.none() | instants,
    phone_owner=st.sampled_from(PhoneOwner),
    tried_today=st.integers(0, 60),
    holder=st.none() | st.builds(OwningTouch, st.sampled_from(HolderKind), st.none() | instants),
)


@given(facts, st.integers(1, 90))
def test_an_accepted_client_is_protected_for_the_policys_days(facts: Facts, days: int) -> None:
    answer = judge(facts, Policy(showing_days=days))
    if isinstance(answer, Accepted):
        assert answer.protected_until - facts.now == timedelta(days=days)
        assert facts.holder is None or not facts.holder.holds_at(facts.now)


@given(facts)
def test_when_to_try_again_is_to_be_believed(facts: Facts) -> None:
    """At that instant, with all else as it is, this rule says no no longer; it is never in the past."""
    answer = judge(facts, POLICY)
    if isinstance(answer, Refusal):
        assert answer.facts.keys() == {"try_again_at"}
        later = answer.facts["try_again_at"]
        if isinstance(later, datetime):
            assert later > facts.now
            again = judge(replace(facts, now=later, tried_today=_tried(facts, later)), POLICY)
            assert again != answer
            assert not isinstance(again, Refusal) or again.code != answer.code


def _tried(facts: Facts, later: datetime) -> int:
    return facts.tried_today if local_day(later) == local_day(facts.now) else 0


@given(facts, st.sampled_from([HolderKind.WALK_IN, HolderKind.OTHER]))
def test_nobody_finds_out_by_trying_beyond_the_limit(facts: Facts, kind: HolderKind) -> None:
    tired = replace(facts, tried_today=POLICY.daily_limit)
    assert judge(replace(tired, holder=OwningTouch(kind, None)), POLICY) == judge(replace(tired, holder=None), POLICY)
    owned = [judge(replace(tired, holder=None, phone_owner=owner), POLICY) for owner in PhoneOwner]
    assert all(answer == owned[0] for answer in owned), "nor whose number it is"
