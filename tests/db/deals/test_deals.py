"""Deals on both databases: attributed once, moved in order, and their commission posted to the fen (rules 5.6)."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.ledger import EXPENSE, accrued
from commissions.plan import STANDARD
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    AccountBalance,
    Agreement,
    Benefit,
    Cause,
    Deal,
    LedgerBatch,
    Milestone,
    MilestoneKind,
    PlanVersion,
    PostedLine,
    Role,
    Touch,
    TouchKind,
)
from portal.services.commission import plans
from portal.services.commission.accruals import post_accruals, preview_cancellation
from portal.services.deals import deals
from portal.services.ledger import balances as ledger_balances
from portal.services.verification import proof
from tests import factories as make

SUBSCRIBED, SIGNED, LOAN, HANDED, CANCELLED = MilestoneKind
PRICE = 2_000_000_00
NAMED = STANDARD.replace('"standard"', '"{}"')
VOLUME = NAMED.format("volume").replace("graduated", "volume")
HALVES = NAMED.format("halves").replace(
    "share_bps = 10000", 'share_bps = 5000\n\n[[instalments]]\nmilestone = "loan_released"\nshare_bps = 5000'
)


@pytest.fixture
def desk(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


def agreement(session: Session, plan: str | None = None) -> Agreement:
    """An agreement with the standard plan, or with the plan of a TOML text."""
    if plan is None:
        return make.agreement(session)
    name = plans.parse(plan).name
    make.plan_version(session, name=name, toml=plan)
    return make.agreement(session, plan_name=name)


def subscribed(session: Session, desk: Actor, now: datetime, pair: Agreement, price_fen: int = PRICE) -> Deal:
    """A deal of a client whom a broker of the agency holds."""
    phone = make.new_phone()
    broker = make.broker(session, agency=pair.agency)
    client = make.client(session, phone=phone)
    make.touch(session, person=broker, development=pair.development, client=client)
    return deals.open_deal(
        session,
        desk,
        now,
        deals.Subscription(
            development_id=pair.development_id,
            phone=phone,
            name="王小明",
            unit=f"1-{phone}",
            price_fen=price_fen,
            at=now - timedelta(days=8),
        ),
    )


def signed(session: Session, desk: Actor, now: datetime, pair: Agreement, number: int = 0) -> Deal:
    deal = subscribed(session, desk, now, pair)
    at = now - timedelta(days=7) + timedelta(minutes=number)
    deals.record_milestone(session, desk, now, deal, kind=SIGNED, at=at)
    return deal


def cancel(session: Session, desk: Actor, now: datetime, deal: Deal) -> Sequence[PostedLine]:
    step = deals.record_milestone(session, desk, now, deal, kind=CANCELLED, at=now)
    by_deal = select(PostedLine).where(PostedLine.milestone_id == step.id).order_by(PostedLine.deal_id)
    return session.scalars(by_deal).all()


def total(session: Session, pair: Agreement) -> int:
    """What the lines add up to; and the ledger says the same."""
    own = PostedLine.agency_id == pair.agency_id
    fen = int(session.scalar(select(func.sum(PostedLine.amount_fen)).where(own)) or 0)
    assert ledger_balances.balance_of(session, accrued(f"agency:{pair.agency_id}")) == -fen
    assert proof.verify_ledger(session).fault is None
    return fen


def trips(session: Session, pair: Agreement) -> int:
    running = (Benefit.agency_id == pair.agency_id) & Benefit.revoked_at.is_(None)
    return session.scalars(select(func.count(Benefit.id)).where(running)).one()


# Attribution


def test_the_oldest_protected_touch_owns_the_deal_for_good(session: Session, desk: Actor, now: datetime) -> None:
    development, phone = make.development(session), make.new_phone()
    client = make.client(session, phone=phone)
    place = {"development": development, "client": client}
    gone, owner = now - timedelta(days=60), now - timedelta(days=20)
    expired = make.touch(session, **place, at=gone, protected_until=gone + timedelta(days=7), retired_at=owner)
    holder = make.touch(session, **place, at=owner, protected_until=owner + timedelta(days=30))
    deal = deals.open_deal(
        session,
        desk,
        now,
        deals.Subscription(
            development_id=development.id, phone=f"+86 {phone}", name="王小明", unit="1-101", price_fen=PRICE, at=now
        ),
    )
    assert (deal.touch_id, deal.owner_id, deal.agency_id) == (holder.id, holder.person_id, holder.agency_id)
    assert holder.protected_until is None
    why = deal.attributions[0].why
    assert why["owner"]["touch_id"] == holder.id
    assert why["owner"]["protected_until"] == (owner + timedelta(days=30)).isoformat()
    assert [(one["touch_id"], one["reason"]) for one in why["lost"]] == [(expired.id, "expired")]


@pytest.mark.parametrize("kind", [None, TouchKind.WALK_IN])
def test_a_client_of_nobody_or_of_the_house_earns_no_commission(
    session: Session, desk: Actor, now: datetime, kind: TouchKind | None
) -> None:
    touch = kind and make.touch(session, kind=kind, person=make.person(session, Role.RECEPTION), agency=None)
    deal = make.deal(session, touch=touch)
    session.add(Milestone(deal=deal, kind=SUBSCRIBED, at=now, note="", recorded_at=now, recorded_by=desk.id))
    deals.record_milestone(session, desk, now, deal, kind=SIGNED, at=now)
    assert deal.signed_at == now
    assert deal.plan_version_id is None
    assert session.scalars(select(PostedLine)).all() == []


def test_a_unit_is_sold_once_until_its_deal_is_cancelled(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    first = subscribed(session, desk, now, pair)
    again = {
        "development_id": pair.development_id,
        "phone": make.new_phone(),
        "name": "李雷",
        "unit": first.unit,
        "price_fen": PRICE,
        "at": now,
    }
    with pytest.raises(Refusal) as caught:
        deals.open_deal(session, desk, now, deals.Subscription(**again))
    assert caught.value == Refusal("unit_taken", field="unit")
    cancel(session, desk, now, first)
    assert deals.open_deal(session, desk, now, deals.Subscription(**again)).unit == first.unit


# Commission


@pytest.mark.parametrize(
    ("plan", "twelve", "eleven"), [(None, 550_000_00, 490_000_00), (VOLUME, 720_000_00, 660_000_00)]
)
def test_twelve_deals_then_the_third_is_cancelled(
    session: Session, desk: Actor, now: datetime, plan: str | None, twelve: int, eleven: int
) -> None:
    pair = agreement(session, plan)
    sold = [signed(session, desk, now, pair, number) for number in range(12)]
    assert (total(session, pair), trips(session, pair)) == (twelve, 1)
    lines = cancel(session, desk, now, sold[2])
    assert (total(session, pair), trips(session, pair)) == (eleven, 1)
    if plan is None:
        expected = {sold[2].id: -36_000_00, sold[5].id: -14_000_00, sold[10].id: -10_000_00}
        assert {line.deal_id: line.amount_fen for line in lines} == expected
        assert [line.cause for line in lines] == [Cause.CLAWBACK, Cause.RE_RANK, Cause.RE_RANK]
    cancel(session, desk, now, sold[11])
    assert trips(session, pair) == 0


def test_the_preview_of_a_cancellation_is_what_it_posts(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    sold = [signed(session, desk, now, pair, number) for number in range(7)]
    preview = preview_cancellation(session, sold[0], now)
    lines = cancel(session, desk, now, sold[0])
    assert [(line.deal_id, line.amount_fen) for line in preview] == [(line.deal_id, line.amount_fen) for line in lines]


def test_cancelling_the_only_deal_posts_the_exact_negative(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    deal = signed(session, desk, now, pair)
    (line,) = cancel(session, desk, now, deal)
    assert (line.amount_fen, line.cause) == (-36_000_00, Cause.CLAWBACK)
    assert total(session, pair) == 0


def test_posting_again_posts_nothing(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    deal = signed(session, desk, now, pair)
    step = deal.milestones[-1]
    assert list(post_accruals(session, desk, now, deal=deal, milestone=step)) == []
    assert total(session, pair) == 36_000_00


def test_halves_fall_due_at_signing_and_at_the_loans_release(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session, HALVES)
    deal = signed(session, desk, now, pair)
    assert total(session, pair) == 18_000_00
    deals.record_milestone(session, desk, now, deal, kind=LOAN, at=now)
    assert total(session, pair) == 36_000_00
    lines = cancel(session, desk, now, deal)
    assert Counter(line.instalment for line in lines) == {"signed": 1, "loan_released": 1}
    assert total(session, pair) == 0


def test_a_signing_that_is_recorded_late_takes_its_rank(session: Session, desk: Actor, now: datetime) -> None:
    """The 6th to be recorded was the 1st to sign: the last of the others moves up a tier."""
    pair = agreement(session)
    sold = [signed(session, desk, now, pair, number) for number in range(1, 6)]
    late = signed(session, desk, now, pair, 0)
    last = select(PostedLine).where(PostedLine.milestone_id == late.milestones[-1].id)
    lines = {line.deal_id: line for line in session.scalars(last)}
    assert {key: line.amount_fen for key, line in lines.items()} == {late.id: 36_000_00, sold[4].id: 14_000_00}
    assert lines[late.id].rank == 1
    assert lines[sold[4].id].cause is Cause.TOP_UP
    assert total(session, pair) == 230_000_00


def test_a_deal_keeps_the_version_in_force_when_it_was_signed(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    generous = STANDARD.replace("180", "200")
    plans.publish_plan(session, desk, now, name="standard", toml=generous, effective_from=now)
    older = signed(session, desk, now, pair)
    newer = subscribed(session, desk, now, pair)
    deals.record_milestone(session, desk, now, newer, kind=SIGNED, at=now)
    assert [session.get_one(PlanVersion, deal.plan_version_id).version for deal in (older, newer)] == [1, 2]
    assert total(session, pair) == 36_000_00 + 40_000_00


def test_without_a_plan_nothing_can_be_signed(session: Session, desk: Actor, now: datetime) -> None:
    pair = agreement(session)
    pair.starts_on = now.date()
    deal = subscribed(session, desk, now, pair)
    with pytest.raises(Refusal) as caught:
        deals.record_milestone(session, desk, now, deal, kind=SIGNED, at=now - timedelta(days=3))
    assert caught.value == Refusal("no_plan", field="at")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_ledger_balances_and_says_what_the_plan_says(
    session: Session, desk: Actor, now: datetime, seed: int
) -> None:
    """Random histories: in the end the lines of every living deal come to what a fresh rating gives it."""
    chance = Random(seed)
    pair = agreement(session, chance.choice([None, VOLUME, HALVES]))
    sold: list[Deal] = []
    for number in range(14):
        sold.append(subscribed(session, desk, now, pair, chance.randrange(100_000_00, 4_000_000_00)))
        at = now - timedelta(days=chance.randrange(7), minutes=number)
        deals.record_milestone(session, desk, now, sold[-1], kind=SIGNED, at=at)
        if chance.random() < 0.3:
            doomed = chance.choice([deal for deal in sold if deal.cancelled_at is None])
            deals.record_milestone(session, desk, now, doomed, kind=CANCELLED, at=now)
        if chance.random() < 0.3 and sold[-1].cancelled_at is None:
            deals.record_milestone(session, desk, now, sold[-1], kind=LOAN, at=now)
    assert total(session, pair) >= 0
    turnover = {row.account: row.balance_fen for row in session.scalars(select(AccountBalance))}
    assert sum(turnover.values()) == 0
    assert turnover[EXPENSE] == total(session, pair)
    by_deal = select(PostedLine.deal_id, func.sum(PostedLine.amount_fen)).group_by(PostedLine.deal_id)
    posted = {deal_id: int(fen) for deal_id, fen in session.execute(by_deal)}
    assert all(posted[deal.id] == 0 for deal in sold if deal.cancelled_at is not None)


def test_two_who_record_the_same_signing_post_it_once(database: Database, now: datetime) -> None:
    """And others of the agency sign at the same time: every line finds the ones before it."""
    with database.transaction() as session:
        desk = Actor.of(make.person(session, Role.FINANCE))
        pair = agreement(session)
        ids = [subscribed(session, desk, now, pair).id for _ in range(4)]
        agency_id = pair.agency_id
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def sign(deal_id: int) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                deal = own.get_one(Deal, deal_id)
                deals.record_milestone(own, desk, now, deal, kind=SIGNED, at=now)
            outcomes.append("recorded")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=sign, args=(deal_id,)) for deal_id in ids * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"recorded": 4, "milestone_repeated": 4}
    with database.reading() as session:
        assert session.scalars(select(func.count(LedgerBatch.id))).one() == 4
        assert ledger_balances.balance_of(session, accrued(f"agency:{agency_id}")) == -4 * 36_000_00
        assert session.scalars(select(Touch.protected_until)).all() == [None] * 4
        assert proof.verify_ledger(session).fault is None
