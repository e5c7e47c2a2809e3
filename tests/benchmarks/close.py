"""Closing a month whose deals were loaded past the portal, so that all of it is still to be written: rated, posted,
sealed and stated, in a process of its own whose memory is measured.

The floor is writing alone: the very rows that the close wrote go into a second database that holds the same deals,
with the same constraints, triggers and indexes, by the same bulk writer, in as many transactions. So the ratio is what
reading, rating, explaining, hashing and drawing up cost on top.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.config import new_secrets
from portal.db import Database
from portal.models import (
    AuditEntry,
    Base,
    Benefit,
    LedgerBatch,
    LedgerTransfer,
    Payout,
    PayoutStep,
    Person,
    PostedLine,
    Role,
    Statement,
    StatementLine,
    WindowSeal,
)
from portal.services.bulk import insert_rows
from portal.services.periods import periods
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, row
from tests.databases import DIALECTS
from tests.factories import history

ROOT = Path(__file__).parents[2]
MONTH = "2026-03"
AFTER = datetime(2026, 4, 2, 2, tzinfo=UTC)
DEALS_AN_AGENCY = 50
MOST_MB = 150

_CHILD = """
import json, sys
from portal.config import Config
from portal.db import Database
from portal.services.periods import closing, worker
from datetime import datetime
from pathlib import Path
from time import perf_counter

given = json.loads(sys.stdin.readline())
config = Config(database_url=given["url"], **given["secrets"])
database = Database(config.url, config.vault(), config.signer())
closing.keep_quick()  # as `portal close` and the worker do
more = True
while more:
    sys.stdin.readline()
    start = perf_counter()
    more = worker.advance(database, lambda: datetime.fromisoformat(given["now"]), given["period"])
    seconds = perf_counter() - start
    peak_kb = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    print(json.dumps([more, seconds, peak_kb / 1024]), flush=True)
"""
"""The close in a process that holds nothing else: a chunk whenever it is told so, and the most memory it ever held
(`getrusage` would count what its parent held when it forked)."""


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases: the close against its floor, and its memory against what it may take."""
    count = effort.closed_deals
    for dialect in DIALECTS:
        secrets = new_secrets()
        with databases(dialect, secrets) as made:
            ours, floor = made("ours"), made("floor")
            for database in (ours, floor):
                _load(database, count)
            spent = _in_turn(ours, floor, secrets)
            name = f"close {count:,} deals, {dialect}"
            yield row(name, "s", [spent.close_seconds], "writing the same rows alone", [spent.floor_seconds])
            yield row(f"{name}, memory", "MB", [spent.peak_mb], "the most it may take", [MOST_MB])


@dataclass(slots=True)
class _Spent:
    """What was spent so far, and the most memory the close ever held."""

    close_seconds: float = 0.0
    floor_seconds: float = 0.0
    peak_mb: float = 0.0


def _in_turn(ours: Database, floor: Database, secrets: dict[str, str]) -> _Spent:
    """A chunk of the close, then the same rows alone, and so on to the end: both have the same neighbours."""
    with ours.transaction() as session:
        finance = session.scalars(select(Person).where(Person.role == Role.FINANCE).order_by(Person.id)).first()
        period = periods.start_close(session, Actor.of(finance), AFTER, month=MONTH)
    given = {"url": ours.url, "secrets": secrets, "period": period.id, "now": AFTER.isoformat()}
    spent, more, written = _Spent(), True, 0
    command = [sys.executable, "-c", _CHILD]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(given) + "\n")
        while more:
            child.stdin.write("\n")
            child.stdin.flush()
            more, seconds, spent.peak_mb = json.loads(child.stdout.readline())
            spent.close_seconds += seconds
            seconds, written = _write_alone(ours, floor, written)
            spent.floor_seconds += seconds
    return spent


def _load(database: Database, count: int) -> None:
    with database.transaction() as session:
        make.person(session, Role.FINANCE)
        history.load(session, deals=count, agencies=max(1, count // DEALS_AN_AGENCY), month=MONTH)
    settle(database)


# The floor


def _write_alone(source: Database, target: Database, after: int) -> tuple[float, int]:
    """Seconds to write what the close wrote behind a batch, and the last batch; reading it is not counted."""
    spent = 0.0
    with source.reading() as reading:
        chunks = select(PostedLine.batch_id, func.min(PostedLine.agency_id), func.max(PostedLine.agency_id))
        new = chunks.where(PostedLine.batch_id > after).group_by(PostedLine.batch_id).order_by(PostedLine.batch_id)
        for batch_id, low, high in reading.execute(new).all():
            parts = [(model, *_rows(reading, model, of)) for model, of in _parts(batch_id, low, high)]
            start = perf_counter()
            with target.transaction() as session:
                for model, columns, rows in parts:
                    insert_rows(session, model, columns, rows)
            spent += perf_counter() - start
            after = batch_id
    return spent, after


def _parts(batch_id: int, low: int, high: int) -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Which rows of each table a chunk wrote, in an order in which they can be written again."""
    stated = select(Statement.id).where(Statement.agency_id.between(low, high))
    paid = select(Payout.id).where(Payout.agency_id.between(low, high))
    issued = (AuditEntry.action == "statement_issued") & AuditEntry.subject_id.in_(stated)
    requested = (AuditEntry.action == "payout_requested") & AuditEntry.subject_id.in_(paid)
    given = select(Benefit.id).where(Benefit.agency_id.between(low, high))
    granted = (AuditEntry.action == "benefit_granted") & AuditEntry.subject_id.in_(given)
    return [
        (WindowSeal, WindowSeal.agency_id.between(low, high)),
        (LedgerBatch, LedgerBatch.id == batch_id),
        (LedgerTransfer, LedgerTransfer.batch_id == batch_id),
        (PostedLine, PostedLine.batch_id == batch_id),
        (Statement, Statement.id.in_(stated)),
        (StatementLine, StatementLine.statement_id.in_(stated)),
        (Payout, Payout.id.in_(paid)),
        (PayoutStep, PayoutStep.payout_id.in_(paid)),
        (Benefit, Benefit.agency_id.between(low, high)),
        (AuditEntry, issued | requested | granted),
    ]


def _rows(session: Session, model: type[Base], of: ColumnElement[bool]) -> tuple[list[str], list[Any]]:
    columns = [column for column in model.__table__.c if column.computed is None]
    key = columns[0]
    return [column.name for column in columns], list(session.execute(select(*columns).where(of).order_by(key)))
