"""Worked examples of a plan: so many deals of one price, signed one after another in one window.

For the page that explains a plan in plain words. It goes through `rate`, as every real deal does, so an example
cannot promise what the close would not pay.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from commissions.plan import Plan
from commissions.rating import Deal, rate

PRICE_FEN = 2_000_000_00
"""The price of the rules' own examples (rules 5.6)."""

_NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
_ONLY = "plan"


class Example(NamedTuple):
    """What ``deals`` deals of ``price_fen`` earn together under a plan, and the benefits that they bring."""

    deals: int
    price_fen: int
    commission_fen: int
    benefits: tuple[str, ...]


def example(plan: Plan, deals: int, price_fen: int = PRICE_FEN) -> Example:
    """The sum of so many deals of one price in one window, once all their milestones are reached."""
    made = [Deal(n, 0, 0, _NOON + timedelta(seconds=n), price_fen, _ONLY) for n in range(1, deals + 1)]
    rated = rate(made, {_ONLY: plan})
    benefits = tuple(one.benefit for one in rated if one.benefit is not None)
    return Example(deals, price_fen, sum(one.commission_fen for one in rated), benefits)
