"""Sealing everything anew with the first data key, while the portal runs (ADR 42).

What is left is found by the key id that each sealed value begins with, so a round that was killed goes on where it
stopped without remembering anything: what is done is not found again. Rows are changed some at a time, each time in a
transaction of its own; whoever holds a row at the moment is not waited for, it comes with the next pass.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import NamedTuple

from sqlalchemy import func, literal, select, update

from ...access.actor import Actor
from ...adapters.storage.files import FileGone, Files
from ...crypto import KEY_ID_BYTES, SealBroken
from ...db import Database
from ...models import KeyRotation
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..events.telling import Concerned, tell
from .sealed_columns import SealedColumn, sealed_columns
from .sealed_rows import is_sealed, rows_by_column

FILES = "files"
"""What the stored files are called beside the columns."""
ROWS_AT_ONCE = 200
FILES_AT_ONCE = 50

_log = logging.getLogger(__name__)


class Step(NamedTuple):
    """What was just done: of which column, or of the files; and how many values do not open."""

    what: str
    done: int
    broken: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many values of a column, or how many files, stand on which key, by the key's name."""

    what: str
    by_key: Counter[str]


def standing(database: Database, files: Files) -> Iterator[Standing]:
    """How everything stands. Reads every sealed column, and of every file the first bytes."""
    with database.reading() as session:
        for sealed, by_key in rows_by_column(session):
            yield Standing(sealed.name, by_key)
    by_key = Counter()
    for name in files.written_before(database.now()):
        with suppress(FileGone):
            by_key[files.key_of(name)] += 1
    yield Standing(FILES, by_key)


def begin(session: Session, actor: Actor, now: datetime) -> KeyRotation:
    """The open round of the first key: a new one, or the one that was begun. It ends those of other keys."""
    newest = vault_of(session).newest
    rounds = session.scalars(select(KeyRotation).where(KeyRotation.ended_at.is_(None))).all()
    for row in rounds:
        if row.name == newest:
            return row
        row.ended_at = now
    row = KeyRotation(name=newest, began_at=now, rows=0, files=0)
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "key_rotation_begun", "keys", name=newest)
    return row


def run(database: Database, files: Files, round_id: int) -> Iterator[Step]:
    """One pass over all rows and files that are not on the first key. Others come between its transactions."""
    for sealed in sealed_columns():
        after: int | None = 0
        while after is not None:
            begun = monotonic()
            with database.transaction() as session:
                after, step = seal_rows(session, round_id, sealed, after)
            if step.done or step.broken:
                yield step
            sleep(monotonic() - begun if after is not None else 0)
    yield from _seal_files(database, files, round_id)


def seal_rows(session: Session, round_id: int, sealed: SealedColumn, after: int) -> tuple[int | None, Step]:
    """Seal some rows behind a number anew: the last one's number, or None where nothing is left behind it."""
    vault, column, key = vault_of(session), sealed.column, sealed.key
    is_former = func.substr(column, 1, KEY_ID_BYTES) != literal(bytes.fromhex(vault.newest))
    former = (
        select(key.label("row"), column.label("sealed"), *sealed.bound_to())
        .where(key > after, is_sealed(column), is_former)
        .order_by(key)
        .limit(ROWS_AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    )
    rows, broken = session.execute(former).all(), 0
    for row in rows:
        context = sealed.context_of(row)
        try:
            anew = vault.seal(vault.open(row.sealed, context), context)
        except SealBroken:
            broken += 1
            _log.error("%s of row %s does not open, and is left as it is", sealed.name, row.row)
            continue
        session.execute(update(column.table).where(key == row.row).values({column: anew}))
    done = len(rows) - broken
    _count(session, round_id, rows=done)
    return rows[-1].row if len(rows) == ROWS_AT_ONCE else None, Step(sealed.name, done, broken)


def finish(session: Session, actor: Actor, now: datetime, round_id: int) -> KeyRotation:
    """Nothing is left on another key: the round is over, and the database lets nothing more be sealed anew."""
    row = session.get_one(KeyRotation, round_id)
    if row.ended_at is None:
        row.ended_at = now
        audit.record(session, actor, now, "key_rotation_ended", "keys", name=row.name, rows=row.rows, files=row.files)
        tell(session, actor, now, "keys_rotated", "portal", Concerned())
    return row


def _seal_files(database: Database, files: Files, round_id: int) -> Iterator[Step]:
    done = broken = 0
    for name in files.written_before(database.now()):
        try:
            done += files.seal_anew(name)
        except FileGone:
            continue
        except SealBroken:
            broken += 1
            _log.error("the file %s does not open, and is left as it is", name)
        if done + broken >= FILES_AT_ONCE:
            yield _note_files(database, round_id, done, broken)
            done = broken = 0
    if done or broken:
        yield _note_files(database, round_id, done, broken)


def _note_files(database: Database, round_id: int, done: int, broken: int) -> Step:
    with database.transaction() as session:
        _count(session, round_id, files=done)
    return Step(FILES, done, broken)


def _count(session: Session, round_id: int, *, rows: int = 0, files: int = 0) -> None:
    if rows or files:
        more = {"rows": KeyRotation.rows + rows, "files": KeyRotation.files + files}
        session.execute(update(KeyRotation).where(KeyRotation.id == round_id).values(more))
