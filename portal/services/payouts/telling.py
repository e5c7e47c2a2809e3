"""What is told of payouts: whom one is to goes by name, everybody else by his role."""

from datetime import datetime

from sqlalchemy.orm import Session

from ...access.actor import Actor
from ...models import Payout
from ..events.telling import Concerned, tell


def tell_of(session: Session, actor: Actor, now: datetime, kind: str, payout: Payout) -> None:
    """Tell of what became of a payout."""
    whom, facts = Concerned(payout.person_id, payout.agency_id), {"amount_fen": payout.amount_fen}
    tell(session, actor, now, kind, payout, whom, reference=payout.reference, **facts)
