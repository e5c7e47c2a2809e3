"""Can this clock be believed? (ADR 24)

A clock that is a week ahead for a minute takes protected clients, thaws freezes and erases photos, and none of it comes
back when it is right again. So what erases, retires or ends goes by an instant that more than one clock stands for: the
database's, this machine's count of seconds since it was started (which nobody sets), and the newest instant that was
written down when the clocks agreed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

SLACK = timedelta(minutes=5)
"""By so much clocks may differ: they are set now and then."""
SILENCE = timedelta(days=1)
"""For so long a portal may have stood still, or a machine been off, before somebody is asked whether it did."""


class Doubt(StrEnum):
    """What is odd about a clock."""

    LEAPT = "leapt"
    """It moved, and that much time did not pass on this machine."""
    AHEAD = "ahead"
    """It is more than a day past all that is known: the portal stood still for so long, or the clock is wrong."""
    BEHIND = "behind"
    """It is before what is known already."""
    APART = "apart"
    """This machine's clock is not the database's."""


class Uptime(NamedTuple):
    """Which start of which machine it is, and for how many seconds it has been running since; "": not known."""

    boot: str
    seconds: float


class Mark(NamedTuple):
    """An instant that was believed, and how long the machine had been running then."""

    at: datetime
    machine: Uptime


class Judged(NamedTuple):
    """What is odd, if anything; by how much the clock is off; and the instant to go by where something ends."""

    doubt: Doubt | None
    off: timedelta
    trusted: datetime


def judge(now: datetime, machine: Uptime, marks: Sequence[Mark], own_clock: datetime | None = None) -> Judged:
    """Judge the instant `now`, the database's, or this machine's where the database has no clock of its own.

    `own_clock` is this machine's where the database has one. In doubt nothing ends before its time: the trusted instant
    is never later than `now`.
    """
    own = [mark for mark in marks if machine.boot and mark.machine.boot == machine.boot]
    newest = max((mark.at for mark in marks), default=now)
    if own:
        mark = max(own)
        expected = mark.at + timedelta(seconds=machine.seconds - mark.machine.seconds)
        if abs(now - expected) > SLACK:
            return Judged(Doubt.LEAPT, now - expected, min(now, expected))
    elif now - newest > SILENCE:
        return Judged(Doubt.AHEAD, now - newest, newest)
    if newest - now > SLACK:
        return Judged(Doubt.BEHIND, now - newest, now)
    if own_clock is not None and abs(own_clock - now) > SLACK:
        return Judged(Doubt.APART, own_clock - now, now)
    return Judged(None, timedelta(), now)


_SAID = {
    Doubt.LEAPT: "the clock moved by {}, and that much time did not pass on this machine",
    Doubt.AHEAD: "the clock is {} past all that is known: the portal stood still for so long, or the clock is wrong",
    Doubt.BEHIND: "the clock is {} before what is known already",
    Doubt.APART: "this machine's clock and the database's are {} apart",
}


def said(judged: Judged) -> str:
    """A doubt in a sentence for the operator; nothing without one."""
    if judged.doubt is None:
        return ""
    odd = _SAID[judged.doubt].format(timedelta(seconds=round(abs(judged.off).total_seconds())))
    cure = "set it" if judged.doubt is Doubt.APART else "set it, or, if it is right, run: portal clock confirm"
    return f"{odd}. Until it is settled nothing is erased or closed, and no protection, freeze or rest ends: {cure}"
