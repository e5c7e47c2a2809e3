"""One person refers for two developments: two referrers, each with its own friends and rungs; one payee, one tax."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.access.scope import find, visible
from portal.db import Database
from portal.models import Audience, Consent, Lead, Outcome, Person, PostedLine, Receipt, Referrer, Reward, Role
from portal.rules.privacy.consent import Purpose
from portal.services import contacts
from portal.services.accounts import people
from portal.services.leads import graph, leads
from portal.services.leads import receipts as lead_receipts
from portal.services.privacy import subject_data
from portal.services.referral import funnel, referrers
from portal.services.rewards import goods, payments, rewards
from portal.services.taxes import groups as tax_groups
from portal.services.taxes import tables as tax_tables
from portal.services.verification import proof
from referral.neighbourhood import Who
from referral.rewards.reward_plan import Kind
from tests import factories as make

FRIEND = "13912345678"


def of_two(session: Session, audience: Audience = Audience.CITIZEN) -> tuple[Referrer, Referrer]:
    """One person, for two developments."""
    person = make.person(session, Role.REFERRER)
    here, there = (make.referrer(session, person=person, audience=audience) for _ in range(2))
    return here, there


def leave(session: Session, now: datetime, referrer: Referrer, phone: str = FRIEND) -> Lead:
    given = {"name": "王小明", "phone": phone, "consent_version": "2", "locale": "zh_Hans_CN", "address": "192.0.2.1"}
    lead = leads.leave_lead(session, now, leads.LeftLead(code=referrer.code, **given))  # type: ignore[arg-type]
    session.flush()
    return lead


def signs(session: Session, referrer: Referrer, at: datetime) -> Reward:
    deal = make.referred_deal(session, referrer, at)
    rewards.settle_rewards(session, SYSTEM, at, deal)
    return session.scalars(select(Reward).where(Reward.deal_id == deal.id).order_by(Reward.slot)).all()[0]


def published(session: Session) -> None:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    tax_tables.publish_given_table(session, make.BEFORE)


def test_a_person_is_one_referrer_in_a_development(session: Session) -> None:
    here, there = of_two(session)
    assert here.person_id == there.person_id
    with pytest.raises(IntegrityError), session.begin_nested():
        make.referrer(session, person=here.person, development=here.development)
    assert [one.id for one in referrers.own(session, Actor.of(here.person))] == [here.id, there.id]


def test_each_development_ranks_its_own_friends(session: Session, now: datetime) -> None:
    published(session)
    here, there = of_two(session, Audience.HOMEOWNER)
    earned = [signs(session, one, now + timedelta(hours=nth)) for nth, one in enumerate((here, there, here))]
    assert [(one.referrer_id, one.rung) for one in earned] == [(here.id, 1), (there.id, 1), (here.id, 2)]
    outlooks = [rewards.outlook_of(session, now, one) for one in (here, there)]
    assert [one and one.signed for one in outlooks] == [2, 1]


def test_the_person_sees_all_of_it_and_nobody_elses(session: Session, now: datetime) -> None:
    published(session)
    here, there = of_two(session)
    rows = [leave(session, now, one, make.new_phone()) for one in (here, there)]
    earned = [signs(session, one, now) for one in (here, there)]
    stranger = of_two(session)[0]
    owner, other = Actor.of(here.person), Actor.of(stranger.person)
    for model, ids in ((Lead, {row.id for row in rows}), (Referrer, {here.id, there.id})):
        assert {row.id for row in session.scalars(visible(owner, model))} == ids
        assert all(find(session, other, model, key) is None for key in ids)
    assert {one.id for one in earned} <= {row.id for row in session.scalars(visible(owner, Reward))}
    assert session.scalars(visible(other, Reward)).all() == []
    both, one = funnel.own(session, owner), funnel.own(session, owner, here)
    assert (both.leads, one.leads) == (2, 1)


def test_a_friend_of_both_pages_takes_back_what_was_said_on_one(session: Session, now: datetime) -> None:
    here, there = of_two(session)
    first, second = leave(session, now, here), leave(session, now + timedelta(minutes=1), there)
    assert [one.outcome for one in (first, second)] == [Outcome.ACCEPTED] * 2
    told = select(Receipt).where(Receipt.subject_kind == Consent.__tablename__).order_by(Receipt.id)
    found = [lead_receipts.by_key(session, receipt.key) for receipt in session.scalars(told)]
    assert [one and one.lead for one in found] == [first, second]
    assert [lead_receipts.latest(session, one).lead for one in (first, second)] == [first, second]
    leads.withdraw(session, now, first, address=None)
    given = select(Consent).where(Consent.purpose == Purpose.CONTACT)
    assert {row.referrer_id: row.withdrawn_at for row in session.scalars(given)} == {here.id: now, there.id: None}


def test_ones_own_number_counts_for_neither(session: Session, now: datetime) -> None:
    here, there = of_two(session)
    own = contacts.open_phone(session, here.person).e164
    assert [leave(session, now, one, own).code for one in (here, there)] == ["self_referral"] * 2


def test_two_developments_are_one_month_of_tax(session: Session, now: datetime) -> None:
    published(session)
    here, there = of_two(session)
    finance = Actor.of(make.person(session, Role.FINANCE))
    for one in (here, there):
        payments.approve_rewards(session, finance, now, [signs(session, one, now).id])
    group = tax_groups.group_of(session, here.person_id, "2026-03")
    assert (group.cash_fen, group.posted_fen) == (40_000_00, 7_600_00)
    assert set(session.scalars(select(PostedLine.payee))) == {f"person:{here.person_id}"}
    assert proof.verify_ledger(session).fault is None


def test_approved_at_once_for_two_developments_they_are_one_month_too(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        published(session)
        pair = of_two(session)
        hand, person_id = make.person(session, Role.FINANCE).id, pair[0].person_id
        ids = [signs(session, one, now).id for one in (*pair, *pair)]
    start = Barrier(len(ids))

    def approve(reward_id: int) -> None:
        start.wait()
        with database.transaction() as session:
            payments.approve_rewards(session, Actor.of(session.get_one(Person, hand)), now, [reward_id])

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(approve, ids))
    with database.reading() as session:
        group = tax_groups.group_of(session, person_id, "2026-03")
        assert (group.cash_fen, group.posted_fen) == (80_000_00, 18_600_00)  # 64,000 at 40 % less 7,000


def test_nobody_approves_the_own_reward_of_the_other_development(session: Session, now: datetime) -> None:
    published(session)
    _, there = of_two(session)
    own = Actor.of(there.person)
    _, left_out = payments.approve_rewards(session, own, now, [signs(session, there, now).id])
    assert [one.refusal.code for one in left_out] == ["own_reward"]


def test_a_friend_who_refers_for_two_is_one_friend(session: Session, now: datetime) -> None:
    bringer, manager = make.referrer(session), Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    here, there = of_two(session)
    lead = leave(session, now, bringer, contacts.open_phone(session, here.person).e164)
    near = graph.around_referrer(session, manager, now, bringer)
    assert [bond.whom for bond in near.brought] == [Who(here.id)]
    for one in (here, there):
        assert [bond.by for bond in graph.around_referrer(session, manager, now, one).brought_by] == [Who(bringer.id)]
    assert graph.around_friend(session, manager, now, lead).who == Who(here.id)
    assert {(link.by, link.whom) for link in graph.links(session, manager)} == {
        (bringer.id, here.id),
        (bringer.id, there.id),
    }


def test_a_closed_account_refers_nowhere(session: Session, now: datetime) -> None:
    here, there = of_two(session)
    people.deactivate_person(session, Actor.of(make.person(session, Role.ADMINISTRATOR)), now, here.person)
    for one in (here, there):
        with pytest.raises(Refusal, match="code_revoked"):
            leads.land(session, now, one.code)


def test_what_is_handed_out_names_every_development(session: Session, now: datetime) -> None:
    here, there = of_two(session)
    told = subject_data.as_json(subject_data.of_person(session, here.person), now)["referrers"]
    assert [(one["development"], one["code"]) for one in told] == [
        (one.development.name, one.code) for one in (here, there)
    ]


def test_goods_wait_for_who_settles_the_other_development(session: Session, now: datetime) -> None:
    """A fee relief of one development is handed out to the person, whichever number the referrer has."""
    published(session)
    _, there = of_two(session)
    deal = make.referred_deal(session, there, now)
    rewards.settle_rewards(session, SYSTEM, now, deal)
    relief = session.scalars(select(Reward).where(Reward.deal_id == deal.id, Reward.kind == Kind.FEE_RELIEF)).one()
    issued, _ = goods.approve_goods(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now, [relief.id])
    assert [voucher.holder_id for voucher in issued] == [there.person_id]
