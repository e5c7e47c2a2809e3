"""Holds, released one by one; and the graph that not even raw SQL leaves."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import MOVES, RELEASABLE, Check, State, Verb
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import (
    BankConfirmation,
    BankDecision,
    BankOutcome,
    BankResult,
    Deal,
    Dispute,
    DisputeState,
    Freeze,
    HoldRelease,
    Invoice,
    MilestoneKind,
    Payout,
    PayoutState,
    Person,
    PostedLine,
    Role,
)
from portal.services.conflicts import cases
from portal.services.deals import deals
from portal.services.payouts import bank_files, holds, payouts
from portal.services.risk import flags
from tests import factories as make
from tests.db.money import Staff, approved, exported, requested
from tests.risks import flag

REQUESTED, APPROVED, EXPORTED, PAID, REJECTED, FAILED, VOIDED, RETURNED = PayoutState
MONTH = timedelta(days=30)


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


# What holds


def _closed(session: Session, now: datetime, payout: Payout) -> None:
    payout.agency.deactivated_at = now


def _without_account(session: Session, now: datetime, payout: Payout) -> None:
    payout.agency.bank_sealed = None


def _new_account(session: Session, now: datetime, payout: Payout) -> None:
    make.bank_details(session, payout.agency, now, holder="某某")


def _frozen(session: Session, now: datetime, payout: Payout) -> None:
    broker_id = session.scalars(select(Deal.owner_id).where(Deal.agency_id == payout.agency_id)).one()
    session.add(Freeze(broker_id=broker_id, starts_at=now - MONTH / 2, ends_at=now + MONTH))


def _appealed(session: Session, now: datetime, payout: Payout) -> None:
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    showing = make.showing(session, touch=deal.touch)
    make.appeal(session, strike=make.strike(session, showing=showing, confirmed_at=now))


def _disputed(session: Session, now: datetime, payout: Payout) -> None:
    line = session.scalars(select(PostedLine).where(PostedLine.payee == payout.payee)).one()
    facts = {"statement_id": payout.statement_id, "state": DisputeState.OPEN, "filed_at": now}
    session.add(Dispute(line_id=line.id, **facts))


def _claimed(session: Session, now: datetime, payout: Payout) -> None:
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    doubts = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    cases.open_doubt(session, doubts, now, words="客户自己来过", registration=None, deal=deal)


def _asked(session: Session, now: datetime, payout: Payout) -> None:
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    row = flag(session, make.showing(session, touch=deal.touch))
    flags.ask(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now, row, "请说明", hold=True)


def _unbilled(session: Session, now: datetime, payout: Payout) -> None:
    invoice = session.scalars(select(Invoice).where(Invoice.statement_id == payout.statement_id)).one()
    invoice.state, invoice.ended_at, invoice.ended_by, invoice.reason = "rejected", now, invoice.sent_by, "x"


def _cancelled(session: Session, now: datetime, payout: Payout) -> None:
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    deals.record_milestone(session, manager, now, deal, kind=MilestoneKind.CANCELLED, at=now)


CAUSES = {
    Check.PAYEE_ACTIVE: _closed,
    Check.BANK_DETAILS: _without_account,
    Check.BANK_SETTLED: _new_account,
    Check.BROKERS_FREE: _frozen,
    Check.APPEALS_DECIDED: _appealed,
    Check.DISPUTES_ANSWERED: _disputed,
    Check.CONFLICTS_DECIDED: _claimed,
    Check.QUESTIONS_ANSWERED: _asked,
    Check.DEALS_UNCHANGED: _cancelled,
    Check.INVOICE_EQUAL: _unbilled,
}


def hold(session: Session, now: datetime, payout: Payout, check: Check) -> None:
    CAUSES[check](session, now, payout)
    session.flush()


def held(session: Session, now: datetime, payout: Payout) -> set[Check]:
    return set(payouts.found_holds(session, now, payout))


def listed(session: Session, now: datetime, check: Check | None = None) -> Sequence[int]:
    return session.scalars(select(Payout.id).where(holds.condition(now, check)).order_by(Payout.id)).all()


@pytest.mark.parametrize("check", CAUSES)
def test_the_lists_condition_is_the_rules_verdict(session: Session, staff: Staff, now: datetime, check: Check) -> None:
    payout, other = requested(session, staff, now), requested(session, staff, now)
    hold(session, now, payout, check)
    assert (held(session, now, payout), held(session, now, other)) == ({check}, set())
    found = {one: listed(session, now, one) for one in Check}
    assert found == {one: [payout.id] if one is check else [] for one in Check}
    assert listed(session, now) == [payout.id]
    if check in RELEASABLE:
        payouts.release_hold(session, staff.approves, now, payout, check, reason="looked at it")
        assert (held(session, now, payout), listed(session, now)) == (set(), [])


def test_all_of_them_at_once_for_many_in_as_many_queries_as_for_one(
    session: Session, staff: Staff, now: datetime
) -> None:
    rows = [requested(session, staff, now) for _ in CAUSES]
    for check, payout in zip(CAUSES, rows, strict=True):
        hold(session, now, payout, check)
    found = holds.found(session, now, rows)
    assert [set(found[row.id]) for row in rows] == [{check} for check in CAUSES]


# Releasing


def test_a_release_is_written_down_and_of_this_payout_as_it_stood(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout = requested(session, staff, now)
    for check in (Check.BROKERS_FREE, Check.DISPUTES_ANSWERED):
        hold(session, now, payout, check)
    payouts.release_hold(session, staff.approves, now, payout, Check.BROKERS_FREE, reason="  the deal is older  ")
    assert held(session, now, payout) == {Check.DISPUTES_ANSWERED}, "releasing one does not release the others"
    (release,) = payout.releases
    assert (release.hold, release.reason, release.released_by) == (
        Check.BROKERS_FREE,
        "the deal is older",
        staff.approver.id,
    )
    with pytest.raises(Refusal, match="hold_not_there"):
        payouts.release_hold(session, staff.approves, now, payout, Check.BROKERS_FREE, reason="again")
    hold(session, now, payout, Check.BROKERS_FREE)
    assert Check.BROKERS_FREE in held(session, now, payout), "a new freeze holds again"
    payouts.release_hold(session, staff.approves, now, payout, Check.BROKERS_FREE, reason="this one too")
    assert len({one.cause for one in payout.releases}) == 2
    payouts.reject_payout(session, staff.approves, now, payout, reason="not so")
    again = payouts.request_payout(session, staff.issues, now, payout.statement)
    assert Check.BROKERS_FREE in held(session, now, again), "another payout is held again"


def test_a_hold_is_checked_again_at_the_export_and_can_be_released_there(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout = approved(session, staff, now)
    hold(session, now, payout, Check.APPEALS_DECIDED)
    with pytest.raises(Refusal, match="nothing_to_export"):
        bank_files.export_payouts(session, staff.pays, now)
    payouts.release_hold(session, staff.approves, now, payout, Check.APPEALS_DECIDED, reason="it is another client's")
    bank_files.export_payouts(session, staff.pays, now)
    assert payout.state is EXPORTED


@pytest.mark.parametrize("check", sorted(set(CAUSES) - RELEASABLE))
def test_some_holds_nobody_releases(session: Session, staff: Staff, now: datetime, check: Check) -> None:
    payout = requested(session, staff, now)
    hold(session, now, payout, check)
    with pytest.raises(Refusal, match="hold_stays"):
        payouts.release_hold(session, staff.approves, now, payout, check, reason="please")


def _issuer(session: Session, staff: Staff, payout: Payout) -> Actor:
    return staff.issues


def _of_the_payee(session: Session, staff: Staff, payout: Payout) -> Actor:
    return Actor(staff.approver.id, Role.APPROVER, payout.agency_id)


@pytest.mark.parametrize(("who", "code"), [(_issuer, "same_hands"), (_of_the_payee, "own_payee")])
def test_who_may_not_release(
    session: Session,
    staff: Staff,
    now: datetime,
    who: Callable[[Session, Staff, Payout], Actor],
    code: str,
) -> None:
    payout = requested(session, staff, now)
    hold(session, now, payout, Check.BROKERS_FREE)
    with pytest.raises(Refusal, match=code):
        payouts.release_hold(session, who(session, staff, payout), now, payout, Check.BROKERS_FREE, reason="x")


def test_who_released_a_hold_does_not_send_the_money(session: Session, staff: Staff, now: datetime) -> None:
    payout = requested(session, staff, now)
    hold(session, now, payout, Check.BROKERS_FREE)
    chief: Person = make.person(session, Role.APPROVER)
    payouts.release_hold(session, Actor.of(chief), now, payout, Check.BROKERS_FREE, reason="x")
    payouts.approve_payout(session, staff.approves, now, payout)
    (left_out,) = bank_files.readiness(session, Actor.of(chief), now).left_out
    assert left_out.refusal == Refusal("same_hands", verb=Verb.EXPORT, already="release")
    assert bank_files.readiness(session, staff.pays, now).ready == [payout]


def test_a_payout_that_waits_no_more_has_nothing_to_release(session: Session, staff: Staff, now: datetime) -> None:
    (payout,) = bank_files.payouts_of(session, exported(session, staff, now))
    hold(session, now, payout, Check.BROKERS_FREE)
    with pytest.raises(Refusal, match="wrong_state"):
        payouts.release_hold(session, staff.approves, now, payout, Check.BROKERS_FREE, reason="x")
    assert listed(session, now) == []


def test_of_two_who_release_together_one_is_told(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        payout = requested(session, staff, now)
        hold(session, now, payout, Check.BROKERS_FREE)
        key = payout.id
    start, refused = threading.Barrier(3), []

    def release() -> None:
        start.wait()
        try:
            with database.transaction() as session:
                row = session.get_one(Payout, key)
                payouts.release_hold(session, staff.approves, now, row, Check.BROKERS_FREE, reason="x")
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=release) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["hold_not_there"] * 2
    with database.reading() as session:
        assert session.scalar(select(func.count(HoldRelease.id))) == 1


# Several at once, and voiding


def test_several_are_approved_and_who_is_held_is_named(session: Session, staff: Staff, now: datetime) -> None:
    rows = [requested(session, staff, now) for _ in range(4)]
    hold(session, now, rows[2], Check.BROKERS_FREE)
    done, left_out = payouts.approve_payouts(session, staff.approves, now, rows)
    assert done == [rows[0], rows[1], rows[3]]
    assert [(one.payout, one.refusal.code) for one in left_out] == [(rows[2], "broker_frozen")]
    assert [row.state for row in rows] == [APPROVED, APPROVED, REQUESTED, APPROVED]


@pytest.mark.parametrize("made", [requested, approved])
def test_a_voided_payout_leaves_its_sum_payable_to_be_asked_for_again(
    session: Session, staff: Staff, now: datetime, made: Callable[..., Payout]
) -> None:
    payout = made(session, staff, now)
    payouts.void_payout(session, staff.issues, now, payout, reason="the agency asked us to wait")
    assert (payout.state, payout.steps[-1].note) == (VOIDED, "the agency asked us to wait")
    with pytest.raises(Refusal, match="wrong_state"):
        payouts.approve_payout(session, staff.approves, now, payout)
    assert payouts.request_payout(session, staff.issues, now, payout.statement).state is REQUESTED


def test_nobody_voids_his_own_payees(session: Session, staff: Staff, now: datetime) -> None:
    payout = requested(session, staff, now)
    with pytest.raises(Refusal, match="own_payee"):
        payouts.void_payout(session, _of_the_payee(session, staff, payout), now, payout, reason="x")


# The graph in the database


def way_to(state: State) -> list[State]:
    """The states from the beginning of the graph to one of it."""
    ways = {State.REQUESTED: [State.REQUESTED]}
    while state not in ways:
        for (before, _verb), after in MOVES.items():
            if before in ways:
                ways.setdefault(after, [*ways[before], after])
    return ways[state]


def jump(session: Session, payout_id: int, state: State, batch_id: int) -> None:
    """Set a state by raw SQL, with the batch that its check wants."""
    sent = state in (State.EXPORTED, State.PAID, State.FAILED, State.RETURNED)
    batch = "COALESCE(batch_id, :batch)" if sent else "NULL"
    session.execute(
        text(f"UPDATE payouts SET state = :state, batch_id = {batch} WHERE id = :id"),
        {"state": state, "id": payout_id} | ({"batch": batch_id} if sent else {}),
    )


def confirmed(session: Session, staff: Staff, now: datetime, payout: Payout, batch_id: int, said: BankOutcome) -> None:
    """The bank's word on a payout, and a second person's: without them the database lets none fail."""
    facts = {"reference": payout.reference, "amount_fen": payout.amount_fen, "message": "", "row_digest": said.value}
    hands = {"imported_by": staff.cashier.id, "imported_at": now}
    row = BankResult(batch_id=batch_id, payout_id=payout.id, outcome=said, **facts, **hands)
    decided = {"decision": BankDecision.CONFIRMED, "decided_by": staff.finance.id, "decided_at": now}
    session.add(BankConfirmation(result=row, **decided))
    session.flush()


@pytest.mark.parametrize("before", State)
def test_raw_sql_moves_a_payout_along_the_graph_alone(
    session: Session, staff: Staff, now: datetime, before: State
) -> None:
    batch_id = exported(session, staff, now).id
    payout = requested(session, staff, now)
    for said in (BankOutcome.FAILED, BankOutcome.RETURNED):
        confirmed(session, staff, now, payout, batch_id, said)
    for _, state in pairwise(way_to(before)):
        jump(session, payout.id, state, batch_id)
    allowed = {after for (state, _verb), after in MOVES.items() if state is before}
    moved = set()
    for after in set(State) - {before}:
        attempt = session.begin_nested()
        with suppress(DBAPIError):
            jump(session, payout.id, after, batch_id)
            moved.add(after)
        attempt.rollback()
    assert moved == allowed


CHANGES = (
    "UPDATE payouts SET amount_fen = amount_fen + 1",
    "UPDATE payouts SET reference = reference || 'x'",
    "UPDATE payouts SET agency_id = (SELECT max(id) FROM agencies)",
    "UPDATE payouts SET statement_id = statement_id + 1",
    "DELETE FROM payouts",
    "INSERT INTO payouts (reference, statement_id, agency_id, amount_fen, state)"
    " SELECT 'P-x', statement_id, agency_id, amount_fen, 'approved' FROM payouts",
)


@pytest.mark.parametrize("change", CHANGES)
def test_raw_sql_changes_neither_sum_nor_payee(session: Session, staff: Staff, now: datetime, change: str) -> None:
    payout = requested(session, staff, now)
    payouts.reject_payout(session, staff.approves, now, payout, reason="x")
    make.agency(session)
    with pytest.raises(DBAPIError, match="a payout"):
        session.execute(text(change))


def test_a_payout_that_is_sent_stays_in_its_file(session: Session, staff: Staff, now: datetime) -> None:
    batch, other = exported(session, staff, now), exported(session, staff, now)
    with pytest.raises(DBAPIError, match="a payout keeps"):
        session.execute(text(f"UPDATE payouts SET batch_id = {other.id} WHERE batch_id = {batch.id}"))
