"""A complaint (投诉): by when it is answered first, how it stands, and what may be done with it (docs/aftercare.md).

The clock is data of the development. It runs in the hours in which owners are served, so that nobody is called at night
to keep it; hours from 0 to 24 let it run always.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

from ...clock import day_start, local_day

_DAY = 24


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """Within how many minutes of the hours of service a complaint is answered; from one hour of Shanghai's day to
    another, past midnight where the second is the smaller one."""

    minutes: int = 120
    from_hour: int = 8
    until_hour: int = 21

    @property
    def hours(self) -> int:
        """How long a day's service is."""
        return (self.until_hour - self.from_hour) % _DAY or _DAY

    def due_at(self, at: datetime) -> datetime:
        """By when what came at an instant is answered."""
        left = timedelta(minutes=self.minutes)
        if self.hours == _DAY:
            return at + left
        day = local_day(at) - timedelta(days=1)  # whose hours may reach past midnight
        while True:
            opens = day_start(day) + timedelta(hours=self.from_hour)
            closes = opens + timedelta(hours=self.hours)
            begins = max(at, opens)
            if begins < closes and begins + left <= closes:
                return begins + left
            left -= max(closes - begins, timedelta())
            day += timedelta(days=1)


class ComplaintState(StrEnum):
    """How a complaint stands: it waits for its first answer; it was answered; the client is asked whether it is
    settled; it is closed."""

    OPEN = "open"
    ANSWERED = "answered"
    ASKED = "asked"
    CLOSED = "closed"


class StepKind(StrEnum):
    """What happened to a complaint."""

    OPENED = "opened"
    ANSWERED = "answered"
    NOTED = "noted"
    OFFERED = "offered"
    ESCALATED = "escalated"
    ASKED = "asked"
    SETTLED = "settled"
    REOPENED = "reopened"
    CLOSED_UNANSWERED = "closed_unanswered"


SAID_BY_CLIENT = frozenset({StepKind.SETTLED, StepKind.REOPENED})
"""The client's word alone closes a complaint, and opens it again."""

SHOWN_TO_CLIENT = frozenset(
    {StepKind.OPENED, StepKind.ANSWERED, StepKind.OFFERED, StepKind.ASKED, StepKind.SETTLED, StepKind.REOPENED}
)
"""What the client reads on his page; the others are the staff's."""

SILENT_AFTER = timedelta(days=14)
"""Who has not answered for so long whether it is settled: a manager may close it."""

REOPENED_WITHIN = timedelta(days=90)
"""So long after it was closed the same complaint may be opened again; later it is another one."""

_S, _K = ComplaintState, StepKind

_MOVES: dict[StepKind, dict[ComplaintState, ComplaintState]] = {
    _K.ANSWERED: {_S.OPEN: _S.ANSWERED, _S.ANSWERED: _S.ANSWERED, _S.ASKED: _S.ASKED},
    _K.NOTED: {_S.OPEN: _S.OPEN, _S.ANSWERED: _S.ANSWERED, _S.ASKED: _S.ASKED, _S.CLOSED: _S.CLOSED},
    _K.OFFERED: {_S.OPEN: _S.OPEN, _S.ANSWERED: _S.ANSWERED, _S.ASKED: _S.ASKED},
    _K.ESCALATED: {_S.OPEN: _S.OPEN},
    _K.ASKED: {_S.ANSWERED: _S.ASKED, _S.ASKED: _S.ASKED},
    _K.SETTLED: {_S.OPEN: _S.CLOSED, _S.ANSWERED: _S.CLOSED, _S.ASKED: _S.CLOSED},
    _K.REOPENED: {_S.ANSWERED: _S.OPEN, _S.ASKED: _S.OPEN, _S.CLOSED: _S.OPEN},
    _K.CLOSED_UNANSWERED: {_S.ASKED: _S.CLOSED},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A complaint as it stands: in which state, since when, and by when it is to be answered."""

    state: ComplaintState
    since: datetime
    due_at: datetime

    def late(self, now: datetime) -> bool:
        """Whether its first answer is overdue: a state that nobody sets."""
        return self.state is _S.OPEN and now >= self.due_at


def after(standing: Standing, kind: StepKind, now: datetime) -> ComplaintState:
    """In which state a complaint is after a step.

    Raises Refusal: complaint_closed, complaint_not_answered (nobody asks whether what was not answered is settled),
    complaint_waits_for_client (with `until`), complaint_too_old, complaint_not_late, complaint_open_already.
    """
    moves = _MOVES[kind]
    if standing.state not in moves:
        raise _refusal(kind, standing.state)
    if kind is _K.ESCALATED and not standing.late(now):
        raise Refusal("complaint_not_late")
    if kind is _K.CLOSED_UNANSWERED and now < standing.since + SILENT_AFTER:
        raise Refusal("complaint_waits_for_client", until=standing.since + SILENT_AFTER)
    if kind is _K.REOPENED and standing.state is _S.CLOSED and now >= standing.since + REOPENED_WITHIN:
        raise Refusal("complaint_too_old")
    return moves[standing.state]


def _refusal(kind: StepKind, state: ComplaintState) -> Refusal:
    if kind is _K.ESCALATED:
        return Refusal("complaint_not_late")
    if state is _S.CLOSED:
        return Refusal("complaint_closed")
    return Refusal("complaint_open_already") if kind is _K.REOPENED else Refusal("complaint_not_answered")
