"""Money, deals and what they bring: who learns of what."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Event, MilestoneKind, Person, Role
from portal.services.deals import deals
from portal.services.deals.telling import concerned_by
from portal.services.events.telling import Concerned
from portal.services.payouts import payouts
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, requested
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
    assert subjects(session, session.get_one(Person, hands.approves.id)) == ["payout_waits", "payout_voided"]


def test_a_referrer_is_not_told_what_a_friend_buys(session: Session, now: datetime) -> None:
    referrer = make.referrer(session)
    deal = make.referred_deal(session, referrer, now)
    assert concerned_by(deal) == Concerned(None, None, deal.development_id)
    _, manager = staff(session, Role.CHANNEL_MANAGER)
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.CANCELLED, at=now)
    told(session, now)
    assert "deal_moved_on" not in subjects(session, referrer.person)


def test_commission_that_is_posted_and_taken_back_is_told_with_its_sum(session: Session, now: datetime) -> None:
    pair = make.agreement(session)
    principal = make.person(session, Role.PRINCIPAL, agency=pair.agency)
    hand, manager = staff(session, Role.CHANNEL_MANAGER)
    deal = make.signed_deal(session, now, pair=pair, by=hand)
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.CANCELLED, at=now)
    told(session, now)
    assert "commission_posted" in subjects(session, principal)
    assert [kind for kind in subjects(session, deal.owner) if "commission" in kind] == [
        "own_commission_posted",
        "own_commission_taken_back",
    ]
    sums = select(Event.facts).where(Event.kind.startswith("commission")).order_by(Event.id)
    assert [(one["amount_fen"], one["deals"]) for one in session.scalars(sums)] == [(EARNED_FEN, 1), (EARNED_FEN, 1)]


def test_the_sale_that_begins_a_tier_says_so(session: Session, now: datetime) -> None:
    pair, (hand, _) = make.agreement(session), staff(session, Role.CHANNEL_MANAGER)
    sold = [make.signed_deal(session, now, pair=pair, by=hand) for _ in range(6)]
    reached = session.scalars(select(Event).where(Event.kind == "tier_reached")).all()
    assert [(one.subject_id, one.facts["rank"]) for one in reached] == [(sold[5].id, 6)]
