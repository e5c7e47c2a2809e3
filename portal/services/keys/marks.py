"""Which keys this database was written with: what a person may change about it, from the shell (ADR 23)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ...access.actor import Actor
from ...adapters.storage.files import Files
from ...crypto import KeyMarks, SealBroken
from ...models import KeyMark
from ...rules.keys import starting
from ...rules.keys.starting import NAME_LENGTH, KeyKind
from ...session import Session
from .. import audit
from ..claims import signing_keys
from ..events.telling import Concerned, tell
from . import sealed_rows

CHANGEABLE = (KeyKind.SIGNING, KeyKind.SECRET)
"""The index key is none of them: what is found by it has to move with it (`index_key`)."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as the operator reads it. `given`: the settings hold it. `rows`: how many need it, if it was asked."""

    row: KeyMark
    given: bool
    rows: int | None


def listed(session: Session, marks: KeyMarks, *, counted: bool = False) -> list[ListedKey]:
    """Every key that is or was in use. To count what needs a data key is to read every sealed column."""
    needed = {name: counts.total() for name, counts in sealed_rows.rows_by_key(session).items()} if counted else {}
    rows = session.scalars(select(KeyMark).order_by(KeyMark.kind, KeyMark.id))
    return [ListedKey(row, _is_given(row, marks), _count(row, needed) if counted else None) for row in rows]


def accept(session: Session, actor: Actor, now: datetime, kind: KeyKind, marks: KeyMarks) -> bool:
    """Take the key of the settings for the one in use from now on; False where it is that already."""
    (mark,) = starting.of_kind(marks, kind)
    rows = session.scalars(select(KeyMark).where(KeyMark.kind == kind)).all()
    former = next((row for row in rows if row.ended_at is None), None)
    if former is not None and former.mark == mark:
        return False
    if former is not None:
        former.ended_at = now
        if kind is KeyKind.SIGNING:
            signing_keys.vouch(session, rows, former)
        session.flush()  # of each kind one is in use at a time
    known = next((row for row in rows if row.mark == mark), None)
    if known is None:
        session.add(KeyMark(kind=kind, name=mark[:NAME_LENGTH], mark=mark, since=now))
    else:
        known.ended_at = None
    audit.record(session, actor, now, "key_accepted", "keys", kind=kind.value, name=mark[:NAME_LENGTH])
    tell(session, actor, now, "key_taken_into_use", "portal", Concerned(), key=kind.value)
    return True


def retire(session: Session, actor: Actor, now: datetime, row: KeyMark) -> None:
    """Give a data key up that nothing needs any more: it may be missing from now on."""
    row.ended_at = now
    audit.record(session, actor, now, "key_retired", "keys", name=row.name)
    tell(session, actor, now, "key_retired", "portal", Concerned(), key=row.kind.value)


def in_use(session: Session, name: str) -> KeyMark | None:
    """The data key of this name, unless it was given up."""
    return session.scalar(
        select(KeyMark).where(KeyMark.kind == KeyKind.DATA, KeyMark.name == name, KeyMark.ended_at.is_(None))
    )


def data_keys(session: Session) -> set[str]:
    """The names of all data keys that were ever in use here."""
    return set(session.scalars(select(KeyMark.name).where(KeyMark.kind == KeyKind.DATA)))


def unreadable_files(files: Files, now: datetime) -> int:
    """How many of all kept files no key of the settings opens. Reads every one."""
    return sum(not _opens(files, name) for name in files.written_before(now))


def _opens(files: Files, name: str) -> bool:
    try:
        files.get(name)
    except FileNotFoundError:
        return True  # it was erased meanwhile
    except SealBroken:
        return False
    return True


def _is_given(row: KeyMark, marks: KeyMarks) -> bool:
    if row.kind is KeyKind.DATA:
        return marks.data_keys.get(row.name) == row.mark
    return row.mark in starting.of_kind(marks, row.kind)


def _count(row: KeyMark, needed: dict[str, int]) -> int | None:
    return needed.get(row.name, 0) if row.kind is KeyKind.DATA else None
