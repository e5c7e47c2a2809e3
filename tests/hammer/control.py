"""What a naive control is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.hammer.orders import Orders

Patches = Sequence[tuple[Any, str, Any]]


NEIGHBOURS_SECONDS = 2.0
"""How long a round of a control with a script takes."""


@dataclass(frozen=True, slots=True)
class Control:
    """A naive variant: which invariant it breaks, by which operations, what it replaces, and which nets of the database
    it takes away, `triggers` by their table. What it `leaves_out` would only use up what it breaks.

    One that is naive about neighbours has a `script` of what fails, and may replace more before the database is opened;
    `alone` does nothing else than its operations.
    """

    breaks: str
    operations: Sequence[str]
    patches: Callable[[Orders], Patches]
    constraints: Sequence[tuple[str, str]] = ()
    indexes: Sequence[tuple[str, str]] = ()
    triggers: Sequence[str] = ()
    dialects: Sequence[str] = ("sqlite", "postgresql")
    drivers_defaults: bool = True
    leaves_out: Sequence[str] = ()
    script: str = ""
    alone: bool = False
    before_opening: Callable[[], Patches] | None = None

    def orders(self) -> dict[str, Any]:
        """How it is tried: rounds, until it is found out."""
        if not self.script:
            return {"seconds": 1.0, "rounds": 60, "breaks": 0.2, "kill_seconds": 0.2}
        hardly = {"breaks": 0.05, "kill_seconds": 100.0, "processes": 4}  # who is killed forgets what he does wrong
        return {"seconds": NEIGHBOURS_SECONDS, "rounds": 20, "script": self.script, "back": 0.4, **hardly}
