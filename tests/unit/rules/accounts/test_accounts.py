"""What one administrator may do alone, and how long an account rests that others opened or changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.models import Role
from portal.rules.accounts.accounts import (
    ACCOUNT_REST,
    MONEY_ROLES,
    PARTNER_ROLES,
    STAFF_ROLES,
    check_alone,
    check_closing,
    check_name,
    check_not_own,
    check_opening,
    check_partner_role,
    check_phone_alone,
    check_rested,
    check_second,
    may_come_back,
    rests_until,
)

SINCE = datetime(2026, 3, 10, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=24)


def test_money_passes_through_staff_of_ours() -> None:
    assert MONEY_ROLES < STAFF_ROLES


@pytest.mark.parametrize("role", sorted(Role))
def test_one_administrator_alone_has_no_hand_in_accounts_that_move_money(role: str) -> None:
    check_alone(None, role)  # the shell
    if role not in MONEY_ROLES:
        check_alone("administrator", role)
        return
    with pytest.raises(Refusal, match="second_administrator_needed"):
        check_alone("administrator", role)


@pytest.mark.parametrize(
    ("role", "since", "until"),
    [
        ("approver", SINCE, UNTIL),
        ("administrator", SINCE, UNTIL),
        ("approver", None, None),
        ("reception", SINCE, None),
        ("broker", SINCE, None),
    ],
)
def test_only_an_account_that_moves_money_rests(role: str, since: datetime | None, until: datetime | None) -> None:
    assert rests_until(role, since) == until


def test_it_rests_until_the_instant_and_no_longer() -> None:
    assert ACCOUNT_REST == UNTIL - SINCE
    check_rested(UNTIL, UNTIL)
    check_rested(None, SINCE)
    with pytest.raises(Refusal, match="account_rests") as refused:
        check_rested(UNTIL, UNTIL - timedelta(microseconds=1))
    assert refused.value.facts["until"] == UNTIL


def code_of(check: Callable[..., None], *given: object) -> str | None:
    """By which code a check refuses, if it does."""
    try:
        check(*given)
    except Refusal as refusal:
        return refusal.code
    return None


OPENS = {
    "administrator": {*STAFF_ROLES, "principal"},
    "principal": {"broker"},
    "channel_manager": {"referrer"},
    None: set(Role),
}


@pytest.mark.parametrize("asker", [None, *sorted(Role)])
def test_who_opens_an_account_for_whom(asker: str | None) -> None:
    assert {role for role in Role if code_of(check_opening, asker, role) is None} == OPENS.get(asker, set())


@pytest.mark.parametrize("former", sorted(Role))
def test_as_what_a_closed_account_comes_back(former: str) -> None:
    """A partner as a partner, one of the staff as a broker, a referrer as nothing: rewards hang on the account."""
    back = PARTNER_ROLES if former in PARTNER_ROLES else {"broker"} if former in STAFF_ROLES else set()
    assert {role for role in Role if may_come_back(former, role)} == back


CASES = {
    "his own account": (check_closing, (1, 1, "broker", 5), "not_yourself"),
    "the last administrator": (check_closing, (2, 1, "administrator", 0), "last_administrator"),
    "the last but one": (check_closing, (2, 1, "administrator", 1), None),
    "the only broker": (check_closing, (2, 1, "broker", 0), None),
    "from the shell": (check_closing, (None, 1, "reception", 1), None),
    "no name": (check_name, ("",), "person_name"),
    "one letter": (check_name, ("王",), None),
    "the longest name": (check_name, ("n" * 60,), None),
    "one letter more": (check_name, ("n" * 61,), "person_name"),
    "a line break in a name": (check_name, ("王\n小明",), "person_name"),
    "a new account": (check_not_own, (1, None), None),
    "of another": (check_not_own, (1, 2), None),
    "of himself": (check_not_own, (1, 1), "own_account"),
    "nobody beside": (check_second, (0,), "no_second_administrator"),
    "somebody beside": (check_second, (1,), None),
}


@pytest.mark.parametrize(("check", "given", "code"), CASES.values(), ids=CASES)
def test_what_is_refused(check: Callable[..., None], given: tuple[object, ...], code: str | None) -> None:
    assert code_of(check, *given) == code


def test_whose_number_one_person_changes_alone() -> None:
    assert {role for role in Role if code_of(check_phone_alone, "administrator", role) is None} == {"broker"}
    assert {role for role in Role if code_of(check_phone_alone, None, role) is None} == set(Role)


def test_a_partner_becomes_nothing_but_a_partner() -> None:
    assert {role for role in Role if code_of(check_partner_role, role) is None} == PARTNER_ROLES
