"""What time alone brings is told beforehand, once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import Event, Registration, Role, Touch
from portal.services import contacts
from portal.services.events.deadlines import tell_due
from portal.services.notifications import worker
from portal.services.registrations import reminders
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.db.notifications.test_handing_on import subjects


def due(session: Session, now: datetime) -> dict[str, int]:
    found = dict(tell_due(session, now))
    while worker.hand_on(session, now):
        pass
    return {name: count for name, count in found.items() if count}


def test_a_broker_is_told_48_and_6_hours_before_a_protection_ends(session: Session, now: datetime) -> None:
    touch = make.touch(session, protected_until=now + timedelta(days=3))
    registration = make.registration(session, touch=touch)
    assert due(session, now) == {}
    assert due(session, now + timedelta(days=1)) == {"protections_told": 1}
    assert due(session, now + timedelta(days=1, hours=1)) == {}, "once"
    assert due(session, now + timedelta(days=2, hours=18)) == {"protections_told": 1}
    assert due(session, now + timedelta(days=2, hours=20)) == {}
    assert subjects(session, registration.broker) == ["protection_ends"] * 2


def test_a_longer_protection_is_told_of_anew(session: Session, now: datetime) -> None:
    touch = make.touch(session, protected_until=now + timedelta(days=1))
    make.registration(session, touch=touch)
    assert due(session, now) == {"protections_told": 1}
    touch.protected_until = now + timedelta(days=30)
    assert due(session, now) == {}
    assert due(session, now + timedelta(days=29)) == {"protections_told": 1}


def test_what_is_sold_or_over_is_not_told_of(session: Session, now: datetime) -> None:
    soon = now + timedelta(hours=5)
    make.registration(session, touch=make.touch(session, protected_until=soon, retired_at=now))
    sold = make.touch(session, protected_until=soon)
    make.registration(session, touch=sold)
    make.deal(session, touch=sold)
    assert due(session, now) == {}


def test_principals_and_managers_learn_of_ends_30_and_10_days_before(session: Session, now: datetime) -> None:
    today = local_day(now)
    manager = make.person(session, Role.CHANNEL_MANAGER)
    agreement = make.agreement(session, ends_on=today + timedelta(days=30))
    agreement.agency.licence_ends_on = today + timedelta(days=10)
    principal = make.person(session, Role.PRINCIPAL, agency=agreement.agency)
    session.flush()
    assert due(session, now) == {"agreements_told": 1, "licences_told": 1}
    assert due(session, now + timedelta(days=1)) == {}
    assert due(session, now + timedelta(days=20)) == {"agreements_told": 1}
    expected = ["agreement_ends", "licence_ends", "agreement_ends"]
    assert subjects(session, principal) == expected
    assert subjects(session, manager) == expected


def test_an_end_that_was_moved_is_told_of_anew(session: Session, now: datetime) -> None:
    today: date = local_day(now)
    agreement = make.agreement(session, ends_on=today + timedelta(days=5))
    assert due(session, now) == {"agreements_told": 1}
    agreement.ends_on = today + timedelta(days=9)
    session.flush()
    assert due(session, now) == {"agreements_told": 1}


def test_a_broker_is_reminded_when_a_client_may_be_free(session: Session, now: datetime) -> None:
    """What is told is what another try would answer; a reminder that was taken back is none."""
    until = now + timedelta(days=1)
    held, freed, undone = (make.touch(session, protected_until=until) for _ in range(3))
    refused = [refuse(session, now, touch) for touch in (held, freed, undone)]
    for one in refused:
        reminders.ask(session, Actor.of(one.broker), now, one)
        reminders.ask(session, Actor.of(one.broker), now, one)
    reminders.cancel(session, Actor.of(refused[2].broker), now, refused[2])
    held.protected_until = until + timedelta(days=30)
    assert due(session, now) == {}
    assert due(session, until)["reminders_told"] == 2
    assert "reminders_told" not in due(session, until + timedelta(days=1)), "once"
    told = session.scalars(select(Event).where(Event.kind == "client_reminder").order_by(Event.id)).all()
    assert [(one.person_id, one.facts["code"]) for one in told] == [
        (refused[0].broker_id, "held"),
        (refused[1].broker_id, "free"),
    ]


def test_only_the_broker_himself_asks_for_a_reminder(session: Session, now: datetime) -> None:
    refused = refuse(session, now, make.touch(session, protected_until=now + timedelta(days=1)))
    with pytest.raises(Refusal, match="not_your_registration"):
        reminders.ask(session, Actor.of(make.person(session, Role.BROKER)), now, refused)


def refuse(session: Session, now: datetime, touch: Touch) -> Registration:
    """Another broker registers the client who is held by this touch."""
    agreement = make.agreement(session, development=touch.development)
    broker = make.person(session, Role.BROKER, agency=agreement.agency)
    phone = contacts.open_phone(session, touch.client).e164
    return register_client(
        session, Actor.of(broker), now, development_id=touch.development_id, phone=phone, name="王小明"
    )
