"""Above which sums a second person is needed, and beyond which nothing goes."""

from dataclasses import replace

import pytest

from commissions.refusal import Refusal
from portal.rules.payouts.limits import MoneyLimits

YUAN = 100
LIMITS = MoneyLimits(adjustment_most=500, correction_alone=100, correction_most=1000, second_approver=200)
NONE = MoneyLimits(adjustment_most=0, correction_alone=0, correction_most=0, second_approver=0)


@pytest.mark.parametrize(
    ("limits", "fen", "needed"),
    [(LIMITS, 200 * YUAN, 1), (LIMITS, 200 * YUAN + 1, 2), (LIMITS, 1, 1), (NONE, 10**12, 1)],
)
def test_a_payout_above_the_limit_needs_two(limits: MoneyLimits, fen: int, needed: int) -> None:
    assert limits.approvals_needed(fen) == needed


@pytest.mark.parametrize(
    ("limits", "fen", "second"),
    [(LIMITS, 100 * YUAN, False), (LIMITS, 100 * YUAN + 1, True), (NONE, 10**12, False)],
)
def test_a_correction_above_the_limit_takes_a_second_person(limits: MoneyLimits, fen: int, second: bool) -> None:
    assert limits.correction_needs_second(fen) is second


@pytest.mark.parametrize(
    ("alone", "fen", "second"), [(100, 100 * YUAN, False), (100, 100 * YUAN + 1, True), (0, 10**12, False)]
)
def test_two_decide_whose_a_deal_of_much_commission_is(alone: int, fen: int, second: bool) -> None:
    assert replace(LIMITS, conflict_alone=alone).conflict_needs_second(fen) is second


@pytest.mark.parametrize(("limits", "fen"), [(LIMITS, 1000 * YUAN), (NONE, 10**12)])
def test_a_correction_up_to_the_most_goes(limits: MoneyLimits, fen: int) -> None:
    limits.check_correction(fen)


def test_a_correction_beyond_the_most_goes_not() -> None:
    with pytest.raises(Refusal) as refused:
        LIMITS.check_correction(1000 * YUAN + 1)
    assert (refused.value.code, refused.value.facts["most_fen"]) == ("correction_too_large", 1000 * YUAN)


@pytest.mark.parametrize(("limits", "fen"), [(LIMITS, 500 * YUAN), (LIMITS, -500 * YUAN), (NONE, 10**12)])
def test_an_adjustment_up_to_the_most_goes(limits: MoneyLimits, fen: int) -> None:
    limits.check_adjustment(fen)


@pytest.mark.parametrize("fen", [500 * YUAN + 1, -500 * YUAN - 1])
def test_an_adjustment_beyond_the_most_goes_not_either_way(fen: int) -> None:
    with pytest.raises(Refusal) as refused:
        LIMITS.check_adjustment(fen)
    assert (refused.value.code, refused.value.facts["most_fen"]) == ("adjustment_too_large", 500 * YUAN)
