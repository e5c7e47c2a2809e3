"""Sealed windows on both databases: ranks stand, and each deal answers for itself alone (rules 5.5)."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.ledger import accrued
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    Cause,
    Deal,
    PostedLine,
    Role,
)
from portal.services.commission import accruals, rating_facts
from portal.services.deals import deals
from portal.services.ledger import balances as ledger_balances
from tests import factories as make
from tests.db.sealing import seal_window
from tests.db.selling import (
    CANCELLED,
    HALVES,
    LOAN,
    SIGNED,
    agreement,
    last_line,
    lines_since,
    seal,
    sold,
    subscribed,
    total,
)


def test_after_the_seal_only_the_cancelled_deals_own_is_clawed_back(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    made = sold(session, desk, last_month, pair, 12)
    seal(session, desk, now, pair, last_month)
    preview = accruals.preview_cancellation(session, made[2], now)
    last = last_line(session)
    deals.record_milestone(session, desk, now, made[2], kind=CANCELLED, at=now)
    assert lines_since(session, last) == {made[2].id: (-36_000_00, Cause.CLAWBACK)}
    assert [(line.deal_id, line.amount_fen) for line in preview] == [(made[2].id, -36_000_00)]
    assert total(session, pair) == 550_000_00 - 36_000_00


def test_a_late_instalment_pays_at_the_sealed_rate_and_a_late_signing_queues_behind(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session, HALVES)
    made = sold(session, desk, last_month, pair, 6)
    late = subscribed(session, desk, last_month, pair)
    seal(session, desk, now, pair, last_month)
    deals.record_milestone(session, desk, now, made[0], kind=CANCELLED, at=now)
    last = last_line(session)
    deals.record_milestone(session, desk, now, made[5], kind=LOAN, at=now)
    deals.record_milestone(session, desk, now, late, kind=SIGNED, at=last_month)
    assert lines_since(session, last) == {
        made[5].id: (25_000_00, Cause.INSTALMENT),
        late.id: (25_000_00, Cause.ACCRUAL),
    }
    rank = select(PostedLine.rank).where(PostedLine.deal_id == late.id)
    assert session.scalar(rank) == 7


def test_sealing_again_keeps_the_first_seal(session: Session, desk: Actor, now: datetime, last_month: datetime) -> None:
    pair = agreement(session)
    sold(session, desk, last_month, pair, 1)
    first = seal(session, desk, now, pair, last_month)
    assert seal(session, desk, now + timedelta(days=1), pair, last_month) == first
    whole = seal_window(session, desk, now, agency_id=pair.agency_id, label="agreement")
    assert rating_facts.sealed_since(session, [pair.agency_id], ["agreement"]) == {(pair.agency_id, "agreement"): whole}


def test_what_was_recorded_in_the_seals_own_instant_was_before_it_and_what_comes_next_behind(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    """The clock stands still, and requests that began early come late: the transactions' order decides."""
    pair = agreement(session)
    made = [subscribed(session, desk, last_month, pair) for _ in range(7)]
    for number, deal in enumerate(made[:6]):
        at = last_month - timedelta(minutes=number)
        deals.record_milestone(session, desk, now, deal, kind=SIGNED, at=last_month + (last_month - at))
    assert total(session, pair) == 230_000_00
    seal(session, desk, now, pair, last_month)
    early = now - timedelta(seconds=30)
    last = last_line(session)
    deals.record_milestone(session, desk, early, made[0], kind=CANCELLED, at=early)
    deals.record_milestone(session, desk, early, made[6], kind=SIGNED, at=last_month)
    assert lines_since(session, last) == {
        made[0].id: (-36_000_00, Cause.CLAWBACK),
        made[6].id: (50_000_00, Cause.ACCRUAL),
    }


def test_sealing_posts_what_was_loaded_past_the_portal(
    session: Session, desk: Actor, now: datetime, last_month: datetime
) -> None:
    pair = agreement(session)
    owner = make.touch(session, person=make.broker(session, agency=pair.agency), development=pair.development)
    deal = make.deal(session, touch=owner, signed_at=last_month, plan_version=make.plan_version(session))
    last = last_line(session)
    seal(session, desk, now, pair, last_month)
    assert lines_since(session, last) == {deal.id: (36_000_00, Cause.ACCRUAL)}


def test_a_cancellation_and_a_seal_at_once_leave_what_one_of_the_two_orders_leaves(
    database: Database, now: datetime, last_month: datetime
) -> None:
    with database.transaction() as session:
        desk = Actor.of(make.person(session, Role.FINANCE))
        pair = agreement(session)
        made = sold(session, desk, last_month, pair, 6)
        doomed, agency_id = made[0].id, pair.agency_id
    start = threading.Barrier(2)

    def cancel() -> None:
        start.wait()
        with database.transaction() as own:
            deals.record_milestone(own, desk, now, own.get_one(Deal, doomed), kind=CANCELLED, at=now)

    def close() -> None:
        start.wait()
        with database.transaction() as own:
            seal_window(own, desk, now, agency_id=agency_id, label=f"{last_month:%Y-%m}")

    threads = [threading.Thread(target=deed) for deed in (cancel, close)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        place = rating_facts.Place(session.get_one(Deal, doomed).development_id, last_month)
        assert rating_facts.open_book(session, agency_id, [place]).delta() == ()
        assert -ledger_balances.balance_of(session, accrued(f"agency:{agency_id}")) in (180_000_00, 194_000_00)
