"""Vouchers on both databases: issued once, redeemed once, taken back with their reward; gifts; reviews (rules 7.4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import (
    AuditEntry,
    Deal,
    Milestone,
    MilestoneKind,
    Redemption,
    Referrer,
    ReliefBill,
    ReviewOutcome,
    Reward,
    Role,
    Stock,
    TaxedGoods,
    TouchKind,
    Voucher,
)
from portal.services import gifts, redeeming, reward_goods, rewards, stocks, tax_tables, vouchers
from referral.reward import State
from referral.reward_plan import HOMEOWNER_LADDER, PROGRAMME, Event, Gift, Item, Kind
from referral.voucher import State as VoucherState
from tests import factories as make

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Desk:
    """Reception and the channel manager of one development, and a referrer there."""

    reception: Actor
    manager: Actor
    referrer: Referrer

    @classmethod
    def opened(cls, session: Session) -> "Desk":
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        reception, manager = (make.person(session, role) for role in (Role.RECEPTION, Role.CHANNEL_MANAGER))
        return cls(Actor.of(reception), Actor.of(manager), make.referrer(session))

    @property
    def place(self) -> int:
        return self.referrer.development_id

    def friend_signs(self, session: Session, at: datetime, handed_over: bool = False) -> Deal:
        deal = make.referred_deal(session, self.referrer, at)
        if handed_over:
            facts = {"note": "", "recorded_at": at, "recorded_by": self.manager.id}
            session.add(Milestone(deal=deal, kind=MilestoneKind.HANDED_OVER, at=at, **facts))
        rewards.settle_rewards(session, SYSTEM, at, deal)
        return deal

    def voucher(self, session: Session, now: datetime, deal: Deal) -> Voucher:
        """The voucher of the deal's reward, approved at `now`."""
        rewards.due_rewards(session, now)
        reward = session.scalars(select(Reward).where(Reward.deal_id == deal.id, Reward.state == State.DUE)).one()
        (issued,), _ = reward_goods.approve_goods(session, self.manager, now, [reward.id])
        return issued

    def redeem(self, session: Session, now: datetime, text: str, **given: object) -> redeeming.Redeeming:
        facts = {"development_id": self.place, "key": "page-1", **given}
        actor = facts.pop("actor", self.reception)
        return redeeming.redeem_voucher(session, actor, now, text=text, **facts)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk.opened(session)


def gift(session: Session, desk: Desk, now: datetime, reference: str = "test:1") -> Voucher:
    item = Item(Kind.GIFT, "coffee_coupon", value_fen=3_000)
    return vouchers.issue(session, SYSTEM, now, vouchers.Issue(reference, desk.place, item, days=30))


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        action()
    return refusal.value.code


class TestIssuing:
    def test_an_approved_reward_has_one_voucher(self, session: Session, desk: Desk, now: datetime) -> None:
        deal = desk.friend_signs(session, now)
        voucher = desk.voucher(session, now + timedelta(days=31), deal)
        assert (voucher.kind, voucher.months_left, voucher.holder_id) == (Kind.FEE_RELIEF, 12, desk.referrer.person_id)
        reward = session.get_one(Reward, voucher.reward_id)
        assert reward.state is State.APPROVED
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
        reward.state = State.DUE
        _, left_out = reward_goods.approve_goods(session, Actor.of(desk.referrer.person), now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["own_reward"]
        reward.kind, reward.value_fen, reward.term_months = Kind.CASH, 1, None
        _, left_out = reward_goods.approve_goods(session, desk.manager, now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["reward_is_money"]


class TestRedeeming:
    @pytest.mark.parametrize(("signed", "way"), [(True, "scanned"), (False, "typed")])
    def test_by_camera_and_by_typing(
        self, session: Session, desk: Desk, now: datetime, signed: bool, way: str
    ) -> None:
        voucher = gift(session, desk, now)
        text = vouchers.qr_text(session, voucher) if signed else f" {voucher.code[:4]}-{voucher.code[4:].lower()} "
        done = desk.redeem(session, now, text)
        assert (done.again, done.redemption.way, done.voucher.state) == (False, way, VoucherState.REDEEMED)

    def test_a_code_that_we_did_not_sign_is_none(self, session: Session, desk: Desk, now: datetime) -> None:
        first, second = gift(session, desk, now), gift(session, desk, now, "test:2")
        forged = vouchers.qr_text(session, first).replace(first.code, second.code)
        assert refused(lambda: desk.redeem(session, now, forged)) == "voucher_unknown"

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
        vouchers.revoke_voucher(session, desk.manager, now, voucher)
        assert refused(lambda: desk.redeem(session, now, voucher.code)) == "voucher_revoked"
        assert refused(lambda: vouchers.revoke_voucher(session, desk.manager, now, voucher)) == "voucher_not_open"

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
        assert session.get_one(Reward, voucher.reward_id).state is State.FULFILLED
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
            facts = {"text": voucher.code, "development_id": desk.place, "amount_fen": amount_fen}
            return redeeming.apply_relief(session, desk.reception, later, bill=bill, months=months, **facts)

        assert (pay("2026-04", 3).voucher.months_left, pay("2026-04", 3).again) == (9, True)
        assert session.get_one(Reward, voucher.reward_id).state is State.FULFILLED
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
        first.cancelled_at = now + timedelta(days=1)
        rewards.settle_rewards(session, SYSTEM, now + timedelta(days=1), first)
        session.refresh(voucher)
        assert voucher.state is VoucherState.REVOKED
        kinds = select(Reward.deal_id, Reward.kind).where(Reward.state != State.REVOKED).order_by(Reward.deal_id)
        assert session.execute(kinds).all() == [(second.id, Kind.FEE_RELIEF), (third.id, Kind.VOUCHER)]

    def reviewed(self, session: Session, desk: Desk, now: datetime, cancelled: int) -> Reward:
        """Three friends sign, the third's parking is redeemed, then one of them cancels."""
        deals = [desk.friend_signs(session, now + timedelta(hours=hour)) for hour in range(3)]
        voucher = desk.voucher(session, now + timedelta(hours=4), deals[2])
        desk.redeem(session, now + timedelta(hours=5), voucher.code)
        deals[cancelled].cancelled_at = now + timedelta(days=1)
        rewards.settle_rewards(session, SYSTEM, now + timedelta(days=1), deals[cancelled])
        reward = session.get_one(Reward, voucher.reward_id)
        assert session.scalars(reward_goods.to_review(desk.manager)).all() == [reward]
        return reward

    @pytest.mark.parametrize(
        ("cancelled", "outcome", "left"),
        [
            (0, ReviewOutcome.STANDS, (State.FULFILLED, Kind.PARKING)),
            (0, ReviewOutcome.REPLACED, (State.PENDING, Kind.VOUCHER)),
            (2, ReviewOutcome.CHARGED, None),
        ],
    )
    def test_sends_what_was_redeemed_to_a_person(
        self, session: Session, desk: Desk, now: datetime, cancelled: int, outcome: ReviewOutcome, left: object
    ) -> None:
        reward = self.reviewed(session, desk, now, cancelled)
        reward_goods.decide_review(session, desk.manager, now, reward, outcome=outcome, reason="已与业主商定")
        living = select(Reward.state, Reward.kind).where(Reward.deal_id == reward.deal_id)
        assert session.execute(living.where(Reward.state != State.REVOKED)).one_or_none() == left
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
        given = {"development_id": desk.place, "reference": "stand:7:abc"}
        first, again = (gifts.give_scan_gifts(session, SYSTEM, now, **given) for _ in range(2))
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


def at_once(hands: int, action: Callable[[int], str]) -> list[str]:
    start = Barrier(hands)

    def one(number: int) -> str:
        start.wait()
        try:
            return action(number)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(hands) as pool:
        return sorted(pool.map(one, range(hands)))


def test_eight_tablets_redeem_one_voucher_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        desk = Desk.opened(session)
        desk.friend_signs(session, now)
        deal = desk.friend_signs(session, now + timedelta(hours=1), handed_over=True)
        voucher = desk.voucher(session, now + timedelta(hours=2), deal)
        code, place = voucher.code, desk.place
        hands = [Actor.of(make.person(session, Role.RECEPTION)) for _ in range(8)]

    def redeem(number: int) -> str:
        with database.transaction() as session:
            given = {"text": code, "development_id": place, "key": f"page-{number}"}
            done = redeeming.redeem_voucher(session, hands[number], now + timedelta(hours=3), **given)
            return "again" if done.again else "redeemed"

    assert at_once(8, redeem) == ["redeemed", *["voucher_redeemed"] * 7]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Redemption)) == 1
        assert session.scalar(select(func.count()).select_from(TaxedGoods)) == 1


def test_one_page_sent_eight_times_is_one_redemption(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        desk = Desk.opened(session)
        code = gift(session, desk, now).code
        place, reception = desk.place, desk.reception

    def redeem(_number: int) -> str:
        with database.transaction() as session:
            done = redeeming.redeem_voucher(session, reception, now, text=code, development_id=place, key="page-1")
            return "again" if done.again else "redeemed"

    assert at_once(8, redeem) == [*["again"] * 7, "redeemed"]
    with database.reading() as session:
        deeds = select(func.count()).where(AuditEntry.action == "voucher_redeemed")
        assert session.scalar(deeds) == 1


def test_stock_and_balance_never_fall_below_nothing(database: Database, now: datetime) -> None:
    later = now + timedelta(days=31)
    with database.transaction() as session:
        desk = Desk.opened(session)
        codes = [gift(session, desk, later, f"test:{number}").code for number in range(6)]
        stocks.count_stock(session, desk.manager, now, development_id=desk.place, title="coffee_coupon", left=4)
        relief = desk.voucher(session, later, desk.friend_signs(session, now)).code
        place, reception = desk.place, desk.reception

    def redeem(number: int) -> str:
        with database.transaction() as session:
            given = {"text": codes[number], "development_id": place, "key": f"page-{number}"}
            redeeming.redeem_voucher(session, reception, later, **given)
            return "redeemed"

    def pay(number: int) -> str:
        with database.transaction() as session:
            given = {"text": relief, "development_id": place, "months": 4, "amount_fen": 100}
            redeeming.apply_relief(session, reception, later, bill=f"bill-{number}", **given)
            return "paid"

    assert at_once(6, redeem) == [*["out_of_stock"] * 2, *["redeemed"] * 4]
    assert at_once(6, pay) == [*["paid"] * 3, *["relief_exceeded"] * 3]
    with database.reading() as session:
        assert session.scalar(select(Stock.left_over)) == 0
        assert session.scalar(select(Voucher.months_left).where(Voucher.code == relief)) == 0


def test_redeeming_and_cancelling_at_once_leave_one_truth(database: Database, now: datetime) -> None:
    """Either the voucher was redeemed first and its reward goes to review, or it was revoked and nobody has it."""
    with database.transaction() as session:
        desk = Desk.opened(session)
        deals = [desk.friend_signs(session, now + timedelta(hours=hour)) for hour in range(3)]
        code = desk.voucher(session, now + timedelta(hours=4), deals[2]).code
        place, reception, deal_id = desk.place, desk.reception, deals[2].id
    later = now + timedelta(hours=5)

    def act(number: int) -> str:
        with database.transaction() as session:
            if number:
                redeeming.redeem_voucher(session, reception, later, text=code, development_id=place, key="k")
                return "redeemed"
            deal = session.get_one(Deal, deal_id)
            deal.cancelled_at = later
            rewards.settle_rewards(session, SYSTEM, later, deal)
            return "cancelled"

    outcomes = at_once(2, act)
    with database.reading() as session:
        reward = session.scalars(select(Reward).where(Reward.deal_id == deal_id)).one()
        voucher = session.scalars(select(Voucher).where(Voucher.code == code)).one()
        stands = (voucher.state, reward.state, reward.needs_review)
    if "redeemed" in outcomes:
        assert stands == (VoucherState.REDEEMED, State.FULFILLED, True)
    else:
        assert outcomes == ["cancelled", "voucher_revoked"]
        assert stands == (VoucherState.REVOKED, State.REVOKED, False)
