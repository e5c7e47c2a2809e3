"""What became of rewards when facts changed after they were granted, paid or received (rules 7.3, 7.4)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.clock import month_of
from portal.models import (
    Audience,
    AuditEntry,
    Deal,
    Payout,
    PayoutState,
    Referrer,
    ReviewOutcome,
    Reward,
    RewardPlanVersion,
    Role,
    Statement,
    Voucher,
)
from portal.services.payouts import bank_files, payouts
from portal.services.rewards import drafts as reward_drafts
from portal.services.rewards import goods as reward_goods
from portal.services.rewards import payments as reward_payments
from portal.services.rewards import promises, rewards
from portal.services.statements import issuing
from portal.services.taxes import tables as tax_tables
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import (
    CITIZEN_BROKER,
    HOMEOWNER_LADDER,
    LARGEST,
    LONGEST_DAYS,
    LONGEST_MONTHS,
    Item,
    Kind,
    RewardPlan,
    Rung,
)
from referral.rewards.reward_toml import plan_to_toml
from referral.voucher import VoucherState
from tests import factories as make
from tests.db.desk import Desk
from tests.db.money import Staff, answer, taken_in

CASH_FEN = 20_000_00
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk.opened(session)


def cancel(session: Session, deal: Deal, at: datetime) -> None:
    make.cancel(session, deal, at)
    rewards.settle_rewards(session, SYSTEM, at, deal)


def of(session: Session, deal: Deal, kind: Kind = Kind.CASH) -> Reward | None:
    """The deal's living reward of a kind."""
    living = (Reward.deal_id == deal.id, Reward.kind == kind, Reward.state != RewardState.REVOKED)
    return session.scalars(select(Reward).where(*living)).one_or_none()


def deeds(session: Session, action: str) -> int:
    return session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


class TestAReviewThatNothingIsLeftOf:
    """The third friend's parking was received; then the first friend cancels, and a forgotten one is recorded."""

    @pytest.fixture
    def parking(self, session: Session, desk: Desk, now: datetime) -> Reward:
        first, _second, third = [desk.friend_signs(session, now + hours * HOUR) for hours in range(3)]
        voucher = desk.voucher(session, now + 4 * HOUR, third)
        desk.redeem(session, now + 5 * HOUR, voucher.code)
        cancel(session, first, now + DAY)
        row = session.get_one(Reward, voucher.reward_id)
        assert (row.needs_review, row.reviewed_rung) == (True, 2)
        return row

    def test_closes_and_the_thing_is_not_given_twice(
        self, session: Session, desk: Desk, now: datetime, parking: Reward
    ) -> None:
        desk.friend_signs(session, now + HOUR / 2)
        assert (parking.state, parking.needs_review, parking.reviewed_rung) == (RewardState.FULFILLED, False, None)
        assert deeds(session, "reward_review_closed") == 1
        facts = {"outcome": ReviewOutcome.REPLACED, "reason": "换"}
        assert not reward_goods.decide_review(session, desk.manager, now + 2 * DAY, parking, **facts)
        assert (parking.state, parking.review) == (RewardState.FULFILLED, None)
        assert session.scalar(select(func.count(Reward.id)).where(Reward.kind == Kind.PARKING)) == 1
        assert session.scalars(select(Voucher)).one().state is VoucherState.REDEEMED

    def test_closes_when_somebody_decides_who_did_not_know(
        self, session: Session, desk: Desk, now: datetime, parking: Reward
    ) -> None:
        """As the portal once left it: the friend is back on the third step, and the review still stands open."""
        desk.friend_signs(session, now + HOUR / 2)
        parking.needs_review, parking.reviewed_rung = True, 2
        facts = {"outcome": ReviewOutcome.REPLACED, "reason": "换"}
        assert not reward_goods.decide_review(session, desk.manager, now + 2 * DAY, parking, **facts)
        assert (parking.state, parking.needs_review) == (RewardState.FULFILLED, False)

    def test_opens_anew_for_the_same_step(self, session: Session, desk: Desk, now: datetime, parking: Reward) -> None:
        forgotten = desk.friend_signs(session, now + HOUR / 2)
        cancel(session, forgotten, now + 2 * DAY)
        assert (parking.needs_review, parking.reviewed_rung) == (True, 2)


class TestACap:
    @pytest.fixture
    def friends(self, session: Session, desk: Desk, now: datetime) -> list[Deal]:
        """Two friends of who may have 20,000 yuan in all; the first was paid."""
        item = Item(Kind.CASH, "referral_bonus", value_fen=CASH_FEN)
        plan = RewardPlan("capped", Audience.CITIZEN, (Rung(1, (item,)),), most_cash_fen=CASH_FEN)
        rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=now - DAY)
        capped = Desk(desk.reception, desk.manager, make.referrer(session, audience=Audience.CITIZEN, joined_at=now))
        deals = [capped.friend_signs(session, now + hours * HOUR) for hours in range(2)]
        paid = of(session, deals[0])
        assert paid
        assert of(session, deals[1]) is None
        paid.state = RewardState.FULFILLED
        cancel(session, deals[0], now + DAY)
        return deals

    def test_holds_while_a_person_decides_and_when_it_stands(
        self, session: Session, desk: Desk, now: datetime, friends: list[Deal]
    ) -> None:
        paid = of(session, friends[0])
        assert paid
        assert (paid.needs_review, of(session, friends[1])) == (True, None)
        facts = {"outcome": ReviewOutcome.STANDS, "reason": "已装修"}
        assert reward_goods.decide_review(session, desk.manager, now + 2 * DAY, paid, **facts)
        rewards.settle_rewards(session, SYSTEM, now + 3 * DAY, friends[1])
        assert of(session, friends[1]) is None

    def test_is_free_again_for_the_next_friend_when_it_is_charged_back(
        self, session: Session, desk: Desk, now: datetime, friends: list[Deal]
    ) -> None:
        paid = of(session, friends[0])
        assert paid
        facts = {"outcome": ReviewOutcome.CHARGED, "reason": "退房"}
        assert reward_goods.decide_review(session, desk.manager, now + 2 * DAY, paid, **facts)
        granted = of(session, friends[1])
        assert granted
        assert granted.state is RewardState.DUE


class TestWhy:
    def test_names_the_place_of_today_until_it_is_received(self, session: Session, desk: Desk, now: datetime) -> None:
        citizen = make.referrer(session, audience=Audience.CITIZEN)
        own = Desk(desk.reception, desk.manager, citizen)
        deals = [own.friend_signs(session, now + hours * HOUR) for hours in range(4)]
        kept = [of(session, deal) for deal in deals]
        kept[1].state, kept[2].state = RewardState.FULFILLED, RewardState.APPROVED
        cancel(session, deals[0], now + DAY)
        assert [(row.why["nth"], str(row.state)) for row in kept] == [
            (1, "revoked"),
            (2, "fulfilled"),
            (2, "approved"),
            (3, "due"),
        ]
        assert not any(row.needs_review for row in kept)


class TestSetOff:
    """A reward was paid and charged back; the next one outweighs what is owed, and nothing is paid."""

    @pytest.fixture
    def staff(self, session: Session) -> Staff:
        return Staff.hired(session)

    @pytest.fixture
    def citizen(self, session: Session) -> Referrer:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        referrer = make.referrer(session, audience=Audience.CITIZEN)
        make.bank_details(session, referrer.person)
        return referrer

    def approved(self, session: Session, staff: Staff, citizen: Referrer, at: datetime) -> Reward:
        deal = make.referred_deal(session, citizen, at)
        rewards.settle_rewards(session, SYSTEM, at, deal)
        row = of(session, deal)
        assert row
        reward_payments.approve_rewards(session, staff.issues, at, [row.id])
        return row

    def stated(self, session: Session, staff: Staff, citizen: Referrer, at: datetime) -> tuple[Statement, list[Payout]]:
        facts = {"payee": f"person:{citizen.person_id}", "month": month_of(at)}
        row = issuing.issue_statement(session, staff.issues, at, **facts)
        asked = payouts.of_statement(session, row)
        for payout in asked:
            payouts.approve_payout(session, staff.approves, at, payout)
            batch = bank_files.export_payouts(session, staff.pays, at, [payout.id])[0]
            taken_in(session, staff, at, batch, answer(session, batch))
        return row, list(asked)

    def test_counts_as_received(self, session: Session, staff: Staff, citizen: Referrer, now: datetime) -> None:
        first = self.approved(session, staff, citizen, now)
        elsewhere = self.approved(session, staff, make.referrer(session, audience=Audience.CITIZEN), now)
        _, (payout,) = self.stated(session, staff, citizen, now + HOUR)
        assert (payout.state, first.state) == (PayoutState.PAID, RewardState.FULFILLED)
        assert rewards_set_off(session, first) == set()

        later = now + 40 * DAY
        cancel(session, first.deal, later)
        facts = {"outcome": ReviewOutcome.CHARGED, "reason": "退房"}
        reward_goods.decide_review(session, staff.issues, later, first, **facts)
        second = self.approved(session, staff, citizen, later + DAY)
        statement, none = self.stated(session, staff, citizen, later + 2 * DAY)
        assert (statement.payable_fen, none) == (0, [])
        assert second.state is RewardState.FULFILLED
        assert rewards_set_off(session, second) == {second.id}
        assert deeds(session, "reward_set_off") == 1
        assert elsewhere.state is RewardState.APPROVED, "no statement of its owner's names it yet"

        cancel(session, second.deal, later + 5 * DAY)
        assert (second.state, second.needs_review) == (RewardState.FULFILLED, True)

    def test_is_none_of_what_was_taken_back_before_the_statement(
        self, session: Session, staff: Staff, citizen: Referrer, now: datetime
    ) -> None:
        row = self.approved(session, staff, citizen, now)
        cancel(session, row.deal, now + HOUR)
        statement, none = self.stated(session, staff, citizen, now + 2 * HOUR)
        assert (statement.payable_fen, none, row.state) == (0, [], RewardState.REVOKED)


def rewards_set_off(session: Session, *rows: Reward) -> set[int]:
    return reward_payments.set_off(session, rows)


class TestTheLargestPlan:
    def test_is_granted_approved_and_redeemed(self, session: Session, desk: Desk, now: datetime) -> None:
        items = (
            Item(Kind.CASH, "referral_bonus", value_fen=LARGEST),
            Item(Kind.VOUCHER, "appliance_voucher", value_fen=LARGEST),
            Item(Kind.PARKING, "parking_space", term_months=LONGEST_MONTHS),
            Item(Kind.FEE_RELIEF, "property_fee_relief", term_months=LONGEST_MONTHS),
        )
        plan = RewardPlan(
            "largest",
            Audience.HOMEOWNER,
            (Rung(1, items, delay_days=LONGEST_DAYS),),
            most_cash_fen=LARGEST,
            voucher_days=LONGEST_DAYS,
        )
        rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=now - DAY)
        own = Desk(desk.reception, desk.manager, make.referrer(session, joined_at=now))
        own.friend_signs(session, now)
        then = now + (LONGEST_DAYS + 1) * DAY
        assert rewards.due_rewards(session, then) == len(items)
        ids = session.scalars(select(Reward.id).where(Reward.kind != Kind.CASH).order_by(Reward.id)).all()
        issued, left_out = reward_goods.approve_goods(session, own.manager, then, ids)
        assert not left_out
        goods, parking, _relief = issued
        assert own.redeem(session, then, goods.code).redemption
        ends_on = own.redeem(session, then, parking.code).redemption.ends_on
        assert ends_on
        assert ends_on.year == then.year + LONGEST_MONTHS // 12


class TestAPlanForToday:
    def test_that_another_version_overtook_is_refused(self, session: Session, now: datetime) -> None:
        def overtake(_mapper: object, connection: Connection, row: RewardPlanVersion) -> None:
            columns = {column.name: getattr(row, column.name) for column in RewardPlanVersion.__table__.columns}
            connection.execute(insert(RewardPlanVersion.__table__), columns | {"id": 4711})

        event.listen(RewardPlanVersion, "before_insert", overtake)
        try:
            with pytest.raises(Refusal, match="plan_published_meanwhile"):
                rewards.publish_reward_plan(session, SYSTEM, now, plan=HOMEOWNER_LADDER, effective_from=now)
        finally:
            event.remove(RewardPlanVersion, "before_insert", overtake)
        assert deeds(session, "reward_plan_published") == 0

    def test_leaves_those_alone_who_joined_before_it_was_published(self, session: Session, desk: Desk) -> None:
        morning = desk.referrer.joined_at.replace(hour=1)
        afternoon, evening = morning + 6 * HOUR, morning + 9 * HOUR
        early = make.referrer(session, joined_at=morning)
        finance, approver = (Actor.of(make.person(session, role)) for role in (Role.FINANCE, Role.APPROVER))
        plan = HOMEOWNER_LADDER.rungs[:1]
        text = plan_to_toml(RewardPlan("less", Audience.HOMEOWNER, plan))
        midnight = morning.replace(hour=16) - DAY  # of Shanghai
        given = {"toml": text, "effective_from": midnight}
        draft = reward_drafts.propose_reward_plan(session, finance, afternoon, reward_drafts.ProposedPlan(**given))
        session.flush()
        version = reward_drafts.publish_draft(session, approver, afternoon, draft)
        assert version.effective_from == afternoon
        late = make.referrer(session, joined_at=evening)
        promised = [promises.held_by(session, one) for one in (early, late)]
        assert [one.now.version for one in promised if one] == [1, 2]


class TestTheNextStep:
    def test_counts_friends_not_rewards(self, session: Session, desk: Desk, now: datetime) -> None:
        """The first friend's reward stands although the purchase was cancelled; he counts no longer."""
        first, _second = (desk.friend_signs(session, now + hours * HOUR) for hours in range(2))
        kept = of(session, first, Kind.FEE_RELIEF)
        assert kept
        kept.state = RewardState.FULFILLED
        cancel(session, first, now + DAY)
        facts = {"outcome": ReviewOutcome.STANDS, "reason": "已用"}
        reward_goods.decide_review(session, desk.manager, now + DAY, kept, **facts)
        outlook = rewards.outlook_of(session, now + DAY, desk.referrer)
        assert outlook
        assert outlook.signed == 1
        assert [(one.rung, one.item.kind) for one in outlook.next] == [(2, Kind.VOUCHER)]

    def test_is_nothing_in_cash_beyond_the_cap(self, session: Session, desk: Desk, now: datetime) -> None:
        plan = RewardPlan("c", Audience.CITIZEN, CITIZEN_BROKER.rungs, most_cash_fen=CASH_FEN)
        rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=now - DAY)
        own = Desk(desk.reception, desk.manager, make.referrer(session, audience=Audience.CITIZEN, joined_at=now))
        before = rewards.outlook_of(session, now, own.referrer)
        own.friend_signs(session, now)
        after = rewards.outlook_of(session, now, own.referrer)
        assert before
        assert after
        assert [one.item.kind for one in before.next] == [Kind.CASH, Kind.FEE_RELIEF]
        assert [one.item.kind for one in after.next] == [Kind.FEE_RELIEF]
