"""Events are told in the causing transaction and handed on once: numbered without gaps, in the right inboxes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import AppealOutcome, Event, Notice, Person, RobotMessage, Role, StreamEntry, TextMessage
from portal.services.accounts import people
from portal.services.events.telling import Concerned, tell
from portal.services.notifications import inbox, worker
from portal.services.notifications.told import told_on
from portal.services.notifications.ways import SmsWay
from portal.services.penalties import appeals, strikes
from portal.services.robots.telling import tell_groups
from tests import factories as make
from tests.factories.notices import event, notice, robot
from tests.nightly import examples
from tests.site import Site


def told(session: Session, now: datetime) -> None:
    while worker.hand_on(session, now):
        pass


def subjects(session: Session, person: Person) -> list[str]:
    """The kinds in a person's inbox, in order; those that are read already in brackets."""
    rows = session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.id))
    return [row.event.kind if row.read_at is None else f"({row.event.kind})" for row in rows]


def test_a_broker_and_his_principal_learn_of_a_strike_a_freeze_and_their_end(site: Site) -> None:
    session, broker = site.session, site.broker
    principal = make.person(session, Role.PRINCIPAL, agency=broker.agency)
    other = make.person(session, Role.PRINCIPAL)
    reception, manager = (Actor.of(make.person(session, role)) for role in (Role.RECEPTION, Role.CHANNEL_MANAGER))
    for _ in range(3):
        showing = make.showing(session, touch=site.register().touch, at=site.now)
        strikes.strike(session, reception, site.now, showing)
    told(session, site.now)
    expected = ["strike_confirmed"] * 3 + ["account_frozen"]
    assert subjects(session, principal) == expected
    assert [kind for kind in subjects(session, broker) if kind != "(registration_accepted)"] == expected
    assert subjects(session, other) == []

    struck = session.scalars(select(strikes.Strike)).first()
    assert struck is not None
    appeal = make.appeal(session, strike=struck)
    appeals.decide_appeal(session, manager, site.now, appeal, outcome=AppealOutcome.ACCEPTED, reason="有照片")
    told(session, site.now)
    assert subjects(session, broker)[-2:] == ["strike_voided", "freeze_lifted"]


def test_whose_account_was_closed_stands_in_the_notice(session: Session, now: datetime) -> None:
    admin, broker = make.person(session, Role.ADMINISTRATOR), make.broker(session)
    people.deactivate_person(session, SYSTEM, now, broker)
    told(session, now)
    row = session.scalars(select(Notice).where(Notice.person_id == admin.id)).one()
    names = inbox.Names.of(session, [row.event])
    assert inbox.said(row.event, row.whom, names, "en").subject == f"An account was closed: {broker.name}"


def test_streams_have_no_gaps_and_each_event_stands_in_one_once(session: Session, now: datetime) -> None:
    broker = make.broker(session)
    for _ in range(3):
        event(session, "strike_voided", person_id=broker.id, agency_id=broker.agency_id)
    event(session, "new_device", person_id=broker.id)
    told(session, now)
    event(session, "strike_voided", person_id=broker.id, agency_id=broker.agency_id)
    told(session, now)
    numbers = select(StreamEntry.stream, func.max(StreamEntry.sequence), func.count()).group_by(StreamEntry.stream)
    found = {stream: (latest, count) for stream, latest, count in session.execute(numbers)}
    assert found == {f"agency:{broker.agency_id}": (4, 4), f"person:{broker.id}": (5, 5)}


def test_who_has_left_is_told_nothing(session: Session, now: datetime) -> None:
    gone = make.person(session, Role.FINANCE, deactivated_at=now)
    there = make.person(session, Role.FINANCE)
    event(
        session,
        "payout_failed",
        actor_id=make.person(session, Role.APPROVER).id,
        facts={"reference": "P", "amount_fen": 1},
    )
    told(session, now)
    assert (subjects(session, gone), subjects(session, there)) == ([], ["payout_failed"])


def test_of_a_role_not_who_did_it_is_told(session: Session, now: datetime) -> None:
    did, other = (make.person(session, Role.FINANCE) for _ in range(2))
    event(session, "payout_failed", actor_id=did.id, facts={"reference": "P", "amount_fen": 1})
    told(session, now)
    assert (subjects(session, did), subjects(session, other)) == ([], ["payout_failed"])


def test_a_kind_that_a_later_release_dropped_holds_nothing_up(session: Session, now: datetime) -> None:
    session.add(Event(kind="of_before", at=now, subject_kind="people", facts={}))
    session.flush()
    told(session, now)
    assert session.scalar(select(func.count()).select_from(Event).where(Event.told_at.is_(None))) == 0


def test_what_is_found_again_is_told_once(session: Session, now: datetime) -> None:
    person = make.broker(session)
    for _ in range(2):
        tell(session, SYSTEM, now, "new_device", person, Concerned(person.id, once=f"seen:{person.id}"))
    told(session, now)
    assert subjects(session, person) == ["new_device"]


def test_telling_is_one_statement(session: Session, now: datetime) -> None:
    """Nobody is looked up in the causing transaction, and nothing is locked."""
    person = make.broker(session)
    session.flush()
    sent: list[str] = []
    from sqlalchemy import event as watch

    watch.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]))
    tell(session, SYSTEM, now, "new_device", person, Concerned(person.id))
    session.flush()
    assert len(sent) == 1, sent
    assert sent[0].startswith("INSERT INTO events")


def test_two_workers_tell_each_event_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        people = [make.broker(session) for _ in range(4)]
        for n in range(120):
            broker = people[n % 4]
            event(session, "strike_voided", person_id=broker.id, agency_id=broker.agency_id)
    worker.PORTION, portion = 7, worker.PORTION
    try:
        with ThreadPoolExecutor(4) as pool:
            rounds = list(pool.map(lambda _: worker.run_due(database, lambda: now).sent, range(4)))
    finally:
        worker.PORTION = portion
    assert sum(rounds) == 120
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 120
        numbers = select(func.max(StreamEntry.sequence), func.count()).group_by(StreamEntry.stream)
        assert {tuple(row) for row in session.execute(numbers)} == {(30, 30)}


def test_a_worker_that_is_killed_has_told_nothing(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = make.broker(session)
        event(session, "new_device", person_id=person.id)

    class Killed(BaseException):
        pass

    with pytest.raises(Killed), database.transaction() as session:
        assert worker.hand_on(session, now) == 1
        raise Killed
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 0
    assert worker.run_due(database, lambda: now).sent == 1
    assert worker.run_due(database, lambda: now).sent == 0


@pytest.mark.parametrize(
    "change",
    ["UPDATE events SET facts = '{}'", "UPDATE events SET told_at = NULL", "DELETE FROM events"],
)
def test_the_database_lets_nobody_change_what_happened(database: Database, now: datetime, change: str) -> None:
    with database.transaction() as session:
        event(session, "new_device", person_id=make.broker(session).id)
    worker.run_due(database, lambda: now)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(change))


def test_an_inbox_is_its_persons_alone(session: Session, now: datetime) -> None:
    mine, theirs = (make.broker(session) for _ in range(2))
    row = notice(session, person=mine)
    assert inbox.find(session, Actor.of(theirs), row.id) is None
    inbox.mark_read(session, Actor.of(theirs), now)
    inbox.mark_read(session, Actor.of(theirs), now, [row.id])
    assert inbox.unread_count(session, mine.id) == 1
    inbox.mark_read(session, Actor.of(mine), now, [row.id])
    assert inbox.unread_count(session, mine.id) == 0


def test_a_list_is_filtered_by_topic_time_and_what_is_unread(session: Session, now: datetime) -> None:
    person = make.broker(session)
    notice(session, person=person, at=now, read_at=now)
    notice(session, person=person, at=now - timedelta(days=2))
    notice(session, person=person, kind="strike_voided", at=now)

    def count(**filters: object) -> int:
        return len(session.scalars(inbox.listing(Actor.of(person), **filters)).all())

    assert [count(), count(unread=True), count(topic="standing"), count(since=now - timedelta(days=1))] == [3, 2, 1, 2]


def test_who_was_told_of_a_thing_is_said_to_the_staff_and_to_each_his_own(site: Site) -> None:
    session, broker = site.session, site.broker
    make.person(session, Role.PRINCIPAL, agency=broker.agency)
    showing = make.showing(session, touch=site.registration.touch, at=site.now)
    staff = Actor.of(make.person(session, Role.RECEPTION))
    strikes.strike(session, staff, site.now, showing)
    told(session, site.now)
    assert showing.strike is not None
    assert len(told_on(session, staff, showing.strike)) == 2
    assert [one.notice.person_id for one in told_on(session, Actor.of(broker), showing.strike)] == [broker.id]


def test_an_import_of_any_size_is_told_once_to_each(session: Session, now: datetime) -> None:
    """Thousands of deals stand in the streams one by one; inboxes, phones and groups hear of the file as a whole."""
    count, agencies = examples(1_000, 10_000), 4
    brokers = [make.broker(session) for _ in range(agencies)]
    heads = [make.person(session, Role.PRINCIPAL, agency=broker.agency) for broker in brokers]
    place = robot(session, at=now).development
    values = {"at": now, "subject_kind": "deals", "subject_id": 1, "part_of": "deal_imports:7"}
    moved = {"unit": "1-1", "milestone": "signed", "reached_at": now.isoformat()}
    rows = [
        {
            "kind": "deal_moved_on",
            "person_id": brokers[number % agencies].id,
            "agency_id": brokers[number % agencies].agency_id,
            "development_id": place.id,
            "facts": moved,
            **values,
        }
        for number in range(count)
    ]
    session.execute(insert(Event), rows)
    for broker in brokers:
        facts = {"deals": count // agencies, "amount_fen": 100}
        for kind in ("deals_imported", "own_deals_imported"):
            event(session, kind, at=now, person_id=broker.id, agency_id=broker.agency_id, subject_id=7, facts=facts)
    out = worker.Out([SmsWay()], "en", tell_groups)
    while worker.hand_on(session, now, out):
        pass
    of_import = select(Notice).join(Event).where(Event.kind.in_(("deals_imported", "own_deals_imported")))
    told = [(one.person_id, one.event.kind) for one in session.scalars(of_import)]
    expected = [(head.id, "deals_imported") for head in heads] + [(one.id, "own_deals_imported") for one in brokers]
    assert sorted(told) == sorted(expected)
    assert session.scalar(select(func.count()).select_from(Notice).join(Event).where(Event.part_of.is_not(None))) == 0
    assert session.scalar(select(func.count()).select_from(TextMessage)) == 2 * agencies
    assert session.scalar(select(func.count()).select_from(RobotMessage)) == 0
    in_streams = select(func.count()).select_from(StreamEntry).where(StreamEntry.stream.startswith("agency:"))
    assert session.scalar(in_streams) == count + agencies
