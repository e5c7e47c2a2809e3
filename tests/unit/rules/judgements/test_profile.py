"""A rule profile as a value and as TOML: what it may say, and how it says no."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given

from commissions.refusal import Refusal
from portal.rules.judgements.profile import AS_EVER, DealFrom, Profile, Slots, WhoWins
from portal.rules.judgements.protection import Kind
from portal.rules.partners.policy import Policy
from tests.unit.rules.judgements.histories import profiles

GOOD = {
    "nothing": ("", Profile()),
    "all": (
        'who_wins = "first_visited"\nshowing_days = 3\nshowing_until = "22:00"\ndeal_days = 20\ndeal_from = "first"\n'
        "developer_days = 15\nafter_subscription_days = 60\n"
        'slots = "bookable"\nsplit_parts = 5\n',
        Profile(WhoWins.FIRST_VISITED, 3, time(22), 20, DealFrom.FIRST, 15, 60, slots=Slots.BOOKABLE, split_parts=5),
    ),
    "the same day": ('showing_days = 0\nshowing_until = "00:00"', Profile(showing_days=0, showing_until=time(0, 0))),
    "no protection of the developer's": ("developer_days = 0", Profile(developer_days=0)),
    "none after a subscription": ("after_subscription_days = 0", Profile(after_subscription_days=0)),
    "for good after one": ('after_subscription_days = "for_good"', AS_EVER),
}


@pytest.mark.parametrize(("text", "profile"), GOOD.values(), ids=GOOD)
def test_what_is_not_said_has_its_default(text: str, profile: Profile) -> None:
    assert Profile.from_toml(text) == profile


def test_the_defaults_are_those_of_the_rules() -> None:
    assert Profile() == Profile(
        who_wins=WhoWins.FIRST_REGISTERED,
        showing_days=7,
        showing_until=None,
        deal_days=30,
        deal_from=DealFrom.LATEST,
        developer_days=30,
        after_subscription_days=90,
        slots=Slots.OFF,
        split_parts=2,
    )


def test_who_published_none_goes_by_the_settings_of_the_development() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    profile = Policy(showing_days=3, deal_days=20, walk_in_days=10, lead_days=40).profile
    assert profile.registered_until(at) - at == timedelta(days=3)
    assert profile.shown_until(at) - at == timedelta(days=20)
    assert profile.known_until(at, Kind.WALK_IN) - at == timedelta(days=10)
    assert {profile.known_until(at, kind) - at for kind in (Kind.LEAD, Kind.PROGRAMME)} == {timedelta(days=40)}
    assert profile.sold_until(at) is None
    assert (profile.slots, profile.split_parts, Policy(deal_splits=0).profile.split_parts) == (Slots.BOOKABLE, 2, 0)


@given(profiles)
def test_a_text_reads_back(profile: Profile) -> None:
    if profile.showing_until is None or not profile.showing_until.second:
        assert Profile.from_toml(profile.to_toml()) == profile


BAD = {
    "not TOML": ("showing_days =\n", "profile_syntax", "line 1, column 15"),
    "breaks off": ('who_wins = "first', "profile_syntax", "line 1, column 18"),
    "said twice": ("deal_days = 1\ndeal_days = 2\n", "profile_syntax", "line 2, column 14"),
    "a word that is none": ("showing_day = 7", "profile_unknown_key", "showing_day"),
    "a table": ("[showing_days]\nn = 7", "profile_value", "showing_days"),
    "a choice that is none": ('who_wins = "first"', "profile_value", "who_wins"),
    "a choice that is a number": ("deal_from = 1", "profile_value", "deal_from"),
    "negative days": ("deal_days = -1", "profile_value", "deal_days"),
    "no days for a registration": ("showing_days = 0", "profile_value", "showing_days"),
    "no days after a showing": ("deal_days = 0", "profile_value", "deal_days"),
    "negative days of the developer": ("developer_days = -1", "profile_value", "developer_days"),
    "negative days after a subscription": ("after_subscription_days = -1", "profile_value", "after_subscription_days"),
    "days for good that are spelt wrong": ('after_subscription_days = "forever"', "profile_value", None),
    "days of half a day": ("deal_days = 1.5", "profile_value", "deal_days"),
    "days that are a text": ('deal_days = "30"', "profile_value", "deal_days"),
    "days that are true": ("deal_days = true", "profile_value", "deal_days"),
    "days without end": ("deal_days = 1000001", "profile_value", "deal_days"),
    "a number beyond Python": (f"deal_days = {'9' * 5000}", "profile_syntax", None),
    "a clock that is none": ('showing_days = 1\nshowing_until = "25:00"', "profile_value", "showing_until"),
    "a clock of one digit": ('showing_days = 1\nshowing_until = "9:00"', "profile_value", "showing_until"),
    "a clock with seconds": ('showing_days = 1\nshowing_until = "22:00:00"', "profile_value", "showing_until"),
    "a clock of TOML's own": ("showing_days = 1\nshowing_until = 22:00:00", "profile_value", "showing_until"),
    "a clock that is empty": ('showing_days = 1\nshowing_until = ""', "profile_value", "showing_until"),
    "a clock of full-width digits": ('showing_days = 1\nshowing_until = "２２:００"', "profile_value", "showing_until"),
    "slots that are none": ('slots = "on"', "profile_value", "slots"),
    "one part": ("split_parts = 1", "profile_value", "split_parts"),
    "too many parts": ("split_parts = 6", "profile_value", "split_parts"),
    "parts that are true": ("split_parts = true", "profile_value", "split_parts"),
    "a clock of no day": ('showing_until = "22:00"', "profile_until_alone", "showing_until"),
}


@pytest.mark.parametrize(("text", "code", "place"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_refused_at_its_place(text: str, code: str, place: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        Profile.from_toml(text)
    assert refused.value.code == code
    assert place is None or refused.value.facts["place"] == place
