"""What is told of an import: to whoever its deals concern once, be they ten thousand."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ...access.actor import SYSTEM
from ...models import Deal, DealImport, ImportRow, RowOutcome
from ...session import Session
from ..events.telling import Concerned, tell

_BROUGHT = (RowOutcome.OPENS, RowOutcome.ADVANCES)


def tell_as_a_whole(session: Session, row: DealImport) -> None:
    """What this transaction does is a part of the import: of it nobody is told by itself."""
    session.part_of = f"{DealImport.__tablename__}:{row.id}"


def tell_of_deals(session: Session, now: datetime, row: DealImport) -> None:
    """Tell each agency, and each broker, what the import came to."""
    _tell(session, now, row, "deals_imported", Deal.agency_id)
    _tell(session, now, row, "own_deals_imported", Deal.agency_id, Deal.owner_id)


def _tell(session: Session, now: datetime, row: DealImport, kind: str, *by: ColumnElement[Any] | Any) -> None:
    count, fen = func.count(ImportRow.deal_id.distinct()), func.coalesce(func.sum(ImportRow.posted_fen), 0)
    sums = (
        select(count, fen, *by)
        .join(Deal, Deal.id == ImportRow.deal_id)
        .where(ImportRow.import_id == row.id, ImportRow.outcome.in_(_BROUGHT), *(one.is_not(None) for one in by))
        .group_by(*by)
        .order_by(*by)
    )
    for deals, sum_fen, agency_id, *broker in session.execute(sums):
        whom = Concerned(broker[0] if broker else None, agency_id)
        tell(session, SYSTEM, now, kind, row, whom, deals=deals, amount_fen=int(sum_fen))
