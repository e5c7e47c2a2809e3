"""Stands: the tablet's rotating code, gifts of their own, and the gift for a number, once whoever asks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import Lead, Programme, Role, Voucher
from portal.services.leads import leads
from portal.services.programmes import gifts, stands
from portal.services.programmes.stands import OwnGift
from portal.services.referral.scans import Visitor
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming, vouchers
from referral.rewards.reward_plan import Audience, Event, Gift, Item, Kind, RewardPlan
from tests import factories as make

PHONE = "13912345678"
UMBRELLA = Gift(Event.SCAN, (Item(Kind.GIFT, "雨伞", value_fen=3000),), valid_days=1, most=8)


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        ask()
    return caught.value.code


def plan_with(session: Session, *, most: int | None = None) -> None:
    oil = Gift(Event.LEAD, (Item(Kind.GIFT, "食用油", value_fen=6000),), valid_days=7, most=most)
    plan = RewardPlan("stands", Audience.PROGRAMME, (), gifts=(UMBRELLA, oil))
    rewards.publish_reward_plan(session, SYSTEM, make.BEFORE, plan=plan, effective_from=make.BEFORE)


@pytest.fixture
def stand(session: Session) -> Programme:
    plan_with(session)
    return make.programme(session, place="滨江公园南门")


def leave(session: Session, now: datetime, stand: Programme, phone: str = PHONE) -> Lead:
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=stand.referrer.code, name="王小明", phone=phone, consent_version="2", locale="en", address=None
        ),
    )


class TestTheGiftForANumber:
    def test_comes_once_for_a_number_whatever_stand_it_is_left_at(
        self, session: Session, now: datetime, stand: Programme
    ) -> None:
        other = make.programme(session, development=stand.referrer.development)
        leave(session, now, stand)
        leave(session, now, stand)
        leave(session, now, other)
        leave(session, now + timedelta(days=60), other)  # protected no more, and a lead of the other stand by now
        (voucher,) = session.scalars(select(Voucher))
        assert (voucher.title, voucher.place, voucher.holder_id) == ("食用油", "滨江公园南门", None)

    def test_waits_at_the_desk_for_who_tells_the_number(
        self, session: Session, now: datetime, stand: Programme
    ) -> None:
        leave(session, now, stand)
        desk, at = Actor.of(make.person(session, Role.RECEPTION)), stand.referrer.development_id
        voucher, scanned = vouchers.by_text(session, "139 1234 5678")
        assert (voucher.title, scanned.signature) == ("食用油", None)
        redeeming.redeem_voucher(session, desk, now, text=voucher.code, development_id=at, key="a")
        assert vouchers.by_text(session, PHONE)[0].redemption is not None
        assert refused(lambda: vouchers.by_text(session, "13800000001")) == "no_gift_for_number"

    def test_is_bounded_by_the_days_number(self, session: Session, now: datetime) -> None:
        plan_with(session, most=1)
        stand = make.programme(session)
        for phone in (PHONE, "13912345679"):
            leave(session, now, stand, phone)
        assert len(session.scalars(select(Voucher)).all()) == 1

    def test_a_number_that_is_known_brings_none(self, session: Session, now: datetime, stand: Programme) -> None:
        owner = make.referrer(session, development=stand.referrer.development)
        leads.leave_lead(
            session,
            now,
            leads.LeftLead(code=owner.code, name="王", phone=PHONE, consent_version="2", locale="en", address=None),
        )
        leave(session, now, stand)
        assert session.scalars(select(Voucher)).all() == []


class TestTheCodeOnTheTablet:
    def test_counts_for_a_minute_at_its_own_stand(self, session: Session, now: datetime, stand: Programme) -> None:
        code = stands.code_now(session, now, stand)
        assert stands.step_of(session, now + timedelta(seconds=30), stand, code.text) == code.step
        assert stands.step_of(session, now + timedelta(seconds=61), stand, code.text) is None
        assert stands.step_of(session, now, make.programme(session), code.text) is None
        for wrong in ("", "k", "1.2", f"{code.step}.", f"{code.step + 1}.{code.text.split('.')[1]}", "９.a", "9" * 40):
            assert stands.step_of(session, now, stand, wrong) is None

    def test_without_it_there_is_no_gift_and_of_each_so_many(
        self, session: Session, now: datetime, stand: Programme
    ) -> None:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        stands.change_gifts(session, manager, now, stand, asks_code=True, own={})
        give = lambda key: gifts.give_scan_gifts(session, SYSTEM, now, stand, key=key)  # noqa: E731
        assert refused(lambda: give("tap")) == "gift_code_needed"
        for tap in range(gifts.GIFTS_A_CODE):
            assert give(f"100-{tap}") == give(f"100-{tap}")
        assert refused(lambda: give("100-x")) == "gift_code_used"
        assert give("101-x")


class TestOwnGifts:
    def test_stand_in_the_place_of_the_plans(self, session: Session, now: datetime, stand: Programme) -> None:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        own = {Event.SCAN: OwnGift("帆布袋", 2000), Event.LEAD: OwnGift("大米", 6000)}
        stands.change_gifts(session, manager, now, stand, asks_code=False, own=own)
        session.expire_all()
        (bag,) = gifts.give_scan_gifts(session, SYSTEM, now, stand, key="a")
        leave(session, now, stand)
        rice = vouchers.by_text(session, PHONE)[0]
        assert [(one.title, one.value_fen) for one in (bag, rice)] == [("帆布袋", 2000), ("大米", 6000)]
        (umbrella,) = gifts.give_scan_gifts(session, SYSTEM, now, make.programme(session), key="b")
        assert umbrella.title == "雨伞"
        stands.change_gifts(session, manager, now, stand, asks_code=False, own={})
        assert gifts.give_scan_gifts(session, SYSTEM, now, stand, key="c")[0].title == "雨伞"

    @pytest.mark.parametrize(
        ("own", "code"),
        [
            ({Event.SCAN: OwnGift("帆布袋", 3001)}, "own_gift_dearer"),
            ({Event.SCAN: OwnGift("最佳帆布袋", 2000)}, "advertising_promise"),
        ],
    )
    def test_are_worth_no_more_and_promise_nothing(
        self, session: Session, now: datetime, stand: Programme, own: dict[Event, OwnGift], code: str
    ) -> None:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        change = lambda: stands.change_gifts(session, manager, now, stand, asks_code=False, own=own)  # noqa: E731
        assert refused(change) == code

    def test_need_a_gift_in_the_plan(self, session: Session, now: datetime) -> None:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        stand, manager = make.programme(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        own = {Event.LEAD: OwnGift("大米", 1)}
        with pytest.raises(Refusal, match="own_gift_unplanned"):
            stands.change_gifts(session, manager, now, stand, asks_code=False, own=own)


def test_two_who_leave_one_number_at_once_share_one_gift(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        plan_with(session)
        first = make.programme(session)
        second = make.programme(session, development=first.referrer.development)
        codes = [first.referrer.code, second.referrer.code]
    together = Barrier(2)

    def come(code: str) -> None:
        together.wait()
        with database.transaction() as session:
            leads.leave_lead(
                session,
                now,
                leads.LeftLead(code=code, name="王", phone=PHONE, consent_version="2", locale="en", address=None),
            )

    with ThreadPoolExecutor(2) as hands:
        list(hands.map(come, codes))
    with database.reading() as session:
        assert len(session.scalars(select(Voucher)).all()) == 1


def test_sixteen_phones_that_share_one_code_get_what_one_code_gives(database: Database, now: datetime) -> None:
    """A picture of the tablet that was sent on: each phone taps once, all at the same time."""
    with database.transaction() as session:
        plan_with(session)
        stand = make.programme(session)
        stand.asks_code, stand_id = True, stand.referrer_id
        step = stands.code_now(session, now, stand).step
    phones = 16
    together = Barrier(phones)

    def tap(phone: int) -> str:
        together.wait()
        visitor = Visitor(f"10.0.0.{phone}", "a phone")
        try:
            with database.transaction() as session:
                stand = session.get_one(Programme, stand_id)
                gifts.give_scan_gifts(session, SYSTEM, now, stand, key=f"{step}-{phone}", visitor=visitor)
        except Refusal as refusal:
            return refusal.code
        return "given"

    with ThreadPoolExecutor(phones) as hands:
        said = sorted(hands.map(tap, range(phones)))
    assert said == ["gift_code_used"] * (phones - gifts.GIFTS_A_CODE) + ["given"] * gifts.GIFTS_A_CODE
    with database.reading() as session:
        assert len(session.scalars(select(Voucher)).all()) == gifts.GIFTS_A_CODE
