"""One figure of a desk, and how it is counted: most of a desk's figures at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...session import Session
from ...types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of something there are (`count`), and what they are worth where that is money (fen).

    And since when the oldest of what waits has been waiting, where that is known.
    """

    code: str
    count: int
    amount_fen: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that is still to be counted: `counts` gives its code, count, sum and instant."""

    code: str
    counts: Select[Any]


Answer = Figure | Asked
Ask = Callable[[Session, Actor, datetime], Answer]
Build = Callable[[Actor, datetime], Asked]
"""Makes a figure's statement of who asks and of the beginning of today, with `NOW` in the place of the instant."""


NOW: Any = bindparam("now", type_=UtcDateTime())
"""The instant of asking, in a statement that stands ready."""
A_DAY_AGO: Any = bindparam("a_day_ago", type_=UtcDateTime())
A_WEEK_AGO: Any = bindparam("a_week_ago", type_=UtcDateTime())

_NO_SUM, _NO_INSTANT = cast(null(), BigInteger), cast(null(), UtcDateTime())


@dataclass(frozen=True, slots=True)
class FoundOut:
    """A figure that is found out anew each time, by looking at more than one statement can say."""

    ask: Ask


def answered(session: Session, actor: Actor, now: datetime, figures: Sequence[Build | FoundOut]) -> list[Figure]:
    """The figures in their order: those whose statements stand ready in one query, what is found out beside it."""
    ready = tuple(one for one in figures if not isinstance(one, FoundOut))
    codes, stmt = _together(ready, Actor(actor.person_id, actor.role, actor.agency_id), day_start(local_day(now)))
    found: dict[str, Figure] = {}
    if stmt is not None:
        instants = {"now": now, "a_day_ago": now - timedelta(days=1), "a_week_ago": now - timedelta(days=7)}
        found |= _figures(session.execute(stmt, instants))
    code_of = dict(zip(ready, codes, strict=True))
    answers = {one: one.ask(session, actor, now) for one in figures if isinstance(one, FoundOut)}
    late = [answer.counts for answer in answers.values() if isinstance(answer, Asked)]
    if late:
        found |= _figures(session.execute(union_all(*late)))
    shown = [answers[one] if isinstance(one, FoundOut) else code_of[one] for one in figures]
    return [one if isinstance(one, Figure) else found[one.code if isinstance(one, Asked) else one] for one in shown]


@lru_cache(maxsize=256)
def _together(
    ready: Sequence[Build], actor: Actor, today: datetime
) -> tuple[Sequence[str], CompoundSelect[Any] | None]:
    """The codes of figures, and one statement that counts them all: put together once a day for each who asks, for
    that is most of what they cost."""
    asked = [build(actor, today) for build in ready]
    return [one.code for one in asked], union_all(*(one.counts for one in asked)) if asked else None


def _figures(rows: Any) -> dict[str, Figure]:
    return {code: Figure(code, count, fen, since) for code, count, fen, since in rows}


def counted(session: Session, stmt: Select[Any] | CompoundSelect[Any]) -> int:
    """How many rows a query finds, now."""
    return session.scalar(select(func.count()).select_from(stmt.order_by(None).subquery())) or 0


def number_of(code: str, stmt: Select[Any] | CompoundSelect[Any]) -> Asked:
    """How many rows a query finds."""
    told: tuple[Any, ...] = (literal(code), func.count(), _NO_SUM, _NO_INSTANT)
    return Asked(code, select(*told).select_from(stmt.order_by(None).subquery()))


def waits_since(code: str, stmt: Select[Any], at: InstrumentedAttribute[Any]) -> Asked:
    """How many wait, and since when the first of them does."""
    return _over(code, stmt, _NO_SUM, func.min(at))


def summed(code: str, stmt: Select[Any], amount: InstrumentedAttribute[Any]) -> Asked:
    """How many, and what they come to."""
    return _over(code, stmt, cast(func.coalesce(func.sum(amount), 0), BigInteger), _NO_INSTANT)


def _over(code: str, stmt: Select[Any], fen: Any, since: Any) -> Asked:
    told: tuple[Any, ...] = (literal(code), func.count(), fen, type_coerce(since, UtcDateTime()))
    return Asked(code, stmt.with_only_columns(*told, maintain_column_froms=True).order_by(None))
