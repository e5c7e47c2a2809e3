"""Vouchers on both databases: issued once, redeemed once, taken back with their reward; gifts; reviews (rules 7.4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.models import (
    Referrer,
    ReliefBill,
    ReviewOutcome,
    Reward,
    Stock,
    TaxedGoods,
    TouchKind,
)
from portal.services.contacts import signer_of
from portal.services.programmes import gifts
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming, stocks, vouchers
from referral import voucher as rule
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import HOMEOWNER_LADDER, PROGRAMME, Event, Gift, Kind
from referral.voucher import VoucherState
from tests import factories as make
from tests.db.desk import Desk, gift, refused


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk.opened(session)


class TestIssuing:
    def test_an_approved_reward_has_one_voucher(self, session: Session, desk: Desk, now: datetime) -> None:
        deal = desk.friend_signs(session, now)
        voucher = desk.voucher(session, now + timedelta(days=31), deal)
        assert (voucher.kind, voucher.months_left, voucher.holder_id) == (Kind.FEE_RELIEF, 12, desk.referrer.person_id)
        reward = session.get_one(Reward, voucher.reward_id)
        assert reward.state is RewardState.APPROVED
        _, left_out = reward_goods.approve_goods(session, desk.manager, now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["reward_not_due"]
        assert vouchers.issue_for(session, SYSTEM, now, reward, 30) is voucher

    def test_issuing_again_finds_the_first(self, session: Session, desk: Desk, now: datetime) -> None:
        assert gift(session, desk, now) is gift(session, desk, now + timedelta(days=1))

    def test_a_voucher_ends_with_a_day_in_shanghai(self, session: Session, desk: Desk, now: datetime) -> None:
        assert gift(session, desk, now).expires_at == datetime(2026, 4, 9, 16, tzinfo=UTC)

    def test_cash_is_paid_and_nobody_approves_his_own(self, session: Session, desk: Desk, now: datetime) -> None:
        deal = desk.friend_signs(session, now)
        reward = session.scalars(select(Reward).where(Reward.deal_id == deal.id)).one()
        reward.state = RewardState.DUE
        _, left_out = reward_goods.approve_goods(session, Actor.of(desk.referrer.person), now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["own_reward"]
        reward.kind, reward.value_fen, reward.term_months = Kind.CASH, 1, None
        _, left_out = reward_goods.approve_goods(session, desk.manager, now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["reward_is_money"]


class TestRedeeming:
    @pytest.mark.parametrize(("signed", "way"), [(True, "scanned"), (False, "typed")])
    def test_by_camera_and_by_typing(self, session: Session, desk: Desk, now: datetime, signed: bool, way: str) -> None:
        voucher = gift(session, desk, now)
        text = vouchers.qr_text(session, voucher) if signed else f" {voucher.code[:4]}-{voucher.code[4:].lower()} "
        done = desk.redeem(session, now, text)
        assert (done.again, done.redemption.way, done.voucher.state) == (False, way, VoucherState.REDEEMED)

    def test_a_code_that_we_did_not_sign_is_none(self, session: Session, desk: Desk, now: datetime) -> None:
        first, second = gift(session, desk, now), gift(session, desk, now, "test:2")
        forged = vouchers.qr_text(session, first).replace(first.code, second.code)
        assert refused(lambda: desk.redeem(session, now, forged)) == "voucher_unknown"

    def test_a_code_of_before_is_good_until_it_expires(self, session: Session, desk: Desk, now: datetime) -> None:
        """Signed by the receipts' key, as codes were before vouchers had a key of their own."""
        voucher, other = gift(session, desk, now), gift(session, desk, now, "test:2")
        before = {
            one.code: rule.payload(one.code, signer_of(session).sign(rule.signed_bytes(one.code)))
            for one in (voucher, other)
        }
        assert before[voucher.code] != vouchers.qr_text(session, voucher)
        assert desk.redeem(session, now, before[voucher.code]).redemption.way == "scanned"
        assert refused(lambda: desk.redeem(session, other.expires_at, before[other.code])) == "voucher_expired"

    def test_a_lost_answer_is_told_again(self, session: Session, desk: Desk, now: datetime) -> None:
        voucher = gift(session, desk, now)
        first = desk.redeem(session, now, voucher.code)
        same_page = desk.redeem(session, now + timedelta(days=1), voucher.code)
        same_hand = desk.redeem(session, now + timedelta(minutes=9), voucher.code, key="page-2")
        assert [same_page.again, same_hand.again] == [True, True]
        assert same_page.redemption is first.redemption
        later = now + timedelta(minutes=10)
        assert refused(lambda: desk.redeem(session, later, voucher.code, key="page-2")) == "voucher_redeemed"
        colleague = {"actor": desk.manager, "key": "page-3"}
        assert refused(lambda: desk.redeem(session, now, voucher.code, **colleague)) == "voucher_redeemed"

    def test_what_is_refused_in_words(self, session: Session, desk: Desk, now: datetime) -> None:
        voucher = gift(session, desk, now)
        elsewhere = make.development(session).id
        assert refused(lambda: desk.redeem(session, now, voucher.code, development_id=elsewhere)) == "voucher_elsewhere"
        assert refused(lambda: desk.redeem(session, now, "K7M4")) == "voucher_mistyped"
        assert refused(lambda: desk.redeem(session, now, "22222222")) == "voucher_unknown"
        assert refused(lambda: desk.redeem(session, voucher.expires_at, voucher.code)) == "voucher_expired"
        vouchers.revoke_voucher(session, desk.manager, now, voucher, reason="发错")
        assert refused(lambda: desk.redeem(session, now, voucher.code)) == "voucher_revoked"
        again = lambda: vouchers.revoke_voucher(session, desk.manager, now, voucher, reason="再次")  # noqa: E731
        assert refused(again) == "voucher_not_open"

    def test_the_last_instant_still_counts(self, session: Session, desk: Desk, now: datetime) -> None:
        voucher = gift(session, desk, now)
        assert not desk.redeem(session, voucher.expires_at - timedelta.resolution, voucher.code).again

    def test_out_of_stock_leaves_the_voucher_open(self, session: Session, desk: Desk, now: datetime) -> None:
        count = {"development_id": desk.place, "title": "coffee_coupon"}
        stocks.count_stock(session, desk.manager, now, left=1, **count)
        first, second = gift(session, desk, now), gift(session, desk, now, "test:2")
        desk.redeem(session, now, first.code)
        assert refused(lambda: desk.redeem(session, now, second.code)) == "out_of_stock"
        session.refresh(second)
        assert second.state is VoucherState.OPEN
        stocks.count_stock(session, desk.manager, now, left=5, **count)
        desk.redeem(session, now, second.code)
        assert session.scalar(select(Stock.left_over)) == 4

    def test_goods_are_income_of_their_month_and_the_reward_is_fulfilled(
        self, session: Session, desk: Desk, now: datetime
    ) -> None:
        desk.friend_signs(session, now)
        second = desk.friend_signs(session, now + timedelta(hours=1), handed_over=True)
        voucher = desk.voucher(session, now + timedelta(hours=2), second)
        done = desk.redeem(session, now + timedelta(hours=3), voucher.code)
        assert session.get_one(Reward, voucher.reward_id).state is RewardState.FULFILLED
        taxed = session.scalars(select(TaxedGoods)).one()
        assert (taxed.value_fen, taxed.month, taxed.person_id) == (1_000_000, "2026-03", desk.referrer.person_id)
        desk.redeem(session, done.redemption.at, voucher.code)
        assert session.scalar(select(func.count()).select_from(TaxedGoods)) == 1

    def test_parking_has_its_two_years(self, session: Session, desk: Desk, now: datetime) -> None:
        deal = [desk.friend_signs(session, now + timedelta(hours=hour)) for hour in range(3)][-1]
        voucher = desk.voucher(session, now + timedelta(hours=3), deal)
        done = desk.redeem(session, now + timedelta(hours=4), voucher.code, starts_on=date(2026, 4, 1))
        assert (done.redemption.starts_on, done.redemption.ends_on) == (date(2026, 4, 1), date(2028, 4, 1))


class TestFeeRelief:
    def test_pays_bills_until_its_year_is_used_up(self, session: Session, desk: Desk, now: datetime) -> None:
        later = now + timedelta(days=31)
        voucher = desk.voucher(session, later, desk.friend_signs(session, now))

        def pay(bill: str, months: int, amount_fen: int = 30_000) -> redeeming.Relief:
            sent = redeeming.Bill(development_id=desk.place, number=bill, months=months, amount_fen=amount_fen)
            return redeeming.apply_relief(session, desk.reception, later, voucher.code, sent)

        assert (pay("2026-04", 3).voucher.months_left, pay("2026-04", 3).again) == (9, True)
        assert session.get_one(Reward, voucher.reward_id).state is RewardState.FULFILLED
        assert refused(lambda: pay("2026-04", 4)) == "bill_differs"
        assert refused(lambda: pay("2026-07", 10)) == "relief_exceeded"
        assert refused(lambda: pay("2026-07", 0)) == "relief_not_positive"
        assert refused(lambda: desk.redeem(session, later, voucher.code)) == "voucher_per_bill"
        assert pay("2026-07", 9).voucher.state is VoucherState.REDEEMED
        assert refused(lambda: pay("2027-04", 1)) == "relief_exceeded"
        assert session.scalar(select(func.sum(ReliefBill.months))) == 12


class TestACancellation:
    def test_takes_an_open_voucher_back_and_ranks_the_others_again(
        self, session: Session, desk: Desk, now: datetime
    ) -> None:
        first, second, third = (desk.friend_signs(session, now + timedelta(hours=hour)) for hour in range(3))
        voucher = desk.voucher(session, now + timedelta(hours=4), third)
        make.cancel(session, first, now + timedelta(days=1))
        rewards.settle_rewards(session, SYSTEM, now + timedelta(days=1), first)
        session.refresh(voucher)
        assert voucher.state is VoucherState.REVOKED
        kinds = select(Reward.deal_id, Reward.kind).where(Reward.state != RewardState.REVOKED).order_by(Reward.deal_id)
        assert session.execute(kinds).all() == [(second.id, Kind.FEE_RELIEF), (third.id, Kind.VOUCHER)]

    def reviewed(self, session: Session, desk: Desk, now: datetime, cancelled: int) -> Reward:
        """Three friends sign, the third's parking is redeemed, then one of them cancels."""
        deals = [desk.friend_signs(session, now + timedelta(hours=hour)) for hour in range(3)]
        voucher = desk.voucher(session, now + timedelta(hours=4), deals[2])
        desk.redeem(session, now + timedelta(hours=5), voucher.code)
        make.cancel(session, deals[cancelled], now + timedelta(days=1))
        rewards.settle_rewards(session, SYSTEM, now + timedelta(days=1), deals[cancelled])
        reward = session.get_one(Reward, voucher.reward_id)
        assert session.scalars(reward_goods.to_review(desk.manager)).all() == [reward]
        return reward

    @pytest.mark.parametrize(
        ("cancelled", "outcome", "left"),
        [
            (0, ReviewOutcome.STANDS, (RewardState.FULFILLED, Kind.PARKING)),
            (0, ReviewOutcome.REPLACED, (RewardState.PENDING, Kind.VOUCHER)),
            (2, ReviewOutcome.CHARGED, None),
        ],
    )
    def test_sends_what_was_redeemed_to_a_person(
        self, session: Session, desk: Desk, now: datetime, cancelled: int, outcome: ReviewOutcome, left: object
    ) -> None:
        reward = self.reviewed(session, desk, now, cancelled)
        reward_goods.decide_review(session, desk.manager, now, reward, outcome=outcome, reason="已与业主商定")
        living = select(Reward.state, Reward.kind).where(Reward.deal_id == reward.deal_id)
        assert session.execute(living.where(Reward.state != RewardState.REVOKED)).one_or_none() == left
        assert session.scalars(reward_goods.to_review(desk.manager)).all() == []
        again = {"outcome": outcome, "reason": "再次"}
        assert refused(lambda: reward_goods.decide_review(session, desk.manager, now, reward, **again)) == (
            "review_decided"
        )

    @pytest.mark.parametrize(
        ("cancelled", "outcome", "code"),
        [(0, ReviewOutcome.CHARGED, "review_still_earned"), (2, ReviewOutcome.REPLACED, "review_nothing_earned")],
    )
    def test_is_decided_as_things_stand(
        self, session: Session, desk: Desk, now: datetime, cancelled: int, outcome: ReviewOutcome, code: str
    ) -> None:
        reward = self.reviewed(session, desk, now, cancelled)
        decide = {"outcome": outcome, "reason": "x"}
        assert refused(lambda: reward_goods.decide_review(session, desk.manager, now, reward, **decide)) == code


class TestGifts:
    def test_a_scan_brings_its_gift_once(self, session: Session, desk: Desk, now: datetime) -> None:
        stand = make.programme(session, development=desk.referrer.development)
        first, again = (gifts.give_scan_gifts(session, SYSTEM, now, stand, key="abc") for _ in range(2))
        assert [row.title for row in first] == ["stand_gift"]
        assert first == again

    def test_a_visit_brings_what_the_referrers_plan_says(self, session: Session, desk: Desk, now: datetime) -> None:
        coffee = Gift(Event.VISIT, PROGRAMME.gifts[1].items, most=2)
        plan = type(HOMEOWNER_LADDER)("more", HOMEOWNER_LADDER.audience, HOMEOWNER_LADDER.rungs, gifts=(coffee,))
        rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=now)
        owner = make.referrer(session, joined_at=now, development=desk.referrer.development)

        def visit(referrer: Referrer, kind: TouchKind = TouchKind.REFERRAL_LEAD) -> int:
            touch = make.touch(session, person=referrer.person, kind=kind, development=referrer.development)
            given = [gifts.give_visit_gifts(session, desk.reception, now, touch) for _ in range(2)]
            assert given[0] == given[1]
            return len(given[0])

        assert [visit(owner) for _ in range(3)] == [1, 1, 0]
        assert visit(desk.referrer) == 0, "the plan that was promised names no gift"
        assert visit(owner, TouchKind.REGISTRATION) == 0


def test_a_friends_friend_brings_the_first_referrer_nothing(session: Session, desk: Desk, now: datetime) -> None:
    """Never multi-level: the friend becomes a referrer too, and what comes of that is the friend's alone."""
    desk.friend_signs(session, now)
    friend = make.referrer(session, development=desk.referrer.development)
    deal = make.referred_deal(session, friend, now + timedelta(hours=1))
    rewards.settle_rewards(session, SYSTEM, now + timedelta(hours=1), deal)
    earned = select(Reward.referrer_id, func.count(Reward.id)).group_by(Reward.referrer_id)
    assert dict(session.execute(earned).all()) == {desk.referrer.id: 1, friend.id: 1}
