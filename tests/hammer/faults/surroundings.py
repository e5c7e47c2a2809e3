"""What a worker works with: a machine of its own, its clock, the store of files, the carrier of texts, the limits.

Seconds are scaled where the portal's own would not fit into a run: who tries a text again does so after half a second
instead of a minute, and has it for six seconds instead of two minutes. Nothing else is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from limits.storage import MemoryStorage, Storage, storage_from_string

from portal import clock
from portal.access.actor import Actor
from portal.adapters.rate_counts import limiter_settings
from portal.adapters.storage import outgoing
from portal.adapters.storage.files import Files, FolderFiles
from portal.adapters.storage.outgoing import SpooledFiles
from portal.db import Database
from portal.models import Role
from portal.services.messages import outbox
from tests.hammer import world
from tests.hammer.faults.machine import Machine
from tests.hammer.faults.outside import Bucket, Carrier
from tests.hammer.orders import Orders, Times

LEASE, RENEWED_EVERY, FIRST_RETRY, LOOKS_AGAIN = 6.0, 1.0, 0.5, 1.0


def scale(orders: Orders) -> None:
    """Let this process, and those that are forked from it, go by the scaled seconds."""
    if orders.script:
        outbox.LEASE, outbox.FIRST_RETRY = timedelta(seconds=LEASE), timedelta(seconds=FIRST_RETRY)
        outbox.RENEWED_EVERY = RENEWED_EVERY
        outgoing._AGAIN_SECONDS = outgoing._LOOK_SECONDS = LOOKS_AGAIN  # type: ignore[assignment]


def hand(orders: Orders, database: Database, random: Random, times: Times, redis: str | None) -> world.Hand:
    """Who works, on a machine that fails by the script; without a `redis` nothing fails, and no thread is started."""
    people, places = _known(database)
    machine, now = None, _world_clock(orders, database, times)
    if redis is not None:
        is_server = database.engine.dialect.name == "sqlite"
        machine = Machine(orders.faults, random, times.round_at, own_clock_counts=is_server or random.random() < 0.5)
        machine.take_over(database)
    own_clock = lambda: None if database.own_clock() is None else now.of(clock.now())  # noqa: E731 - it is handed on
    folder = Path(orders.folder)
    files = files_of(orders, database, machine, quiet=redis is None)
    return world.Hand(random, people, places, now, files, Carrier(folder, machine), _counting(redis), own_clock)


_KNOWN: dict[str, tuple[Any, Any]] = {}


def _known(database: Database) -> tuple[Mapping[Role, Sequence[Actor]], Sequence[world.Place]]:
    """Who is there, and where: read once, at the rehearsal, so that whoever is hired in an outage can begin."""
    if database.url not in _KNOWN:
        with database.reading() as session:
            _KNOWN[database.url] = world.people_of(session), world.places_of(session)
    return _KNOWN[database.url]


class WorldClock:
    """The world's time: the database's, moved to the month's end."""

    def __init__(self, database: Database, by: timedelta) -> None:
        self._database = database
        self._by = by

    def __call__(self) -> datetime:
        return self._database.now() - self._by

    def of(self, instant: datetime) -> datetime:
        """Another clock's instant, moved by as much."""
        return instant - self._by


def _world_clock(orders: Orders, database: Database, times: Times) -> WorldClock:
    begins_at = world.MONTH_ENDS - timedelta(seconds=orders.seconds * orders.rounds / 2)
    opened_at = datetime.now(UTC) - timedelta(seconds=monotonic() - times.opened_at)
    return WorldClock(database, opened_at - begins_at)


def files_of(orders: Orders, database: Database, machine: Machine | None = None, *, quiet: bool = False) -> Files:
    """A folder; where faults are injected, a bucket behind a spool."""
    folder = Path(orders.folder)
    if not orders.script:
        return FolderFiles(folder / "files", database.vault)
    bucket = Bucket(folder, database.vault, machine)
    return (_Quiet if quiet else SpooledFiles)(bucket, folder / "outgoing", database.vault)


class _Quiet(SpooledFiles):
    """A spool without a thread, for a process that will be forked."""

    def _send_soon(self) -> None:
        pass


def _counting(redis: str | None) -> Callable[[str], int]:
    storage: Storage = MemoryStorage()
    if redis is not None:
        told = limiter_settings(redis, Path(), "")
        storage = storage_from_string(told["RATELIMIT_STORAGE_URI"], **told["RATELIMIT_STORAGE_OPTIONS"])
    return lambda key: storage.incr(key, 60)
