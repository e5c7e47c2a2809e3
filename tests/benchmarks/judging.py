"""Judging a million touches, against the least that reading them client by client could cost.

The floor sorts the same touches by client and number and remembers of each client who came first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from portal.rules.judgements.judging import Touch, judge
from portal.rules.judgements.profile import Profile, WhoWins
from portal.rules.judgements.protection import Kind
from tests.benchmarks.measure import Effort, Laps, Row, in_turn, row

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 180 * 24 * 60
ROUNDS = 2


def measure(effort: Effort) -> Iterator[Row]:
    """Both ways to win against the floor."""
    touches = _touches(Random(8), effort.touches)
    few = replace(effort, rounds=min(effort.rounds, ROUNDS), warm_ups=0)
    given = in_turn(few, {"round": lambda: _round(touches)})["round"]
    for who_wins in WhoWins:
        yield row(
            f"judge {effort.touches:,} touches, {who_wins}",
            "s",
            [one[who_wins] for one in given],
            "bare loop that remembers who came first",
            [one["floor"] for one in given],
        )


def _round(touches: Sequence[Touch]) -> dict[str, float]:
    laps = Laps()
    with laps.lap("floor"):
        first: dict[tuple[str, str], int] = {}
        for touch in sorted(touches, key=lambda one: one.touch_id):
            first.setdefault((touch.development, touch.client), touch.touch_id)
    for who_wins in WhoWins:
        with laps.lap(who_wins):
            judge(touches, Profile(who_wins=who_wins))
    return laps.seconds


def _touches(random: Random, count: int) -> list[Touch]:
    """Some two touches a client, a third of them shown, a tenth sold; the same at every run."""
    times = sorted(random.randrange(MINUTES) for _ in range(count))
    made = []
    for number, minute in enumerate(times):
        at = BEGAN + timedelta(minutes=minute)
        made.append(
            Touch(
                number,
                f"D{random.randrange(5)}",
                f"C{random.randrange(max(count // 10, 1))}",
                f"A{random.randrange(200)}",
                random.choice((Kind.REGISTRATION, Kind.REGISTRATION, Kind.WALK_IN, Kind.LEAD)),
                at,
                at + timedelta(days=2) if random.random() < 0.3 else None,
                at + timedelta(days=9) if random.random() < 0.1 else None,
            )
        )
    return made
