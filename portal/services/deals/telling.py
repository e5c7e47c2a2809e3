"""Whom it concerns what becomes of a deal."""

from ...models import Deal
from ..events.telling import Concerned


def concerned_by(deal: Deal) -> Concerned:
    """The broker who cares for the client, and the agency. A referrer is not told what a friend buys: he learns of his
    rewards alone."""
    return Concerned(carer_id(deal) if deal.agency_id is not None else None, deal.agency_id, deal.development_id)


def carer_id(deal: Deal) -> int | None:
    """Who cares for the buyer: who took the client over last, else whose name the deal bears."""
    taken_over = deal.touch.successor if deal.touch is not None else None
    return deal.owner_id if taken_over is None else taken_over.id
