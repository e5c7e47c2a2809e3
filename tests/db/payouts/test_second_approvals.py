"""A payout above the limit takes two different approvers, neither of them the asker; on both databases."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import FirstApproval, Payout, PayoutState, Role
from portal.rules.payouts.limits import MoneyLimits
from portal.services.home import figures as desk
from portal.services.payouts import bank_files, payouts
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, requested

REQUESTED, APPROVED = PayoutState.REQUESTED, PayoutState.APPROVED
LIMITS = MoneyLimits(correction_alone=0, second_approver=EARNED_FEN // 100 - 1)


@pytest.fixture
def staff(session: Session) -> Staff:
    session.limits = LIMITS
    return Staff.hired(session)


@pytest.fixture
def second(session: Session, staff: Staff) -> Actor:
    return Actor.of(make.person(session, Role.APPROVER))


@pytest.fixture
def payout(session: Session, staff: Staff, now: datetime) -> Payout:
    return requested(session, staff, now)


@pytest.mark.parametrize(("limit", "needed"), [(0, 1), (35_999, 2), (36_000, 1)])
def test_the_sum_decides_when_it_is_requested(
    session: Session, staff: Staff, now: datetime, limit: int, needed: int
) -> None:
    session.limits = MoneyLimits(second_approver=limit)
    assert requested(session, staff, now).approvals_needed == needed


def test_the_first_says_so_and_the_second_lets_it_go(
    session: Session, staff: Staff, second: Actor, payout: Payout, now: datetime
) -> None:
    payouts.approve_payout(session, staff.approves, now, payout)
    assert (payout.state, payout.first_approval.approver_id) == (REQUESTED, staff.approver.id)
    waiting = [{one.code: one.count for one in desk.waiting(session, hand, now)} for hand in (staff.approves, second)]
    assert [one["payouts_to_approve"] for one in waiting] == [0, 1]
    with pytest.raises(Refusal, match="same_hands"):
        payouts.approve_payout(session, staff.approves, now, payout)
    payouts.approve_payout(session, second, now, payout)
    assert payout.state is APPROVED
    assert proof.verify_ledger(session).fault is None


def test_neither_approver_sends_it(
    session: Session, staff: Staff, second: Actor, payout: Payout, now: datetime
) -> None:
    payouts.approve_payout(session, staff.approves, now, payout)
    payouts.approve_payout(session, second, now, payout)
    for hand in (staff.approves, second, staff.issues):
        with pytest.raises(Refusal, match="nothing_to_export"):
            bank_files.export_payouts(session, hand, now, [payout.id])
    bank_files.export_payouts(session, staff.pays, now, [payout.id])
    assert proof.verify_ledger(session).fault is None


def test_who_asked_is_not_the_first_either(session: Session, staff: Staff, payout: Payout, now: datetime) -> None:
    with pytest.raises(Refusal, match="same_hands"):
        payouts.approve_payout(session, staff.issues, now, payout)
    assert payout.first_approval is None


def test_bank_details_that_changed_between_take_the_first_approval_away(
    session: Session, staff: Staff, second: Actor, payout: Payout, now: datetime
) -> None:
    payouts.approve_payout(session, staff.approves, now, payout)
    make.bank_details(session, payout.agency, now + timedelta(hours=1), bank="招商银行")
    with pytest.raises(Refusal, match="first_approval_old"):
        payouts.approve_payout(session, second, now + timedelta(days=3), payout)
    assert payout.state is REQUESTED


NEW = {"account": "6222000000007788", "bank": "招商银行"}


@pytest.fixture
def for_another_account(session: Session, staff: Staff, second: Actor, payout: Payout, now: datetime) -> datetime:
    """Both have approved it, and then its payee has another account; two days later."""
    payouts.approve_payout(session, staff.approves, now, payout)
    payouts.approve_payout(session, second, now, payout)
    make.bank_details(session, payout.agency, now + timedelta(hours=1), **NEW)
    return now + timedelta(days=2)


def test_both_approve_anew_for_another_account(
    session: Session, staff: Staff, second: Actor, payout: Payout, for_another_account: datetime
) -> None:
    later = for_another_account

    def waiting() -> list[int]:
        figures = (desk.waiting(session, hand, later) for hand in (staff.approves, second))
        return [{one.code: one.count for one in some}["payouts_to_approve"] for some in figures]

    assert waiting() == [1, 1]
    payouts.approve_anew(session, staff.approves, later, payout)
    assert Check.ACCOUNT_APPROVED in payouts.found_holds(session, later, payout), "one of two does not let it go"
    with pytest.raises(Refusal, match="nothing_to_export"):
        bank_files.export_payouts(session, staff.pays, later, [payout.id])
    assert waiting() == [0, 1]
    with pytest.raises(Refusal, match="same_hands"):
        payouts.approve_anew(session, staff.approves, later, payout)
    payouts.approve_anew(session, second, later, payout)
    assert (waiting(), payouts.first_anew(payout)) == ([0, 0], None)
    with pytest.raises(Refusal, match="approval_stands"):
        payouts.approve_anew(session, second, later, payout)
    bank_files.export_payouts(session, staff.pays, later, [payout.id])
    assert proof.verify_ledger(session).fault is None


def test_one_of_two_anew_is_for_just_that_account(
    session: Session, staff: Staff, second: Actor, payout: Payout, for_another_account: datetime
) -> None:
    payouts.approve_anew(session, staff.approves, for_another_account, payout)
    make.bank_details(session, payout.agency, for_another_account, account="6222000000009999")
    later = for_another_account + timedelta(days=2)
    assert payouts.first_anew(payout) is None
    third = Actor.of(make.person(session, Role.APPROVER))
    for hand in (second, third):
        assert Check.ACCOUNT_APPROVED in payouts.found_holds(session, later, payout)
        payouts.approve_anew(session, hand, later, payout)
    assert Check.ACCOUNT_APPROVED not in payouts.found_holds(session, later, payout)
    cashiers = [Actor.of(make.person(session, Role.CASHIER)), staff.approves, second, third]
    for hand in cashiers[1:]:
        with pytest.raises(Refusal, match="nothing_to_export"):
            bank_files.export_payouts(session, hand, later, [payout.id])
    bank_files.export_payouts(session, cashiers[0], later, [payout.id])
    assert proof.verify_ledger(session).fault is None


def test_the_database_wants_two_anew(
    session: Session, payout: Payout, staff: Staff, for_another_account: datetime
) -> None:
    alone = (
        "INSERT INTO payout_approvals (payout_id, account_digest, approved_by, approved_at) "
        "SELECT payout_id, 'another', approved_by, approved_at FROM payout_approvals"
    )
    with pytest.raises(DBAPIError, match="two approvers"), session.begin_nested():
        session.execute(text(alone))
    payouts.approve_anew(session, staff.approves, for_another_account, payout)
    own = (
        "INSERT INTO payout_approvals (payout_id, account_digest, approved_by, approved_at) "
        "SELECT payout_id, account_digest, approver_id, at FROM first_approvals_anew"
    )
    with pytest.raises(DBAPIError, match="two approvers"), session.begin_nested():
        session.execute(text(own))


def test_many_at_once_wait_for_a_second_approver(
    session: Session, staff: Staff, second: Actor, payout: Payout, now: datetime
) -> None:
    session.limits = MoneyLimits(second_approver=0)
    small = requested(session, staff, now)
    approved, left_out = payouts.approve_payouts(session, staff.approves, now, [payout, small])
    assert ([one.state for one in approved], left_out) == ([REQUESTED, APPROVED], [])
    approved, left_out = payouts.approve_payouts(session, staff.approves, now, [payout])
    assert (approved, [one.refusal.code for one in left_out]) == ([], ["same_hands"])
    assert payouts.approve_payouts(session, second, now, [payout])[0] == [payout]
    assert payout.state is APPROVED


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE payouts SET state = 'approved'", "two approvers"),
        ("UPDATE payouts SET approvals_needed = 1", "keeps what it needs"),
        (
            "INSERT INTO first_approvals (payout_id, approver_id, at) SELECT one.id, row.issued_by, row.issued_at "
            "FROM payouts AS one, statements AS row WHERE row.id = one.statement_id",
            "approves nothing",
        ),
    ],
    ids=["no first", "fewer", "the asker"],
)
def test_the_database_wants_two(session: Session, payout: Payout, statement: str, why: str) -> None:
    with pytest.raises(DBAPIError, match=why), session.begin_nested():
        session.execute(text(statement))


def test_the_database_writes_no_second_step_of_the_first_hand(
    session: Session, staff: Staff, payout: Payout, now: datetime
) -> None:
    payouts.approve_payout(session, staff.approves, now, payout)
    step = (
        "INSERT INTO payout_steps (payout_id, state, actor_id, at, note) "
        "SELECT payout_id, 'approved', approver_id, at, '' FROM first_approvals"
    )
    with pytest.raises(DBAPIError, match="other hands"), session.begin_nested():
        session.execute(text(step))


def test_of_three_who_approve_at_once_two_count(database: Database, now: datetime) -> None:
    database.limits = LIMITS
    with database.transaction() as session:
        staff = Staff.hired(session)
        key = requested(session, staff, now).id
        hands = [Actor.of(make.person(session, Role.APPROVER)) for _ in range(2)]
    start, outcomes = threading.Barrier(4), []

    def approve(hand: Actor) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                payouts.approve_payout(own, hand, now, own.get_one(Payout, key))
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=approve, args=(hand,)) for hand in (*hands, hands[0], staff.approves)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 2
    assert set(outcomes) <= {"done", "same_hands", "wrong_state"}
    with database.reading() as session:
        row = session.get_one(Payout, key)
        (second,) = [step.actor_id for step in row.steps if step.state is APPROVED]
        assert second != session.query(FirstApproval).one().approver_id
        assert proof.verify_ledger(session).fault is None
