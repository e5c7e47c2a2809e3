"""A development's settings: the defaults are the rules', and a typing error is refused."""

from collections.abc import Iterable
from dataclasses import asdict

import pytest

from commissions.refusal import Refusal
from portal.rules.partners.policy import MOST, Policy


def test_the_defaults_are_the_rules() -> None:
    policy = Policy.of({})
    assert (policy.showing_days, policy.deal_days, policy.walk_in_days, policy.lead_days) == (7, 30, 30, 30)
    assert (policy.lead_minutes, policy.geofence_m, policy.nonce_seconds) == (30, 500, 60)
    assert (policy.photo_days, policy.template_days, policy.evidence_days) == (90, 30, 30)


def test_a_development_changes_what_it_names() -> None:
    assert asdict(Policy.of({"showing_days": 3})) == asdict(Policy()) | {"showing_days": 3}


def test_no_lead_time_can_be_asked_for() -> None:
    assert Policy.of({"lead_minutes": 0}).lead_minutes == 0


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        Policy.of({"showing_day": 3})
    assert refused.value == Refusal("policy_unknown_setting", setting="showing_day")


@pytest.mark.parametrize("value", ["7", 7.0, None, True, -1, 0, MOST + 1])
def test_a_wrong_value_is_refused(value: object) -> None:
    with pytest.raises(Refusal) as refused:
        Policy.of({"showing_days": value})
    assert refused.value == Refusal("policy_wrong_value", field="showing_days", least=1, most=MOST)


@pytest.mark.parametrize(("kind", "fen"), [("fee_relief", 300_00), ("parking", 500_00), ("cash", 0)])
def test_a_month_is_counted_as_the_development_says(kind: str, fen: int) -> None:
    assert Policy.of({"relief_month_yuan": 300, "parking_month_yuan": 500}).month_fen(kind) == fen


@pytest.mark.parametrize(
    ("settings", "open_hours"),
    [
        ({}, range(24)),
        ({"opens_hour": 9, "closes_hour": 18}, range(9, 18)),
        ({"opens_hour": 22, "closes_hour": 2}, (0, 1, 22, 23)),
    ],
    ids=["all day", "by day", "past midnight"],
)
def test_opening_hours(settings: dict[str, object], open_hours: Iterable[int]) -> None:
    policy = Policy.of(settings)
    assert [hour for hour in range(24) if policy.open_at(hour)] == list(open_hours)


def test_a_day_has_no_more_hours() -> None:
    for setting in ({"opens_hour": 24}, {"closes_hour": 25}):
        with pytest.raises(Refusal):
            Policy.of(setting)
