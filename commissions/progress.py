"""How far an agency has come on its plan's ladder, and what the next step or one more deal is worth: a picture, not a
promise.

Nothing is posted from it. What a step is worth depends on prices that are not known yet, so it is reckoned with the
prices of the deals that count already, and a page says "about".
"""

from collections.abc import Sequence
from typing import NamedTuple

from commissions.plan import Mode, Plan


class Progress(NamedTuple):
    """``counted`` deals stand in ``tier`` (its index; None before the first deal).

    ``to_next`` is how many more reach the next tier (None on the last), and ``worth_fen`` what that brings: in a
    graduated plan for each deal from there on, at the average price so far; in volume mode for all deals so far
    together. None where there is no deal to reckon with.
    """

    counted: int
    tier: int | None
    to_next: int | None
    worth_fen: int | None


def progress(prices_fen: Sequence[int], plan: Plan) -> Progress:
    """Where the counted deals of a window, given by their prices in fen, stand on the plan's ladder."""
    counted = len(prices_fen)
    reached = sum(start <= counted for start in plan.starts)
    tier = reached - 1 if reached else None
    if reached == len(plan.tiers):
        return Progress(counted, tier, None, None)
    to_next = plan.starts[reached] - counted
    if tier is None:
        return Progress(counted, tier, to_next, None)
    average_fen = sum(prices_fen) // counted
    gaining = prices_fen if plan.mode is Mode.VOLUME else [average_fen]
    now, then = plan.tiers[tier], plan.tiers[reached]
    worth_fen = sum(plan.pay_fen(then, price_fen) - plan.pay_fen(now, price_fen) for price_fen in gaining)
    return Progress(counted, tier, to_next, worth_fen)


class NextDeal(NamedTuple):
    """What one more deal would bring: its ``rank`` in the window and its ``tier`` (an index), what it earns itself, and
    what the deals before it gain where it lifts them."""

    rank: int
    tier: int
    own_fen: int
    top_up_fen: int


def next_deal(prices_fen: Sequence[int], plan: Plan, price_fen: int) -> NextDeal:
    """One more deal at a price, after those of a window that count already."""
    rank = len(prices_fen) + 1
    tier = sum(start <= rank for start in plan.starts) - 1
    pays = plan.tiers[tier]
    gained_fen = 0
    if plan.mode is Mode.VOLUME and prices_fen:
        before = plan.tiers[sum(start < rank for start in plan.starts) - 1]
        gained_fen = sum(plan.pay_fen(pays, one) - plan.pay_fen(before, one) for one in prices_fen)
    return NextDeal(rank, tier, plan.pay_fen(pays, price_fen), gained_fen)
