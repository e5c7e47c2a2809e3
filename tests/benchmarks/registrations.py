"""Registrations a second when sixteen brokers register different clients at once, each in a transaction of its own
that is on the disk when it is answered; on SQLite and on PostgreSQL.

The floor is what the database and the machine allow at best: the same sixteen threads through the same engine, each
transaction one bare INSERT of one registration, with the same durability. A registration writes and signs more than
that (client, touch, registration, receipt, audit entry) and reads what it decides on. The same registrations are also
made one after another by one thread: what the crowd wins over that, or loses by getting in each other's way.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Development, Outcome, Person, Registration
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.databases import DIALECTS, Dialect
from tests.postgres import Postgres

THREADS = 16
A_DAY = 40
"""Registrations that one broker makes in a day, within the limit; then it is tomorrow."""
BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

Deed = Callable[[Person, datetime], None]
"""What a broker does in one transaction."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases against their floors."""
    for dialect in DIALECTS:
        with _database(dialect) as database:
            crowd = Crowd(database)
            given = in_turn(
                effort,
                {
                    "at once": partial(crowd.at_once, crowd.register, effort.registrations),
                    "one by one": partial(crowd.one_by_one, crowd.register, effort.registrations),
                    "floor": partial(crowd.at_once, crowd.insert, effort.registrations),
                },
            )
        name, at_once = f"registrations, {dialect}, {THREADS} threads", given["at once"]
        yield row(name, "/s", at_once, "one bare durable INSERT a transaction", given["floor"])
        yield row(f"{name} instead of 1", "/s", at_once, "the same, one thread, one after another", given["one by one"])


class Crowd:
    """Sixteen brokers of different agencies in one development."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps = count()
        with database.transaction() as session:
            self.development: Development = make.development(session)
            self.brokers = [self._broker(session) for _ in range(THREADS)]
            self._client_id = make.client(session).id

    def at_once(self, deed: Deed, times: int) -> float:
        """How many a second, when every broker does it so many times, all beginning together."""
        barrier, instants = Barrier(THREADS), self._instants(times)

        def one(broker: Person) -> None:
            barrier.wait()
            for now in instants:
                deed(broker, now)

        with ThreadPoolExecutor(THREADS) as threads:
            return THREADS * times / seconds(lambda: list(threads.map(one, self.brokers)))

    def one_by_one(self, deed: Deed, times: int) -> float:
        """How many a second, when they do the same one after another."""
        turns = [(broker, now) for now in self._instants(times) for broker in self.brokers]
        return len(turns) / seconds(lambda: [deed(broker, now) for broker, now in turns])

    def register(self, broker: Person, now: datetime) -> None:
        """A client nobody has registered yet."""
        with self._database.transaction() as session:
            registration = register_client(
                session,
                Actor.of(broker),
                now,
                development_id=self.development.id,
                phone=make.new_phone(),
                name="王小明",
            )
        assert registration.outcome is Outcome.ACCEPTED, registration.code

    def insert(self, broker: Person, now: datetime) -> None:
        """The floor: a row of the same table."""
        with self._database.engine.begin() as connection:
            connection.execute(
                insert(Registration).values(
                    development_id=self.development.id,
                    client_id=self._client_id,
                    broker_id=broker.id,
                    agency_id=broker.agency_id,
                    name_sealed=b"sealed",
                    outcome=Outcome.REFUSED,
                    code="protected_by_other",
                    at=now - timedelta(days=400),  # not counted towards the day's limit
                )
            )

    def _instants(self, times: int) -> list[datetime]:
        steps = islice(self._steps, times)
        return [BEGAN + timedelta(days=step // A_DAY, seconds=step % A_DAY) for step in steps]

    def _broker(self, session: Session) -> Person:
        broker: Person = make.broker(session)
        make.agreement(session, development=self.development, agency=broker.agency)
        return broker


@contextmanager
def _database(dialect: Dialect) -> Iterator[Database]:
    """A fresh, migrated database with the product's own durability, on this machine's disk."""
    with fresh_address(dialect) as url:
        migrate(url)
        config = Config(database_url=url, **new_secrets())
        database = Database(config.url, config.vault(), config.signer())
        yield database
        database.dispose()


@contextmanager
def fresh_address(dialect: Dialect) -> Iterator[str]:
    if dialect == "postgresql":
        with Postgres(durable=True) as server:
            yield server.create("benchmark")
    else:
        with TemporaryDirectory(prefix="portal-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'portal.db'}"
