"""The examples beside a plan are what `rate` pays: the worked figures of rule 5.6."""

from dataclasses import replace

import pytest

from commissions.plan import STANDARD, Mode, Plan
from commissions.worked import PRICE_FEN, Example, example

GRADUATED = Plan.from_toml(STANDARD)
TRIP = ("overseas trip",)


@pytest.mark.parametrize(
    ("mode", "deals", "commission_fen", "benefits"),
    [
        (Mode.GRADUATED, 0, 0, ()),
        (Mode.GRADUATED, 6, 5 * 36_000_00 + 50_000_00, ()),
        (Mode.VOLUME, 6, 6 * 50_000_00, ()),
        (Mode.GRADUATED, 11, 5 * 36_000_00 + 5 * 50_000_00 + 60_000_00, TRIP),
        (Mode.VOLUME, 12, 12 * 60_000_00, TRIP),
    ],
)
def test_so_many_deals_of_one_price(mode: Mode, deals: int, commission_fen: int, benefits: tuple[str, ...]) -> None:
    assert example(replace(GRADUATED, mode=mode), deals) == Example(deals, PRICE_FEN, commission_fen, benefits)
