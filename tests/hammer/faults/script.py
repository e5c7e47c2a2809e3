"""Which neighbour fails when: a fault script, rolled from a seed, or written by hand to repeat and to shorten one.

`disk_full@0.40+0.60 clock(192h)@1.20+0.50` is a disk that is full from 0.4 s on for 0.6 s, and a clock that is eight
days ahead for half a second. Everybody who takes part reads the same script by the machine's own count of seconds, so
nobody has to be told.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

FAMILIES: Mapping[str, Sequence[str]] = {
    "disk": ("disk_full", "disk_read_only", "disk_fails", "disk_slow"),
    "clock": ("clock",),
    "redis": ("redis_away", "redis_hangs", "redis_full"),
    "bucket": ("bucket_away", "bucket_hangs", "bucket_late"),
    "carrier": ("carrier_away", "carrier_fails", "carrier_hangs", "carrier_slow"),
    "database": ("postgres_away", "postgres_frozen", "sqlite_held"),
}
"""The faults that there are, by what fails."""

KINDS = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}
_ONLY_ON = {"postgres_away": "postgresql", "postgres_frozen": "postgresql", "sqlite_held": "sqlite"}

_HOURS = (2, 25, 192, 9600, -2, -72)
"""By how much a clock is off."""
_SHORTEST, _LONGEST = 0.3, 6.0
_LULL = 0.3
"""Seconds before the first fault."""

_FAULT = re.compile(r"(?P<kind>\w+)(\((?P<hours>-?\d+)h\))?@(?P<begins>[\d.]+)\+(?P<lasts>[\d.]+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What fails, from when on (seconds of the run), for how long; a clock is so many hours off."""

    kind: str
    begins: float
    lasts: float
    hours: int = 0

    @property
    def ends(self) -> float:
        """When it is over."""
        return self.begins + self.lasts

    def __str__(self) -> str:
        off = f"({self.hours}h)" if self.hours else ""
        return f"{self.kind}{off}@{self.begins:.2f}+{self.lasts:.2f}"


@dataclass(frozen=True, slots=True)
class Script:
    """All that fails in a run."""

    faults: Sequence[Fault] = ()

    @classmethod
    def read(cls, words: str) -> Self:
        """The script that `str` wrote. Raises ValueError."""
        return cls([_fault(word) for word in words.split()])

    @classmethod
    def roll(cls, seed: int, dialect: str, seconds: float) -> Self:
        """Faults of every family, which may overlap, and are over after so many seconds."""
        random = Random(f"{seed}:faults")
        most = max(_SHORTEST, min(_LONGEST, seconds / 4))
        faults = []
        for family in _drawn(random, max(1, round(seconds / (2 * most)))):
            kind = random.choice([one for one in FAMILIES[family] if _ONLY_ON.get(one, dialect) == dialect])
            lasts = random.uniform(_SHORTEST, most)
            begins = random.uniform(_LULL, max(_LULL, seconds - lasts))
            faults.append(Fault(kind, begins, lasts, random.choice(_HOURS) if kind == "clock" else 0))
        return cls(sorted(faults, key=lambda one: one.begins))

    def at(self, kind: str, second: float) -> Fault | None:
        """The fault of this kind that is there at a second of the run."""
        return next((one for one in self.faults if one.kind == kind and one.begins <= second < one.ends), None)

    def of(self, family: str) -> list[Fault]:
        """The faults of a family."""
        return [one for one in self.faults if KINDS[one.kind] == family]

    def __str__(self) -> str:
        return " ".join(map(str, self.faults))


def _drawn(random: Random, rounds: int) -> Iterator[str]:
    for _ in range(rounds):
        yield from random.sample(list(FAMILIES), len(FAMILIES))


def _fault(word: str) -> Fault:
    found = _FAULT.fullmatch(word)
    if not found or found["kind"] not in KINDS:
        raise ValueError(f"{word!r} is no fault: KIND@BEGINS+LASTS with a kind of {', '.join(KINDS)}")
    return Fault(found["kind"], float(found["begins"]), float(found["lasts"]), int(found["hours"] or 0))
