"""Where an agency stands on its ladder, and what the next step is worth."""

from dataclasses import replace

import pytest

from commissions.plan import STANDARD, Mode, Plan, Tier
from commissions.progress import NextDeal, Progress, next_deal, progress
from commissions.worked import example

GRADUATED = Plan.from_toml(STANDARD)
VOLUME = replace(GRADUATED, mode=Mode.VOLUME)
FIXED = replace(GRADUATED, tiers=(Tier(up_to=1, fixed_fen=10_000_00), Tier(fixed_fen=15_000_00)))
PRICE = 2_000_000_00

CASES = [
    (GRADUATED, 0, Progress(0, None, 1, None)),
    (GRADUATED, 3, Progress(3, 0, 3, 14_000_00)),
    (GRADUATED, 5, Progress(5, 0, 1, 14_000_00)),
    (GRADUATED, 6, Progress(6, 1, 5, 10_000_00)),
    (GRADUATED, 11, Progress(11, 2, None, None)),
    (VOLUME, 5, Progress(5, 0, 1, 70_000_00)),
    (FIXED, 1, Progress(1, 0, 1, 5_000_00)),
]


@pytest.mark.parametrize(("plan", "deals", "expected"), CASES)
def test_progress(plan: Plan, deals: int, expected: Progress) -> None:
    assert progress([PRICE] * deals, plan) == expected


def test_a_graduated_step_is_reckoned_at_the_average_price() -> None:
    assert progress([1_000_000_00, 3_000_000_00], GRADUATED).worth_fen == 14_000_00


NEXT = [
    (GRADUATED, 0, NextDeal(1, 0, 36_000_00, 0)),
    (GRADUATED, 5, NextDeal(6, 1, 50_000_00, 0)),
    (VOLUME, 4, NextDeal(5, 0, 36_000_00, 0)),
    (VOLUME, 5, NextDeal(6, 1, 50_000_00, 70_000_00)),
    (FIXED, 1, NextDeal(2, 1, 15_000_00, 0)),
]


@pytest.mark.parametrize(("plan", "deals", "expected"), NEXT)
def test_one_more_deal(plan: Plan, deals: int, expected: NextDeal) -> None:
    """It brings exactly what the close would post for it."""
    assert next_deal([PRICE] * deals, plan, PRICE) == expected
    more = example(plan, deals + 1).commission_fen - (example(plan, deals).commission_fen if deals else 0)
    assert expected.own_fen + expected.top_up_fen == more
