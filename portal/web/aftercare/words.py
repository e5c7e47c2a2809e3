"""What surveys and complaints say in several places."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...models import ComplaintAbout, ComplaintSource
from ...rules.aftercare.complaint import ComplaintState, Standing, StepKind
from ...rules.aftercare.survey import Occasion

ABOUT: Mapping[ComplaintAbout, Any] = {
    ComplaintAbout.ESTATE: _l("Management and surroundings"),
    ComplaintAbout.BUILDING: _l("The home itself"),
    ComplaintAbout.SERVICE: _l("Our service"),
    ComplaintAbout.OTHER: _l("Something else"),
}

OCCASIONS: Mapping[Occasion, Any] = {
    Occasion.HANDOVER: _l("The handover"),
    Occasion.FIRST_CHECK: _l("The first check of the home"),
    Occasion.COMMITTEE: _l("The owners' committee"),
    Occasion.ANNIVERSARY: _l("A year in the home"),
    Occasion.VISIT: _l("A visit at home"),
}

SOURCES: Mapping[ComplaintSource, Any] = {
    ComplaintSource.SURVEY: _l("A survey"),
    ComplaintSource.OWNER: _l("By the owner's page"),
    ComplaintSource.STAFF: _l("Taken down by a colleague"),
}

STEPS: Mapping[StepKind, Any] = {
    StepKind.OPENED: _l("Complaint opened"),
    StepKind.ANSWERED: _l("Answered"),
    StepKind.NOTED: _l("Note for colleagues"),
    StepKind.OFFERED: _l("Offered to the owner"),
    StepKind.ESCALATED: _l("Late: the manager was told"),
    StepKind.ASKED: _l("Asked the owner whether it is settled"),
    StepKind.SETTLED: _l("Settled, the owner says"),
    StepKind.REOPENED: _l("Not settled, the owner says"),
    StepKind.CLOSED_UNANSWERED: _l("Closed by the manager, for the owner did not answer"),
}

MARKS: Mapping[int, Any] = {
    5: _l("5 – very good"),
    4: _l("4 – good"),
    3: _l("3 – fair"),
    2: _l("2 – poor"),
    1: _l("1 – very poor"),
}


def badge_state(standing: Standing, now: Any) -> str:
    """A complaint's state as its badge says it: an overdue one is late."""
    return "late" if standing.late(now) else str(standing.state)


def for_owner(state: ComplaintState) -> Any:
    """How a complaint stands, as its owner reads it."""
    return _FOR_OWNER[state]


_FOR_OWNER: Mapping[ComplaintState, Any] = {
    ComplaintState.OPEN: _l("We have your words and answer you soon."),
    ComplaintState.ANSWERED: _l("We have answered; it is being worked on."),
    ComplaintState.ASKED: _l("We think that it is settled. Is it?"),
    ComplaintState.CLOSED: _l("Settled. Thank you."),
}
