"""Posters a second, on one core, against the project's own target of 12 (there is no peer to take turns with)."""

from collections.abc import Iterator
from itertools import count

from referral.posters.design_file import load
from referral.posters.layout import PosterValues
from referral.posters.poster import render
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds

TARGET = 12.0
DESIGN = load("arch")
_numbers = count(1)


def measure(effort: Effort) -> Iterator[Row]:
    """Warm: the development's picture is drawn already, as for all but its first referrer. Cold: it is not."""
    given = in_turn(
        effort,
        {"warm": lambda: _rate(effort.posters, cold=False), "cold": lambda: _rate(effort.posters, cold=True)},
    )
    target = [TARGET] * effort.rounds
    yield row("posters, the development's next ones", "/s", given["warm"], "our own target", target)
    yield row("posters, each the first of its development", "/s", given["cold"], "our own target", target)


def _rate(posters: int, *, cold: bool) -> float:
    return posters / seconds(lambda: [_draw(next(_numbers), cold=cold) for _ in range(posters)])


def _draw(number: int, *, cold: bool) -> None:
    """One poster; no two have the same referrer and link. Another brand's colour is another picture to draw."""
    values = PosterValues(
        development="云栖湖畔",
        headline="好邻居，\n值得做一辈子",
        body=("四面环湖的低密社区，离地铁 600 米。", "推荐亲友签约，您与朋友都有心意。"),
        referrer=f"林静{number}",
        code="K7M42QX9",
        permit="杭售许字（2026）第 000123 号",
        brand="云栖置业",
        colours={"primary": f"#0f5e{number % 256:02x}"} if cold else {},
    )
    poster = render(DESIGN, values, qr_url=f"https://portal.example.com/r/K7M42QX9?c={number}", lang="zh")
    assert poster.png.startswith(b"\x89PNG")
