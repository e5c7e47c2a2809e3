"""Deals and milestones by file: uploaded, tried out, looked at, confirmed, carried out (a row: `import_rows`).

**Why row by row, and not in one transaction.** A row costs what its click costs: measured, 13 ms on SQLite and 25 ms
on PostgreSQL with three milestones. A file of 10,000 would hold the ledger's line, and on SQLite every writer, for
two to four minutes; whoever wants to post meanwhile gives up after thirty seconds. So a confirmed file is carried
out row by row: each in a transaction of its own, together with the mark that it is done. What "nothing half-done"
means here, honestly: no row is ever half done, no row is done twice, and a confirmed import does not rest before
every row of it is done or refused with its reason, however often it is killed in between. What it does not mean:
that all rows appear at one instant. A page looked at meanwhile shows some of them.

The preview is a trial of the same services in a transaction that is rolled back, so it is true for the instant at
which it was made. Whatever somebody else records before the confirmed rows are reached is found by the services
again: such a row is then refused or has nothing left to do, and the report says so.

What is stored of the file are its rows, sealed, until some days after its end (`erase_due`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.sheets.deal_file import DealFile, read_deals
from ...adapters.sheets.tables import read_file
from ...crypto import SealBroken
from ...models import Agency, DealImport, ImportRow, ImportState, Person, RowOutcome, Work
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..hand_overs import waiting as hand_overs
from ..inserts import insert_unless_there
from . import trouble

_ROW = "import.row"
_LONGEST_NAME = 120
_AT_ONCE = 1_000
GOOD = (RowOutcome.OPENS, RowOutcome.ADVANCES)
_UNCONFIRMED = (ImportState.CHECKING, ImportState.READY)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of an import's rows were tried out, what they would do, and what was done; and the commission."""

    rows: int
    expected: Mapping[RowOutcome, int]
    outcome: Mapping[RowOutcome, int]
    expected_fen: int
    posted_fen: int

    @property
    def checked(self) -> int:
        return sum(self.expected.values())

    @property
    def settled(self) -> int:
        return sum(self.outcome.values())

    @property
    def shown(self) -> Mapping[RowOutcome, int]:
        """By outcome: what was done where anything was, else what would be."""
        return self.outcome or self.expected

    @property
    def good(self) -> int:
        """The rows that a confirmation carries out."""
        return sum(self.expected.get(outcome, 0) for outcome in GOOD)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of deals that was read, and nothing done with it: what it is called, its SHA-256 and its rows."""

    name: str
    digest: str
    found: DealFile


def open_file(name: str, data: bytes) -> Upload:
    """Read a file. It takes long; an edge calls it before its transaction begins.

    Raises Refusal: those of `read_table` and `read_deals`, with the field `file`.
    """
    found = read_file(data, read_deals)
    return Upload(name.strip()[-_LONGEST_NAME:] or "-", hashlib.sha256(data).hexdigest(), found)


def upload(session: Session, actor: Actor, now: datetime, file: Upload, *, key: str | None = None) -> DealImport:
    """Keep the rows of a file, sealed; the worker tries them out next.

    `key` names the page that it was sent from: the same file from the same page is the same import, however often its
    answer was lost.
    """
    found = file.found
    there = insert_unless_there(
        session,
        DealImport,
        ("uploaded_by", "key", "digest"),
        state=ImportState.CHECKING,
        name=file.name,
        digest=file.digest,
        rows=len(found.rows),
        columns={"unknown": list(found.unknown)},
        uploaded_by=actor.id,
        uploaded_at=now,
        key=key,
    )
    if there is None:
        sent = (DealImport.uploaded_by == actor.id, DealImport.key == key, DealImport.digest == file.digest)
        return session.scalars(select(DealImport).where(*sent)).one()
    row = session.get_one(DealImport, there)
    values = [
        {"import_id": row.id, "number": number, "cells_sealed": seal_cells(session, cells)}
        for number, cells in found.rows
    ]
    for start in range(0, len(values), _AT_ONCE):
        session.execute(insert(ImportRow), values[start : start + _AT_ONCE])
    audit.record(session, actor, now, "import_uploaded", row, rows=row.rows, digest=row.digest)
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: DealImport) -> None:
    """Let the rows that were shown as good be carried out; those shown as refused are not tried again.

    Raises Refusal `import_moved_on` for one that no longer waits for it, and `import_nothing_to_do`.
    """
    if not counts(session, row).good:
        raise Refusal("import_nothing_to_do")
    _move(session, row, {ImportState.READY}, ImportState.APPLYING, confirmed_by=actor.id, confirmed_at=now)
    session.execute(
        update(ImportRow)
        .where(ImportRow.import_id == row.id, ImportRow.expected.not_in(GOOD))
        .values(outcome=ImportRow.expected, facts=ImportRow.expected_facts, posted_fen=0)
    )
    audit.record(session, actor, now, "import_confirmed", row, rows=row.rows)


def discard(session: Session, actor: Actor, now: datetime, row: DealImport) -> None:
    """Put an import away before anything of it is done, also while it is tried out, and erase its rows.

    Raises Refusal `import_moved_on`.
    """
    _move(session, row, _UNCONFIRMED, ImportState.DISCARDED, finished_at=now, erased_at=now, trouble=None)
    _erase(session, [row.id])
    audit.record(session, actor, now, "import_discarded", row)


def take_refused(
    session: Session, actor: Actor, now: datetime, row: DealImport
) -> list[tuple[ImportRow, Mapping[str, str]]]:
    """The refused rows with their cells, to be corrected and loaded again; taking them is written down.

    They hold phones in full: only who brought them, or took the file over, gets them back. Raises Refusal
    `import_of_another`, `import_erased`.
    """
    if not may_take_refused(session, actor, row):
        raise Refusal("import_of_another")
    if row.erased_at is not None:
        raise Refusal("import_erased")
    found = session.scalars(rows_of(row, RowOutcome.REFUSED).order_by(ImportRow.number)).all()
    audit.record(session, actor, now, "import_refused_taken", row, rows=len(found))
    return [(one, open_cells(session, one)) for one in found]


def may_take_refused(session: Session, actor: Actor, row: DealImport) -> bool:
    """Whether the actor brought the file, or took it over from who did."""
    return hand_overs.holder_of(session, Work.IMPORTS, row.id, row.uploaded_by) == actor.id


def erase_due(session: Session, now: datetime, keep: timedelta) -> int:
    """Erase the cells of imports that ended so long ago, put away those nobody ever confirmed, and end those that
    stand still since then; how many were erased."""
    cut = now - keep
    trouble.give_up_forgotten(session, now, cut)
    waiting = DealImport.state.in_(_UNCONFIRMED) & (DealImport.uploaded_at <= cut)
    over = (DealImport.finished_at <= cut) & DealImport.erased_at.is_(None)
    put_away = {"state": ImportState.DISCARDED, "finished_at": now, "erased_at": now, "trouble": None}
    ids = [
        key
        for found, values in ((waiting, put_away), (over, {"erased_at": now}))
        for key in session.scalars(update(DealImport).where(found).values(**values).returning(DealImport.id))
    ]
    _erase(session, ids)
    return len(ids)


# Reading


def listing(
    actor: Actor, *, state: ImportState | None = None, stuck: bool = False, find: str = ""
) -> Select[DealImport]:
    """The imports that the actor may see, if asked those alone that stand still; with who brought and confirmed."""
    stmt = scope.visible(actor, DealImport)
    if stuck:
        stmt = stmt.where(DealImport.trouble.is_not(None))
    if state is not None:
        stmt = stmt.where(DealImport.state == state)
    if find.strip():
        stmt = stmt.where(DealImport.name.icontains(find.strip(), autoescape=True))
    return stmt.options(joinedload(DealImport.uploader), joinedload(DealImport.confirmer))


def rows_of(row: DealImport, outcome: RowOutcome | None = None) -> Select[ImportRow]:
    """An import's rows, those with this outcome (the expected one as long as there is no other)."""
    stmt = select(ImportRow).where(ImportRow.import_id == row.id)
    return stmt if outcome is None else stmt.where(func.coalesce(ImportRow.outcome, ImportRow.expected) == outcome)


def counts(session: Session, row: DealImport) -> Counts:
    """How far an import is."""
    return counts_of(session, [row])[row.id]


def counts_of(session: Session, rows: Sequence[DealImport]) -> dict[int, Counts]:
    """How far each of some imports is: one query for all."""
    of_rows = session.execute(
        select(
            ImportRow.import_id,
            ImportRow.expected,
            ImportRow.outcome,
            func.count(),
            func.coalesce(func.sum(ImportRow.expected_fen), 0),
            func.coalesce(func.sum(ImportRow.posted_fen), 0),
        )
        .where(ImportRow.import_id.in_([row.id for row in rows]))
        .group_by(ImportRow.import_id, ImportRow.expected, ImportRow.outcome)
    ).all()
    return {row.id: _counted(row.rows, [one[1:] for one in of_rows if one[0] == row.id]) for row in rows}


def _counted(rows: int, groups: Sequence[Sequence[Any]]) -> Counts:
    expected: Counter[RowOutcome] = Counter()
    outcome: Counter[RowOutcome] = Counter()
    for first, second, number, _expected_fen, _posted_fen in groups:
        if first is not None:
            expected[first] += number
        if second is not None:
            outcome[second] += number
    return Counts(rows, expected, outcome, sum(int(one[3]) for one in groups), sum(int(one[4]) for one in groups))


def names(session: Session, rows: Sequence[ImportRow]) -> dict[tuple[str, int], str]:
    """What the agencies and people are called that some rows' facts name."""
    facts = [row.facts or row.expected_facts or {} for row in rows]
    agencies = select(Agency.id, Agency.name).where(Agency.id.in_({one.get("agency_id") for one in facts} - {None}))
    people = select(Person.id, Person.name).where(Person.id.in_({one.get("owner_id") for one in facts} - {None}))
    return {
        (kind, key): name
        for kind, stmt in (("agency", agencies), ("person", people))
        for key, name in session.execute(stmt)
    }


def seal_cells(session: Session, cells: Mapping[str, str]) -> bytes:
    """A row's cells as they rest."""
    return vault_of(session).seal_text(json.dumps(dict(cells), ensure_ascii=False), _ROW)


def cells_if_open(session: Session, row: ImportRow) -> Mapping[str, str] | None:
    """A row's cells for a page, None where its key is missing: the page says so, and shows the rest."""
    try:
        return open_cells(session, row)
    except SealBroken:
        return None


def open_cells(session: Session, row: ImportRow) -> Mapping[str, str]:
    """A row's cells in plain; nothing where they are erased."""
    if row.cells_sealed is None:
        return {}
    cells: Mapping[str, str] = json.loads(vault_of(session).open_text(row.cells_sealed, _ROW))
    return cells


def _erase(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(ImportRow).where(ImportRow.import_id.in_(ids)).values(cells_sealed=None))


def _move(
    session: Session, row: DealImport, before: Collection[ImportState], after: ImportState, **values: object
) -> None:
    """By a conditional update: of two who do it at once, one does."""
    moved = session.scalar(
        update(DealImport)
        .where(DealImport.id == row.id, DealImport.state.in_(before))
        .values(state=after, **values)
        .returning(DealImport.id)
    )
    if moved is None:
        raise Refusal("import_moved_on")
    session.refresh(row)
