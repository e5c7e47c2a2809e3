"""`docs/locking.md` as data: the order of all locks, who takes them, and who calls those who do."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "locking.md"
_CODE = re.compile(r"(line )?`([\w.]+)`")


@dataclass(frozen=True, slots=True)
class Lock:
    """A row of the page's first table: what is locked at this place of the order, and by which functions."""

    names: frozenset[str]
    takers: tuple[str, ...]


@cache
def order() -> tuple[Lock, ...]:
    """All locks, in the order in which they are taken. A line's name begins with `line `."""
    rows = _rows("## The order")
    return tuple(Lock(frozenset(_names(what)), tuple(_names(by))) for what, by, _why in rows)


@cache
def callers() -> dict[str, tuple[str, ...]]:
    """Who calls a function that takes a lock for others."""
    return {_names(function)[0]: tuple(_names(by)) for function, by in _rows("## Who calls")}


@cache
def rank(name: str) -> int:
    """The place of a lock in the order. Raises LookupError for one that the page does not know."""
    for place, lock in enumerate(order()):
        if name in lock.names:
            return place
    raise LookupError(f"docs/locking.md knows no lock {name}")


def _names(cell: str) -> list[str]:
    """The page says `payouts.batches.readiness`, the tests `payouts/batches.readiness`: a module by its path."""
    return [line + name.replace(".", "/", max(name.count(".") - 1, 0)) for line, name in _CODE.findall(cell)]


def _rows(heading: str) -> list[list[str]]:
    part = PAGE.read_text(encoding="utf-8").split(f"\n{heading}", 1)[1].split("\n## ", 1)[0]
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return cells[2:]
