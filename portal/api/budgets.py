"""How often a key may ask: a burst and a steady rate, for each operation, told in two header fields.

`draft-ietf-httpapi-ratelimit-headers-10`: `RateLimit-Policy` says what there is, `RateLimit` what is left of it. They
count where the pages' limits do, so that all processes share them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import time

from flask import Response, g
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from commissions.refusal import Refusal

from ..web.limits import limiter, network


@dataclass(frozen=True, slots=True)
class Budget:
    """So many requests of a key to one operation, within so many seconds."""

    name: str
    item: RateLimitItem


BUDGETS = (Budget("burst", RateLimitItemPerSecond(30)), Budget("steady", RateLimitItemPerMinute(600)))
WITH_FILES = (Budget("burst", RateLimitItemPerSecond(5)), Budget("steady", RateLimitItemPerMinute(60)))
"""Of operations that take files: reading one costs more than sending it."""
TO_PHONES = (Budget("steady", RateLimitItemPerHour(20)),)
"""Of operations that write to somebody's phone: as often as a person may on the page, whoever has the key."""
STRANGERS = RateLimitItemPerMinute(60)
"""So often a network may show keys that there are not."""


def spend(key_id: int, operation: str, budgets: Sequence[Budget]) -> None:
    """Count a request; what is left is told with the answer. Raises Refusal(api_too_often) with `seconds`."""
    counting = FixedWindowRateLimiter(limiter.storage)
    left, waits = [], 0
    for budget in budgets:
        of = ("api", str(key_id), operation, budget.name)
        allowed = counting.hit(budget.item, *of)
        stats = counting.get_window_stats(budget.item, *of)
        seconds = max(1, round(stats.reset_time - time()))
        left.append(f'"{budget.name}";r={stats.remaining};t={seconds}')
        waits = waits if allowed else max(waits, seconds)
    g.budgets_left, g.budgets_policy = ", ".join(left), policy(budgets)
    if waits:
        raise Refusal("api_too_often", seconds=waits)


def policy(budgets: Sequence[Budget]) -> str:
    """What there is: quota and window in seconds."""
    return ", ".join(f'"{one.name}";q={one.item.amount};w={one.item.get_expiry()}' for one in budgets)


def count_stranger() -> None:
    """Count a key that is none. Raises Refusal(api_too_often) where a network tries many."""
    if not FixedWindowRateLimiter(limiter.storage).hit(STRANGERS, "api", "stranger", network()):
        raise Refusal("api_too_often", seconds=STRANGERS.get_expiry())


def tell(answer: Response) -> Response:
    """Say on an answer what there is and what is left."""
    left = g.pop("budgets_left", None)
    if left is not None:
        answer.headers["RateLimit-Policy"] = g.pop("budgets_policy")
        answer.headers["RateLimit"] = left
    return answer
