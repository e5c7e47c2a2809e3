"""Lists that are ranked by a figure, cut into parts: each found by the last one before it, never by counting over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that is ranked by a figure, the highest first, and among equals by key."""

    figure: int
    key: str

    @property
    def rank(self) -> tuple[int, int, str]:
        """What a list is sorted by; keys that are numbers stand in the order of numbers."""
        return -self.figure, len(self.key), self.key

    def __str__(self) -> str:
        return f"{self.figure}.{self.key}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor that `str` wrote. Raises ValueError for anything else."""
        figure, _dot, key = text.partition(".")
        if not (key and figure.isascii() and figure.isdigit() and len(figure) < 19):
            raise ValueError(f"no cursor: {text!r}")
        return cls(int(figure), key)


class Ranked(Protocol):
    """What has a place in such a list."""

    @property
    def cursor(self) -> Cursor:
        """Its place; no two have the same."""
        ...


T = TypeVar("T", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """Part of a ranked list, with what stands before and after it."""

    before: Sequence[T]
    shown: Sequence[T]
    rest: Sequence[T]

    @property
    def next_cursor(self) -> Cursor | None:
        """Where the next part begins; None at the end, and where nothing is shown."""
        return self.shown[-1].cursor if self.rest and self.shown else None


def cut(items: Iterable[T], size: int, after: Cursor | None = None) -> Cut[T]:
    """The `size` items that follow a cursor."""
    ranked, start = _ranked(items, after)
    return Cut(ranked[:start], ranked[start : start + size], ranked[start + size :])


def cut_to(items: Iterable[T], room: int, after: Cursor | None = None) -> Cut[T]:
    """The items behind a cursor that fit in `room` together with a place for those before and one for those after."""
    ranked, start = _ranked(items, after)
    size = room - bool(start)
    if len(ranked) - start > size:
        size = max(size - 1, 0)
    return Cut(ranked[:start], ranked[start : start + size], ranked[start + size :])


def _ranked(items: Iterable[T], after: Cursor | None) -> tuple[list[T], int]:
    """The list in order, and where the part behind the cursor begins."""
    ranked = sorted(items, key=lambda item: item.cursor.rank)
    return ranked, 0 if after is None else sum(item.cursor.rank <= after.rank for item in ranked)
