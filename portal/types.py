"""Column types: what a value means, said once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""Ids and fen: 64 bits on both databases (SQLite's INTEGER has them, and only INTEGER can be a row id)."""

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Only aware datetimes go in, and UTC comes out, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without its offset cannot be stored")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """What makes an instant of what the driver gave: one call for each value, of which a list has a thousand."""
        if dialect.name == "sqlite":
            return _from_text
        read = self.impl_instance.result_processor(dialect, coltype) or _as_it_is

        def instant(value: Any) -> datetime | None:
            at: datetime | None = read(value)
            if at is None or at.tzinfo is UTC:
                return at
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

        return instant


def _as_it_is(value: Any) -> Any:
    return value


def _from_text(value: str | None) -> datetime | None:
    """SQLite keeps instants as texts, in UTC."""
    return None if value is None else datetime.fromisoformat(value + "+00:00")
