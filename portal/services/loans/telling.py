"""Late loans are told of once a target, also where nobody has begun one: found by the sweep."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from ...access.actor import SYSTEM
from ...models import CareFile, Deal
from ...models.care.files import carer_of
from ...rules.loans.progress import LoanState
from ...rules.notifications.deadlines import hour_of_queues
from ...session import Session
from ..events.telling import Concerned, tell
from . import reading


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell of each loan that has become late, once for each target that it missed."""
    if not hour_of_queues(now):
        return {"loans_told": 0}
    told, late = 0, [row for row in reading.rows(session, now, select(Deal)) if row.stands.state is LoanState.LATE]
    carers = _carers(session, [row.deal for row in late if row.loan is None])
    for row in late:
        stands, deal = row.stands, row.deal
        whose = carers.get(deal.id) if row.loan is None else row.loan.opened_by
        whom = Concerned(whose, development=deal.development_id, once=f"loan_late:{deal.id}:{stands.target_on}")
        facts = {"unit": deal.unit, "target_on": stands.target_on, "reason": stands.reason}
        told += tell(session, SYSTEM, now, "loan_late", deal, whom, **facts)
    return {"loans_told": told}


def _carers(session: Session, deals: Sequence[Deal]) -> dict[int, int]:
    """In whose care the buyers are, by deal; whom nobody was given is left out."""
    here = (CareFile.development_id == Deal.development_id) & (CareFile.client_id == Deal.client_id)
    stmt = select(Deal.id, carer_of(CareFile.id)).join(CareFile, here).where(Deal.id.in_([deal.id for deal in deals]))
    return {deal_id: person_id for deal_id, person_id in session.execute(stmt) if person_id is not None}
