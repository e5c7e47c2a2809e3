"""Whom it concerns what becomes of a deal."""

from ...models import Deal
from ...session import Session
from ..commission import held
from ..events.telling import Concerned


def concerned_by(deal: Deal) -> Concerned:
    """The broker who cares for the client, and the agency. A referrer is not told what a friend buys: he learns of his
    rewards alone."""
    return Concerned(carer_id(deal) if deal.agency_id is not None else None, deal.agency_id, deal.development_id)


def all_concerned(session: Session, deal: Deal) -> list[Concerned]:
    """The same of everybody who has a part in it, one by one."""
    others = [part for part in held.of_deal(session, deal) if part.agency_id != deal.agency_id]
    beside = [Concerned(part.owner_id, part.agency_id, deal.development_id) for part in others]
    return [concerned_by(deal), *beside]


def carer_id(deal: Deal) -> int | None:
    """Who cares for the buyer: who took the client over last, else whose name the deal bears."""
    taken_over = deal.touch.successor if deal.touch is not None else None
    return deal.owner_id if taken_over is None else taken_over.id
