"""Judging a million touches, against the plain loop that one would write for the same answer (`plain_judging`)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from portal.rules.judgements.judging import Touch, judge
from portal.rules.judgements.profile import Profile, WhoWins
from portal.rules.judgements.protection import Kind
from tests.benchmarks import plain_judging
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 180 * 24 * 60
ROUNDS = 2


def measure(effort: Effort) -> Iterator[Row]:
    """Both ways to win against the floor."""
    touches = made_touches(Random(8), effort.touches)
    few = replace(effort, rounds=min(effort.rounds, ROUNDS), warm_ups=0)
    for who_wins in WhoWins:
        profile = Profile(who_wins=who_wins)
        given = in_turn(
            few,
            {
                "ours": lambda rules=profile: seconds(lambda: judge(touches, rules)),
                "plain": lambda rules=profile: seconds(lambda: plain_judging.judge(touches, rules)),
            },
        )
        name = f"judge {effort.touches:,} touches, {who_wins}"
        yield row(name, "s", given["ours"], "a plain loop for the same answer", given["plain"])


def made_touches(random: Random, count: int) -> list[Touch]:
    """Some two touches a client, a third of them shown, a tenth sold, a tenth of the registrations masked; the same at
    every run."""
    times = sorted(random.randrange(MINUTES) for _ in range(count))
    made = []
    for number, minute in enumerate(times):
        at = BEGAN + timedelta(minutes=minute)
        kind = random.choice((Kind.REGISTRATION, Kind.REGISTRATION, Kind.WALK_IN, Kind.LEAD))
        made.append(
            Touch(
                number,
                f"D{random.randrange(5)}",
                f"C{random.randrange(max(count // 10, 1))}",
                f"A{random.randrange(200)}",
                kind,
                at,
                at + timedelta(days=2) if random.random() < 0.3 else None,
                at + timedelta(days=9) if random.random() < 0.1 else None,
                kind is Kind.REGISTRATION and random.random() < 0.1,
            )
        )
    return made
