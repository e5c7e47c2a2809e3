"""Rating a million deals, agency by agency as the close of a month reads them, against the least it could cost.

The floor is a bare loop over the prices with one rate and no ranks, windows, tiers or reasons:
`(price_fen * rate_bps + 5000) // 10000`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from commissions.plan import STANDARD, Mode, Plan
from commissions.rating import Deal, rate
from tests.benchmarks.measure import Effort, Laps, Row, in_turn, row

MONTH_BEGAN = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # March in Shanghai
MONTH_MINUTES = 31 * 24 * 60
LARGEST_AGENCY = 2_500
RATE_BPS = 250
ROUNDS = 3
"""A round streams every deal through the loop and both modes; agency by agency they are already in turn."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both modes against the floor."""
    count = effort.deals
    few = replace(effort, rounds=min(effort.rounds, ROUNDS))
    given = in_turn(few, {"round": lambda: _round(count)})["round"]
    for mode in Mode:
        yield row(
            f"rate {count:,} deals, {mode.value}",
            "s",
            [one[mode.value] for one in given],
            "bare integer loop over the same prices",
            [one["floor"] for one in given],
        )


def _round(count: int) -> dict[str, float]:
    """Seconds in the floor and in each mode."""
    standard = Plan.from_toml(STANDARD)
    plans = {mode: {1: replace(standard, mode=mode)} for mode in Mode}
    laps = Laps()
    for deals in _agencies(count):
        prices_fen = [deal.price_fen for deal in deals]
        with laps.lap("floor"):
            _floor(prices_fen)
        for mode, plan in plans.items():
            with laps.lap(mode.value):
                rated = rate(deals, plan)
            assert len(rated) == len(deals)
    return laps.seconds


def _floor(prices_fen: list[int]) -> list[int]:
    return [(price_fen * RATE_BPS + 5_000) // 10_000 for price_fen in prices_fen]


def _agencies(count: int) -> Iterator[list[Deal]]:
    """`count` deals of one month by agency: many agencies with few, few with many, every run the same."""
    random, made, agency = Random(8), 0, 0
    while made < count:
        size = min(int(random.paretovariate(1.1) * 8), LARGEST_AGENCY, count - made)
        agency += 1
        yield [_deal(random, made + place, agency) for place in range(size)]
        made += size


def _deal(random: Random, deal_id: int, agency: int) -> Deal:
    signed_at = MONTH_BEGAN + timedelta(minutes=random.randrange(MONTH_MINUTES))
    cancelled_at = signed_at + timedelta(days=3) if random.random() < 0.02 else None
    price_fen = random.randrange(800_000, 6_000_000) * 100
    return Deal(deal_id, agency, agency % 3, signed_at, price_fen, 1, cancelled_at)
