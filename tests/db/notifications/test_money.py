"""Money, deals and what they bring: who learns of what."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.models import MilestoneKind, Person, Role
from portal.services.deals import deals
from portal.services.deals.telling import concerned_by
from portal.services.events.telling import Concerned
from portal.services.payouts import payouts
from tests import factories as make
from tests.db.money import Staff, requested
from tests.db.notifications.test_handing_on import subjects, told
from tests.db.notifications.test_staff_and_agencies import staff


def test_a_broker_and_his_principal_follow_a_deal(session: Session, now: datetime) -> None:
    deal = make.deal(session, touch=make.touch(session))
    principal = make.person(session, Role.PRINCIPAL, agency=deal.agency)
    _, manager = staff(session, Role.CHANNEL_MANAGER)
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.CANCELLED, at=now)
    told(session, now)
    assert subjects(session, deal.owner) == subjects(session, principal) == ["deal_moved_on"]


def test_from_the_statement_to_the_payment_everybody_learns_of_his_step(session: Session, now: datetime) -> None:
    hands = Staff.hired(session)
    payout = requested(session, hands, now)
    principal = make.person(session, Role.PRINCIPAL, agency=payout.agency)
    payouts.approve_payout(session, hands.approves, now, payout)
    told(session, now)
    assert subjects(session, principal)[-2:] == ["statement_issued", "payout_approved"]
    assert subjects(session, session.get_one(Person, hands.pays.id)) == ["payout_approved"]
    payouts.void_payout(session, hands.issues, now, payout, reason="发票抬头不对")
    told(session, now)
    assert subjects(session, principal)[-1] == "payout_voided"
    assert subjects(session, session.get_one(Person, hands.approves.id)) == ["payout_voided"]


def test_a_referrer_is_not_told_what_a_friend_buys(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    deal = make.referred_deal(session, referrer, now)
    assert concerned_by(deal) == Concerned(None, None, deal.development_id)
    _, manager = staff(session, Role.CHANNEL_MANAGER)
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.CANCELLED, at=now)
    told(session, now)
    assert "deal_moved_on" not in subjects(session, referrer.person)
