"""Masked registrations of the demo's last days: one whose number nobody knows yet, one that was completed at the site
and stands with its own old time, and one that waits for a person, for an older mask fits the number too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ...access.actor import Actor
from ...clock import day_start
from ...models import Decision, Person, Registration, Role
from ...services.conflicts import finding
from ...services.masked_registrations import numbers, registering
from ...services.penalties import reviews
from ...services.showings import check_ins
from .timeline import World

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Client:
    """Somebody whose number is in no other place of the world."""

    phone: str
    name: str

    @property
    def mask(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-4:]}"


_UNKNOWN = _Client("13716096421", "祝女士")
_COMPLETED = _Client("13911083307", "邵先生")
_AMBIGUOUS = _Client("13605718864", "单女士")


def plan(world: World) -> None:
    """The broker whom a visitor meets has one of each; others have the same clients."""
    mine, other, older = world.brokers[0], world.brokers[6], world.brokers[3]
    world.at(world.ends - timedelta(hours=20), partial(_register, world, mine, _UNKNOWN, _UNKNOWN.mask), surely=True)
    first = _ten_o_clock(world, 4)
    _comes(world, mine, _COMPLETED, first)
    world.at(first + timedelta(hours=2), partial(_register, world, other, _COMPLETED, _COMPLETED.phone), surely=True)
    second = _ten_o_clock(world, 3)
    world.at(second - _DAY, partial(_register, world, older, _AMBIGUOUS, _AMBIGUOUS.mask), surely=True)
    _comes(world, mine, _AMBIGUOUS, second)
    world.at(world.ends - timedelta(hours=26), lambda at: _sweep(world, at), surely=True)


def _ten_o_clock(world: World, days: int) -> datetime:
    """In the morning so many days before the year's end; no dice, so that the rest of the year stays as it is."""
    return day_start(world.year.days_ago(days)) + timedelta(hours=10)


def _sweep(world: World, at: datetime) -> None:
    """The worker looks for what a person has to decide."""
    finding.open_found(world.session, at)


def _comes(world: World, broker: Person, client: _Client, at: datetime) -> None:
    """Registered by parts of the number, and here the day after, where the number is typed and the visit confirmed."""

    def register(when: datetime) -> None:
        row = _register(world, broker, client, client.mask, when)
        world.at(when + _DAY, _visit(world, broker, client, row), surely=True)

    world.at(at, register, surely=True)


def _visit(world: World, broker: Person, client: _Client, row: Registration) -> Callable[[datetime], None]:
    def visit(when: datetime) -> None:
        session, actor = world.session, Actor.of(broker)
        numbers.give_number(session, actor, when, row, client.phone)
        showing = check_ins.check_in_at_reception(session, actor, when, registration=row)

        def confirm(then: datetime) -> None:
            desk = world.actor(Role.RECEPTION)
            reviews.review_showing(session, desk, then, showing, decision=Decision.GENUINE, reason="")

        world.at(when + timedelta(minutes=20), confirm, surely=True)

    return visit


def _register(world: World, broker: Person, client: _Client, phone: str, at: datetime) -> Registration:
    place = world.developments[0].id
    return registering.register(
        world.session, Actor.of(broker), at, development_id=place, phone=phone, name=client.name
    )
