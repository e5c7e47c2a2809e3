"""Lists by cursors: what is behind a page is told by the last one of it, never by counting rows over."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pydantic import Field
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from commissions.refusal import Refusal

from ..rules.partner_api.identifiers import Prefix, identifier, number_of
from ..web.edge import db
from .fields import Asked, Shown

T = TypeVar("T")
S = TypeVar("S", bound=Shown)

MOST = 100


class PageQuery(Asked):
    """Which part of a list is wanted."""

    after: str | None = Field(default=None, max_length=40, description="The `next_cursor` of the page before.")
    limit: int = Field(default=30, ge=1, le=MOST)


class PageShown(Shown, Generic[S]):
    """A part of a list, newest first."""

    items: list[S]
    next_cursor: str | None = Field(description="Hand it over as `after` for what follows; null on the last page.")


def page(
    stmt: Select[T], column: InstrumentedAttribute[int], prefix: Prefix, wanted: PageQuery
) -> tuple[Sequence[T], str | None]:
    """The rows of one page and the cursor of the next, newest first.

    Raises Refusal(api_cursor_odd) for a cursor that was never handed out.
    """
    if wanted.after is not None:
        number = number_of(prefix, wanted.after)
        if number is None:
            raise Refusal("api_cursor_odd", field="after")
        stmt = stmt.where(column < number)
    rows: Sequence[Any] = db().scalars(stmt.order_by(column.desc()).limit(wanted.limit + 1)).all()
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return shown, identifier(prefix, getattr(shown[-1], column.key)) if more else None
