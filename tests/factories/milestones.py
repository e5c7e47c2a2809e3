"""Steps of deals: by themselves, with nothing of what follows from them, or by the services that really do it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Agreement, Deal, Milestone, MilestoneKind, Person
from portal.services.deals import deals
from tests import factories as make


def milestone(session: Session, deal: Deal, kind: MilestoneKind, at: datetime) -> Milestone:
    """A step of a deal."""
    row = Milestone(deal_id=deal.id, kind=kind, at=at, note="", recorded_at=at, recorded_by=deal.created_by)
    session.add(row)
    session.flush()
    return row


def cancel(session: Session, deal: Deal, at: datetime) -> None:
    """A deal that is cancelled."""
    milestone(session, deal, MilestoneKind.CANCELLED, at)
    deal.cancelled_at = at
    session.flush()


def signed_deal(session: Session, at: datetime, *, pair: Agreement, by: Person, price_fen: int = 2_000_000_00) -> Deal:
    """A deal of an agreement, signed and its commission posted at `at`, by the services that really do it."""
    phone = make.new_phone()
    seller = make.broker(session, agency=pair.agency)
    make.touch(session, person=seller, development=pair.development, client=make.client(session, phone=phone))
    actor, facts = Actor.of(by), {"phone": phone, "name": "王小明", "unit": f"1-{phone}", "price_fen": price_fen}
    row = deals.open_deal(session, actor, at, deals.Subscription(development_id=pair.development_id, at=at, **facts))
    deals.record_milestone(session, actor, at, row, kind=MilestoneKind.SIGNED, at=at)
    return row
