"""Scheduled exports in transactions of their own: made once, tried again, dropped, ended, erased; several at work."""

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.clock import day_start, local_day
from portal.db import Database
from portal.models import (
    AuditEntry,
    Event,
    ExportFormat,
    ExportPart,
    ExportRun,
    ExportSchedule,
    ExportState,
    Person,
    Role,
    ScheduleEnd,
)
from portal.outages import NoAnswer
from portal.rules.exports.rhythm import Every, Rhythm
from portal.rules.exports.tries import KEPT, LEASE, PAUSES
from portal.services.exports import runs, schedules, worker
from portal.services.exports.schedules import Asked
from portal.services.exports.worker import HeldBack, Made, Make, NotMade, Order
from tests import factories as make

CONTENT = b"0123456789" * 3
EIGHT = timedelta(hours=8)


def asked(hour: int = 8, **filters: str) -> Asked:
    return Asked(ExportFormat.CSV, "en", Rhythm.of(Every.DAY, hour, 0, 1), filters)


@contextmanager
def file(_order: Order) -> Iterator[Made]:
    yield Made(io.BytesIO(CONTENT), 3, Role.FINANCE)


def failing(error: Exception) -> Make:
    @contextmanager
    def make_it(_order: Order) -> Iterator[Made]:
        raise error
        yield

    return make_it


@pytest.fixture
def store(database: Database, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", database.vault)


@pytest.fixture
def owner(database: Database, now: datetime) -> Actor:
    with database.transaction() as session:
        return Actor.of(make.person(session, Role.FINANCE))


@pytest.fixture
def schedule(database: Database, owner: Actor, now: datetime) -> int:
    """Asked for a day ago, of the month before: due since the morning."""
    with database.transaction() as session:
        row = schedules.ask(session, owner, now - timedelta(days=3), "deals.download", {}, asked(month="last_month"))
        session.flush()
        return row.id


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PART", 8)


@pytest.fixture
def morning(now: datetime) -> datetime:
    """Eight of the test's day in Shanghai."""
    return day_start(local_day(now)) + EIGHT


def states(database: Database) -> list[tuple[ExportState, int]]:
    with database.reading() as session:
        return [(row.state, row.tried) for row in session.scalars(select(ExportRun).order_by(ExportRun.due_at))]


def told(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Event.kind).where(Event.kind.startswith("export_")).order_by(Event.id)))


def test_what_was_missed_is_made_once_and_taken_in_parts(
    database: Database, store: FolderFiles, schedule: int, owner: Actor, morning: datetime
) -> None:
    orders: list[Order] = []

    def noting(order: Order):
        orders.append(order)
        return file(order)

    assert worker.run_due(database, store, noting, lambda: morning) == 1
    assert worker.run_due(database, store, noting, lambda: morning + timedelta(hours=15)) == 0
    (order,) = orders
    assert (order.endpoint, order.format, order.locale) == ("deals.download", "csv", "en")
    assert order.filters["month"] < f"{local_day(morning):%Y-%m}"
    with database.transaction() as session:
        run = session.scalars(select(ExportRun)).one()
        assert (run.state, run.due_at, run.rows, run.size, run.role) == (
            ExportState.MADE,
            morning,
            3,
            len(CONTENT),
            Role.FINANCE,
        )
        assert run.sha256 == hashlib.sha256(CONTENT).hexdigest()
        names = runs.take(session, owner, morning, run)
        assert len(names) == 4
        assert b"".join(runs.read(store, names)) == CONTENT
        assert session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "export_runs")).all() == [
            "export_made",
            "export_taken",
        ]
    assert told(database) == ["export_made"]


def test_a_file_is_erased_when_its_time_is_over(
    database: Database, store: FolderFiles, schedule: int, owner: Actor, morning: datetime
) -> None:
    worker.run_due(database, store, file, lambda: morning)
    with database.transaction() as session:
        names = session.scalars(select(ExportPart.file_name)).all()
        assert runs.erase_due(session, morning + KEPT - timedelta(seconds=1), store) == 0
        assert runs.erase_due(session, morning + KEPT, store) == 1
    with database.transaction() as session:
        run = session.scalars(select(ExportRun)).one()
        assert (run.state, session.scalars(select(ExportPart)).all()) == (ExportState.ERASED, [])
        with pytest.raises(Refusal, match="export_over"):
            runs.take(session, owner, morning + KEPT, run)
    for name in names:
        with pytest.raises(FileNotFoundError):
            store.get(name)


@pytest.mark.parametrize("error", [NoAnswer("the bucket"), ValueError("broken")], ids=["an outage", "a fault"])
def test_it_is_tried_again_and_given_up(
    database: Database, store: FolderFiles, schedule: int, morning: datetime, error: Exception
) -> None:
    at = morning
    for tried, pause in enumerate(PAUSES, 1):
        worker.run_due(database, store, failing(error), lambda at=at: at)  # type: ignore[misc]
        worker.run_due(database, store, failing(error), lambda at=at: at + timedelta(seconds=1))  # type: ignore[misc]
        assert states(database) == [(ExportState.WAITING, tried)]
        at += pause
    worker.run_due(database, store, failing(error), lambda: at)
    assert states(database) == [(ExportState.FAILED, len(PAUSES) + 1)]
    assert told(database) == ["export_failed"]


def test_a_try_that_was_killed_is_done_again_and_a_late_one_is_thrown_away(
    database: Database, store: FolderFiles, schedule: int, morning: datetime
) -> None:
    """The first worker sleeps over its lease; a second one makes the file; the first one's goes."""

    @contextmanager
    def slow(order: Order) -> Iterator[Made]:
        late = morning + LEASE
        assert worker.run_due(database, store, file, lambda: late - timedelta(seconds=1)) == 0
        assert worker.run_due(database, store, file, lambda: late) == 1
        with file(order) as made:
            yield made

    assert worker.run_due(database, store, slow, lambda: morning) == 0
    assert states(database) == [(ExportState.MADE, 2)]
    with database.reading() as session:
        kept = set(session.scalars(select(ExportPart.file_name)))
    assert set(store.written_before(datetime.max.replace(tzinfo=morning.tzinfo, year=2100))) == kept


def test_workers_at_once_make_one(database: Database, store: FolderFiles, schedule: int, morning: datetime) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: worker.run_due(database, store, file, lambda: morning), range(4)))
    assert (sum(made), states(database)) == (1, [(ExportState.MADE, 1)])


@pytest.mark.parametrize("why", [ScheduleEnd.NO_RIGHT, ScheduleEnd.GONE, ScheduleEnd.LEFT])
def test_who_may_not_any_more_gets_nothing_and_is_told(
    database: Database, store: FolderFiles, schedule: int, morning: datetime, why: ScheduleEnd
) -> None:
    for later in range(3):
        worker.run_due(database, store, failing(NotMade(why)), lambda later=later: morning + later * EIGHT * 3)  # type: ignore[misc]
    assert (states(database), told(database)) == ([(ExportState.DROPPED, 1)], ["export_ended"])
    with database.reading() as session:
        row = session.get_one(ExportSchedule, schedule)
        assert (row.ended_why, row.ended_at) == (why, morning)


def test_an_account_that_needs_something_first_keeps_its_schedule(
    database: Database, store: FolderFiles, schedule: int, morning: datetime
) -> None:
    worker.run_due(database, store, failing(HeldBack()), lambda: morning)
    assert (states(database), told(database)) == ([(ExportState.FAILED, 1)], ["export_failed"])
    assert worker.run_due(database, store, file, lambda: morning + timedelta(days=1)) == 1


Change = Callable[..., None]


@pytest.mark.parametrize(
    ("change", "begun", "after"),
    [(schedules.pause, True, 0), (schedules.end, True, 0), (schedules.pause, False, 0), (schedules.end, False, 0)],
    ids=["paused as it waits", "ended as it waits", "paused", "ended"],
)
def test_what_is_paused_or_ended_is_not_made(
    database: Database,
    store: FolderFiles,
    schedule: int,
    owner: Actor,
    morning: datetime,
    change: Change,
    begun: bool,
    after: int,
) -> None:
    if begun:
        worker.run_due(database, store, failing(NoAnswer("the bucket")), lambda: morning)
    with database.transaction() as session:
        change(session, owner, morning, session.get_one(ExportSchedule, schedule))
    assert worker.run_due(database, store, file, lambda: morning + timedelta(days=2)) == after
    assert [state for state, _tried in states(database)] == [ExportState.DROPPED] * begun


def test_ended_while_it_is_made_nothing_stays(
    database: Database, store: FolderFiles, schedule: int, owner: Actor, morning: datetime
) -> None:
    @contextmanager
    def ending(order: Order) -> Iterator[Made]:
        with database.transaction() as session:
            schedules.end(session, owner, morning, session.get_one(ExportSchedule, schedule))
        with file(order) as made:
            yield made

    assert worker.run_due(database, store, ending, lambda: morning) == 0
    assert states(database) == [(ExportState.DROPPED, 1)]
    assert not list(store.written_before(datetime.max.replace(tzinfo=morning.tzinfo, year=2100)))


def test_a_schedule_is_asked_for_once_changed_and_resumed(
    database: Database, owner: Actor, schedule: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        row = session.get_one(ExportSchedule, schedule)
        with pytest.raises(Refusal, match="export_schedule_there"):
            schedules.ask(session, owner, now, "deals.download", {}, asked(month="last_month"))
        other = schedules.ask(session, owner, now, "deals.download", {}, asked(9, month="last_month"))
        session.flush()
        with pytest.raises(Refusal, match="export_schedule_there"), session.begin_nested():
            schedules.change(session, owner, now, other, asked(month="last_month"))
        session.refresh(other)
        schedules.change(session, owner, now, other, asked(10, month="last_month"))
        schedules.pause(session, owner, now, row)
        schedules.pause(session, owner, now, row)
        schedules.resume(session, owner, now, row)
        assert (row.paused_at, row.since, other.hour) == (None, now, 10)
        schedules.end(session, owner, now, row)
        for deed in (schedules.pause, schedules.resume, schedules.end):
            with pytest.raises(Refusal, match="export_schedule_over"):
                deed(session, owner, now, row)
        monkeypatch.setattr(schedules, "MOST", 1)
        with pytest.raises(Refusal, match="export_too_many"):
            schedules.ask(session, owner, now, "deals.download", {}, asked(11))
        colleague = Actor.of(make.person(session, Role.FINANCE))
        assert [len(session.scalars(schedules.listing(who, ended=False)).all()) for who in (owner, colleague)] == [1, 0]
        assert session.get_one(Person, owner.id)
