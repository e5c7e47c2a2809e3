"""Booked visits for tests."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Development, Registration, Role, SlotBooking, SlotClosure, SlotHours
from portal.rules.slots.slot import Hours
from tests import factories as make

ALL_DAY = Hours(week=(((9 * 60, 12 * 60), (13 * 60, 18 * 60)),) * 7, minutes=60, places=2, ahead_days=14)
"""Nine to twelve and one to six, an hour a visit, two clients at a time."""


def open_hours(session: Session, development: Development, hours: Hours = ALL_DAY) -> SlotHours:
    """A development that receives booked visits."""
    row = SlotHours(
        development_id=development.id,
        week=[[list(span) for span in spans] for spans in hours.week],
        minutes=hours.minutes,
        places=hours.places,
        ahead_days=hours.ahead_days,
        set_by=make.person(session, Role.CHANNEL_MANAGER).id,
        set_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    session.add(row)
    session.flush()
    return row


def visit(
    session: Session, registration: Registration, begins: datetime = datetime(2026, 2, 3, 6, tzinfo=UTC)
) -> SlotBooking:
    """A visit of the registration's client, an hour long; the same place is never given twice."""
    taken = session.scalars(select(SlotBooking.place).where(SlotBooking.development_id == registration.development_id))
    row = SlotBooking(
        development_id=registration.development_id,
        registration_id=registration.id,
        begins_at=begins,
        ends_at=begins + timedelta(hours=1),
        place=max(taken.all(), default=0) + 1,
        visitors=2,
        pass_key=secrets.token_urlsafe(16),
        booked_by=registration.broker_id,
        booked_at=registration.at,
    )
    session.add(row)
    session.flush()
    return row


def closed_day(session: Session, development: Development, day: date = date(2026, 2, 4)) -> SlotClosure:
    """A day on which the development receives nobody."""
    row = SlotClosure(
        development_id=development.id,
        day=day,
        reason="元宵节",
        closed_by=make.person(session, Role.CHANNEL_MANAGER).id,
        closed_at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    session.add(row)
    session.flush()
    return row


ROWS: Mapping[str, Callable[[Session, Any], int]] = {
    "booking_id": lambda session, one: visit(session, one.registration).id,
    "closure_id": lambda session, one: closed_day(session, one.agreement.development).id,
}
"""For the walk over all routes (`tests.web.routes`)."""
