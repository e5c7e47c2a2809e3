"""What a crew is told to do, and what it reports: plain values, since both go through a pipe."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple, Self

from portal.config import Config
from portal.db import Database
from portal.postgres import PAGES, WORK
from tests.hammer.faults.script import Script


class Broken(Exception):
    """A transaction was broken on purpose."""


@dataclass(frozen=True, slots=True)
class Times:
    """By the machine's own count of seconds: when the world's time began, and when the round did."""

    opened_at: float
    round_at: float


class Note(NamedTuple):
    """What became of an operation: in which second of the round it began, and what its user was told."""

    began: float
    operation: str
    outcome: str
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Orders:
    """One run: on which database, with which seed, how hard and how long.

    `kill_seconds` is the mean time between two `kill -9`, and `breaks` the share of transactions that break off at one
    of their statements, a part of them with their process. `rounds` of `seconds` each are worked until an invariant is
    violated. `control` names a naive variant of `tests.hammer.naive` that takes the place of a real service. `script`
    says which neighbour fails when (`tests.hammer.faults.script`); `back` seconds after a fault all must go on.
    """

    url: str
    secrets: Mapping[str, str]
    folder: str
    seed: int
    processes: int = 8
    seconds: float = 4.0
    rounds: int = 1
    kill_seconds: float = 0.25
    breaks: float = 0.05
    control: str | None = None
    script: str = ""
    back: float = 10.0

    @property
    def faults(self) -> Script:
        """The script, read."""
        return Script.read(self.script)

    def database(self) -> Database:
        """The database, opened as the worker opens it; where faults are injected, with the patience of pages."""
        config = Config(database_url=self.url, **self.secrets)
        patience = replace(WORK, statement=PAGES.statement, idle=PAGES.idle) if self.script else WORK
        return Database(config.url, config.vault(), config.signer(), patience=patience)

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Self:
        return cls(**json.loads(text))


@dataclass(slots=True)
class Report:
    """What a run came to: outcomes by operation, workers killed, and what does not hold (which must be nothing)."""

    seed: int
    script: str = ""
    seconds: float = 0.0
    kills: int = 0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    violations: Sequence[str] = ()

    @property
    def done(self) -> int:
        """Operations that were done."""
        return self.total["done"]

    @property
    def words(self) -> str:
        """What repeats the run, and what did not hold."""
        return f"seed {self.seed}, {self.kills} kills, script {self.script!r}: {[*self.violations, *self.faults]}"

    @property
    def total(self) -> Counter[str]:
        """How often each outcome came, over all operations."""
        return sum((Counter(found) for found in self.outcomes.values()), Counter())

    @property
    def faults(self) -> list[str]:
        """Outcomes that no user should meet: an error of the database instead of a sentence."""
        return [
            f"{operation}: {outcome} ({times})"
            for operation, found in self.outcomes.items()
            for outcome, times in found.items()
            if outcome.startswith("error")
        ]

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Self:
        return cls(**json.loads(text))
