"""How long a sign-in lives without being used: whoever moves money leaves a screen behind for a short while only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .accounts import MONEY_ROLES

_NOTED_MOST = timedelta(minutes=5)
_NOTED_SHARE = 30


@dataclass(frozen=True, slots=True)
class Idle:
    """After how long without a request a session ends."""

    money_minutes: int = 30
    hours: int = 12

    def after(self, role: str) -> timedelta:
        """For a person of this role."""
        return timedelta(minutes=self.money_minutes) if role in MONEY_ROLES else timedelta(hours=self.hours)

    def over(self, role: str, seen_at: datetime, now: datetime) -> bool:
        """Whether a session that was last seen then has ended by now."""
        return seen_at + self.after(role) <= now

    def noted_every(self, role: str) -> timedelta:
        """How exactly it must be known when a session was last seen: not with every request, and never so late that
        somebody at work is shown out."""
        return min(_NOTED_MOST, self.after(role) / _NOTED_SHARE)
