"""Registrations a second when sixteen brokers register different clients at once, each in a transaction of its own
that is on the disk when it is answered; on SQLite and on PostgreSQL; in two processes of eight threads, as they are
served.

The floor is what the database and the machine allow at best: the same threads through the same engine, each
transaction one bare INSERT of one registration, with the same durability. A registration writes and signs more than
that (client, touch, registration, receipt, audit entry) and reads what it decides on. The same registrations are also
made one after another by one thread: what the crowd wins over that, or loses by getting in each other's way.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from multiprocessing import get_context
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
PROCESSES = 2
A_DAY = 40
"""Registrations that one broker makes in a day, within the limit; then it is tomorrow."""
BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

Deed = Callable[[Person, datetime], None]
"""What a broker does in one transaction."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases against their floors."""
    for dialect in DIALECTS:
        with _database(dialect) as (database, config):
            alone = Crowd(database)
            with Halves(config, Crowd(database)) as halves:
                given = in_turn(
                    effort,
                    {
                        "at once": partial(halves.at_once, "register", effort.registrations),
                        "one by one": partial(alone.one_by_one, alone.register, effort.registrations),
                        "floor": partial(halves.at_once, "insert", effort.registrations),
                    },
                )
        name, at_once = f"registrations, {dialect}, {THREADS} threads in {PROCESSES} processes", given["at once"]
        yield row(name, "/s", at_once, "one bare durable INSERT a transaction", given["floor"])
        yield row(f"{name} instead of 1", "/s", at_once, "the same, one thread, one after another", given["one by one"])


class Crowd:
    """Sixteen brokers of different agencies in one development. `half`: those of one process, of a crowd of before."""

    def __init__(self, database: Database, half: "Half | None" = None) -> None:
        self._database = database
        self._steps = count()
        self._numbers = map(str, count(half.first_number)) if half else iter(make.new_phone, "")
        with database.transaction() as session:
            self.development = session.get_one(Development, half.development_id) if half else make.development(session)
            if half is None:
                self.brokers = [self._broker(session) for _ in range(THREADS)]
            else:
                self.brokers = [session.get_one(Person, key) for key in half.broker_ids]
            self.client_id = half.client_id if half else make.client(session).id

    def at_once(self, deed: Deed, times: int) -> float:
        """How many a second, when every broker does it so many times, all beginning together."""
        barrier, instants = Barrier(len(self.brokers)), self._instants(times)

        def one(broker: Person) -> None:
            barrier.wait()
            for now in instants:
                deed(broker, now)

        with ThreadPoolExecutor(len(self.brokers)) as threads:
            return len(self.brokers) * times / seconds(lambda: list(threads.map(one, self.brokers)))

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
                phone=next(self._numbers),
                name="王小明",
            )
        assert registration.outcome is Outcome.ACCEPTED, registration.code

    def insert(self, broker: Person, now: datetime) -> None:
        """The floor: a row of the same table."""
        with self._database.engine.begin() as connection:
            connection.execute(
                insert(Registration).values(
                    development_id=self.development.id,
                    client_id=self.client_id,
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


@dataclass(frozen=True, slots=True)
class Half:
    """Who of a crowd registers in one process, and from which number on the clients are counted there."""

    development_id: int
    client_id: int
    broker_ids: list[int]
    first_number: int


class Halves:
    """The crowd in several processes that begin together, as gunicorn runs the portal."""

    def __init__(self, config: Config, crowd: Crowd) -> None:
        self._crowd, each = crowd, THREADS // PROCESSES
        ids = [broker.id for broker in crowd.brokers]
        self._halves = [
            Half(crowd.development.id, crowd.client_id, ids[of * each : of * each + each], 13810000000 + of * 10**7)
            for of in range(PROCESSES)
        ]
        self._processes = [ProcessPoolExecutor(1, get_context("spawn")) for _ in self._halves]
        begun = [
            process.submit(_begin, config, half) for process, half in zip(self._processes, self._halves, strict=True)
        ]
        for one in begun:
            one.result()

    def __enter__(self) -> "Halves":
        return self

    def __exit__(self, *_given: object) -> None:
        for process in self._processes:
            process.shutdown()

    def at_once(self, deed: str, times: int) -> float:
        """How many a second, all processes together: until the last one is done."""

        def all_of_them() -> None:
            for one in [process.submit(_do, deed, times) for process in self._processes]:
                one.result()

        return THREADS * times / seconds(all_of_them)


_HERE: dict[str, Crowd] = {}
"""The part of the crowd that is in this process."""


def _begin(config: Config, half: Half) -> None:
    _HERE["crowd"] = Crowd(Database(config.url, config.vault(), config.signer()), half)


def _do(deed: str, times: int) -> None:
    crowd = _HERE["crowd"]
    crowd.at_once(getattr(crowd, deed), times)


@contextmanager
def _database(dialect: Dialect) -> Iterator[tuple[Database, Config]]:
    """A fresh, migrated database with the product's own durability, on this machine's disk."""
    with fresh_address(dialect) as url:
        migrate(url)
        config = Config(database_url=url, **new_secrets())
        database = Database(config.url, config.vault(), config.signer())
        yield database, config
        database.dispose()


@contextmanager
def fresh_address(dialect: Dialect) -> Iterator[str]:
    if dialect == "postgresql":
        with Postgres(durable=True) as server:
            yield server.create("benchmark")
    else:
        with TemporaryDirectory(prefix="portal-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'portal.db'}"
