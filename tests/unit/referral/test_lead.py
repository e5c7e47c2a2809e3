"""Rules 7.2 as a table: what is unusual about the case, and the code it gets."""

from contextlib import nullcontext as does_not_raise
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from referral.lead import ClientOwner, Lead, Numbers, Referrer, Role, admit, asks_proof

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=9)
REFERRER = Referrer(phone_index="r")
LEAD = Lead(phone_index="l", contact_consent=True)

CASES = [
    ("ordinary", {}, {}, None, {}),
    ("revoked", {"code_revoked": True}, {}, "code_revoked", {}),
    ("staff refers", {"role": Role.STAFF}, {}, "referrer_not_eligible", {"reason": "staff", "until": None}),
    (
        "broker refers",
        {"role": Role.BROKER},
        {},
        "referrer_not_eligible",
        {"reason": "broker", "until": None},
    ),
    ("gone", {"active": False}, {}, "referrer_not_eligible", {"reason": "inactive", "until": None}),
    ("frozen", {"frozen_until": LATER}, {}, "referrer_not_eligible", {"reason": "frozen", "until": LATER}),
    ("freeze ends at its instant", {"frozen_until": NOW}, {}, None, {}),
    ("no consent", {}, {"contact_consent": False}, "consent_missing", {}),
    ("the day is full", {"may_leave": 0}, {}, "lead_daily_limit", {}),
    ("the day is full, whosever phone it is", {"may_leave": 0}, {"phone_index": "r"}, "lead_daily_limit", {}),
    ("ended", {"ended": True}, {}, "invitation_ended", {}),
    ("ended, whoever it was", {"ended": True, "code_revoked": True, "active": False}, {}, "invitation_ended", {}),
    ("ended, without consent", {"ended": True}, {"contact_consent": False}, "consent_missing", {}),
    ("ended, and the day is full", {"ended": True, "may_leave": 0}, {}, "lead_daily_limit", {}),
    ("one of many, not shown", {}, {"unproven": True}, "phone_not_proven", {}),
    ("one of many, whosever phone it is", {}, {"unproven": True, "phone_index": "r"}, "phone_not_proven", {}),
    ("one of many, held by a rival", {}, {"unproven": True, "holder": ClientOwner.OTHER}, "phone_not_proven", {}),
    (
        "one of many, this referrer's already",
        {},
        {"unproven": True, "holder": ClientOwner.REFERRER},
        "already_your_lead",
        {"protected_until": None},
    ),
    ("one of many, by what has ended", {"ended": True}, {"unproven": True}, "invitation_ended", {}),
    ("own phone", {}, {"phone_index": "r"}, "self_referral", {}),
    ("second phone", {}, {"same_person": True}, "self_referral", {}),
    ("friend is a broker", {}, {"role": Role.BROKER}, "lead_is_partner", {}),
    ("friend is staff", {}, {"role": Role.STAFF}, "lead_is_partner", {}),
    (
        "again",
        {},
        {"holder": ClientOwner.REFERRER, "protected_until": LATER},
        "already_your_lead",
        {"protected_until": LATER},
    ),
    (
        "held by a rival",
        {},
        {"holder": ClientOwner.OTHER, "protected_until": LATER},
        "already_known",
        {"try_again_at": LATER},
    ),
    ("bought already", {}, {"holder": ClientOwner.OTHER}, "already_known", {"try_again_at": None}),
    (
        "nothing is told about a phone without consent",
        {},
        {"contact_consent": False, "holder": ClientOwner.OTHER},
        "consent_missing",
        {},
    ),
]


@pytest.mark.parametrize(("referrer", "lead", "code", "facts"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_who_may_be_referred(referrer, lead, code, facts):
    expected = does_not_raise() if code is None else pytest.raises(Refusal)
    with expected as refusal:
        admit(replace(REFERRER, **referrer), replace(LEAD, **lead), NOW)
    assert code is None or refusal.value == Refusal(code, **facts)


@pytest.mark.parametrize(
    ("left", "asked"),
    [((9, 99, 9), False), ((10, 0, 0), True), ((0, 100, 0), True), ((0, 0, 10), True), ((11, 101, 11), True)],
)
def test_a_number_above_those_of_a_day_is_shown(left: tuple[int, int, int], asked: bool) -> None:
    assert asks_proof(Numbers(*left), Numbers(10, 100, 10)) is asked


def test_where_none_may_come_unproven_the_first_is_shown() -> None:
    assert asks_proof(Numbers(0, 0, 0), Numbers(0, 100, 10))
