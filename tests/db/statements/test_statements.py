"""Statements on both databases: every line in one, numbers without gaps, negatives carried, balances explained."""

import threading
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.clock import month_end
from portal.db import Database
from portal.models import AuditEntry, Deal, Payout, PayoutState, PostedLine, Statement
from portal.services.statements import issuing
from portal.services.verification import proof
from tests.db.money import EARNED_FEN, Staff, cancel, earned, held, sums

MARCH = "2026-03"


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


def test_a_statement_takes_in_what_is_open_and_books_what_is_payable(
    session: Session, staff: Staff, now: datetime
) -> None:
    pair = earned(session, staff, now)
    earned(session, staff, now, pair)
    statement = issuing.issue_statement(session, staff.issues, now, payee=f"agency:{pair.agency_id}", month=MARCH)
    assert (statement.number, statement.version, statement.issued_by) == ("2026-03-0001", 1, staff.finance.id)
    assert sums(statement) == (0, 2 * EARNED_FEN, 2 * EARNED_FEN, 0)
    assert [line.amount_fen for line in issuing.lines_of(session, statement)] == [EARNED_FEN] * 2
    assert held(session, pair.agency_id) == (0, 2 * EARNED_FEN, 0)
    payout = session.scalars(select(Payout)).one()
    assert (payout.reference, payout.amount_fen) == ("P-2026-03-0001-1", 2 * EARNED_FEN)
    assert payout.state is PayoutState.REQUESTED
    assert session.scalars(select(AuditEntry).where(AuditEntry.action == "statement_issued")).one()
    assert proof.verify_ledger(session).fault is None


def test_what_comes_after_goes_to_the_next_version_and_nothing_twice(
    session: Session, staff: Staff, now: datetime
) -> None:
    pair = earned(session, staff, now)
    issue = {"payee": f"agency:{pair.agency_id}", "month": MARCH}
    issuing.issue_statement(session, staff.issues, now, **issue)
    with pytest.raises(Refusal) as refused:
        issuing.issue_statement(session, staff.issues, now, **issue)
    assert refused.value == Refusal("nothing_to_issue")
    earned(session, staff, now + timedelta(hours=1), pair)
    later = issuing.issue_statement(session, staff.issues, now + timedelta(hours=2), **issue)
    assert (later.number, later.version) == ("2026-03-0002", 2)


def test_a_month_ends_at_midnight_in_shanghai(session: Session, staff: Staff, now: datetime) -> None:
    end = month_end(MARCH)
    pair = earned(session, staff, end - timedelta(microseconds=1))
    earned(session, staff, end, pair)
    later = end + timedelta(days=2)
    assert [(one.month, one.lines, one.running) for one in issuing.open_months(session, later)] == [
        ("2026-04", 1, True),
        (MARCH, 1, False),
    ]
    march = issuing.issue_statement(session, staff.issues, later, payee=f"agency:{pair.agency_id}", month=MARCH)
    assert march.lines_fen == EARNED_FEN
    assert [one.month for one in issuing.open_months(session, later)] == ["2026-04"]


def test_a_month_that_has_not_begun_is_refused(session: Session, staff: Staff, now: datetime) -> None:
    pair = earned(session, staff, now)
    with pytest.raises(Refusal, match="month_not_begun"):
        issuing.issue_statement(session, staff.issues, now, payee=f"agency:{pair.agency_id}", month="2026-04")


def test_a_negative_balance_is_carried_until_later_lines_outweigh_it(
    session: Session, staff: Staff, now: datetime
) -> None:
    pair = earned(session, staff, now)
    issue = {"payee": f"agency:{pair.agency_id}", "month": MARCH}
    issuing.issue_statement(session, staff.issues, now, **issue)
    cancel(session, staff, now + timedelta(hours=1), session.scalars(select(Deal.id)).one())
    carried = issuing.issue_statement(session, staff.issues, now + timedelta(hours=2), **issue)
    assert sums(carried) == (0, -EARNED_FEN, 0, -EARNED_FEN)
    assert held(session, pair.agency_id) == (-EARNED_FEN, EARNED_FEN, 0)
    for _ in range(2):
        earned(session, staff, now + timedelta(hours=3), pair)
    last = issuing.issue_statement(session, staff.issues, now + timedelta(hours=4), **issue)
    assert sums(last) == (-EARNED_FEN, 2 * EARNED_FEN, EARNED_FEN, 0)
    assert held(session, pair.agency_id) == (0, 2 * EARNED_FEN, 0)
    assert proof.verify_ledger(session).fault is None


def test_all_agencies_at_once_say_what_the_drafts_said(session: Session, staff: Staff, now: datetime) -> None:
    for _ in range(3):
        earned(session, staff, now)
    drafts = issuing.drafts(session, now, MARCH)
    issued = issuing.issue_all(session, staff.issues, now, month=MARCH)
    assert [(draft.payee, *_sums(draft)) for draft in drafts] == [(one.payee, *sums(one)) for one in issued]
    assert [one.number for one in issued] == ["2026-03-0001", "2026-03-0002", "2026-03-0003"]
    assert issuing.drafts(session, now, MARCH) == []
    with pytest.raises(Refusal, match="nothing_to_issue"):
        issuing.issue_all(session, staff.issues, now, month=MARCH)


def _sums(draft: issuing.Draft) -> tuple[int, int, int, int]:
    return draft.opening_fen, draft.lines_fen, draft.payable_fen, draft.carried_fen


def test_any_history_balances(session: Session, staff: Staff, now: datetime) -> None:
    """Signings, cancellations and statements in any order: accounts say what lines and statements say."""
    random = Random(20260310)
    pairs = [earned(session, staff, now) for _ in range(2)]
    for turn in range(1, 17):
        at, pair = now + timedelta(hours=turn), random.choice(pairs)
        deed = random.choice(["sign", "cancel", "issue"])
        alive = select(Deal.id).where(Deal.agency_id == pair.agency_id, Deal.cancelled_at.is_(None))
        live = session.scalars(alive).all()
        if deed == "sign":
            earned(session, staff, at, pair)
        elif deed == "cancel" and live:
            cancel(session, staff, at, random.choice(live))
        elif any(draft.payee == f"agency:{pair.agency_id}" for draft in issuing.drafts(session, at, MARCH)):
            issuing.issue_statement(session, staff.issues, at, payee=f"agency:{pair.agency_id}", month=MARCH)
        assert proof.verify_ledger(session).fault is None, (turn, deed)


def test_racing_issuers_leave_no_gap_and_no_line_twice(database: Database, now: datetime) -> None:
    """Six hands issue the same six agencies, each in an order of its own."""
    with database.transaction() as session:
        staff = Staff.hired(session)
        agencies = [earned(session, staff, now).agency_id for _ in range(6)]
        actor = staff.issues
    start, refused = threading.Barrier(6), []

    def run(number: int) -> None:
        start.wait()
        for agency_id in agencies[number:] + agencies[:number]:
            try:
                with database.transaction() as session:
                    issuing.issue_statement(session, actor, now, payee=f"agency:{agency_id}", month=MARCH)
            except Refusal as refusal:
                refused.append(refusal.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        numbers = sorted(session.scalars(select(Statement.number)))
        assert numbers == [f"2026-03-{number:04d}" for number in range(1, 7)]
        assert refused == ["nothing_to_issue"] * 30
        assert proof.verify_ledger(session).fault is None
        assert len(session.scalars(select(PostedLine)).all()) == 6
