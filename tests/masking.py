"""A development where brokers register by parts of a number, give the whole, and show the client."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.access.actor import Actor
from portal.models import Development, Event, MaskAnswer, Person, Registration, Verdict
from portal.services.masked_registrations.numbers import give_number
from portal.services.masked_registrations.registering import register_masked
from portal.services.registrations.registrations import register_client
from portal.services.showings import check_ins
from portal.session import Session
from tests import factories as make

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NUMBER, MASK, NAME = "13912345678", "139****5678", "单女士"
OTHER = "13900005678"


@dataclass
class Place:
    """A development with agencies that sell there."""

    session: Session
    now: datetime
    development: Development

    def broker(self) -> Person:
        broker = make.broker(self.session)
        make.agreement(self.session, development=self.development, agency=broker.agency)
        return broker

    def masked(self, at: datetime, broker: Person | None = None, mask: str = MASK, name: str = NAME) -> Registration:
        who = Actor.of(broker or self.broker())
        return register_masked(self.session, who, at, development_id=self.development.id, mask=mask, name=name)

    def full(self, at: datetime, broker: Person | None = None, phone: str = NUMBER, name: str = NAME) -> Registration:
        who = Actor.of(broker or self.broker())
        return register_client(self.session, who, at, development_id=self.development.id, phone=phone, name=name)

    def give(self, row: Registration, at: datetime, phone: str = NUMBER) -> None:
        give_number(self.session, Actor.of(row.carer), at, row, phone)

    def show(self, row: Registration, at: datetime) -> None:
        """A visit that counts at once, of a client whose number is known."""
        assert row.touch is not None
        showing = make.showing(self.session, touch=row.touch, verdict=Verdict.VERIFIED, at=at)
        check_ins.protect(self.session, at, showing)

    def completed(self, row: Registration, at: datetime, phone: str = NUMBER) -> MaskAnswer:
        self.give(row, at, phone)
        self.show(row, at)
        assert row.mask is not None
        assert row.mask.answer is not None
        return row.mask.answer

    def told(self, kind: str) -> list[int | None]:
        return list(self.session.scalars(select(Event.person_id).where(Event.kind == kind).order_by(Event.id)))
