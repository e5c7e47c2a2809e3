"""The demo's broker who left last week: three clients of his wait for a successor, one of them not for long."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import day_start
from ...models import Decision, Person, Registration, Role
from ...services.accounts import people
from ...services.penalties import reviews
from ...services.registrations.registrations import register_client
from ...services.showings import check_ins
from .timeline import World

_NAME, _PHONE = "邵云帆", "13900000931"
_CLIENTS = (
    ("欧阳珊", "13900000932", 19, 17),
    ("葛建平", "13900000933", 11, 10),
    ("左文慧", "13900000934", 6, None),
)
"""Name, phone, registered how many days ago, and shown the site how many days ago, where the client came."""
_CAME, _LEFT = 60, 5
_NOON, _LOOKED = timedelta(hours=12), timedelta(minutes=20)


class Leaving:
    """Plans the broker's last weeks. His numbers are his own: the rest of the year stays as it is."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plan(self) -> None:
        """He comes, registers, shows the site, and leaves."""
        self.world.at(self._noon(_CAME), self._comes, surely=True)
        for name, phone, registered, shown in _CLIENTS:
            self.world.at(self._noon(registered), partial(self._registers, name=name, phone=phone), surely=True)
            if shown is not None:
                self.world.at(self._noon(shown), partial(self._shows, phone=phone), surely=True)
        self.world.at(self._noon(_LEFT), self._leaves, surely=True)

    def _noon(self, days_ago: int) -> datetime:
        return day_start(self.world.year.days_ago(days_ago)) + _NOON

    def _comes(self, at: datetime) -> None:
        session, agency = self.world.session, self.world.agencies[0]
        leads = Person.agency_id == agency.id, Person.role == Role.PRINCIPAL
        principal = session.scalars(select(Person).where(*leads)).one()
        by = Actor.of(principal)
        broker = people.create_person(session, by, at, role=Role.BROKER, name=_NAME, phone=_PHONE)
        self.world.lets_sign_in(broker)

    def _broker(self) -> Person:
        return self.world.session.scalars(select(Person).where(Person.name == _NAME)).one()

    def _registers(self, at: datetime, name: str, phone: str) -> None:
        place = self.world.developments[0].id
        actor = Actor.of(self._broker())
        register_client(self.world.session, actor, at, development_id=place, phone=phone, name=name)

    def _shows(self, at: datetime, phone: str) -> None:
        session, broker = self.world.session, self._broker()
        mine = select(Registration).where(Registration.broker_id == broker.id).order_by(Registration.id)
        place = [one[1] for one in _CLIENTS].index(phone)
        registration = session.scalars(mine).all()[place]
        showing = check_ins.check_in_at_reception(session, Actor.of(broker), at, registration=registration)
        looks = self.world.actor(Role.RECEPTION)
        reviews.review_showing(session, looks, at + _LOOKED, showing, decision=Decision.GENUINE, reason="")

    def _leaves(self, at: datetime) -> None:
        people.deactivate_person(self.world.session, self.world.actor(Role.ADMINISTRATOR), at, self._broker())
