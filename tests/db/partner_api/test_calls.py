"""Calls of agencies' systems: counted in the process, added up in the table, and who is told that a version ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.access.actor import SYSTEM, Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import ApiCalls, ApiKey, Event, Person, Role
from portal.rules.partner_api.keys import Mode, Scope
from portal.rules.partner_api.versions import LATEST, VERSIONS, standing
from portal.services.partner_api import calls, counting, keys, version_endings
from portal.services.partner_api.calls import Asked, By
from portal.services.partner_api.counting import Called, Counts
from portal.services.partner_api.keys import NewKey
from portal.session import Session
from tests import factories as make

FIRST = VERSIONS[0]
ENDS = standing(FIRST).ends_at
assert ENDS is not None


def key_of(session: Session, now: datetime, name: str = "system", version: str = LATEST) -> ApiKey:
    """A key of an agency of its own."""
    principal = make.person(session, Role.PRINCIPAL, agency=make.agency(session))
    assert principal.agency is not None
    row, _text = keys.make(session, SYSTEM, now, principal.agency, NewKey(name, [Scope.DEALS_READ], Mode.LIVE))
    if version != LATEST:
        row.version = version
        session.flush()
    return row


@pytest.fixture
def counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Counts that are written down when the test says so."""
    made = Counts(database)
    monkeypatch.setattr(made, "wake", lambda: None)
    return made


def called(key: int, day: date, operation: str = "list_deals", version: str = LATEST) -> Called:
    return Called(day, key, operation, version)


def test_what_processes_counted_is_added_up(database: Database, counts: Counts, now: datetime) -> None:
    with database.transaction() as session:
        key = key_of(session, now).id
    other, today = Counts(database), local_day(now)
    for status in (200, 201, 404, 503):
        counts.note(called(key, today), status)
    other._calls[called(key, today)] = 2
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one: one.deliver(), (counts, other)))
    with database.reading() as session:
        (row,) = session.scalars(select(ApiCalls))
    assert (row.calls, row.refused, row.failed) == (6, 1, 1)
    assert counts.deliver().again is None, "nothing is left"


def test_a_busy_system_is_written_down_now_and_then(
    database: Database, counts: Counts, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        key = key_of(session, now).id
    clock, woken = [100.0], []
    monkeypatch.setattr(counting, "monotonic", lambda: clock[0])
    monkeypatch.setattr(counts, "wake", lambda: woken.append(clock[0]))
    counts.note(called(key, local_day(now)), 200)
    assert counts.deliver().again == counting.WRITTEN_EVERY
    clock[0] += counting.WRITTEN_EVERY - 1
    counts.note(called(key, local_day(now)), 200)
    assert woken == [100.0]
    counts.close()
    with database.reading() as session:
        assert session.scalar(select(ApiCalls.calls)) == 2, "who ends writes down what is left"


def test_what_could_not_be_written_is_written_with_the_next(
    database: Database, counts: Counts, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        key = key_of(session, now).id
    counts.note(called(key, local_day(now)), 403)
    with monkeypatch.context() as away:
        away.setattr(calls, "add", _away)
        with pytest.raises(SQLAlchemyError):
            counts.deliver()
    counts.note(called(key, local_day(now)), 200)
    counts.deliver()
    with database.reading() as session:
        assert session.execute(select(ApiCalls.calls, ApiCalls.refused)).one() == (2, 1)


def _away(*_given: object) -> None:
    raise SQLAlchemyError


def test_calls_are_asked_for_by_operation_key_and_day(database: Database, counts: Counts, now: datetime) -> None:
    today = local_day(now)
    yesterday, long_ago = today - timedelta(days=1), today - timedelta(days=40)
    with database.transaction() as session:
        first, second = (key_of(session, now, name).id for name in ("a", "b"))
        reader = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        own = Actor.of(session.scalars(select(Person).where(Person.agency_id == _agency(session, second))).one())
    made = (
        *((first, today, "list_deals", LATEST), (first, yesterday, "list_deals", FIRST)),
        *((second, today, "list_deals", LATEST), (second, long_ago, "list_deals", LATEST)),
        *((second, yesterday, "create_registration", LATEST),) * 3,
    )
    for key, day, operation, version in made:
        counts.note(called(key, day, operation, version), 200)
    counts.deliver()

    def found(by: By, actor: Actor = reader, **given: object) -> list[tuple[object, int]]:
        with database.reading() as session:
            asked = Asked(today - timedelta(days=29), **given)  # type: ignore[arg-type]
            return [(getattr(one.what, "id", one.what), one.calls) for one in calls.sums(session, actor, asked, by)]

    assert found(By.OPERATION) == [("create_registration", 3), ("list_deals", 3)]
    assert found(By.KEY) == [(second, 4), (first, 2)]
    assert found(By.DAY) == [(today, 2), (yesterday, 4)]
    assert found(By.KEY, operation="list_deals", version=FIRST) == [(first, 1)]
    assert found(By.OPERATION, own) == [("create_registration", 3), ("list_deals", 1)], "a principal's own alone"
    assert found(By.OPERATION, own, key=first) == []
    with database.transaction() as session:
        assert calls.of_keys(session, [first, second], today) == {first: 1, second: 1}
        assert calls.delete_old(session, now + calls.KEPT) == 3, "those of before today"


def _agency(session: Session, key: int) -> int:
    return session.get_one(ApiKey, key).agency_id


def ended(_session: Session, row: ApiKey, now: datetime) -> None:
    row.expires_at = now


def revoked(session: Session, row: ApiKey, now: datetime) -> None:
    keys.revoke(session, SYSTEM, now, row)


def closed(_session: Session, row: ApiKey, now: datetime) -> None:
    row.agency.deactivated_at = now


def test_whose_system_uses_a_version_that_ends_is_told_in_time_and_once(session: Session, now: datetime) -> None:
    pinned, asks, newer = (key_of(session, now, name) for name in ("pinned", "asks", "newer"))
    pinned.version = FIRST
    for row, day in ((asks, ENDS - timedelta(days=95)), (newer, ENDS - timedelta(days=200))):
        session.add(ApiCalls(day=local_day(day), key=row, operation="x", version=FIRST, calls=1, refused=0, failed=0))
    session.flush()
    told = [version_endings.tell_due(session, ENDS - timedelta(days=days)) for days in (91, 90, 89, 30, 8, 7, 1, 0)]
    assert told == [0, 2, 0, 1, 0, 1, 0, 0], "who asked for it by a header does so no more after thirty days"
    names = session.scalars(select(Event.facts).where(Event.kind == "api_version_ends").order_by(Event.id))
    assert [(one["name"], one["version"], one["last_on"]) for one in names] == [
        (name, FIRST, str(local_day(ENDS - timedelta.resolution))) for name in ("pinned", "asks", "pinned", "pinned")
    ]


@pytest.mark.parametrize("over", [ended, revoked, closed])
def test_a_key_that_opens_nothing_is_not_told_of(
    over: Callable[[Session, ApiKey, datetime], None], session: Session, now: datetime
) -> None:
    over(session, key_of(session, now, version=FIRST), now + timedelta(hours=1))
    session.flush()
    assert version_endings.tell_due(session, ENDS - timedelta(days=60)) == 0
    assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == "api_version_ends")) == 0
