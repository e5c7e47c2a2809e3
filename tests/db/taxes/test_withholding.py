"""Persons as payees: rewards in money with their tax, from approval to the bank, on both databases (rules 6.6, 7.4)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.clock import month_of
from portal.db import Database
from portal.models import (
    Audience,
    Cause,
    Deal,
    Payout,
    PayoutState,
    Person,
    PostedLine,
    Referrer,
    Reward,
    Role,
    Statement,
    Withholding,
)
from portal.services.ledger import balances as ledger_balances
from portal.services.ledger.lines import NewLine
from portal.services.payouts import bank_files, failed_payouts, holds, payouts
from portal.services.rewards import payments as reward_payments
from portal.services.rewards import rewards
from portal.services.statements import issuing
from portal.services.taxes import groups as tax_groups
from portal.services.taxes import report as tax_report
from portal.services.taxes import tables as tax_tables
from portal.services.taxes import withholding
from portal.services.verification import proof
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind
from tests import factories as make
from tests.db.money import Staff, answer, taken_in

CASH_FEN = 20_000_00
TAX_FEN = {0: 0, 1: 3_200_00, 2: 7_600_00, 3: 48_000_00 * 30 // 100 - 2_000_00}


@pytest.fixture
def staff(session: Session) -> Staff:
    published(session)
    return Staff.hired(session)


def published(session: Session) -> None:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    tax_tables.publish_given_table(session, make.BEFORE)


def citizen(session: Session) -> Referrer:
    return make.referrer(session, audience=Audience.CITIZEN)


def friend_signs(session: Session, referrer: Referrer, at: datetime) -> tuple[Deal, Reward]:
    """A friend of the referrer signs; the cash reward is due."""
    deal = make.referred_deal(session, referrer, at)
    rewards.settle_rewards(session, SYSTEM, at, deal)
    return deal, session.scalars(select(Reward).where(Reward.deal_id == deal.id, Reward.kind == Kind.CASH)).one()


def approve(session: Session, staff: Staff, at: datetime, *ids: int) -> Sequence[Reward]:
    approved, left_out = reward_payments.approve_rewards(session, staff.issues, at, ids)
    assert not left_out
    return approved


def cancel(session: Session, deal: Deal, at: datetime) -> None:
    make.cancel(session, deal, at)
    rewards.settle_rewards(session, SYSTEM, at, deal)


def tax(session: Session, referrer: Referrer) -> int:
    mine = (PostedLine.person_id == referrer.person_id, PostedLine.cause == Cause.WITHHOLDING)
    return -sum(session.scalars(select(PostedLine.amount_fen).where(*mine)))


def sound(session: Session) -> None:
    assert proof.verify_ledger(session).fault is None


class TestAReward:
    def test_is_posted_with_its_tax_when_it_is_approved(self, session: Session, staff: Staff, now: datetime) -> None:
        referrer = citizen(session)
        _, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        lines = session.scalars(select(PostedLine).order_by(PostedLine.id)).all()
        assert [(line.reference, line.amount_fen) for line in lines] == [
            (f"reward:{reward.id}", CASH_FEN),
            (f"tax:{referrer.person_id}:2026-03:1", -TAX_FEN[1]),
        ]
        assert (reward.state, reward.approved_by) == (RewardState.APPROVED, staff.finance.id)
        assert ledger_balances.balance_of(session, "tax:withheld") == -TAX_FEN[1]
        sound(session)

    def test_is_approved_once(self, session: Session, staff: Staff, now: datetime) -> None:
        _, reward = friend_signs(session, citizen(session), now)
        approve(session, staff, now, reward.id)
        _, left_out = reward_payments.approve_rewards(session, staff.approves, now, [reward.id])
        assert [one.refusal.code for one in left_out] == ["reward_not_due"]

    def test_is_not_approved_by_who_gets_it(self, session: Session, staff: Staff, now: datetime) -> None:
        referrer = citizen(session)
        _, reward = friend_signs(session, referrer, now)
        _, left_out = reward_payments.approve_rewards(session, Actor.of(referrer.person), now, [reward.id])
        assert [one.refusal for one in left_out] == [Refusal("own_reward")]

    def test_in_kind_waits_for_another_way(self, session: Session, staff: Staff, now: datetime) -> None:
        deal, _ = friend_signs(session, citizen(session), now)
        relief = session.scalars(select(Reward).where(Reward.deal_id == deal.id, Reward.kind != Kind.CASH)).one()
        _, left_out = reward_payments.approve_rewards(session, staff.issues, now, [relief.id])
        assert [one.refusal.code for one in left_out] == ["reward_not_money"]

    def test_turned_down_says_why_and_may_be_approved_after_all(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        _, reward = friend_signs(session, citizen(session), now)
        reward_payments.refuse_reward(session, staff.issues, now, reward, reason="身份待核实")
        assert list(session.scalars(reward_payments.listing(staff.issues))) == []
        assert list(session.scalars(reward_payments.listing(staff.issues, refused=True))) == [reward]
        approve(session, staff, now, reward.id)
        assert (reward.state, reward.refusal) == (RewardState.APPROVED, None)

    def test_needs_a_table(self, session: Session, now: datetime) -> None:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        _, reward = friend_signs(session, citizen(session), now)
        with pytest.raises(Refusal, match="no_tax_table"):
            reward_payments.approve_rewards(session, Staff.hired(session).issues, now, [reward.id])


class TestAMonth:
    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_is_taxed_as_a_whole_in_any_order(
        self, session: Session, staff: Staff, now: datetime, order: tuple[int, ...]
    ) -> None:
        referrer = citizen(session)
        due = [friend_signs(session, referrer, now + timedelta(hours=hour))[1] for hour in range(3)]
        for number, place in enumerate(order, 1):
            approve(session, staff, now + timedelta(days=number), due[place].id)
            assert tax(session, referrer) == TAX_FEN[number]
        sound(session)

    def test_approved_in_one_go_is_taxed_the_same(self, session: Session, staff: Staff, now: datetime) -> None:
        first, second = citizen(session), citizen(session)
        due = [friend_signs(session, referrer, now)[1].id for referrer in (first, second, second)]
        approve(session, staff, now, *due)
        assert (tax(session, first), tax(session, second)) == (TAX_FEN[1], TAX_FEN[2])
        sound(session)

    def test_ends_in_shanghai(self, session: Session, staff: Staff, now: datetime) -> None:
        referrer = citizen(session)
        due = [friend_signs(session, referrer, now)[1].id for _ in range(2)]
        april = datetime.fromisoformat("2026-03-31T16:00:00+00:00")
        approve(session, staff, april - timedelta(seconds=1), due[0])
        approve(session, staff, april, due[1])
        assert tax(session, referrer) == 2 * TAX_FEN[1]

    def test_gets_its_own_tax_back_when_a_deal_is_cancelled_later(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer = citizen(session)
        found = [friend_signs(session, referrer, now) for _ in range(2)]
        approve(session, staff, now, *(reward.id for _, reward in found))
        later = now + timedelta(days=60)
        cancel(session, found[0][0], later)
        assert found[0][1].state is RewardState.REVOKED
        back = session.scalars(select(PostedLine).where(PostedLine.posted_at == later).order_by(PostedLine.id)).all()
        assert [(line.cause, line.amount_fen, line.window) for line in back] == [
            (Cause.REWARD, -CASH_FEN, "2026-03"),
            (Cause.WITHHOLDING, TAX_FEN[2] - TAX_FEN[1], "2026-03"),
        ]
        cancel(session, found[1][0], later)
        assert tax(session, referrer) == 0
        rewards.settle_rewards(session, SYSTEM, later, found[1][0])
        assert tax(session, referrer) == 0
        sound(session)

    def test_without_tax_is_worked_out_all_the_same(self, session: Session, staff: Staff, now: datetime) -> None:
        referrer = citizen(session)
        _, reward = friend_signs(session, referrer, now)
        reward.value_fen = 800_00
        approve(session, staff, now, reward.id)
        (row,) = session.scalars(select(Withholding))
        assert (row.cash_fen, row.tax_fen, tax(session, referrer)) == (800_00, 0, 0)
        assert session.scalars(tax_groups.untaxed()).all() == []

    def test_counts_goods_and_takes_their_tax_from_cash_once_there_is_some(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer, month = citizen(session), month_of(now)
        goods = {"person_id": referrer.person_id, "month": month, "reference": "voucher:1", "what": "appliances"}
        for _ in range(2):
            withholding.count_goods(session, staff.issues, now, withholding.Goods(value_fen=10_000_00, **goods))
        last = session.scalars(tax_groups.latest()).one()
        assert (last.tax_fen, last.withheld_fen, tax(session, referrer)) == (1_600_00, 0, 0)
        _, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        assert tax(session, referrer) == 5_200_00  # of 30,000: 24,000 at 30 % less 2,000
        sound(session)

    def test_stands_as_it_was_worked_out_last(self, session: Session, staff: Staff, now: datetime) -> None:
        one, other = citizen(session).person_id, citizen(session).person_id
        worked_out = [(one, "2026-03"), (other, "2026-03"), (one, "2026-04"), (one, "2026-03")]
        for number, (person_id, month) in enumerate(worked_out):
            goods = {"person_id": person_id, "month": month, "reference": f"voucher:{number}", "what": "rice"}
            withholding.count_goods(session, staff.issues, now, withholding.Goods(value_fen=100_00, **goods))
        found = {(row.person_id, row.month): row.number for row in session.scalars(tax_groups.latest())}
        assert found == {(one, "2026-03"): 2, (other, "2026-03"): 1, (one, "2026-04"): 1}

    def test_counts_what_was_adjusted_by_hand(self, session: Session, staff: Staff, now: datetime) -> None:
        referrer = citizen(session)
        line = {"payee": f"person:{referrer.person_id}", "cause": Cause.ADJUSTMENT, "summary": "by hand", "why": {}}
        for number, fen in enumerate((20_000_00, -20_000_00, -500_00), 1):
            new = NewLine(reference=f"x:{number}", amount_fen=fen, window="2026-03", **line)
            withholding.post_income(session, staff.issues, now, reference=new.reference, lines=[new])
        assert tax(session, referrer) == 0


class TestTheTable:
    def test_begins_with_a_month_to_come(self, session: Session, staff: Staff, now: datetime) -> None:
        toml = tax_tables.versions(session)[0].toml
        with pytest.raises(Refusal, match="tax_table_in_past"):
            tax_tables.publish_table(session, SYSTEM, now, toml=toml, month="2026-03")
        double = toml.replace("small_up_to_fen = 400000", "small_up_to_fen = 800000")
        double = double.replace("small_deduct_fen = 80000", "small_deduct_fen = 160000")
        row = tax_tables.publish_table(session, SYSTEM, now, toml=double, month="2026-04", note="新规")
        assert row.version == 2
        assert [tax_tables.in_force(session, month).version for month in ("2026-03", "2026-04")] == [1, 2]
        assert tax_tables.in_force(session, "2024-12") is None

    def test_is_given_once(self, session: Session, staff: Staff, now: datetime) -> None:
        tax_tables.publish_given_table(session, now)
        assert len(tax_tables.versions(session)) == 1


def stated(session: Session, staff: Staff, now: datetime, referrer: Referrer) -> Payout:
    payee = f"person:{referrer.person_id}"
    statement = issuing.issue_statement(session, staff.issues, now, payee=payee, month=month_of(now))
    return payouts.of_statement(session, statement)[0]


def told(session: Session, referrer: Referrer) -> tuple[int, int]:
    """What the note on the referrer's tax says was paid, and what is to be paid."""
    (entry,) = tax_report.entries(session, person_id=referrer.person_id)
    return entry.paid_fen, entry.due_fen


class TestAPayout:
    def test_goes_to_the_person_and_the_reward_is_fulfilled(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer = citizen(session)
        make.bank_details(session, referrer.person)
        _, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        assert told(session, referrer) == (0, CASH_FEN - TAX_FEN[1])
        payout = stated(session, staff, now, referrer)
        assert payout.amount_fen == CASH_FEN - TAX_FEN[1]
        assert told(session, referrer) == (0, CASH_FEN - TAX_FEN[1])
        payouts.approve_payout(session, staff.approves, now, payout)
        batch, _ = bank_files.export_payouts(session, staff.pays, now, [payout.id])
        taken_in(session, staff, now, batch, answer(session, batch))
        assert told(session, referrer) == (CASH_FEN - TAX_FEN[1], 0)
        assert (payout.state, reward.state) == (PayoutState.PAID, RewardState.FULFILLED)
        sound(session)
        cancel(session, reward.deal, now)
        assert (reward.state, reward.needs_review) == (RewardState.FULFILLED, True)
        sound(session)

    def test_of_a_reward_taken_back_meanwhile_leaves_it_revoked(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer = citizen(session)
        make.bank_details(session, referrer.person)
        deal, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        payout = stated(session, staff, now, referrer)
        payouts.approve_payout(session, staff.approves, now, payout)
        batch, _ = bank_files.export_payouts(session, staff.pays, now, [payout.id])
        cancel(session, deal, now)
        taken_in(session, staff, now, batch, answer(session, batch))
        assert reward.state is RewardState.REVOKED
        row = issuing.issue_statement(
            session, staff.issues, now, payee=f"person:{referrer.person_id}", month=month_of(now)
        )
        assert row.carried_fen == -(CASH_FEN - TAX_FEN[1])
        sound(session)

    def test_that_failed_is_asked_for_again_once_the_persons_account_is_mended(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer = citizen(session)
        make.bank_details(session, referrer.person)
        _, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        payout = stated(session, staff, now, referrer)
        payouts.approve_payout(session, staff.approves, now, payout)
        batch, _ = bank_files.export_payouts(session, staff.pays, now, [payout.id])
        failing = answer(session, batch, {payout.reference: "户名与账号不符"})
        taken_in(session, staff, now, batch, failing)
        with pytest.raises(Refusal, match="bank_not_mended"):
            payouts.request_payout(session, staff.issues, now, payout.statement)
        make.bank_details(session, referrer.person, now + timedelta(hours=1), bank="招商银行")
        assert [one.mended for one in failed_payouts.failures(session, staff.issues)] == [True]
        later = now + timedelta(days=2)
        asked, left_out = failed_payouts.request_again(session, staff.issues, later, [payout.id])
        assert (len(asked), left_out) == (1, [])

    def test_waits_for_bank_details_for_a_day_after_a_change_and_for_the_tax(
        self, session: Session, staff: Staff, now: datetime
    ) -> None:
        referrer = citizen(session)
        _, reward = friend_signs(session, referrer, now)
        approve(session, staff, now, reward.id)
        payout = stated(session, staff, now, referrer)

        def held(at: datetime = now) -> set[Check]:
            found = set(payouts.found_holds(session, at, payout))
            for check in Check:
                listed = session.scalar(select(Payout.id).where(Payout.id == payout.id, holds.condition(at, check)))
                assert (listed is not None) is (check in found), check
            return found

        assert held() == {Check.BANK_DETAILS}
        make.bank_details(session, referrer.person, now)
        session.flush()
        assert held() == {Check.BANK_SETTLED}
        assert held(now + timedelta(days=1)) == set()
        line = {"payee": payout.payee, "cause": Cause.REWARD, "amount_fen": 1_00, "summary": "x", "why": {}}
        untaxed = NewLine(reference="untaxed", window="2026-03", **line)
        withholding.post_lines(session, staff.issues, now, reference="untaxed", lines=[untaxed])
        assert held(now + timedelta(days=1)) == {Check.TAX_COMPUTED}
        assert proof.verify_ledger(session).fault.what == "withholding"


def test_rewards_of_one_person_approved_at_once_are_taxed_as_one_month(database: Database, now: datetime) -> None:
    """Eight hands, eight rewards, one referrer: the tax is that of the whole, however they interleave."""
    with database.transaction() as session:
        published(session)
        referrer = citizen(session)
        hand = make.person(session, Role.FINANCE).id
        ids = [friend_signs(session, referrer, now)[1].id for _ in range(8)]
        person_id = referrer.person_id
    start = Barrier(8)

    def one(reward_id: int) -> None:
        start.wait()
        with database.transaction() as session:
            actor = Actor.of(session.get_one(Person, hand))
            reward_payments.approve_rewards(session, actor, now, [reward_id])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, ids))
    with database.reading() as session:
        group = tax_groups.group_of(session, person_id, "2026-03")
        assert (group.cash_fen, group.posted_fen) == (160_000_00, 44_200_00)  # 128,000 at 40 % less 7,000
        sound(session)


def test_approving_and_cancelling_at_once_leave_no_money_without_a_reward(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        published(session)
        referrer = citizen(session)
        hand = make.person(session, Role.FINANCE).id
        pairs = [friend_signs(session, referrer, now) for _ in range(4)]
        ids = [(deal.id, reward.id) for deal, reward in pairs]
    start = Barrier(8)

    def approving(reward_id: int) -> None:
        start.wait()
        with database.transaction() as session:
            actor = Actor.of(session.get_one(Person, hand))
            reward_payments.approve_rewards(session, actor, now, [reward_id])

    def cancelling(deal_id: int) -> None:
        start.wait()
        with database.transaction() as session:
            cancel(session, session.get_one(Deal, deal_id), now)

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(deed, key) for pair in ids for deed, key in zip((cancelling, approving), pair, strict=True)]
        for job in jobs:
            job.result()
    with database.reading() as session:
        assert set(session.scalars(select(Reward.state))) == {RewardState.REVOKED}
        assert sum(session.scalars(select(PostedLine.amount_fen))) == 0
        assert session.scalars(select(Statement)).all() == []
        sound(session)
