"""Whom it concerns what becomes of a deal."""

from ...models import Deal
from ..events.telling import Concerned


def concerned_by(deal: Deal) -> Concerned:
    """The broker and the agency. A referrer is not told what a friend buys: he learns of his rewards alone."""
    broker_id = deal.owner_id if deal.agency_id is not None else None
    return Concerned(broker_id, deal.agency_id, deal.development_id)
