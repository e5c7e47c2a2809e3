"""When what a company may do here comes to its end: its agreements, its licence (ADR 33).

An agreement's end is a rule: from that day on its agency registers nobody (`rules.registration`). A licence's end stops
nothing that runs, for the portal does not know whether the paper was renewed; it is told from thirty days before, and
no agreement may begin on a day on which the licence on record is good no longer.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from commissions.refusal import Refusal

SOON = timedelta(days=30)
"""So long ahead people are told."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends soon, or has ended: its last day, and how many days are left (0: today is the last)."""

    last_day: date
    days_left: int

    @property
    def over(self) -> bool:
        """Whether the last day lies behind."""
        return self.days_left < 0


def ending_of(ends_on: date | None, today: date) -> Ending | None:
    """How what ends on the first day without it (`ends_on`) stands: None while that is far, or is not known."""
    if ends_on is None or ends_on > today + SOON:
        return None
    last_day = ends_on - _DAY
    return Ending(last_day, (last_day - today).days)


def last_day(ends_on: date | None) -> date | None:
    """The last day of what ends on the first day without it."""
    return None if ends_on is None else ends_on - _DAY


def check_term(starts_on: date, ends_on: date | None) -> None:
    """Raises Refusal `agreement_backwards` for an end that does not lie behind the first day."""
    if ends_on is not None and ends_on <= starts_on:
        raise Refusal("agreement_backwards", field="last_day")


def check_licence(starts_on: date, licence_ends_on: date | None) -> None:
    """Raises Refusal `licence_ended` for an agreement that would begin without a licence, with its `last_day`."""
    if licence_ends_on is not None and licence_ends_on <= starts_on:
        raise Refusal("licence_ended", field="agency", last_day=licence_ends_on - _DAY)
