"""Fines and forfeiture, with their strike; benefits granted, booked, lost: on both databases (rules 4.4, 5.5)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.ledger import FINES
from commissions.plan import STANDARD
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import (
    Benefit,
    BenefitState,
    Cause,
    PostedLine,
    Strike,
)
from portal.services.commission import benefits
from portal.services.deals import deals
from portal.services.ledger import balances as ledger_balances
from portal.services.penalties import fines
from tests.db.selling import (
    CANCELLED,
    FINING,
    HALVES,
    LOAN,
    SIGNED,
    acquitted,
    agreement,
    seal,
    shown,
    sold,
    struck,
    subscribed,
    total,
)


def test_a_strike_costs_the_fine_and_the_showings_deal_and_an_appeal_gives_both_back(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session, FINING)
    made = sold(session, desk, last_month, pair, 6)
    showing = shown(session, made[0], last_month)
    struck(session, now, showing)
    assert total(session, pair) == 230_000_00 - 36_000_00 - 5_000_00
    assert -ledger_balances.balance_of(session, FINES) == 5_000_00
    fine = session.scalars(select(PostedLine).where(PostedLine.cause == Cause.FINE)).one()
    assert (fine.amount_fen, fine.deal_id, fine.why["showing_id"]) == (-5_000_00, None, showing.id)
    forfeited = session.scalars(select(PostedLine).where(PostedLine.cause == Cause.FORFEITURE)).one()
    assert (forfeited.deal_id, forfeited.rank, forfeited.why["forfeited"]) == (made[0].id, 1, True)
    acquitted(session, now, showing)
    assert total(session, pair) == 230_000_00
    assert ledger_balances.balance_of(session, FINES) == 0


def test_a_deal_that_is_signed_while_the_strike_stands_earns_nothing_until_it_is_voided(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session, HALVES)
    deal = subscribed(session, desk, last_month, pair)
    showing = shown(session, deal, last_month)
    struck(session, now, showing)
    deals.record_milestone(session, desk, now, deal, kind=SIGNED, at=last_month)
    assert total(session, pair) == 0
    seal(session, desk, now, pair, last_month)
    acquitted(session, now, showing)
    deals.record_milestone(session, desk, now, deal, kind=LOAN, at=now)
    assert total(session, pair) == 36_000_00


def test_charging_again_and_giving_back_again_post_nothing(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session, FINING)
    (deal,) = sold(session, desk, last_month, pair, 1)
    showing = shown(session, deal, last_month)
    struck(session, now, showing)
    strike = session.scalars(select(Strike)).one()
    fines.charge(session, desk, now, strike)
    assert total(session, pair) == -5_000_00
    acquitted(session, now, showing)
    fines.give_back(session, desk, now, strike)
    assert total(session, pair) == 36_000_00


def test_a_plan_without_forfeiture_leaves_the_deal_alone(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    kind = STANDARD.replace('scope = "development"', 'scope = "development"\nforfeiture = false')
    pair = agreement(session, kind)
    (deal,) = sold(session, desk, last_month, pair, 1)
    struck(session, now, shown(session, deal, last_month))
    assert total(session, pair) == 36_000_00


# Benefits


def trip(session: Session) -> Benefit:
    return session.scalars(select(Benefit).order_by(Benefit.id.desc())).first()


def test_an_unbooked_trip_is_revoked_and_a_booked_one_goes_to_finance(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 11)
    assert trip(session).state is BenefitState.GRANTED
    deals.record_milestone(session, desk, now, made[0], kind=CANCELLED, at=now)
    assert trip(session).state is BenefitState.REVOKED
    (again,) = sold(session, desk, last_month + timedelta(hours=5), pair, 1)
    booked = trip(session)
    benefits.book_benefit(session, desk, now, booked, booking="普吉岛 5 日，两人")
    deals.record_milestone(session, desk, now, again, kind=CANCELLED, at=now)
    assert (booked.state, benefits.waiting(session)) == (BenefitState.ESCALATED, 1)
    late = subscribed(session, desk, last_month, pair)
    deals.record_milestone(session, desk, now, late, kind=SIGNED, at=last_month)
    assert (booked.state, benefits.waiting(session)) == (BenefitState.BOOKED, 0)
    deals.record_milestone(session, desk, now, late, kind=CANCELLED, at=now)
    benefits.decide_benefit(session, desk, now, booked, stands=True, reason="已出行")
    assert booked.state is BenefitState.STANDS
    with pytest.raises(Refusal, match="benefit_moved"):
        benefits.decide_benefit(session, desk, now, booked, stands=False, reason="改主意")


def test_a_trip_names_the_deal_that_holds_its_rank_now(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    made = sold(session, desk, last_month, agreement(session), 12)
    assert trip(session).deal_id == made[10].id
    deals.record_milestone(session, desk, now, made[2], kind=CANCELLED, at=now)
    assert (trip(session).state, trip(session).deal_id) == (BenefitState.GRANTED, made[11].id)


def test_a_trip_that_is_charged_back_can_be_earned_again(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 11)
    booked = trip(session)
    benefits.book_benefit(session, desk, now, booked, booking="普吉岛")
    deals.record_milestone(session, desk, now, made[0], kind=CANCELLED, at=now)
    benefits.decide_benefit(session, desk, now, booked, stands=False, reason="未出行，扣回")
    assert booked.state is BenefitState.CHARGED
    sold(session, desk, last_month + timedelta(hours=5), pair, 1)
    assert (trip(session).state, trip(session).id != booked.id) == (BenefitState.GRANTED, True)
