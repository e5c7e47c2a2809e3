"""One figure of a desk, and how it is counted: most of a desk's figures at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import InstrumentedAttribute

from ...access.actor import Actor
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

_NO_SUM, _NO_INSTANT = cast(null(), BigInteger), cast(null(), UtcDateTime())


def answered(session: Session, figures: Sequence[Answer]) -> list[Figure]:
    """The figures in their order; what is still to be counted is counted at once, in one query."""
    counts = [one.counts for one in figures if isinstance(one, Asked)]
    rows = session.execute(union_all(*counts)) if counts else ()
    found = {code: Figure(code, count, fen, since) for code, count, fen, since in rows}
    return [one if isinstance(one, Figure) else found[one.code] for one in figures]


def proposals_of(code: str, to_decide: Callable[[Session, Actor], int]) -> Ask:
    """What others propose, by the count of its own domain."""

    def ask(session: Session, actor: Actor, _now: datetime) -> Answer:
        return Figure(code, to_decide(session, actor))

    return ask


def counted(session: Session, stmt: Select[Any]) -> int:
    """How many rows a query finds, now."""
    return session.scalar(select(func.count()).select_from(stmt.order_by(None).subquery())) or 0


def number_of(code: str, stmt: Select[Any]) -> Asked:
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
