"""What one administrator may do alone, and how long an account rests that others opened or changed."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.models import Role
from portal.rules.accounts import ACCOUNT_REST, MONEY_ROLES, STAFF_ROLES, check_alone, check_rested, rests_until

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
