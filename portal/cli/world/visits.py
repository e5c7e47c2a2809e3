"""The demo's booked visits: the first development receives clients by the hour, and some of those that are protected
now come today, tomorrow or the day after."""

from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import case, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Registration, Role, Touch
from ...rules.slots.slot import Hours, days_offered
from ...services.slots import bookings, hours
from ...services.slots.bookings import Wanted
from .timeline import World

_DAY = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
_HOURS = Hours(week=(_DAY,) * 7, minutes=60, places=3, ahead_days=14)
_BOOKED = 9
_NEXT = 3
"""Days over which they are spread."""


def plan(world: World) -> None:
    """Hours since the year began; the bookings are of its last hour."""
    manager, first = world.actor(Role.CHANNEL_MANAGER), world.developments[0]
    hours.set_hours(world.session, manager, world.begins, first, _HOURS)
    world.at(world.ends - timedelta(hours=1), lambda at: _book(world, at), surely=True)


def _book(world: World, at: datetime) -> None:
    opened = hours.opened(world.session, at, world.developments[0].id)
    assert opened is not None, "they were set"
    days = cycle(days_offered(opened.hours, opened.closed, at)[:_NEXT])
    for number, registration in enumerate(_living(world, at)):
        offers = bookings.offers(world.session, at, registration, opened, next(days))
        if offers:
            wanted = Wanted(offers[number % len(offers)].slot.begins, 1 + number % 3)
            try:
                bookings.book(world.session, Actor.of(registration.carer), at, registration, opened, wanted)
            except Refusal:  # whose account is frozen books nothing
                continue


def _living(world: World, at: datetime) -> list[Registration]:
    """Clients who are protected for some days still, first those of the broker whom a visitor meets."""
    met = case((Registration.broker_id == world.brokers[0].id, 0), else_=1)
    stmt = (
        select(Registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(Touch.retired_at.is_(None), Touch.protected_until > at + timedelta(days=_NEXT))
        .where(Registration.development_id == world.developments[0].id)
    )
    return list(world.session.scalars(stmt.order_by(met, Registration.id.desc()).limit(_BOOKED)))
