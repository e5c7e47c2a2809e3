"""Who decides on lost second factors, and when they are taken away."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.models import Role
from portal.rules.account_safety.factor_resets import (
    Hand,
    Owner,
    check_confirming,
    check_proposing,
    check_stopping,
    due_at,
)

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
AT_ONCE = {"reception", "channel_manager", "consultant", "privacy_officer", "broker"}


@pytest.mark.parametrize("role", list(Role))
def test_where_money_hangs_on_the_account_a_day_goes_by(role: Role) -> None:
    waits = timedelta(0) if role in AT_ONCE else timedelta(hours=24)
    assert due_at(role, AT) == AT + waits


BROKER, CASHIER = Owner(1, "broker", 7), Owner(1, "cashier")
MAY_CONFIRM = {
    "another administrator": (Hand(2, "administrator"), CASHIER, None),
    "an administrator for a broker": (Hand(2, "administrator"), BROKER, None),
    "the principal of the broker's agency": (Hand(2, "principal", 7), BROKER, None),
    "the principal of another agency": (Hand(2, "principal", 8), BROKER, "not_your_broker"),
    "a principal for another principal": (Hand(2, "principal", 7), Owner(1, "principal", 7), "not_your_broker"),
    "a broker for a colleague": (Hand(2, "broker", 7), BROKER, "not_your_broker"),
    "finance": (Hand(2, "finance"), CASHIER, "not_your_broker"),
    "an administrator for himself": (Hand(1, "administrator"), Owner(1, "administrator"), "own_account"),
}


@pytest.mark.parametrize(("hand", "owner", "code"), MAY_CONFIRM.values(), ids=MAY_CONFIRM)
def test_who_may_be_the_second(hand: Hand, owner: Owner, code: str | None) -> None:
    assert _code(lambda: check_confirming(hand, owner)) == code


PROPOSING = {
    "it can be confirmed": (2, 1, 1, None),
    "for oneself": (1, 1, 1, "own_account"),
    "nothing is there": (2, 0, 1, "no_factors_to_reset"),
    "nobody could confirm": (2, 1, 0, "no_second_for_reset"),
}


@pytest.mark.parametrize(("by", "factors", "confirmers", "code"), PROPOSING.values(), ids=PROPOSING)
def test_what_may_be_proposed(by: int, factors: int, confirmers: int, code: str | None) -> None:
    hand = Hand(by, "administrator")
    assert _code(lambda: check_proposing(hand, CASHIER, factors=factors, confirmers=confirmers)) == code


@pytest.mark.parametrize(("by", "code"), [(1, None), (2, None), (3, None), (4, "not_your_reset")])
def test_its_owner_and_both_deciders_stop_it(by: int, code: str | None) -> None:
    assert _code(lambda: check_stopping(Hand(by, "administrator"), CASHIER, frozenset({2, 3}))) == code


def _code(rule: object) -> str | None:
    try:
        rule()  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.code
    return None
