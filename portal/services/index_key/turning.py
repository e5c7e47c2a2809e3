"""The turn: the instant in which the other index key comes into force, in one transaction (ADR 69).

Whoever made a digest in a transaction holds `key_marks` until that transaction ends (`portal.session`). The turn takes
the whole table: it waits for who is under way, and who comes waits for it. So nobody writes a digest of before behind
it, and at every instant each row has one digest, under the one key that everybody works with.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Column, exists, func, select, text, update

from ...access.actor import SYSTEM, Actor
from ...models import DigestPair, IndexRotation, KeyMark
from ...rules.keys.starting import NAME_LENGTH, KeyKind
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from . import pairs
from .moving import following, moving

PATIENCE = "1500ms"
"""So long the turn waits for one lock before it lets everybody go first and tries again: longer than PostgreSQL takes
to send its own housekeeping away, shorter than any page waits."""
_WORK = "30min"


class NotYet(Exception):
    """What does not move, by column: it is broken, and would be found by nobody after the turn."""

    def __init__(self, left: Counter[str]) -> None:
        super().__init__(", ".join(f"{count} of {name}" for name, count in left.items()))
        self.left = left


def turn(session: Session, actor: Actor, now: datetime, rotation: IndexRotation) -> Counter[str]:
    """Put the other key into force; how many digests of each column followed. Once is enough: again changes nothing.

    Raises NotYet. On PostgreSQL an OperationalError says that somebody was under way for longer than it waits.
    """
    _hold_everybody(session)
    session.refresh(rotation)
    if rotation.turned_at is not None:
        return Counter()
    _make_what_is_new(session, rotation)
    moved = Counter({_name(column): _follow(session, column) for column in _columns()})
    if left := _left_behind(session):
        raise NotYet(left)
    _put_into_force(session, now, rotation)
    rotation.turned_at, rotation.rows = now, moved.total()
    audit.record(session, actor, now, "index_key_turned", "keys", name=rotation.anew[:NAME_LENGTH], rows=moved.total())
    tell(session, SYSTEM, now, "key_taken_into_use", "portal", Concerned(), key=KeyKind.INDEX.value)
    session.flush()
    return +moved


def _hold_everybody(session: Session) -> None:
    """On SQLite who writes is alone from his first word on."""
    if session.get_bind().dialect.name != "postgresql":
        return
    session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    session.execute(text("LOCK TABLE key_marks IN ACCESS EXCLUSIVE MODE"))
    tables = ", ".join(sorted({column.table.name for column in _columns()}))
    session.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))  # who wrote and made no digest is through, too
    session.execute(text(f"SET LOCAL lock_timeout = '{_WORK}'"))


def _make_what_is_new(session: Session, rotation: IndexRotation) -> None:
    """Pairs of what was written since the last look. Raises NotYet for what cannot be made."""
    broken = Counter[str]()
    for one in moving():
        after: int | None = 0
        while after is not None:
            after, step = pairs.fill_rows(session, rotation, one, after)
            broken[one.name] += step.broken
    step = pairs.fill_bank_files(session, rotation)
    broken[pairs.BANK_FILES] += step.broken
    if +broken:
        raise NotYet(+broken)


def _columns() -> list[Column[str]]:
    return [*(one.digest for one in moving()), *following()]


def _follow(session: Session, column: Column[str]) -> int:
    """Give a column its other digests, all at once; how many."""
    pair = DigestPair.__table__.c
    changed = update(column.table).where(column == pair.former).values({column: pair.anew})
    return int(session.execute(changed).rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _left_behind(session: Session) -> Counter[str]:
    """Rows that could move and have no digest of the new key: counted in the turn itself."""
    left = Counter[str]()
    for one in moving():
        moved = exists().where(DigestPair.anew == one.digest)
        stmt: Any = select(func.count()).select_from(one.digest.table).where(one.there(), ~moved)
        left[one.name] = session.scalar(stmt) or 0
    return +left


def _put_into_force(session: Session, now: datetime, rotation: IndexRotation) -> None:
    former = session.scalars(select(KeyMark).where(KeyMark.kind == KeyKind.INDEX, KeyMark.ended_at.is_(None))).one()
    former.ended_at = now
    session.flush()  # one is in use at a time
    name = rotation.anew[:NAME_LENGTH]
    session.add(KeyMark(kind=KeyKind.INDEX, name=name, mark=rotation.anew, since=now))


def _name(column: Column[str]) -> str:
    return f"{column.table.name}.{column.name}"
