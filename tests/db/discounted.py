"""A client who came by a company, and buys: what the tests of its discount begin with."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Deal, Lead, Programme, Role
from portal.rules.privacy.consent import CURRENT_VERSION, Purpose
from portal.services.deals import deals
from portal.services.leads import leads
from portal.services.programmes import employee_checks
from tests import factories as make

LIST, OFF, PRICE = 2_000_000_00, 20_000_00, 1_980_000_00
WANG = "13912345678"
CELLS = {"unit": "3-1202", "phone": WANG, "name": "王小明", "price": "2000000.00", "subscribed": "2026-03-10"}
"""A row of a file of deals."""


def come(session: Session, now: datetime, programme: Programme, *, checked: bool = True) -> Lead:
    """Leave a number on the company's page; reception has seen the badge."""
    lead = leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=programme.referrer.code,
            name="王小明",
            phone=WANG,
            consent_version=CURRENT_VERSION[Purpose.CONTACT],
            locale="zh_Hans_CN",
            address=None,
        ),
    )
    if checked:
        reception = Actor.of(make.person(session, Role.RECEPTION))
        employee_checks.confirm_by_hand(session, reception, now, lead, reason="看过工牌")
    return lead


def buy(
    session: Session,
    now: datetime,
    programme: Programme,
    price_fen: int = LIST,
    *,
    unit: str = "3-1202",
    by: Actor | None = None,
) -> Deal:
    """The client subscribes; a channel manager records it."""
    manager = by or Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    facts = {"development_id": programme.referrer.development_id, "phone": WANG, "name": "王小明", "unit": unit}
    return deals.open_deal(session, manager, now, deals.Subscription(price_fen=price_fen, at=now, **facts))
