"""The controls of faults: care about neighbours as one would first write it. The hammer must find what each breaks."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.orm import Session

import portal.db
from portal.adapters.rate_counts import SteadyStorage
from portal.adapters.storage import files, outgoing
from portal.adapters.storage.outgoing import SpooledFiles
from portal.postgres import CircuitBreaker
from portal.rules.timekeeping import Judged
from portal.services import timekeeping
from portal.services.messages import outbox
from tests.hammer.control import Control, Patches
from tests.hammer.faults.outside import Carrier
from tests.hammer.orders import Orders

# The disk: a file that could not be written is a line in the log


def _careless_files(_orders: Orders) -> Patches:
    write_whole = files.write_whole

    def tried(path: Path, draft: Path, content: bytes) -> None:
        with suppress(OSError):
            write_whole(path, draft, content)

    return [(module, "write_whole", tried) for module in (files, outgoing)]


# The database: a connection is kept whatever it says; and one that was away stays away


def _keep_connections() -> Patches:
    return [(portal.db, "_give_up_what_only_reads", lambda _context: None)]


def _never_ask_again(_orders: Orders) -> Patches:
    def ask_leave(breaker: Any) -> None:
        if breaker._away:
            raise psycopg.OperationalError("the database was away")

    return [(CircuitBreaker, "_ask_leave", ask_leave)]


# The clock: it is right


def _trust(_orders: Orders) -> Patches:
    return [(timekeeping, "trusted", lambda _session, now: now)]


def _doubt_nothing(_orders: Orders) -> Patches:
    def look(_session: Session, now: datetime, _own_clock: datetime | None) -> Judged:
        return Judged(None, timedelta(), now)

    return [(timekeeping, "look", look)]


# The carrier: who has a text does not say so, and nobody asks whether it went out


def _send_what_is_there(_orders: Orders) -> Patches:
    return [
        (outbox, "LEASE", timedelta()),
        (outbox, "_held", lambda *_: nullcontext()),
        (Carrier, "has", lambda *_, **__: False),
    ]


# The limits' store answers, always


def _count_there_alone(_orders: Orders) -> Patches:
    def by(storage: Any, count: Callable[[Any], Any]) -> Any:
        return count(storage._shared)

    return [(SteadyStorage, "_by", by)]


# The bucket: it takes what it is given


def _hand_over(_orders: Orders) -> Patches:
    def send(spool: Any) -> None:
        for path in spool._paths():
            with suppress(FileNotFoundError):
                sealed = path.read_bytes()
                path.unlink()
                spool._bucket.put_sealed(path.name, sealed)

    return [(SpooledFiles, "send", send)]


def _nothing(_orders: Orders) -> Patches:
    return []


CONTROLS: Mapping[str, Control] = {
    "keep": Control(
        "files", ["bill", "issue", "signed"], _careless_files, script="disk_full@0.00+1.50", drivers_defaults=False
    ),
    "reconnect": Control(
        "back",
        ["register", "text"],
        _nothing,
        script="disk_read_only@0.20+0.80",
        before_opening=_keep_connections,
        alone=True,
        drivers_defaults=False,
    ),
    "come back": Control(
        "back",
        ["register", "text"],
        _never_ask_again,
        script="postgres_away@0.20+0.30",
        dialects=["postgresql"],
        alone=True,
        drivers_defaults=False,
    ),
    "trust": Control(
        "claims",
        ["register"],
        _trust,
        script="clock(192h)@0.70+1.00",
        dialects=["sqlite"],
        alone=True,
        drivers_defaults=False,
    ),
    "sweep": Control(
        "erased",
        ["sweep"],
        _doubt_nothing,
        script="clock(192h)@0.30+1.40",
        dialects=["sqlite"],
        alone=True,
        drivers_defaults=False,
    ),
    "send": Control(
        "texts",
        ["text", "deliver"],
        _send_what_is_there,
        script="carrier_slow@0.00+1.80",
        alone=True,
        drivers_defaults=False,
    ),
    "count": Control(
        "counted", ["count"], _count_there_alone, script="redis_away@0.20+1.00", alone=True, drivers_defaults=False
    ),
    "spool": Control("files", ["bill"], _hand_over, script="bucket_away@0.00+1.70", drivers_defaults=False),
}
"""By what is done naively. A wrong clock has its controls on SQLite: with PostgreSQL no host's own clock counts."""
