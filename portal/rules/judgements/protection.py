"""What every answer about a client is made of: when a protection has ended, and what stands against who comes next.

A registration as it arrives (`rules.registration`), a deal's owner (`rules.attribution`) and the judgement of a whole
history (`judging`) ask here, so that there is one rule and not three.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Protocol, TypeVar

from commissions.refusal import Refusal


class Kind(StrEnum):
    """How somebody first came (接触)."""

    REGISTRATION = "registration"
    WALK_IN = "walk_in"
    LEAD = "lead"
    PROGRAMME = "programme"


class Protecting(Protocol):
    """A touch that may keep others out."""

    def protects(self, at: datetime) -> bool:
        """Whether it does at this instant."""


Touch = TypeVar("Touch", bound=Protecting)


def runs_at(until: datetime | None, at: datetime) -> bool:
    """Whether a protection until then (None: for good) still runs: at the instant of expiry it no longer does."""
    return until is None or at < until


def first_protecting(oldest_first: Iterable[Touch], at: datetime) -> Touch | None:
    """First contact wins (rules 2.2): the first touch in their order that still protects."""
    return next((touch for touch in oldest_first if touch.protects(at)), None)


def refusal_for(*, mine: bool, walked_in: bool, until: datetime | None) -> Refusal:
    """What a touch hears that finds the client protected (rules 2.4): by its own party's touch, by a walk-in, by
    another's. It says when to try again, and never who the rival is."""
    if mine:
        return Refusal("already_yours", try_again_at=None)
    if walked_in:
        return Refusal("walked_in_first", try_again_at=until)
    return Refusal("protected_by_other", try_again_at=until)


@cache
def code_for(*, mine: bool, walked_in: bool) -> str:
    """The code of that refusal alone, for who answers a million."""
    return refusal_for(mine=mine, walked_in=walked_in, until=None).code
