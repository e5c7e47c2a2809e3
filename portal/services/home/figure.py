"""One figure of a desk, and how it is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from ...access.actor import Actor
from ...session import Session


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of something there are (`count`), and what they are worth where that is money (fen).

    And since when the oldest of what waits has been waiting, where that is known.
    """

    code: str
    count: int
    amount_fen: int | None = None
    since: datetime | None = None


Ask = Callable[[Session, Actor, datetime], Figure]


def counted(session: Session, stmt: Select[Any]) -> int:
    """How many rows a query finds."""
    return session.scalar(select(func.count()).select_from(stmt.order_by(None).subquery())) or 0


def waits_since(session: Session, code: str, stmt: Select[Any], at: InstrumentedAttribute[Any]) -> Figure:
    """How many wait, and since when the first of them does."""
    columns = stmt.with_only_columns(func.count(), func.min(at), maintain_column_froms=True).order_by(None)
    count, since = session.execute(columns).one()
    return Figure(code, count, since=since)


def summed(session: Session, code: str, stmt: Select[Any], amount: InstrumentedAttribute[Any]) -> Figure:
    """How many, and what they come to."""
    columns = stmt.with_only_columns(func.count(), func.coalesce(func.sum(amount), 0), maintain_column_froms=True)
    count, fen = session.execute(columns).one()
    return Figure(code, count, int(fen))
