"""Gifts that follow a scan or a visit, before there is any deal (rules 7.3): each event brings its voucher once.

The target is what the plan says for the events there are; the vouchers' references say what was given; so granting
again gives nothing. A gift belongs to whoever shows it: nobody's name is on it.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from referral.reward_plan import Audience, Event, Gift

from ..access.actor import Actor
from ..models import Referrer, Touch, TouchKind, Voucher
from . import rewards, vouchers


def give_visit_gifts(session: Session, actor: Actor, now: datetime, touch: Touch) -> list[Voucher]:
    """The gifts for the first visit of a referred friend, by the plan that was promised to the referrer.

    A touch that no referrer made brings none, nor does a plan without such a gift or one whose most is reached.
    """
    referrer = session.get(Referrer, touch.person_id) if touch.kind == TouchKind.REFERRAL_LEAD else None
    plan = None if referrer is None else rewards.plan_of(session, referrer)
    gift = None if plan is None else plan.gift_at(Event.VISIT)
    if referrer is None or gift is None:
        return []
    session.execute(select(Referrer.person_id).where(Referrer.person_id == referrer.person_id).with_for_update())
    given_to = f"visit:{referrer.person_id}:"
    reference = f"{given_to}{touch.id}"
    if gift.most is not None and _events(session, given_to, but=reference) >= gift.most:
        return []
    return _issue(session, actor, now, touch.development_id, gift, reference)


def give_scan_gifts(
    session: Session, actor: Actor, now: datetime, *, development_id: int, reference: str
) -> list[Voucher]:
    """The gifts for a scan at a community stand, by the programmes' plan in force.

    `reference` names the scan: the same one, at most 60 signs long, brings its gifts once.
    """
    plan = rewards.in_force(session, Audience.PROGRAMME, now)
    gift = None if plan is None else plan.gift_at(Event.SCAN)
    return [] if gift is None else _issue(session, actor, now, development_id, gift, f"scan:{reference}")


def _issue(
    session: Session, actor: Actor, now: datetime, development_id: int, gift: Gift, reference: str
) -> list[Voucher]:
    return [
        vouchers.issue(
            session, actor, now, vouchers.Issue(f"{reference}:{slot}", development_id, item, gift.valid_days)
        )
        for slot, item in enumerate(gift.items)
    ]


def _events(session: Session, given_to: str, *, but: str) -> int:
    """How many other events of this kind brought a gift: each has one voucher in slot 0."""
    of = Voucher.reference
    stmt = select(func.count(Voucher.id)).where(of.startswith(given_to), of.endswith(":0"), of != f"{but}:0")
    return session.scalar(stmt) or 0
