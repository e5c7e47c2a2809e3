"""How everything here is measured: warmed up, then ours and what it is held against in turn, several times over.

A machine is never alone. What is measured in turn (A B A B) suffers from the same neighbours, so the ratio is taken
round by round and its median quoted; where the rounds disagree, their range is shown beside the median.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")

NOISY = 0.15
"""A range wider than this share of the median is shown."""

LESS_IS_BETTER = {"ms", "s", "kB", "MB"}


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done: `warm_ups` and `rounds` of each measure, and the work of one of them."""

    warm_ups: int
    rounds: int
    photos: int  # of each size
    registrations: int  # a thread
    deals: int
    posters: int
    requests: int  # a page
    check_ins: int  # a round
    faces: int  # that are searched
    closed_deals: int = 100_000  # of the month that is closed, and behind the large portal's pages
    history: int = 1_000_000  # lines of months gone by
    hostile_seconds: float = 20.0  # of each kind
    people: int = 10_000  # of whom some brought the others
    events: int = 10_000  # that are told
    clients: int = 200_000  # who are cared for
    day_clients: int = 2_000  # of one consultant
    touches: int = 1_000_000  # that are judged
    webhooks: tuple[int, int] = (1_000, 100)  # endpoints, and events for each


FULL = Effort(
    warm_ups=1,
    rounds=5,
    photos=4,
    registrations=20,
    deals=1_000_000,
    posters=8,
    requests=160,
    check_ins=40,
    faces=100_000,
)
QUICK = Effort(
    warm_ups=0,
    rounds=1,
    photos=1,
    registrations=1,
    deals=1_000,
    posters=1,
    requests=8,
    check_ins=2,
    faces=200,
    closed_deals=60,
    history=2_000,
    hostile_seconds=2.0,
    people=200,
    events=60,
    clients=200,
    day_clients=20,
    touches=400,
    webhooks=(4, 3),
)
"""Proves that every measure runs; its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `value` is the median over the rounds and `low` to `high` their range, in `unit`. `against` says what it is held
    against and `against_value` is that one's median, in the same unit. `ratio` is how many times as good as it we
    are, above 1 better; `ratio_low` to `ratio_high` is its range.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    against: str
    against_value: float
    ratio: float
    ratio_low: float
    ratio_high: float

    @property
    def noisy(self) -> bool:
        """Whether the rounds disagree too much to show the median alone."""
        return self.high - self.low > NOISY * self.value or self.ratio_high - self.ratio_low > NOISY * self.ratio

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def row(name: str, unit: str, ours: Sequence[float], against: str, theirs: Sequence[float]) -> Row:
    """The line of figures that were measured in turn, one a round."""
    pairs = list(zip(ours, theirs, strict=True))
    ratios = [they / we if unit in LESS_IS_BETTER else we / they for we, they in pairs]
    return Row(
        name=name,
        value=median(ours),
        unit=unit,
        low=min(ours),
        high=max(ours),
        against=against,
        against_value=median(theirs),
        ratio=median(ratios),
        ratio_low=min(ratios),
        ratio_high=max(ratios),
    )


def in_turn(effort: Effort, trials: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
    """What each trial gave in each round: one after another in every round, the warm-ups not counted."""
    for _ in range(effort.warm_ups):
        for trial in trials.values():
            trial()
    given: dict[str, list[T]] = {name: [] for name in trials}
    for _ in range(effort.rounds):
        for name, trial in trials.items():
            given[name].append(trial())
    return given


class Laps:
    """Seconds by stage, added up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        start = perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - start


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    start = perf_counter()
    work()
    return perf_counter() - start
