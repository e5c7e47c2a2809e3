"""Rating a million deals, agency by agency as the close of a month reads them, against the least it could cost.

The floor is the loop that one would write for the standard plan alone: deals by agency, development and month, those
in turn by signing, `(price_fen * rate_bps + 5000) // 10000` by the rank. It knows no other window or tier, no cap,
part, seal or benefit, and has no reasons to give.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from commissions.calendar import SHANGHAI
from commissions.plan import STANDARD, Mode, Plan
from commissions.rating import Deal, rate
from tests.benchmarks.measure import Effort, Laps, Row, in_turn, row

MONTH_BEGAN = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # March in Shanghai
MONTH_MINUTES = 31 * 24 * 60
LARGEST_AGENCY = 2_500
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
            "plain loop that groups, sorts and multiplies the same deals",
            [one[f"{mode.value} floor"] for one in given],
        )


def _round(count: int) -> dict[str, float]:
    """Seconds in each mode and in its floor."""
    standard = Plan.from_toml(STANDARD)
    plans = {mode: {1: replace(standard, mode=mode)} for mode in Mode}
    laps = Laps()
    for deals in _agencies(count):
        for mode, plan in plans.items():
            with laps.lap(f"{mode.value} floor"):
                plain = _floor(deals, mode)
            with laps.lap(mode.value):
                rated = rate(deals, plan)
            assert plain == {one.deal_id: one.commission_fen for one in rated if one.rank is not None}
    return laps.seconds


def _floor(deals: list[Deal], mode: Mode) -> dict[int, int]:
    windows: defaultdict[tuple[object, ...], list[Deal]] = defaultdict(list)
    for deal in deals:
        if deal.cancelled_at is None:
            assert deal.signed_at is not None
            local = deal.signed_at.astimezone(SHANGHAI)
            windows[deal.agency, deal.development, local.year, local.month].append(deal)
    due = {}
    for members in windows.values():
        members.sort(key=lambda deal: (deal.signed_at, deal.deal_id))
        for rank, deal in enumerate(members, 1):
            counted = rank if mode is Mode.GRADUATED else len(members)
            rate_bps = 180 if counted <= 5 else 250 if counted <= 10 else 300
            due[deal.deal_id] = (deal.price_fen * rate_bps + 5_000) // 10_000
    return due


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
