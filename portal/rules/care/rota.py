"""Whose turn it is (轮接): a client who came goes to who had the fewest today, of several to whose last one is longest
ago. Who is away is passed over, and it is said why."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple


class Stand(NamedTuple):
    """Somebody who stands in a development's turn: how many clients he was given today, when he was given the last one,
    and why he cannot be given another now, if he cannot."""

    person_id: int
    today: int = 0
    last_at: datetime | None = None
    away: str | None = None


class Turn(NamedTuple):
    """Whose turn it is, or nobody's; and who stood before him, with why each was passed over."""

    person_id: int | None
    passed_over: tuple[tuple[int, str], ...] = ()


_NEVER = datetime.min.replace(tzinfo=UTC)


def in_order(stands: Iterable[Stand]) -> list[Stand]:
    """Who comes first, who next: fewest today, longest ago, then by number, so that it depends on nothing else."""
    return sorted(stands, key=lambda one: (one.today, one.last_at or _NEVER, one.person_id))


def turn_of(stands: Iterable[Stand]) -> Turn:
    """Whose turn it is now."""
    passed: list[tuple[int, str]] = []
    for one in in_order(stands):
        if one.away is None:
            return Turn(one.person_id, tuple(passed))
        passed.append((one.person_id, one.away))
    return Turn(None, tuple(passed))
