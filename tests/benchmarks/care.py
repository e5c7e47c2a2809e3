"""What is due of many clients, by the handbooks' plan, against the least that asking each of them could cost.

The floor is a bare loop over the same clients that asks each one thing: whether the last call is a week ago.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from portal.rules.care.due import Facts, due
from portal.rules.care.plan import MAD, Channel, Grade, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml
from tests.benchmarks.measure import Effort, Laps, Row, in_turn, row

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
ROUNDS = 3


def measure(effort: Effort) -> Iterator[Row]:
    """All that is due of `effort.clients` clients."""
    clients = [_client(Random(number), number) for number in range(effort.clients)]
    few = replace(effort, rounds=min(effort.rounds, ROUNDS))
    given = in_turn(few, {"round": lambda: _round(clients)})["round"]
    yield row(
        f"what is due of {effort.clients:,} clients",
        "s",
        [one["due"] for one in given],
        "bare loop over the same clients",
        [one["floor"] for one in given],
    )


def _round(clients: Sequence[Facts]) -> dict[str, float]:
    plan, laps = plan_from_toml(given_text()), Laps()
    with laps.lap("floor"):
        [one.client_id for one in clients if one.last.get(Channel.CALL, one.stage_at) + WEEK <= AT]
    with laps.lap("due"):
        due(clients, plan, AT)
    return laps.seconds


def _client(random: Random, number: int) -> Facts:
    """A client of any stage, met now and then in the last two months; the same at every run."""
    return Facts(
        f"c{number}",
        random.choice([stage for stage in Stage if stage is not Stage.LOST]),
        _before(random, 400),
        random.choice([None, *Grade]),
        tuple(mark for mark in MAD if random.random() < 0.3),
        {
            channel: _before(random, 60)
            for channel in (Channel.CALL, Channel.WECHAT, Channel.TEXT)
            if random.random() < 0.7
        },
        random.random() < 0.05,
    )


def _before(random: Random, days: int) -> datetime:
    return AT - timedelta(minutes=random.randrange(days * 1_440))
