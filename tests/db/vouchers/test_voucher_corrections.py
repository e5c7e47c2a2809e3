"""What went wrong with a voucher is put right, on both databases: a bill with a slip in it, a voucher that was taken
back or has ended, goods of a purchase that was cancelled (rules 7.4).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import Deal, PostedLine, ReliefBill, ReliefReturn, ReviewOutcome, Reward, Role, TaxedGoods, Voucher
from portal.services.rewards import (
    charge_backs,
    relief_returns,
    rewards,
)
from portal.services.rewards import (
    goods as reward_goods,
)
from portal.services.rewards import (
    payments as reward_payments,
)
from portal.services.vouchers import redeeming, vouchers
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind
from referral.voucher import VoucherState
from tests import factories as make
from tests.db.desk import Desk, refused


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk.opened(session)


@pytest.fixture
def later(now: datetime) -> datetime:
    return now + timedelta(days=31)


@pytest.fixture
def relief(session: Session, desk: Desk, now: datetime, later: datetime) -> Voucher:
    return desk.voucher(session, later, desk.friend_signs(session, now))


def pay(
    session: Session, desk: Desk, at: datetime, voucher: Voucher, bill: str, amount_fen: int = 30_000, months: int = 1
) -> redeeming.Relief:
    paid = redeeming.Bill(development_id=desk.place, number=bill, months=months, amount_fen=amount_fen)
    return redeeming.apply_relief(session, desk.reception, at, voucher.code, paid)


def third_friend(session: Session, desk: Desk, now: datetime) -> list[Deal]:
    return [desk.friend_signs(session, now + timedelta(hours=hour), handed_over=True) for hour in range(3)]


def cancelled(session: Session, deal: Deal, at: datetime) -> None:
    make.cancel(session, deal, at)
    rewards.settle_rewards(session, SYSTEM, at, deal)


def taxed(session: Session) -> int:
    return int(session.scalar(select(func.sum(TaxedGoods.value_fen))) or 0)


class TestABill:
    def test_that_no_month_can_come_to_is_refused(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        relief.development.policy = {"fee_month_yuan": 300}
        assert refused(lambda: pay(session, desk, later, relief, "2026-04", 30_001)) == "bill_too_large"
        assert refused(lambda: pay(session, desk, later, relief, "2026-04", 60_001, months=2)) == "bill_too_large"
        assert pay(session, desk, later, relief, "2026-04", 60_000, months=2).voucher.months_left == 10

    def test_with_a_slip_is_taken_back_and_the_cash_is_whole_again(self, session: Session, now: datetime) -> None:
        """A citizen broker's 20,000 yuan and a year of fee in one month: 4,999 yuan typed for 499.90."""
        desk = Desk.opened(session)
        owner = make.referrer(session, development=desk.referrer.development, audience="citizen")
        desk = Desk(desk.reception, desk.manager, owner)
        deal = desk.friend_signs(session, now)
        cash, goods = session.scalars(select(Reward).where(Reward.deal_id == deal.id).order_by(Reward.slot)).all()
        reward_payments.approve_rewards(session, desk.manager, now, [cash.id])
        (voucher,), _ = reward_goods.approve_goods(session, desk.manager, now, [goods.id])

        def paid() -> int:
            of = PostedLine.person_id == owner.person_id
            return int(session.scalar(select(func.sum(PostedLine.amount_fen)).where(of)) or 0)

        assert paid() == 1_680_000
        bill = pay(session, desk, now, voucher, "2026-04", 499_900).bill
        assert paid() < 1_680_000
        relief_returns.take_bill_back(session, desk.manager, now, bill, reason="多打了一个零")
        assert (paid(), taxed(session), voucher.months_left) == (1_680_000, 0, 12)
        assert goods.state is RewardState.APPROVED, "nothing was received"
        right = pay(session, desk, now, voucher, "2026-04", 49_990)
        assert (right.again, right.bill.id == bill.id, right.voucher.months_left) == (False, False, 11)
        assert (goods.state, taxed(session)) == (RewardState.FULFILLED, 49_990)

    def test_is_taken_back_once_by_another_hand_that_says_why(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        bill = pay(session, desk, later, relief, "2026", months=12).bill
        assert relief.state is VoucherState.REDEEMED

        def take(actor: Actor, reason: str = "录错") -> ReliefReturn:
            return relief_returns.take_bill_back(session, actor, later, bill, reason=reason)

        assert refused(lambda: take(desk.reception)) == "own_bill"
        assert refused(lambda: take(Actor.of(desk.referrer.person))) == "own_reward"
        assert refused(lambda: take(desk.manager, " ")) == "bill_return_reason_needed"
        assert take(desk.manager).reason == "录错"
        assert (relief.state, relief.months_left) == (VoucherState.OPEN, 12)
        assert refused(lambda: take(desk.manager)) == "bill_returned"
        assert relief.months_left == 12

    def test_is_found_however_it_is_typed_and_whichever_voucher_paid_it(
        self, session: Session, desk: Desk, now: datetime, later: datetime, relief: Voucher
    ) -> None:
        assert not pay(session, desk, later, relief, "2026-04").again
        assert pay(session, desk, later, relief, " ２０２６－０４").again
        reward = session.get_one(Reward, relief.reward_id)
        other = make.referred_deal(session, desk.referrer, now)
        facts = {"rung": 1, "slot": 0, "kind": Kind.FEE_RELIEF, "title": reward.title, "term_months": 12}
        second = Reward(
            **facts,
            referrer_id=reward.referrer_id,
            development_id=desk.place,
            deal_id=other.id,
            state=RewardState.DUE,
            due_on=reward.due_on,
            why=reward.why,
            granted_at=now,
        )
        session.add(second)
        session.flush()
        (voucher,), _ = reward_goods.approve_goods(session, desk.manager, later, [second.id])
        assert refused(lambda: pay(session, desk, later, voucher, "2026-04")) == "bill_paid_before"
        assert not pay(session, desk, later, voucher, "2026-05").again
        assert refused(lambda: pay(session, desk, later, voucher, "\u200b")) == "bill_number_wrong"

    def test_follows_its_purchase_once_it_is_taken_back(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        """The friend cancelled after the wrong bill: nothing was received, so nothing is left to be decided."""
        bill = pay(session, desk, later, relief, "2026-04").bill
        reward = session.get_one(Reward, relief.reward_id)
        cancelled(session, reward.deal, later)
        assert reward.needs_review
        relief_returns.take_bill_back(session, desk.manager, later, bill, reason="录错")
        session.refresh(relief)
        assert (reward.state, reward.needs_review, relief.state) == (RewardState.REVOKED, False, VoucherState.REVOKED)


class TestTakingAVoucherBack:
    def test_makes_its_reward_due_again_and_says_why(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        assert refused(lambda: vouchers.revoke_voucher(session, desk.manager, later, relief, reason=" ")) == (
            "voucher_reason_needed"
        )
        vouchers.revoke_voucher(session, desk.manager, later, relief, reason="业主换了手机")
        reward = session.get_one(Reward, relief.reward_id)
        session.refresh(reward)
        assert (reward.state, reward.approved_by, relief.revoked_reason) == (RewardState.DUE, None, "业主换了手机")
        assert session.scalars(reward_goods.waiting(desk.manager)).all() == [reward]
        (again,), _ = reward_goods.approve_goods(session, desk.manager, later, [reward.id])
        assert (again.code != relief.code, again.months_left) == (True, 12)
        assert vouchers.of_rewards(session, [reward]) == {reward.id: again}
        vouchers.revoke_voucher(session, desk.manager, later, again, reason="又发错")
        assert vouchers.of_rewards(session, [reward]) == {}

    def test_leaves_what_a_relief_has_left_to_be_issued_again(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        bill = pay(session, desk, later, relief, "2026-04", months=5).bill
        vouchers.revoke_voucher(session, desk.manager, later, relief, reason="券码外泄")
        again = reward_goods.reissue(session, desk.manager, later, relief)
        assert (again.months_left, again.term_months, again.state) == (7, 12, VoucherState.OPEN)
        relief_returns.take_bill_back(session, desk.manager, later, bill, reason="录错")
        session.refresh(again)
        assert again.months_left == 12, "what is given back is where it can be used"

    def test_happens_once_while_a_bill_is_paid(self, database: Database, now: datetime) -> None:
        """Whoever is first, the books agree: paid and then taken back, or taken back and not paid."""
        due = now + timedelta(days=31)
        with database.transaction() as session:
            desk = Desk.opened(session)
            code = desk.voucher(session, due, desk.friend_signs(session, now)).code
        start, answers = Barrier(2), []

        def tried(action: Callable[[Session], object]) -> None:
            start.wait()
            try:
                with database.transaction() as session:
                    action(session)
            except Refusal as refusal:
                answers.append(refusal.code)

        def revokes(session: Session) -> None:
            vouchers.revoke_voucher(session, desk.manager, due, vouchers.by_text(session, code)[0], reason="发错")

        def pays(session: Session) -> None:
            pay(session, desk, due, vouchers.by_text(session, code)[0], "2026-04")

        hands = [Thread(target=tried, args=(one,)) for one in (revokes, pays)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        with database.reading() as session:
            voucher, reward = vouchers.by_text(session, code)[0], session.scalars(select(Reward)).one()
            paid = session.scalar(select(func.count(ReliefBill.id)))
            assert voucher.state is VoucherState.REVOKED
            assert reward.state is (RewardState.FULFILLED if paid else RewardState.DUE)
            assert answers == ([] if paid else ["voucher_revoked"])


class TestAnExpiredVoucher:
    def test_is_issued_anew_for_as_long(self, session: Session, desk: Desk, later: datetime, relief: Voucher) -> None:
        assert refused(lambda: reward_goods.reissue(session, desk.manager, later, relief)) == "voucher_not_over"
        over = relief.expires_at
        assert refused(lambda: pay(session, desk, over, relief, "2026-04")) == "voucher_expired"
        anew = reward_goods.reissue(session, desk.manager, over, relief)
        session.refresh(relief)
        assert (vouchers.standing(relief, over), vouchers.standing(anew, over)) == ("expired", "open")
        assert not pay(session, desk, over, anew, "2026-04").again
        for standing, rows in (("expired", [relief]), ("open", [anew]), ("revoked", [])):
            assert session.scalars(vouchers.listed(select(Voucher), over, standing=standing)).all() == rows
        assert refused(lambda: reward_goods.reissue(session, desk.manager, over, relief)) == "voucher_not_over"
        assert refused(lambda: reward_goods.reissue(session, Actor.of(desk.referrer.person), over, relief)) == (
            "own_reward"
        )


class TestTwoHands:
    def test_who_approved_does_not_hand_out(
        self, session: Session, desk: Desk, now: datetime, later: datetime, relief: Voucher
    ) -> None:
        alone = Desk(desk.manager, desk.manager, desk.referrer)
        assert refused(lambda: pay(session, alone, later, relief, "2026-04")) == "own_approval"
        found = redeeming.refusal_of(desk.manager, later, relief, desk.place)
        assert found is not None
        assert found.code == "own_approval"
        parking = desk.voucher(session, later, third_friend(session, desk, now)[1])
        assert refused(lambda: desk.redeem(session, later, parking.code, actor=desk.manager)) == "own_approval"
        assert not desk.redeem(session, later, parking.code).again


class TestParking:
    @pytest.mark.parametrize(
        ("starts_on", "said"), [(date(2026, 3, 8), "parking_in_past"), (date(9998, 12, 31), "parking_too_late")]
    )
    def test_begins_today_or_within_a_year(
        self, session: Session, desk: Desk, now: datetime, starts_on: date, said: str
    ) -> None:
        voucher = desk.voucher(session, now + timedelta(hours=4), third_friend(session, desk, now)[2])
        assert refused(lambda: desk.redeem(session, now, voucher.code, starts_on=starts_on)) == said
        session.refresh(voucher)
        assert voucher.state is VoucherState.OPEN, "a slip does not use it up"


class TestChargingBack:
    @pytest.mark.parametrize(
        ("begins", "decided", "ends"),
        [(0, 10, 11), (30, 10, 30)],
        ids=["while it runs: the day of the decision is the last", "before it begins: never"],
    )
    def test_ends_a_parking_space(
        self, session: Session, desk: Desk, now: datetime, begins: int, decided: int, ends: int
    ) -> None:
        deals = third_friend(session, desk, now)
        voucher = desk.voucher(session, now + timedelta(hours=4), deals[2])
        day = date(2026, 3, 10)
        desk.redeem(session, now, voucher.code, starts_on=day + timedelta(days=begins))
        at = now + timedelta(days=decided)
        cancelled(session, deals[2], at)
        reward = session.get_one(Reward, voucher.reward_id)
        how = {"outcome": ReviewOutcome.CHARGED, "reason": "已退房"}
        reward_goods.decide_review(session, desk.manager, at, reward, **how)
        session.expire_all()
        assert voucher.redemption.ended.ends_on == day + timedelta(days=ends)
        assert charge_backs.worth_fen(session, reward) == 0

    def test_holds_a_relief_until_it_is_decided_and_untaxes_its_bills(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        pay(session, desk, later, relief, "2026-04", 40_000)
        reward = session.get_one(Reward, relief.reward_id)
        cancelled(session, reward.deal, later)
        assert refused(lambda: pay(session, desk, later, relief, "2026-05")) == "voucher_held"
        how = {"outcome": ReviewOutcome.CHARGED, "reason": "已退房"}
        reward_goods.decide_review(session, desk.manager, later, reward, **how)
        session.refresh(relief)
        assert (relief.state, taxed(session)) == (VoucherState.REVOKED, 0)
        finance = Actor.of(make.person(session, Role.FINANCE))
        assert charge_backs.worth_fen(session, reward) == 40_000
        assert session.scalars(charge_backs.not_asked_for(finance)).all() == [reward]

    def test_lets_a_relief_go_on_where_it_stands(
        self, session: Session, desk: Desk, later: datetime, relief: Voucher
    ) -> None:
        pay(session, desk, later, relief, "2026-04")
        reward = session.get_one(Reward, relief.reward_id)
        cancelled(session, reward.deal, later)
        how = {"outcome": ReviewOutcome.STANDS, "reason": "已与业主商定"}
        reward_goods.decide_review(session, desk.manager, later, reward, **how)
        assert pay(session, desk, later, relief, "2026-05").voucher.months_left == 10
