"""A broker's day: the freeze, and the protections that end next, his own alone."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Freeze
from portal.services.accounts.freezes import frozen_until
from portal.services.home.broker_day import broker_day
from portal.services.registrations.registrations import register_client
from tests import factories as make


def test_what_ends_first_stands_first(session: Session, now: datetime) -> None:
    agreement = make.agreement(session)
    broker, colleague = (make.broker(session, agency=agreement.agency) for _ in range(2))

    def register(person: object, name: str, ago: timedelta) -> None:
        given = {"development_id": agreement.development.id, "phone": make.new_phone(), "name": name}
        register_client(session, Actor.of(person), now - ago, **given)

    register(broker, "新", timedelta(hours=1))
    register(broker, "旧", timedelta(days=6))
    register(broker, "过期", timedelta(days=7))
    register(colleague, "同事", timedelta(days=3))
    session.flush()
    day = broker_day(session, Actor.of(broker), now)
    assert [row.client_name for row in day.ending] == ["旧", "新"]
    assert (day.frozen_until, day.visits, day.visited_today) == (None, [], False)


def test_overlapping_freezes_end_with_the_later(session: Session, now: datetime) -> None:
    broker = make.broker(session)
    day = timedelta(days=1)
    for starts, ends, lifted in ((-9, 3, None), (-2, 5, None), (-1, 20, now), (6, 9, None), (-30, 0, None)):
        session.add(
            Freeze(broker_id=broker.id, starts_at=now + starts * day, ends_at=now + ends * day, lifted_at=lifted)
        )
    session.flush()
    assert frozen_until(session, broker.id, now) == now + 5 * day
    assert frozen_until(session, broker.id, now + 5 * day) is None
    assert frozen_until(session, make.broker(session).id, now) is None
