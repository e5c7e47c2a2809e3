"""Where money goes takes two people and a call, and what was approved for one account goes to no other."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters import bank
from portal.clock import SHANGHAI
from portal.db import Database
from portal.models import (
    Agency,
    AuditEntry,
    BankChange,
    Payout,
    PayoutApproval,
    PayoutState,
    Person,
    ProposalState,
    Role,
)
from portal.rules.bank_details.bank_details import BankDetails
from portal.services.bank_details import bank_details
from portal.services.payouts import bank_files, holds, payouts
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import Staff, approved, exported

NEW = BankDetails("安居经纪有限公司", "招商银行杭州分行", "6214830012340123")
CALLED = {"account": "6214 8300 1234 0123", "call_back": "王姐，座机 0571-88"}
DAY = timedelta(days=1)


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def refused(call: Callable[..., object], *args: object, **facts: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*args, **facts)
    return caught.value


def test_details_are_in_force_once_another_person_has_called_the_payee(
    session: Session, manager: Actor, staff: Staff, now: datetime
) -> None:
    agency, later = make.agency(session, bank_changed_at=None), now + timedelta(hours=3)
    change = bank_details.propose(session, manager, now.astimezone(SHANGHAI), agency, NEW)
    assert bank_details.details_of(session, agency) is None
    assert bank_details.proposed_details(session, change) == NEW
    session.expire(change)
    assert bank_details.proposed_details(session, change) == NEW, "the database says the same instant otherwise"
    bank_details.confirm(session, staff.issues, later, change, **CALLED)
    assert bank_details.details_of(session, agency) == NEW
    assert (agency.bank_changed_at, change.state) == (later, ProposalState.CONFIRMED)
    assert change.call_back == CALLED["call_back"]
    for sealed in (agency.bank_sealed, change.details_sealed):
        assert NEW.account.encode() not in sealed
    assert bank_details.in_force(session, [change.payee]) == {change.payee: change}
    deeds = select(AuditEntry).where(AuditEntry.action.startswith("bank_details")).order_by(AuditEntry.id)
    entries = session.scalars(deeds).all()
    assert [(one.action, one.facts) for one in entries] == [
        ("bank_details_proposed", {"last_four": "0123"}),
        ("bank_details_confirmed", {"last_four": "0123"}),
    ]


def test_nobody_confirms_alone_unheard_or_for_himself(
    session: Session, manager: Actor, staff: Staff, now: datetime
) -> None:
    agency = make.agency(session)
    change = bank_details.propose(session, manager, now, agency, NEW)
    confirm, given = bank_details.confirm, (now, change)
    assert refused(confirm, session, manager, *given, **CALLED).code == "own_proposal"
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=agency))
    assert refused(confirm, session, principal, *given, **CALLED).code == "own_bank_details"
    other = CALLED | {"account": "6214830012340124"}
    assert refused(confirm, session, staff.issues, *given, **other) == Refusal("bank_account_differs", field="account")
    unheard = CALLED | {"call_back": " "}
    assert refused(confirm, session, staff.issues, *given, **unheard) == Refusal("call_back_needed", field="call_back")
    assert (change.state, change.call_back) == (ProposalState.PROPOSED, None)
    assert refused(bank_details.propose, session, staff.issues, now, agency, NEW).code == "bank_change_waits"
    bank_details.refuse(session, staff.issues, now, change, "查无此人")
    assert refused(confirm, session, staff.issues, *given, **CALLED).code == "proposal_decided"
    bank_details.withdraw(session, manager, now, bank_details.propose(session, manager, now, agency, NEW))
    assert bank_details.details_of(session, agency) is None


def test_the_database_lets_no_account_in_that_two_people_did_not_make(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        one, other = make.agency(session), make.agency(session)
        make.bank_details(session, one, now)
        change = bank_details.propose(session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now, other, NEW)
        change_id, digest, person = change.id, change.digest, make.person(session, Role.REFERRER)
    tries = [
        update(Agency).where(Agency.id == other.id).values(bank_digest=one.bank_digest, bank_changed_at=now),
        update(Agency).where(Agency.id == other.id).values(bank_digest=digest, bank_changed_at=now),
        update(Agency).where(Agency.id == one.id).values(bank_changed_at=now - DAY),
        update(Person).where(Person.id == person.id).values(bank_digest=one.bank_digest, bank_changed_at=now),
        text(f"UPDATE bank_changes SET digest = 'x' WHERE id = {change_id}"),
        text(f"UPDATE bank_changes SET agency_id = {one.id} WHERE id = {change_id}"),
        text(f"DELETE FROM bank_changes WHERE id = {change_id}"),
        text("UPDATE bank_changes SET call_back = 'x' WHERE state = 'confirmed'"),
        text(
            f"UPDATE bank_changes SET state = 'confirmed', decided_by = proposed_by, decided_at = proposed_at, "
            f"call_back = 'x' WHERE id = {change_id}"
        ),
    ]
    for statement in tries:
        with pytest.raises(DBAPIError), database.transaction() as session:
            session.execute(statement)


def test_what_is_sealed_for_one_row_opens_in_no_other(session: Session, now: datetime) -> None:
    """Who can write to the database and has no keys moves an account into another row: it does not open there."""
    one, other, person = make.agency(session), make.agency(session), make.person(session, Role.REFERRER)
    for owner in (one, other, person):
        make.bank_details(session, owner, now)
    for thief in (one, person):
        own = thief.bank_sealed
        thief.bank_sealed = other.bank_sealed
        assert refused(bank_details.details_of, session, thief).code == "bank_unreadable"
        account = bank_details.accounts_of(session, [thief])[bank_details.payee_of(thief)]
        assert (account.details, account.unreadable) == (None, True)
        thief.bank_sealed = own
        assert bank_details.details_of(session, thief) is not None
    first = session.scalars(select(BankChange).where(BankChange.agency_id == one.id)).one()
    second = session.scalars(select(BankChange).where(BankChange.agency_id == other.id)).one()
    with session.no_autoflush:
        first.details_sealed = second.details_sealed
        assert refused(bank_details.proposed_details, session, first).code == "bank_unreadable"
        session.expire(first)


# What an approval is for


def test_what_was_approved_for_one_account_goes_to_no_other(session: Session, staff: Staff, now: datetime) -> None:
    payout = approved(session, staff, now)
    later = now + 2 * DAY
    make.bank_details(session, payout.agency, now + timedelta(hours=1), bank="招商银行")
    assert set(payouts.found_holds(session, later, payout)) == {Check.ACCOUNT_APPROVED}
    assert session.scalars(select(Payout.id).where(holds.condition(later, Check.ACCOUNT_APPROVED))).all() == [payout.id]
    left = bank_files.readiness(session, staff.pays, later).left_out
    assert [(one.payout, one.refusal) for one in left] == [(payout, Refusal("account_not_approved"))]
    assert refused(payouts.approve_anew, session, staff.issues, later, payout).code == "same_hands"
    payouts.approve_anew(session, staff.approves, later, payout)
    assert refused(payouts.approve_anew, session, staff.approves, later, payout).code == "approval_stands"
    batch, _ = bank_files.export_payouts(session, staff.pays, later)
    (sent,) = bank.read_payments(bank_files.file_of(session, batch))
    assert sent.bank == "招商银行"
    assert proof.verify_ledger(session).fault is None


def test_who_approves_anew_does_not_send(session: Session, staff: Staff, now: datetime) -> None:
    payout = approved(session, staff, now)
    second, later = make.person(session, Role.APPROVER), now + 2 * DAY
    make.bank_details(session, payout.agency, now + timedelta(hours=1), bank="招商银行")
    payouts.approve_anew(session, Actor.of(second), later, payout)
    left = bank_files.readiness(session, Actor(second.id, Role.CASHIER), later).left_out
    assert [one.refusal.code for one in left] == ["same_hands"]


def test_the_same_details_once_more_need_no_other_approval(session: Session, staff: Staff, now: datetime) -> None:
    """They rest for a day like any others, but the approval was for just them."""
    payout = approved(session, staff, now)
    make.bank_details(session, payout.agency, now)
    assert set(payouts.found_holds(session, now, payout)) == {Check.BANK_SETTLED}
    assert not payouts.found_holds(session, now + DAY, payout)


def test_a_payee_who_objects_is_not_paid_until_his_details_are_given_anew(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout, later = approved(session, staff, now), now + 2 * DAY
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=payout.agency))
    change = make.bank_details(session, payout.agency, now)
    assert refused(bank_details.object_to, session, principal, now, change, " ").code == "objection_words_needed"
    for _ in range(2):
        bank_details.object_to(session, principal, now, change, "不是我们的账户")
    assert set(payouts.found_holds(session, later, payout)) == {Check.PAYEE_AGREES}
    assert session.scalars(select(Payout.id).where(holds.condition(later, Check.PAYEE_AGREES))).all() == [payout.id]
    make.bank_details(session, payout.agency, now + timedelta(hours=1))
    assert not payouts.found_holds(session, later, payout)
    assert refused(bank_details.object_to, session, principal, now, change, "还是不对").code == "objection_too_late"


def test_a_change_and_an_export_at_the_same_instant(database: Database, now: datetime) -> None:
    """Either the file has the account that was approved, or the payout stays behind; never another account."""
    with database.transaction() as session:
        staff = Staff.hired(session)
        rows = [approved(session, staff, now) for _ in range(3)]
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        known = {one.reference: bank_details.details_of(session, one.agency).account for one in rows}
        changes = [bank_details.propose(session, manager, now, one.agency, NEW).id for one in rows]
    later, start = now + 2 * DAY, threading.Barrier(2)

    def change() -> None:
        start.wait()
        for key in changes:
            with database.transaction() as session:
                row = session.get_one(BankChange, key)
                bank_details.confirm(session, staff.issues, now, row, **CALLED)  # long ago: no rest holds it

    def export() -> None:
        start.wait()
        with suppress(Refusal), database.transaction() as session:  # nothing may be left to export
            bank_files.export_payouts(session, staff.pays, later)

    threads = [threading.Thread(target=one) for one in (change, export)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        sent = {
            one.reference: one.account
            for batch in session.scalars(select(bank_files.PayoutBatch))
            for one in bank.read_payments(bank_files.file_of(session, batch))
        }
        assert sent == {key: account for key, account in known.items() if key in sent}
        for row in session.scalars(select(Payout)):
            assert row.state is (PayoutState.EXPORTED if row.reference in sent else PayoutState.APPROVED)
            held = payouts.found_holds(session, later, row)
            assert (Check.ACCOUNT_APPROVED in held) is (row.reference not in sent)
        assert proof.verify_ledger(session).fault is None


def test_an_account_that_was_moved_stops_one_payment_and_no_other(
    session: Session, staff: Staff, now: datetime
) -> None:
    one, other = approved(session, staff, now), approved(session, staff, now)
    one.agency.bank_sealed = other.agency.bank_sealed
    session.flush()
    batch, left = bank_files.export_payouts(session, staff.pays, now)
    assert [(row.payout, row.refusal.code) for row in left] == [(one, "bank_unreadable")]
    assert [row.reference for row in bank.read_payments(bank_files.file_of(session, batch))] == [other.reference]


def test_two_who_decide_at_once_decide_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        key = bank_details.propose(session, manager, now, make.agency(session), NEW).id
    start, told = threading.Barrier(2), []

    def decide(call: Callable[[Session, BankChange], None]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                call(session, session.get_one(BankChange, key))
                told.append("done")
        except Refusal as refusal:
            told.append(refusal.code)

    calls: tuple[Callable[[Session, BankChange], None], ...] = (
        lambda session, row: bank_details.confirm(session, staff.issues, now, row, **CALLED),
        lambda session, row: bank_details.refuse(session, staff.approves, now, row, "不对"),
    )
    threads = [threading.Thread(target=decide, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "proposal_decided"]


# What verifying finds


def test_verifying_holds_accounts_and_files_against_their_approvals(
    session: Session, staff: Staff, now: datetime
) -> None:
    batch = exported(session, staff, now, 2)
    assert proof.verify_ledger(session).fault is None
    one, other = (row.agency for row in bank_files.payouts_of(session, batch))
    own, one.bank_sealed = one.bank_sealed, other.bank_sealed
    session.flush()
    fault = proof.verify_ledger(session).fault
    assert fault is not None
    assert (fault.what, fault.reference) == ("bank_details", f"agency:{one.id}")
    one.bank_sealed = own
    session.flush()
    assert proof.verify_ledger(session).fault is None
    (payout, _) = bank_files.payouts_of(session, batch)
    facts = {"approved_by": staff.approver.id, "approved_at": now}
    session.add(PayoutApproval(payout_id=payout.id, account_digest="0" * 64, **facts))
    session.flush()
    session.expire_all()
    fault = proof.verify_ledger(session).fault
    assert fault is not None
    assert (fault.what, fault.reference) == ("sent_account", payout.reference)


def test_the_eleventh_proposal_of_a_connection_is_taken_like_the_first(session: Session, now: datetime) -> None:
    """PostgreSQL plans a statement anew without its parameters then: the index's condition has to stand in the text."""
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    agencies = [make.agency(session) for _ in range(12)]
    assert len({bank_details.propose(session, manager, now, one, NEW).id for one in agencies}) == 12
