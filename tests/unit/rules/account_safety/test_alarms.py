"""An account at which somebody else may be: nothing moves, and who lifts that."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.models import Role
from portal.rules.account_safety.alarms import (
    check_calm,
    check_lifting,
    check_vouching,
    password_is_void,
    takes_two,
)

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
OWNER, ONE, OTHER = 1, 2, 3


def code_of(check: Callable[..., None], *given: object, **named: object) -> str | None:
    try:
        check(*given, **named)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("alarmed_at", "set_at", "void"),
    [
        (None, None, False),
        (None, AT, False),
        (AT, None, True),
        (AT, AT - timedelta.resolution, True),
        (AT, AT, False),
    ],
)
def test_a_password_from_before_the_alarm_is_void(
    alarmed_at: datetime | None, set_at: datetime | None, void: bool
) -> None:
    assert password_is_void(alarmed_at, set_at) is void


def test_who_moves_money_or_says_where_it_goes_takes_two() -> None:
    two = {Role.ADMINISTRATOR, Role.APPROVER, Role.CASHIER, Role.FINANCE, Role.PRINCIPAL, Role.REFERRER}
    assert {role for role in Role if takes_two(role)} == two


def test_nothing_moves_while_an_alarm_is_on() -> None:
    assert (code_of(check_calm, True), code_of(check_calm, False)) == ("account_alarmed", None)


def test_nobody_vouches_for_himself() -> None:
    assert (code_of(check_vouching, OWNER, OWNER), code_of(check_vouching, ONE, OWNER)) == ("own_account", None)


LIFTING = {
    "one's own": (OWNER, Role.BROKER, None, False, "own_account"),
    "before another password was chosen": (ONE, Role.BROKER, None, True, "alarm_password_first"),
    "a broker's, by one": (ONE, Role.BROKER, None, False, None),
    "where money moves, by one": (ONE, Role.CASHIER, None, False, "alarm_by_two"),
    "by the one who vouched": (ONE, Role.CASHIER, ONE, False, "own_proposal"),
    "by another": (OTHER, Role.CASHIER, ONE, False, None),
    "from the shell": (None, Role.CASHIER, None, False, None),
    "from the shell, before another password": (None, Role.CASHIER, None, True, "alarm_password_first"),
}


@pytest.mark.parametrize(("hand", "role", "vouched_by", "void", "code"), LIFTING.values(), ids=LIFTING)
def test_who_lifts_an_alarm(hand: int | None, role: str, vouched_by: int | None, void: bool, code: str | None) -> None:
    assert code_of(check_lifting, hand, OWNER, role, vouched_by=vouched_by, void=void) == code
