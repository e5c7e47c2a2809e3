"""Journey two behind the pages: who may be referred, who was first, and what a referrer earns (rules 7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.access.scope import visible
from portal.db import Database
from portal.models import (
    AuditEntry,
    Client,
    Consent,
    Deal,
    Lead,
    LeadOutcome,
    Milestone,
    MilestoneKind,
    Receipt,
    Referrer,
    Reward,
    RewardPlanVersion,
    Role,
    Touch,
    TouchKind,
)
from portal.services import contacts
from portal.services.accounts import people
from portal.services.leads import leads
from portal.services.leads import receipts as lead_receipts
from portal.services.referral import referrers
from portal.services.registrations import registrations
from portal.services.rewards import promises, rewards
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import HOMEOWNER_LADDER, Audience
from tests import factories as make

FRIEND = "13912345678"


def leave(session: Session, now: datetime, referrer: Referrer, phone: str = FRIEND, **given: object) -> Lead:
    values = {"code": referrer.code, "name": "王小明", "phone": phone, "consent_version": "1", "locale": "zh_Hans_CN"}
    return leads.leave_lead(session, now, leads.LeftLead(**{**values, "address": "192.0.2.1", **given}))  # type: ignore[arg-type]


def phone_of(session: Session, row: Client | object) -> str:
    return contacts.open_phone(session, row).e164  # type: ignore[attr-defined]


def signed_deal(session: Session, lead: Lead, signed_at: datetime) -> Deal:
    """A deal that the lead's touch owns, signed."""
    session.flush()
    return make.deal(session, touch=lead.touch, signed_at=signed_at)


@pytest.fixture
def referrer(session: Session) -> Referrer:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    return make.referrer(session)


def signed_friends(session: Session, now: datetime, referrer: Referrer, number: int) -> list[Deal]:
    """So many friends, who signed an hour after one another; settled after each."""
    deals = []
    for nth in range(number):
        deal = signed_deal(session, leave(session, now, referrer, make.new_phone()), now + timedelta(hours=nth))
        rewards.settle_rewards(session, SYSTEM, now, deal)
        deals.append(deal)
    return deals


def living(session: Session) -> list[tuple[int, int, str, str]]:
    rows = session.scalars(
        select(Reward).where(Reward.state != RewardState.REVOKED).order_by(Reward.deal_id, Reward.slot)
    )
    return [(row.deal_id, row.rung, row.title, RewardState(row.state).value) for row in rows]


class TestALead:
    def test_becomes_a_touch_that_holds_for_thirty_days(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        lead = leave(session, now, referrer)
        assert lead.outcome == LeadOutcome.ACCEPTED
        assert lead.touch.kind == TouchKind.REFERRAL_LEAD
        assert lead.touch.person_id == referrer.person_id
        assert lead.touch.protected_until == now + timedelta(days=30)

    def test_keeps_the_consent_and_gives_a_receipt(self, session: Session, referrer: Referrer, now: datetime) -> None:
        lead = leave(session, now, referrer)
        consent = session.scalars(select(Consent).where(Consent.client_id == lead.client_id)).one()
        assert (consent.purpose, consent.version, consent.given_at) == ("contact", "1", now)
        for receipt in session.scalars(select(Receipt)).all():
            visit = lead_receipts.by_key(session, receipt.key)
            assert visit is not None
            assert (visit.lead, visit.consent) == (lead, consent)
            assert FRIEND not in str(receipt.facts)

    def test_twice_is_once(self, session: Session, referrer: Referrer, now: datetime) -> None:
        first = leave(session, now, referrer)
        again = leave(session, now + timedelta(days=3), referrer, f"+86 {FRIEND}")
        assert again is first
        assert again.touch.protected_until == now + timedelta(days=30), "it is not renewed"

    def test_another_referrer_comes_too_late_until_the_protection_ends(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        leave(session, now, referrer)
        rival = make.referrer(session, development=referrer.development)
        end = now + timedelta(days=30)
        assert leave(session, end - timedelta(seconds=1), rival).code == "already_known"
        assert leave(session, end, rival).outcome == LeadOutcome.ACCEPTED

    def test_nothing_is_kept_without_consent(self, session: Session, referrer: Referrer, now: datetime) -> None:
        with pytest.raises(Refusal) as refusal, session.begin_nested():
            leave(session, now, referrer, consent_version=None)
        assert refusal.value.code == "consent_missing"
        assert session.scalar(select(func.count()).select_from(Client)) == 0

    def test_can_be_taken_back_by_who_left_it(self, session: Session, referrer: Referrer, now: datetime) -> None:
        lead = leave(session, now, referrer)
        for hours in (1, 2):
            leads.withdraw(session, now + timedelta(hours=hours), lead, address=None)
        assert lead.consent.withdrawn_at == now + timedelta(hours=1)
        deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "leads")).all()
        assert sorted(deeds) == ["lead_left", "lead_withdrawn"]


def own_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, referrer.person)


def staff_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, make.person(session, Role.RECEPTION))


def broker_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, make.broker(session))


def owned_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, make.touch(session, development=referrer.development).client)


def left_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, make.broker(session, deactivated_at=make.BEFORE))


def elsewhere_phone(session: Session, referrer: Referrer) -> str:
    return phone_of(session, make.touch(session).client)


@pytest.mark.parametrize(
    ("whose", "code"),
    [
        (own_phone, "self_referral"),
        (staff_phone, "lead_is_partner"),
        (broker_phone, "lead_is_partner"),
        (owned_phone, "already_known"),
        (left_phone, None),
        (elsewhere_phone, None),
    ],
)
def test_whose_phone_may_be_referred(
    session: Session, referrer: Referrer, now: datetime, whose: Callable[[Session, Referrer], str], code: str | None
) -> None:
    lead = leave(session, now, referrer, whose(session, referrer))
    assert lead.code == code
    assert (lead.touch is None) == (code is not None)
    of_friend = lead_receipts.latest(session, lead).receipt.facts
    assert (of_friend["outcome"], of_friend["rule"], of_friend["protected_until"]) == ("received", "number_left", None)
    of_referrer = session.scalars(select(Receipt).where(Receipt.subject_kind == "leads")).one()
    assert code is None or code not in str(of_referrer.facts), "the referrer is not told which rule it was"


@pytest.mark.parametrize("why", ["revoked", "account closed", "development closed"])
def test_by_a_code_that_no_longer_holds_a_friend_is_nobodys(
    session: Session, referrer: Referrer, now: datetime, why: str
) -> None:
    if why == "revoked":
        by = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        referrers.revoke_code(session, by, now, referrer, reason="moved away")
    elif why == "account closed":
        referrer.person.deactivated_at = now
    else:
        referrer.development.closed_at = now
    if why == "development closed":
        with pytest.raises(Refusal) as refusal:
            leave(session, now, referrer)
        assert refusal.value.code == "code_revoked"
        return
    lead = leave(session, now, referrer)
    assert (lead.outcome, lead.code, lead.touch) == (LeadOutcome.REFUSED, "invitation_ended", None)
    assert leave(session, now, referrer) is lead, "again is the same lead"


@pytest.mark.parametrize(("typed", "code"), [("K7M4", "code_mistyped"), ("22222222", "code_unknown")])
def test_a_code_that_is_none(session: Session, now: datetime, typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        leads.land(session, now, typed)
    assert refusal.value.code == code


def test_a_code_may_be_typed_as_people_type(session: Session, now: datetime, referrer: Referrer) -> None:
    code = referrer.code.lower()
    assert leads.land(session, now, f" {code[:4]}-{code[4:]} ") is referrer


class TestAReferrer:
    def test_joins_with_a_code_and_can_choose_a_password(self, session: Session, now: datetime) -> None:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        made = referrers.create_referrer(
            session,
            manager,
            now,
            referrers.NewReferrer(
                development_id=make.development(session).id,
                name="陈静",
                phone=FRIEND,
                audience=Audience.HOMEOWNER,
                home="3-1202",
            ),
        )
        assert referrers.by_code(session, made.code) is made
        assert people.person_of_link(session, now, people.issue_link(session, manager, now, made.person).token)

    def test_a_code_that_is_taken_is_drawn_again(
        self, session: Session, referrer: Referrer, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn = iter([referrer.code, "2222222X"])
        monkeypatch.setattr("portal.services.referral.referrers.codes.mint", lambda _randbelow: next(drawn))
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        made = referrers.create_referrer(
            session,
            manager,
            now,
            referrers.NewReferrer(
                development_id=referrer.development_id, name="陈静", phone=FRIEND, audience=Audience.CITIZEN, home=None
            ),
        )
        assert made.code == "2222222X"


class TestRewards:
    def test_the_first_friend_who_signs_brings_a_year_of_property_fee_in_thirty_days(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        deal = signed_deal(session, leave(session, now, referrer), now)
        rewards.settle_rewards(session, SYSTEM, now, deal)
        reward = session.scalars(select(Reward)).one()
        assert (reward.kind, reward.term_months, reward.rung) == ("fee_relief", 12, 1)
        assert (reward.state, reward.due_on) == (RewardState.PENDING, date(2026, 4, 9))
        assert (reward.why["nth"], reward.why["version"]) == (1, 1)

    def test_settling_again_writes_nothing(self, session: Session, referrer: Referrer, now: datetime) -> None:
        deal = signed_friends(session, now, referrer, 3)[0]
        before = session.scalar(select(func.count()).select_from(AuditEntry))
        rewards.settle_rewards(session, SYSTEM, now, deal)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == before

    def test_a_cancellation_ranks_the_others_again(self, session: Session, referrer: Referrer, now: datetime) -> None:
        first, second, third = signed_friends(session, now, referrer, 3)
        assert living(session) == [
            (first.id, 1, "property_fee_relief", "pending"),
            (second.id, 2, "appliance_voucher", "pending"),
            (third.id, 3, "parking_space", "due"),
        ]
        make.cancel(session, first, now + timedelta(days=1))
        rewards.settle_rewards(session, SYSTEM, now + timedelta(days=1), first)
        assert living(session) == [
            (second.id, 1, "property_fee_relief", "pending"),
            (third.id, 2, "appliance_voucher", "pending"),
        ]

    def test_a_fulfilled_reward_of_a_cancelled_deal_goes_to_a_person_once(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        (deal,) = signed_friends(session, now, referrer, 1)
        reward = session.scalars(select(Reward)).one()
        reward.state = RewardState.FULFILLED
        make.cancel(session, deal, now)
        for _ in range(2):
            rewards.settle_rewards(session, SYSTEM, now, deal)
        assert (reward.state, reward.needs_review, reward.reviewed_rung) == (RewardState.FULFILLED, True, 0)
        sent = select(func.count()).where(AuditEntry.action == "reward_sent_to_review")
        assert session.scalar(sent) == 1

    def test_handover_makes_the_voucher_due(self, session: Session, referrer: Referrer, now: datetime) -> None:
        _, second = signed_friends(session, now, referrer, 2)
        session.add(
            Milestone(
                deal=second,
                kind=MilestoneKind.HANDED_OVER,
                at=now,
                note="",
                recorded_at=now,
                recorded_by=referrer.person_id,
            )
        )
        rewards.settle_rewards(session, SYSTEM, now, second)
        assert (second.id, 2, "appliance_voucher", "due") in living(session)

    def test_a_pending_reward_becomes_due_on_its_day_in_shanghai(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        signed_friends(session, now, referrer, 1)
        before_midnight = datetime(2026, 4, 8, 15, 59, tzinfo=UTC)
        assert rewards.due_rewards(session, before_midnight) == 0
        assert rewards.due_rewards(session, before_midnight + timedelta(minutes=1)) == 1
        assert rewards.due_rewards(session, before_midnight + timedelta(minutes=2)) == 0

    def test_a_brokers_deal_earns_no_referrer_anything(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        deal = make.deal(session, touch=make.touch(session, development=referrer.development), signed_at=now)
        rewards.settle_rewards(session, SYSTEM, now, deal)
        assert living(session) == []

    def test_a_referrer_keeps_the_plan_that_was_promised(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        rewards.publish_reward_plan(session, SYSTEM, now, plan=HOMEOWNER_LADDER, effective_from=now)
        later = make.referrer(session, joined_at=now)
        versions = [promises.held_by(session, one) for one in (referrer, later)]
        assert [held.now.version for held in versions if held] == [1, 2]

    def test_the_given_plans_are_published_once(self, session: Session, referrer: Referrer, now: datetime) -> None:
        rewards.publish_given_plans(session, now, effective_from=now)
        assert session.scalar(select(func.count()).select_from(RewardPlanVersion)) == 3

    def test_a_referrer_sees_only_the_own_rewards_with_masked_friends(
        self, session: Session, referrer: Referrer, now: datetime
    ) -> None:
        signed_friends(session, now, referrer, 1)
        own = rewards.rewards_of(session, visible(Actor.of(referrer.person), Reward))
        other = rewards.rewards_of(session, visible(Actor.of(make.referrer(session).person), Reward))
        assert ([earned.friend for earned in own], other) == (["王**"], [])


def test_a_registration_and_leads_race_for_one_client(database: Database, now: datetime) -> None:
    """Exactly one touch holds, whoever it is; everybody else is refused in words."""
    with database.transaction() as session:
        development = make.development(session)
        broker = make.broker(session)
        make.agreement(session, development=development, agency=broker.agency)
        codes = [make.referrer(session, development=development).code for _ in range(4)]
        actor, development_id = Actor.of(broker), development.id
    start = Barrier(len(codes) + 1)

    def register() -> str:
        start.wait()
        with database.transaction() as session:
            row = registrations.register_client(
                session, actor, now, development_id=development_id, phone=FRIEND, name="王小明"
            )
            return str(row.code or "accepted")

    def refer(code: str) -> str:
        start.wait()
        with database.transaction() as session:
            return str(leave(session, now, referrers.by_code(session, code)).code or "accepted")

    with ThreadPoolExecutor(len(codes) + 1) as pool:
        runs = [pool.submit(register), *(pool.submit(refer, code) for code in codes)]
        outcomes = sorted(run.result() for run in runs)
    assert outcomes.count("accepted") == 1
    assert set(outcomes) <= {"accepted", "already_known", "protected_by_other"}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Touch)) == 1


def test_two_friends_who_sign_at_once_are_ranked_in_turn(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        referrer = make.referrer(session)
        leads = (leave(session, now, referrer, make.new_phone()) for _ in range(4))
        ids = [make.deal(session, touch=lead.touch).id for lead in leads]
    start = Barrier(len(ids))

    def sign(deal_id: int) -> None:
        start.wait()
        with database.transaction() as session:
            deal = session.get_one(Deal, deal_id)
            make.milestone(session, deal, MilestoneKind.SIGNED, now)
            deal.signed_at = now
            rewards.settle_rewards(session, SYSTEM, now, deal)

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(sign, ids))
    with database.reading() as session:
        assert [rung for _deal, rung, _title, _state in living(session)] == [1, 2, 3, 3]
