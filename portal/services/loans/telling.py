"""Late loans are told of once a target: found by the sweep."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from ...access.actor import SYSTEM
from ...models import Deal
from ...rules.loans.progress import LoanState
from ...rules.notifications.deadlines import hour_of_queues
from ...session import Session
from ..events.telling import Concerned, tell
from . import reading


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell of each loan that has become late, once for each target that it missed."""
    if not hour_of_queues(now):
        return {"loans_told": 0}
    told = 0
    for row in reading.rows(session, now, select(Deal)):
        stands, deal = row.stands, row.deal
        if stands.state is not LoanState.LATE or row.loan is None:
            continue
        whom = Concerned(
            row.loan.opened_by, development=deal.development_id, once=f"loan_late:{deal.id}:{stands.target_on}"
        )
        facts = {"unit": deal.unit, "target_on": stands.target_on, "reason": stands.reason}
        told += tell(session, SYSTEM, now, "loan_late", deal, whom, **facts)
    return {"loans_told": told}
