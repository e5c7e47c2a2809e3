"""The values that occur in a column, by as many looks into its index as there are values."""

from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from ..session import Session

Value = TypeVar("Value")


def each_value(
    session: Session, column: InstrumentedAttribute[Value], where: ColumnElement[bool] | None = None
) -> list[Value]:
    """Each value once, the least first. DISTINCT would read all rows, and a log has millions of them for forty kinds of
    deed; here each value asks the index for the next one."""
    held = () if where is None else (where,)
    found = select(func.min(column).label("value")).where(*held).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.value, *held).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return list(session.scalars(select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)))
