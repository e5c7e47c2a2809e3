"""What it costs that everybody is told: an event in its request, ten thousand events handed on, and the bell.

An event is held against the same transaction without it (the goal: 1 ms more at most); what is handed on, against as
many bare INSERTs of notices (the goal: a minute); a page with its bell, against the same page whose bell asks nothing.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import insert, select, update

from portal.access.actor import SYSTEM
from portal.app import create_app
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Event, Notice, Person, Role
from portal.services import audit
from portal.services.events.telling import Concerned, tell
from portal.services.notifications import worker
from portal.services.notifications.ways import SmsWay
from tests import factories as make
from tests.benchmarks import pages
from tests.benchmarks.databases import databases
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.databases import DIALECTS
from tests.factories.notices import notice

BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
AGENCIES, BROKERS = 10, 50
"""Whom the events are about: each is told to a broker and to the principal of his agency."""
UNREAD = 60
_MS = 1000
_FACTS = {"reference": "P-2026-03-0001-1", "amount_fen": 3_600_000}


def measure(effort: Effort) -> Iterator[Row]:
    """An event, thousands of them, and the bell."""
    for dialect in DIALECTS:
        with databases(dialect, new_secrets()) as made:
            database = made("notices")
            people = _people(database)
            yield _one_event(effort, dialect, database, people[0])
            yield _handing_on(effort, dialect, database, people)
    yield from _bell(effort)


def _people(database: Database) -> list[Person]:
    with database.transaction() as session:
        people: list[Person] = []
        for _ in range(AGENCIES):
            agency = make.agency(session)
            make.person(session, Role.PRINCIPAL, agency=agency)
            people += [make.broker(session, agency=agency) for _ in range(BROKERS)]
    return people


def _one_event(effort: Effort, dialect: str, database: Database, person: Person) -> Row:
    """A transaction with an entry in the audit log, as every deed has one; with an event beside it, and without."""

    def deeds(*, telling: bool) -> float:
        def work() -> None:
            for _ in range(effort.requests):
                with database.transaction() as session:
                    subject = session.get_one(Person, person.id)
                    audit.record(session, SYSTEM, BEGAN, "password_set", subject)
                    if telling:
                        tell(session, SYSTEM, BEGAN, "password_changed", subject, Concerned(person.id))

        return seconds(work) / effort.requests * _MS

    given = in_turn(effort, {"with": partial(deeds, telling=True), "without": partial(deeds, telling=False)})
    with database.transaction() as session:
        session.execute(update(Event).where(Event.told_at.is_(None)).values(told_at=BEGAN))
    return row(f"a request that tells of an event, {dialect}", "ms", given["with"], "without it", given["without"])


def _handing_on(effort: Effort, dialect: str, database: Database, people: list[Person]) -> Row:
    """From what was told to what stands in inboxes and in the outbox of texts; each round is a day of its own, so that
    no bound of an hour is used up by the one before."""
    out, days = worker.Out([SmsWay()], "zh_Hans_CN"), count()

    def told() -> float:
        now = BEGAN + timedelta(days=next(days))
        _events(database, people, now, effort.events)
        return seconds(lambda: worker.run_due(database, lambda: now, out=out))

    def floor() -> float:
        now = BEGAN + timedelta(days=next(days))
        ids = _events(database, people, now, effort.events, told_at=now)
        return seconds(partial(_insert_notices, database, people, ids, now))

    given = in_turn(effort, {"told": told, "floor": floor})
    name = f"{effort.events:,} events told to two each, {dialect}"
    return row(name, "s", given["told"], "as many bare INSERTs of notices", given["floor"])


def _events(
    database: Database, people: list[Person], at: datetime, number: int, told_at: datetime | None = None
) -> list[int]:
    """So many payments that arrived."""
    kind = {"kind": "payout_paid", "at": at, "subject_kind": "payouts", "facts": _FACTS, "told_at": told_at}
    with database.transaction() as session:
        whose = (people[place % len(people)] for place in range(number))
        rows = [kind | {"subject_id": one.id, "person_id": one.id, "agency_id": one.agency_id} for one in whose]
        session.execute(insert(Event), rows)
        return list(session.scalars(select(Event.id).where(Event.at == at).order_by(Event.id)))


def _insert_notices(database: Database, people: list[Person], ids: list[int], at: datetime) -> None:
    for start in range(0, len(ids), worker.PORTION):
        with database.transaction() as session:
            for place in (0, 1):
                rows = [
                    {"event_id": key, "person_id": people[place].id, "whom": "person", "topic": "money", "at": at}
                    for key in ids[start : start + worker.PORTION]
                ]
                session.execute(insert(Notice), rows)


def _bell(effort: Effort) -> Iterator[Row]:
    """A broker's list with a bell that counts, and the bell by itself, as a page asks for it every half minute."""
    with TemporaryDirectory(prefix="portal-bench-") as folder:
        config = Config.from_env({"PORTAL_DATA_DIR": folder, "PORTAL_LOG_LEVEL": "WARNING"})
        migrate(config.url)
        app = create_app(config)
        page = pages.world(app)["a broker's list"]
        with app.extensions["database"].transaction() as session:
            broker = session.scalars(select(Person).where(Person.role == Role.BROKER)).one()
            for _ in range(UNREAD):
                notice(session, person=broker)
        counts = app.jinja_env.globals["unread_notices"]

        def asked(path: str, unread: object = counts) -> float:
            app.jinja_env.globals["unread_notices"] = unread
            return _milliseconds(app, pages.Page(path, page.cookie), effort.requests)

        trials: dict[str, Callable[[], float]] = {
            "with": lambda: asked(page.path),
            "without": lambda: asked(page.path, lambda: 0),
            "bell": lambda: asked("/inbox/bell"),
        }
        given = in_turn(effort, trials)
        app.extensions["database"].dispose()
    yield row("a broker's list with its bell", "ms", given["with"], "with a bell that asks nothing", given["without"])
    yield row("the bell alone", "ms", given["bell"], "a broker's list with its bell", given["with"])


def _milliseconds(app: Flask, page: pages.Page, requests: int) -> float:
    return _MS / pages.in_process(app, page, requests)
