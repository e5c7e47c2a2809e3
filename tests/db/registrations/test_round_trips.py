"""How often a registration asks the database: a ceiling for each way it can end (ADR 110)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Development, Person
from portal.services.registrations.registrations import register_client
from tests import factories as make

PHONE = "13800138066"

Before = Callable[[Session, Person, Development, datetime], None]


def registered(session: Session, broker: Person, development: Development, now: datetime) -> None:
    register_client(session, Actor.of(broker), now, development_id=development.id, phone=PHONE, name="王小明")


def nothing(*_given: object) -> None:
    """Nobody knows the number."""


def by_a_rival(session: Session, _broker: Person, development: Development, now: datetime) -> None:
    rival = make.broker(session)
    make.agreement(session, development=development, agency=rival.agency)
    registered(session, rival, development, now)


def by_a_rival_long_ago(session: Session, broker: Person, development: Development, now: datetime) -> None:
    by_a_rival(session, broker, development, now - timedelta(days=30))


@pytest.mark.parametrize(
    ("before", "most"),
    [
        (nothing, 11),  # clocks, the broker, the key, the grounds; client, touch, row, words, receipt, audit, event
        (by_a_rival, 10),
        (by_a_rival_long_ago, 13),
        (registered, 8),  # nothing is written
    ],
)
def test_a_registration_asks_so_often_at_most(session: Session, now: datetime, before: Before, most: int) -> None:
    development, broker = make.development(session), make.broker(session)
    make.agreement(session, development=development, agency=broker.agency)
    before(session, broker, development, now)
    session.flush()
    session.expunge_all()
    session.clock_marks, asked = None, []  # type: ignore[attr-defined]  # a session of the portal
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
    registered(session, broker, development, now)
    session.flush()
    assert len(asked) <= most, asked
