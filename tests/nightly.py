"""Few, well chosen examples at every run, and many where there is time: `make nightly` sets PORTAL_NIGHTLY.

Every run tries the same examples, so that it says the same twice; the night looks for what nobody thought of.
"""

import os
from collections.abc import Iterable
from typing import TypeVar
from zlib import crc32

from hypothesis import settings

Case = TypeVar("Case")

NIGHTLY = os.environ.get("PORTAL_NIGHTLY", "") not in ("", "0")


def nightly(*cases: Case) -> tuple[Case, ...]:
    """Cases for the night alone."""
    return cases if NIGHTLY else ()


USUAL = 25
FEW = int(os.environ.get("PORTAL_EXAMPLES", USUAL))
"""How many examples a property tries that does not say so itself: `make measured` sets fewer, where each line is
watched and costs half as much again."""


def examples(few: int, many: int) -> int:
    """How many examples a property tries: few at every run, many at night."""
    return many if NIGHTLY else max(1, few * FEW // USUAL)


def in_turn(name: str, several: Iterable[Case]) -> list[Case]:
    """All of them, beginning at one that the name says: the same on any day, and another for another name."""
    them = sorted(several)  # type: ignore[type-var]
    first = crc32(name.encode()) % len(them) if them else 0
    return [*them[first:], *them[:first]]


def by_day(name: str) -> bool:
    """Whether a run by day looks at this one of many alike: at every fourth, always the same."""
    return NIGHTLY or crc32(name.encode()) % 4 == 0


def some(name: str, several: Iterable[Case]) -> list[Case]:
    """All of them at night, and one by day that the name says."""
    return in_turn(name, several)[: None if NIGHTLY else 1]


settings.register_profile("every run", max_examples=FEW, derandomize=True, database=None, deadline=None)
settings.register_profile("nightly", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("nightly" if NIGHTLY else "every run")
