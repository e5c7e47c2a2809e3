"""How often agencies' systems call what: counts that are added to, and asked for by operation, key or day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, distinct, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import contains_eager

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import local_day
from ...models import Agency, ApiCalls, ApiKey
from ...session import Session

KEPT = timedelta(days=400)
"""A year and what is needed to hold a month against the one of a year ago."""
MOST = 200
"""So many lines a page shows, those with the most calls."""

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class By(StrEnum):
    """What calls are added up by."""

    OPERATION = "operation"
    KEY = "key"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which calls are wanted: since a day; what is None does not matter."""

    since: date
    agency: int | None = None
    key: int | None = None
    operation: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """Calls that are added up: of one operation, key or day, which is `what`."""

    what: Any
    keys: int
    calls: int
    refused: int
    failed: int
    last_on: date


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add counts, in the order of their keys: so two processes never wait for each other."""
    insert = _INSERT[session.connection().dialect.name](ApiCalls)
    session.execute(
        insert.values(list(rows)).on_conflict_do_update(
            index_elements=["day", "key_id", "operation", "version"],
            set_={name: ApiCalls.__table__.c[name] + insert.excluded[name] for name in ("calls", "refused", "failed")},
        )
    )


def sums(session: Session, actor: Actor, asked: Asked, by: By) -> list[Sum]:
    """The calls that are asked for, added up: those with the most calls first, days the newest first."""
    what = {By.OPERATION: ApiCalls.operation, By.KEY: ApiCalls.key_id, By.DAY: ApiCalls.day}[by]
    many = func.sum(ApiCalls.calls)
    first: ColumnElement[Any] = ApiCalls.day.desc() if by is By.DAY else many.desc()
    figures = (
        func.count(distinct(ApiCalls.key_id)),
        many,
        func.sum(ApiCalls.refused),
        func.sum(ApiCalls.failed),
        func.max(ApiCalls.day),
    )
    stmt = _wanted(actor, asked).with_only_columns(what, *figures).group_by(what).order_by(first, what).limit(MOST)
    found = [
        Sum(kind, keys, int(number), int(refused), int(failed), last)
        for kind, keys, number, refused, failed, last in session.execute(stmt)
    ]
    if by is not By.KEY:
        return found
    here = select(ApiKey).join(ApiKey.agency).options(contains_eager(ApiKey.agency))
    rows = {row.id: row for row in session.scalars(here.where(ApiKey.id.in_([one.what for one in found])))}
    return [Sum(rows[one.what], one.keys, one.calls, one.refused, one.failed, one.last_on) for one in found]


def counted(actor: Actor, asked: Asked) -> Select[ApiCalls]:
    """The counts themselves, for a file: the newest day first, with key and agency."""
    shown = contains_eager(ApiCalls.key).contains_eager(ApiKey.agency)
    order = ApiCalls.day.desc(), Agency.name, ApiKey.name, ApiKey.id, ApiCalls.operation, ApiCalls.version
    return _wanted(actor, asked).join(ApiKey.agency).options(shown).order_by(*order)


def of_keys(session: Session, keys: Sequence[int], since: date) -> Mapping[int, int]:
    """How many calls each of these keys made since a day."""
    here = select(ApiCalls.key_id, func.sum(ApiCalls.calls)).where(ApiCalls.key_id.in_(keys), ApiCalls.day >= since)
    return {key: int(number) for key, number in session.execute(here.group_by(ApiCalls.key_id))}


def delete_old(session: Session, now: datetime) -> int:
    """Delete the counts that are too old; how many those were."""
    done = session.execute(delete(ApiCalls).where(ApiCalls.day < local_day(now - KEPT)))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows


def _wanted(actor: Actor, asked: Asked) -> Select[ApiCalls]:
    stmt = visible(actor, ApiCalls).join(ApiCalls.key).where(ApiCalls.day >= asked.since)
    narrower = (
        (asked.agency, ApiKey.agency_id),
        (asked.key, ApiCalls.key_id),
        (asked.operation, ApiCalls.operation),
        (asked.version, ApiCalls.version),
    )
    for wanted, column in narrower:
        if wanted is not None:
            stmt = stmt.where(column == wanted)
    return stmt
