"""The work on uploaded files, step by step: each step is one transaction that can be killed and done again (ADR 4).

A step looks into the tables for what is next: a file to be planned, a slice to be tried out, a row to be carried out.
It takes the import's row first and passes over one that another worker holds, so two of them share the work between
imports and never meet in one. Trying out takes locks as posting does, and gives up when it would have to wait for
somebody at the counter: it comes again with the next look.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...clock import Clock
from ...db import Database
from ...models import DealImport, ImportRow, ImportState, Person, RowOutcome
from ...session import Session
from .. import audit
from ..commission.accruals import lock_agency
from ..events.telling import Concerned, tell
from . import files as import_files
from . import trouble
from .order import agencies_of, place_rows
from .rows import Done, refused, try_row
from .telling import tell_as_a_whole, tell_of_deals

log = logging.getLogger(__name__)

_UNDER_WAY = (DealImport.state.in_((ImportState.CHECKING, ImportState.APPLYING)), DealImport.trouble.is_(None))
_PATIENCE = "300ms"


class _Unfinished(Exception):
    """Thrown to roll a trial back."""


def run_due(database: Database, clock: Clock, *, only: int | None = None, most: timedelta | None = None) -> int:
    """Do what is to be done, of one import or of all; how many steps. For edges, outside their transaction.

    Every step happens at its own instant. `most` ends it after that time: the worker goes on where it stopped.
    """
    ends, steps = None if most is None else time.monotonic() + most.total_seconds(), 0
    with database.reading() as session:
        waiting = select(DealImport.id).where(*_UNDER_WAY).order_by(DealImport.id)
        ids = session.scalars(waiting if only is None else waiting.where(DealImport.id == only)).all()
    for key in ids:
        try:
            while (ends is None or time.monotonic() < ends) and step(database, clock(), key):
                steps += 1
        except OperationalError as error:  # somebody holds what we need, or the database is away: later
            log.warning("import waits", extra={"import": key, "why": str(error.orig).splitlines()[0]})
        except Exception as error:  # a fault of one file is that file's: the next ones go on
            log.exception("an import stumbled", extra={"import": key})
            with database.transaction() as session:
                trouble.count_try(session, key, error)
    return steps


def step(database: Database, now: datetime, import_id: int) -> bool:
    """Do the next step of an import; False where there is none, or another worker is at it."""
    with database.transaction() as session:
        held = select(DealImport).where(DealImport.id == import_id, *_UNDER_WAY)
        row = session.scalar(held.with_for_update(skip_locked=True))
        if row is None:
            return False
        row.tries = 0  # it goes on, or all of this is rolled back
        if row.state is ImportState.APPLYING:
            return _apply_next(session, now, row)
        if row.planned_at is None:
            _plan(session, now, row)
        else:
            _try_next(session, now, row)
        return True


# Trying out


def _plan(session: Session, now: datetime, row: DealImport) -> None:
    rows = session.scalars(import_files.rows_of(row).order_by(ImportRow.number)).all()
    placed = place_rows(session, now, [(one.number, import_files.open_cells(session, one)) for one in rows])
    ids = {one.number: one.id for one in rows}
    session.execute(
        update(ImportRow),
        [
            {
                "id": ids[one.number],
                "place": one.place,
                "slice": one.slice,
                "expected_facts": {"estimate": True} if one.cut else None,
            }
            for one in placed
        ],
    )
    row.planned_at = now


def _try_next(session: Session, now: datetime, row: DealImport) -> None:
    """Try out the next slice, or let the import wait for its uploader's word."""
    waiting = select(ImportRow).where(ImportRow.import_id == row.id, ImportRow.expected.is_(None))
    first = session.scalar(waiting.order_by(ImportRow.place).limit(1))
    if first is None:
        row.state = ImportState.READY
        return
    together = session.scalars(waiting.where(ImportRow.slice == first.slice).order_by(ImportRow.place)).all()
    actor = Actor.of(session.get_one(Person, row.uploaded_by))
    cells = [import_files.open_cells(session, one) for one in together]
    kept = [(one.id, one.expected_facts or {}) for one in together]
    for agency_id in agencies_of(session, now, [(one.number, cell) for one, cell in zip(together, cells, strict=True)]):
        lock_agency(session, agency_id)  # before the ledger's line, which the first posting takes
    done = _rehearse(session, actor, now, cells)
    session.execute(
        update(ImportRow),
        [
            {
                "id": key,
                "expected": one.outcome,
                "expected_facts": {**one.facts, **facts},
                "expected_fen": one.total_fen,
            }
            for (key, facts), one in zip(kept, done, strict=True)
        ],
    )


def _rehearse(session: Session, actor: Actor, now: datetime, rows: Iterable[Mapping[str, str]]) -> list[Done]:
    """What the rows would do one after another. All of it is undone, and what it locked is free again."""
    done: list[Done] = []
    try:
        with session.begin_nested():
            _hurry(session)
            done.extend(_tried(session, actor, now, cells) for cells in rows)
            raise _Unfinished
    except _Unfinished:
        session.expire_all()
    return done


def _hurry(session: Session) -> None:
    """Who only tries out does not keep others waiting, nor waits in a ring with them."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))


def _tried(session: Session, actor: Actor, now: datetime, cells: Mapping[str, str]) -> Done:
    """A row's fault stays that row's: the others go on, and the log has the rest."""
    try:
        return try_row(session, actor, now, cells)
    except OperationalError:
        raise
    except Exception:
        log.exception("a row of an import failed")
        return refused(Refusal("import_row_failed"))


# Carrying out


def _apply_next(session: Session, now: datetime, row: DealImport) -> bool:
    """Carry out one row together with the mark that it is done, or end the import."""
    waiting = select(ImportRow).where(ImportRow.import_id == row.id, ImportRow.outcome.is_(None))
    one = session.scalar(waiting.order_by(ImportRow.place).limit(1))
    if one is None:
        _finish(session, now, row)
        return False
    assert row.confirmed_by is not None  # the database holds it
    actor, key = Actor.of(session.get_one(Person, row.confirmed_by)), one.id
    tell_as_a_whole(session, row)
    done = _tried(session, actor, now, import_files.open_cells(session, one))
    session.execute(
        update(ImportRow)
        .where(ImportRow.id == key, ImportRow.outcome.is_(None))
        .values(outcome=done.outcome, facts=dict(done.facts), posted_fen=done.total_fen, deal_id=done.deal_id)
    )
    return True


def _finish(session: Session, now: datetime, row: DealImport) -> None:
    row.state, row.finished_at = ImportState.DONE, now
    found = import_files.counts(session, row).outcome
    actor = Actor.of(session.get_one(Person, row.confirmed_by))
    audit.record(session, actor, now, "import_finished", row, **{kind.value: found.get(kind, 0) for kind in RowOutcome})
    tell(session, SYSTEM, now, "import_finished", row, Concerned(row.confirmed_by), rows=sum(found.values()))
    tell_of_deals(session, now, row)
