"""Many hands at one voucher, one stock, one balance, on both databases (rules 7.4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy import func, select

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import (
    AuditEntry,
    Deal,
    Programme,
    Redemption,
    Reward,
    Role,
    Stock,
    TaxedGoods,
    Voucher,
)
from portal.services.programmes import gifts
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming, stocks
from referral.rewards.reward import RewardState
from referral.voucher import VoucherState
from tests import factories as make
from tests.db.desk import Desk, gift


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


def test_one_reward_approved_by_many_is_one_voucher(database: Database, now: datetime) -> None:
    due = now + timedelta(days=31)
    with database.transaction() as session:
        desk = Desk.opened(session)
        desk.friend_signs(session, now)
        rewards.due_rewards(session, due)
        reward_id = session.scalars(select(Reward.id)).one()
        hands = [Actor.of(make.person(session, Role.FINANCE)) for _ in range(6)]

    def approve(number: int) -> str:
        with database.transaction() as session:
            issued, left_out = reward_goods.approve_goods(session, hands[number], due, [reward_id])
            return "issued" if issued else left_out[0].refusal.code

    assert at_once(6, approve) == ["issued", *["reward_not_due"] * 5]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Voucher)) == 1


def test_one_bill_and_one_gift_sent_by_many_hands_count_once(database: Database, now: datetime) -> None:
    later = now + timedelta(days=31)
    with database.transaction() as session:
        desk = Desk.opened(session)
        relief = desk.voucher(session, later, desk.friend_signs(session, now)).code
        place, reception = desk.place, desk.reception
        stand = make.programme(session, development=desk.referrer.development).referrer_id

    def pay(_number: int) -> str:
        with database.transaction() as session:
            bill = redeeming.Bill(development_id=place, number="2026-04", months=3, amount_fen=90_000)
            paid = redeeming.apply_relief(session, reception, later, relief, bill)
            return "again" if paid.again else "paid"

    def give(_number: int) -> str:
        with database.transaction() as session:
            (given,) = gifts.give_scan_gifts(session, SYSTEM, later, session.get_one(Programme, stand), key="abc")
            return given.code

    assert at_once(6, pay) == [*["again"] * 5, "paid"]
    assert len(set(at_once(6, give))) == 1
    with database.reading() as session:
        assert session.scalar(select(Voucher.months_left).where(Voucher.code == relief)) == 9
        assert session.scalar(select(func.count()).select_from(Voucher)) == 2


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
            bill = redeeming.Bill(development_id=place, number=f"bill-{number}", months=4, amount_fen=100)
            redeeming.apply_relief(session, reception, later, relief, bill)
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
            make.cancel(session, deal, later)
            rewards.settle_rewards(session, SYSTEM, later, deal)
            return "cancelled"

    outcomes = at_once(2, act)
    with database.reading() as session:
        reward = session.scalars(select(Reward).where(Reward.deal_id == deal_id)).one()
        voucher = session.scalars(select(Voucher).where(Voucher.code == code)).one()
        stands = (voucher.state, reward.state, reward.needs_review)
    if "redeemed" in outcomes:
        assert stands == (VoucherState.REDEEMED, RewardState.FULFILLED, True)
    else:
        assert outcomes == ["cancelled", "voucher_revoked"]
        assert stands == (VoucherState.REVOKED, RewardState.REVOKED, False)
