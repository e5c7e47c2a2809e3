"""What browsers kept from our pages, counted a day and a directive: a page that breaks, or a script that got in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from ...clock import local_day
from ...models import ContentReports
from ...session import Session

_KNOWN = """
    default-src script-src script-src-elem script-src-attr style-src style-src-elem style-src-attr img-src font-src
    connect-src media-src object-src frame-src child-src worker-src manifest-src base-uri form-action frame-ancestors
"""
_OTHER = "other"
_SHOWN = timedelta(days=7)
_DIALECTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def count(session: Session, now: datetime, directive: str) -> None:
    """Count a report. A browser may send anything: what is no directive counts as `other`, so rows are few."""
    of = ContentReports
    word = directive.partition(" ")[0]
    row = {"day": local_day(now), "directive": word if word in _KNOWN.split() else _OTHER, "count": 1}
    insert = _DIALECTS[session.connection().dialect.name](of).values(**row)
    session.execute(insert.on_conflict_do_update(index_elements=["day", "directive"], set_={"count": of.count + 1}))


def lately(session: Session, now: datetime) -> Sequence[tuple[str, int]]:
    """How often in seven days, by directive, the most first."""
    of, total = ContentReports, func.sum(ContentReports.count)
    stmt = select(of.directive, total).where(of.day > local_day(now - _SHOWN)).group_by(of.directive)
    return [(word, int(times)) for word, times in session.execute(stmt.order_by(total.desc(), of.directive))]
