"""Stored files held against the rows that name them: each is there, opens with its key, and is what its row says.

A file is sealed for its own name (`portal.crypto`), so one that opens is whole and not another's; where a row knows
digest or size, they are compared too. Rows are read some at a time and files one at a time: memory does not grow with
what is stored, and no transaction stays open while a file is fetched.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from ...adapters.storage.files import Files
from ...crypto import SealBroken
from ...db import Database
from ...models import (
    Adjustment,
    AppealPicture,
    Base,
    DevelopmentLook,
    DisputeFile,
    ExportPart,
    HouseType,
    Invoice,
    LandingPicture,
    ObjectionPicture,
    PartnerPaper,
    Photo,
    PosterPart,
    StatementPaper,
)
from ...session import Session
from ..privacy import retention_sweep

KEEP_FILES: Mapping[str, type[Base]] = {
    model.__tablename__: model
    for model in (
        *(Adjustment, AppealPicture, DevelopmentLook, DisputeFile, ExportPart, HouseType, LandingPicture),
        *(Invoice, ObjectionPicture, PartnerPaper, Photo, PosterPart, StatementPaper),
    )
}
"""The tables whose `file_name` is that of a stored file; in bank results it is what the cashier's file was called."""

_NAMES_AT_ONCE = 500


class Wrong(StrEnum):
    """What is wrong with a stored file: it is gone, does not open, or is not what its row says."""

    MISSING = "missing"
    SEALED = "sealed"
    CHANGED = "changed"


class Place(NamedTuple):
    """How far a check is: the table, and the last row of it that was looked at."""

    table: str
    row_id: int


START = Place(next(iter(KEEP_FILES)), 0)


@dataclass(frozen=True, slots=True)
class FileFault:
    """A row whose file is wrong."""

    wrong: Wrong
    table: str
    row_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Portion:
    """What was looked at: how many files, what is wrong with them, and where to go on; None at the end."""

    checked: int
    faults: Sequence[FileFault]
    after: Place | None


class _Kept(NamedTuple):
    row_id: int
    name: str
    digest: str | None
    size: int | None


def whole(session: Session) -> int:
    """How many files rows name."""
    return sum(
        session.scalar(select(func.count()).select_from(model).where(*_living(model))) or 0
        for model in KEEP_FILES.values()
    )


def check(database: Database, files: Files, place: Place, most: int) -> Portion:
    """Look at the files of the next rows, at most so many. Outside of any transaction."""
    model = KEEP_FILES[place.table]
    with database.reading() as session:
        rows = _next(session, model, place.row_id, most)
    faults = []
    for row in rows:
        wrong = _wrong(files, row)
        if wrong is not None and _still_names(database, model, row):
            faults.append(FileFault(wrong, place.table, row.row_id, row.name))
    after = Place(place.table, rows[-1].row_id) if len(rows) == most else _next_table(place.table)
    return Portion(len(rows), faults, after)


def nobodys(database: Database, files: Files, now: datetime) -> int:
    """How many files no row names, those left out that may belong to a transaction under way."""
    names = files.written_before(now - retention_sweep.NOT_YET_COMMITTED)
    return sum(len(some) - _known(database, some) for some in _batches(names))


def _next(session: Session, model: Any, after: int, most: int) -> Sequence[_Kept]:
    digest, size = (getattr(model, name, None) for name in ("digest", "size"))
    key = _key(model)
    columns = [key, model.file_name, *(column for column in (digest, size) if column is not None)]
    stmt = select(*columns).where(key > after, *_living(model)).order_by(key).limit(most)
    return [
        _Kept(row[0], row[1], row.digest if digest is not None else None, row.size if size is not None else None)
        for row in session.execute(stmt)
    ]


def _key(model: Any) -> ColumnElement[int]:
    (key,) = model.__mapper__.primary_key
    column: ColumnElement[int] = key
    return column


def _living(model: Any) -> tuple[ColumnElement[bool], ...]:
    named: ColumnElement[bool] = model.file_name.is_not(None)
    return (named, model.erased_at.is_(None)) if hasattr(model, "erased_at") else (named,)


def _next_table(table: str) -> Place | None:
    names = list(KEEP_FILES)
    later = names[names.index(table) + 1 :]
    return Place(later[0], 0) if later else None


def _wrong(files: Files, row: _Kept) -> Wrong | None:
    try:
        content = files.get(row.name)
    except FileNotFoundError:
        return Wrong.MISSING
    except (SealBroken, OSError):  # also a disk that does not give it back
        return Wrong.SEALED
    if row.size not in (None, len(content)) or row.digest not in (None, hashlib.sha256(content).hexdigest()):
        return Wrong.CHANGED
    return None


def _still_names(database: Database, model: Any, row: _Kept) -> bool:
    """A file that was erased a moment ago is none that is missing."""
    with database.reading() as session:
        same = select(_key(model)).where(_key(model) == row.row_id, model.file_name == row.name, *_living(model))
        return session.scalar(same) is not None


def _known(database: Database, names: Sequence[str]) -> int:
    with database.reading() as session:
        return len(set(retention_sweep.named(session, names)))


def _batches(names: Iterator[str]) -> Iterator[Sequence[str]]:
    while some := list(islice(names, _NAMES_AT_ONCE)):
        yield some
