"""What a home may cost: usual, asked about, refused; and how much one adjustment moves."""

import pytest

from commissions.money import MOST_FEN
from commissions.refusal import Refusal
from portal.rules.deals.prices import BEYOND, check_price
from portal.rules.partners.policy import LARGEST, Policy
from portal.rules.payouts.limits import MoneyLimits

POLICY = Policy(price_least_yuan=1_000_000, price_most_yuan=9_000_000)
USUAL = {"least_fen": 1_000_000_00, "most_fen": 9_000_000_00}
BOUNDS = {"least_fen": 100_000_00, "most_fen": 90_000_000_00}
POSSIBLE, IMPOSSIBLE = "price_unlikely", "price_impossible"


@pytest.mark.parametrize(
    ("price_fen", "code"),
    [
        (0, "price_not_positive"),
        (-1, "price_not_positive"),
        (30, IMPOSSIBLE),
        (100_000_00 - 1, IMPOSSIBLE),
        (100_000_00, POSSIBLE),
        (1_000_000_00 - 1, POSSIBLE),
        (1_000_000_00, None),
        (9_000_000_00, None),
        (9_000_000_01, POSSIBLE),
        (90_000_000_00, POSSIBLE),
        (90_000_000_01, IMPOSSIBLE),
        (999_999_999_999_999_00, IMPOSSIBLE),
    ],
)
def test_a_price_is_usual_or_asked_about_or_refused(price_fen: int, code: str | None) -> None:
    asked = _refusal(price_fen)
    assert (asked.code if asked else None) == code
    if code == POSSIBLE:
        assert asked == Refusal(POSSIBLE, field="price_is_right", **USUAL)
        assert _refusal(price_fen, sure=True) is None
    elif code is not None:
        assert _refusal(price_fen, sure=True) == asked, "nobody is so sure"
    if code == IMPOSSIBLE:
        assert asked == Refusal(IMPOSSIBLE, field="price", **BOUNDS)


def _refusal(price_fen: int, **given: bool) -> Refusal | None:
    try:
        check_price(POLICY, price_fen, **given)
    except Refusal as refusal:
        return refusal
    return None


def test_no_policy_allows_what_the_database_refuses() -> None:
    assert LARGEST["price_most_yuan"] * 100 * BEYOND <= MOST_FEN


def test_a_range_turned_round_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        Policy.of({"price_least_yuan": 2_000_000, "price_most_yuan": 1_000_000})
    assert refused.value == Refusal("policy_prices_crossed", field="price_most_yuan")


@pytest.mark.parametrize(("most", "fen", "held"), [(100, 100_00, False), (100, -100_01, True), (0, 10**12, False)])
def test_one_adjustment_moves_so_much(most: int, fen: int, held: bool) -> None:
    limits = MoneyLimits(adjustment_most=most)
    if not held:
        limits.check_adjustment(fen)
        return
    with pytest.raises(Refusal) as refused:
        limits.check_adjustment(fen)
    assert refused.value == Refusal("adjustment_too_large", field="amount", most_fen=most * 100)
