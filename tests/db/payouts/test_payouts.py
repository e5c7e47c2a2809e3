"""Payouts on both databases: three hands, every hold named, each sent once, each answer taken in once."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions import ledger as accounts
from commissions.payout import Check, Verb
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters import bank
from portal.db import Database
from portal.models import (
    Appeal,
    AppealOutcome,
    BankOutcome,
    BankResult,
    Deal,
    Freeze,
    Payout,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Person,
    Role,
)
from portal.services.ledger import balances as ledger_balances
from portal.services.payouts import bank_files, payouts
from portal.services.penalties import appeals
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, answer, approved, exported, held, requested, taken_in

REQUESTED, APPROVED, EXPORTED, PAID, REJECTED, FAILED, VOIDED, RETURNED = PayoutState


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


def test_the_way_of_the_money(session: Session, staff: Staff, now: datetime) -> None:
    payout = requested(session, staff, now)
    agency = payout.agency_id
    payouts.approve_payout(session, staff.approves, now, payout)
    assert held(session, agency) == (0, EARNED_FEN, 0)
    batch, left_out = bank_files.export_payouts(session, staff.pays, now)
    assert (batch.number, batch.count, batch.total_fen, left_out) == ("B-2026-03-0001", 1, EARNED_FEN, [])
    assert held(session, agency) == (0, 0, EARNED_FEN)
    report = taken_in(session, staff, now, batch, answer(session, batch))
    assert (report.paid, report.failed, report.repeated, report.unmatched) == (1, 0, 0, [])
    assert held(session, agency) == (0, 0, 0)
    assert ledger_balances.balance_of(session, accounts.BANK) == -EARNED_FEN
    session.expire_all()
    hands = [(step.state, step.actor_id) for step in payout.steps]
    three = staff.finance.id, staff.approver.id, staff.cashier.id
    assert hands == list(zip((REQUESTED, APPROVED, EXPORTED, PAID), (*three, staff.cashier.id), strict=True))
    assert proof.verify_ledger(session).fault is None


# Four eyes, three hands


def _approve(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    payouts.approve_payout(session, actor, now, payout)


def _export(session: Session, actor: Actor, now: datetime, payout: Payout) -> None:
    found = bank_files.readiness(session, actor, now, [payout.id])
    for left_out in found.left_out:
        raise left_out.refusal
    bank_files.export_payouts(session, actor, now, [payout.id])


HANDS = [
    (_approve, "finance", "issue"),
    (_approve, "approver", None),
    (_approve, "cashier", None),
    (_export, "finance", "issue"),
    (_export, "approver", "approve"),
    (_export, "cashier", None),
]


@pytest.mark.parametrize(("deed", "who", "already"), HANDS)
def test_no_hand_touches_twice_whatever_its_role_has_become(
    session: Session,
    staff: Staff,
    now: datetime,
    deed: Callable[[Session, Actor, datetime, Payout], None],
    who: str,
    already: str | None,
) -> None:
    payout = requested(session, staff, now) if deed is _approve else approved(session, staff, now)
    person: Person = getattr(staff, who)
    person.role = Role.APPROVER if deed is _approve else Role.CASHIER
    if already is None:
        deed(session, Actor.of(person), now, payout)
        return
    with pytest.raises(Refusal) as refused:
        deed(session, Actor.of(person), now, payout)
    verb = Verb.APPROVE if deed is _approve else Verb.EXPORT
    assert refused.value == Refusal("same_hands", verb=verb, already=already)


def test_who_asked_again_is_a_hand_too(session: Session, staff: Staff, now: datetime) -> None:
    first = requested(session, staff, now)
    payouts.reject_payout(session, staff.approves, now, first, reason="the account is wrong")
    other = make.person(session, Role.FINANCE)
    again = payouts.request_payout(session, Actor.of(other), now, first.statement)
    for hand in (staff.finance, other):
        with pytest.raises(Refusal, match="same_hands"):
            payouts.approve_payout(session, Actor.of(hand), now, again)
    payouts.approve_payout(session, staff.approves, now, again)
    assert (again.reference, again.state) == ("P-2026-03-0001-2", APPROVED)


# Holds


def _closed(session: Session, now: datetime, payout: Payout) -> None:
    payout.agency.deactivated_at = now


def _without_account(session: Session, now: datetime, payout: Payout) -> None:
    payout.agency.bank_sealed = None


def _new_account(session: Session, now: datetime, payout: Payout) -> None:
    make.bank_details(session, payout.agency, now, holder="某某")


def _frozen(session: Session, now: datetime, payout: Payout) -> None:
    broker_id = session.scalars(select(Deal.owner_id).where(Deal.agency_id == payout.agency_id)).one()
    session.add(Freeze(broker_id=broker_id, starts_at=now, ends_at=now + timedelta(days=30)))
    session.flush()


def _appealed(session: Session, now: datetime, payout: Payout) -> None:
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    assert deal.touch
    showing = make.showing(session, touch=deal.touch)
    make.appeal(session, strike=make.strike(session, showing=showing, confirmed_at=now))


DAY, MONTH = timedelta(days=1), timedelta(days=30)
HOLDS = [
    (_closed, "payee_inactive", None),
    (_without_account, "bank_missing", None),
    (_new_account, "bank_changed_lately", DAY),
    (_frozen, "broker_frozen", MONTH),
    (_appealed, "open_appeal", None),
]


@pytest.mark.parametrize(("cause", "code", "ends"), HOLDS)
def test_a_hold_stops_the_approval_and_ends_at_its_instant(
    session: Session,
    staff: Staff,
    now: datetime,
    cause: Callable[[Session, datetime, Payout], None],
    code: str,
    ends: timedelta | None,
) -> None:
    payout = requested(session, staff, now)
    cause(session, now, payout)
    facts = {"until": now + ends} if ends else {}
    with pytest.raises(Refusal) as refused:
        payouts.approve_payout(session, staff.approves, now, payout)
    assert refused.value == Refusal(code, **facts)
    assert payout.state is REQUESTED
    if ends:
        payouts.approve_payout(session, staff.approves, now + ends, payout)


@pytest.mark.parametrize(("cause", "code", "ends"), HOLDS)
def test_what_is_held_after_its_approval_is_left_out_of_the_file_and_named(
    session: Session,
    staff: Staff,
    now: datetime,
    cause: Callable[[Session, datetime, Payout], None],
    code: str,
    ends: timedelta | None,
) -> None:
    """Bank details changed between approval and export are how money is stolen."""
    payout, other = approved(session, staff, now), approved(session, staff, now)
    cause(session, now, payout)
    batch, left_out = bank_files.export_payouts(session, staff.pays, now)
    assert [(one.payout, one.refusal.code) for one in left_out] == [(payout, code)]
    assert [one.id for one in bank_files.payouts_of(session, batch)] == [other.id]


def test_a_decided_appeal_and_one_over_another_client_hold_nothing(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout = requested(session, staff, now)
    deal = session.scalars(select(Deal).where(Deal.agency_id == payout.agency_id)).one()
    other = make.touch(session, person=deal.owner)
    make.appeal(session, strike=make.strike(session, showing=make.showing(session, touch=other)))
    _appealed(session, now, payout)
    assert list(payouts.found_holds(session, now, payout)) == [Check.APPEALS_DECIDED]
    appeal = session.scalars(select(Appeal).order_by(Appeal.id.desc())).first()
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    appeals.decide_appeal(session, manager, now, appeal, outcome=AppealOutcome.REJECTED, reason="看过了")
    payouts.approve_payout(session, staff.approves, now, payout)


# The bank's file and its answer


def test_the_file_rests_sealed_and_reads_back_as_what_is_paid(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now, 2)
    content = bank_files.take_file(session, staff.pays, now, batch, "csv")
    assert content not in batch.content_sealed
    sent = bank_files.payouts_of(session, batch)
    assert [(p.reference, p.amount_fen) for p in bank.read_payments(content)] == [
        (payout.reference, payout.amount_fen) for payout in sent
    ]
    assert bank.read_payments(content)[0].account == f"62220000{sent[0].agency_id:08d}"


def test_an_answer_is_taken_in_once_however_often_it_comes(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now, 2)
    one, two = bank_files.payouts_of(session, batch)
    data = answer(session, batch, {two.reference: "system busy"})
    first = taken_in(session, staff, now, batch, data)
    again = taken_in(session, staff, now, batch, data)
    assert (first.paid, first.failed, first.repeated) == (1, 1, 0)
    assert (again.paid, again.failed, again.repeated, again.unmatched) == (0, 0, 2, [])
    assert (one.state, two.state) == (PAID, FAILED)
    assert held(session, two.agency_id) == (0, EARNED_FEN, 0)
    assert payouts.request_payout(session, staff.issues, now, two.statement).state is REQUESTED
    with pytest.raises(Refusal, match="payout_under_way"):
        payouts.request_payout(session, staff.issues, now, one.statement)
    assert proof.verify_ledger(session).fault is None


def test_what_matches_nothing_is_named_and_stops_no_other_row(session: Session, staff: Staff, now: datetime) -> None:
    other = bank_files.payouts_of(session, exported(session, staff, now))[0]
    batch = exported(session, staff, now, 2)
    one, two = bank_files.payouts_of(session, batch)
    data = bank.write_results(
        [
            bank.Result("P-2026-03-9999-1", EARNED_FEN, bank.PAID, ""),
            bank.Result(other.reference, EARNED_FEN, bank.PAID, ""),
            bank.Result(one.reference, EARNED_FEN - 1, bank.PAID, ""),
            bank.Result(two.reference, EARNED_FEN, bank.PAID, ""),
            bank.Result(two.reference, EARNED_FEN, bank.FAILED, "after all not"),
        ]
    )
    report = taken_in(session, staff, now, batch, data)
    assert report.paid == 1
    assert [(one.row, one.why) for one in report.unmatched] == [
        (2, BankOutcome.UNKNOWN_REFERENCE),
        (3, BankOutcome.OTHER_BATCH),
        (4, BankOutcome.OTHER_AMOUNT),
        (6, BankOutcome.ALREADY_SETTLED),
    ]
    kept = bank_files.unmatched_rows(session, batch)
    assert [row.outcome for row in kept] == [one.why for one in report.unmatched]
    assert (one.state, two.state, other.state) == (EXPORTED, PAID, EXPORTED)
    assert proof.verify_ledger(session).fault is None


def test_a_file_with_one_wrong_cell_does_nothing(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now)
    data = answer(session, batch) + b"P-2026-03-0002-1,12.345,paid,\r\n"
    with pytest.raises(Refusal) as refused:
        taken_in(session, staff, now, batch, data)
    assert refused.value == Refusal("bank_file_cell", row=3, column="amount")
    assert session.scalar(select(func.count(BankResult.id))) == 0


def test_any_way_of_payouts_balances(session: Session, staff: Staff, now: datetime) -> None:
    """Whatever becomes of payouts, what is payable is what is not paid and not on its way."""
    random = Random(20260311)
    rows = [requested(session, staff, now) for _ in range(3)]
    for turn in range(18):
        at, payout = now + timedelta(hours=turn), random.choice(rows)
        payout = payouts.of_statement(session, payout.statement)[0]
        if payout.state is REQUESTED:
            if random.random() < 0.7:
                payouts.approve_payout(session, staff.approves, at, payout)
            else:
                payouts.reject_payout(session, staff.approves, at, payout, reason="not yet")
        elif payout.state is APPROVED:
            bank_files.export_payouts(session, staff.pays, at, [payout.id])
        elif payout.state is EXPORTED:
            failing = {payout.reference: "closed"} if random.random() < 0.5 else {}
            data = answer(session, payout.batch, failing)
            taken_in(session, staff, at, payout.batch, data)
        elif payout.state in payouts.ENDED:
            payouts.request_payout(session, staff.issues, at, payout.statement)
        unpaid = EXPORTED if payout.state is EXPORTED else payout.state
        assert held(session, payout.agency_id)[1:] == {
            EXPORTED: (0, EARNED_FEN),
            PAID: (0, 0),
        }.get(unpaid, (EARNED_FEN, 0))
        assert proof.verify_ledger(session).fault is None


# Races


def _race(database: Database, deeds: list[Callable[[Session], object]]) -> list[str]:
    """Do all deeds at once, each in a transaction of its own; the codes of what was refused."""
    start, refused = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                deed(session)
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(refused)


def test_of_two_approvers_who_press_together_one_is_told(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        key = requested(session, staff, now).id
        approvers = [staff.approves, *(Actor.of(make.person(session, Role.APPROVER)) for _ in range(3))]

    def approve(actor: Actor) -> Callable[[Session], object]:
        return lambda session: payouts.approve_payout(session, actor, now, session.get_one(Payout, key))

    assert _race(database, [approve(actor) for actor in approvers]) == ["wrong_state"] * 3
    with database.reading() as session:
        assert session.scalar(select(func.count(PayoutStep.id)).where(PayoutStep.state == APPROVED)) == 1


def test_exports_at_once_send_each_payout_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        for _ in range(3):
            approved(session, staff, now)
        cashier = staff.pays
    deeds = [lambda session: bank_files.export_payouts(session, cashier, now)] * 4
    assert _race(database, deeds) == ["nothing_to_export"] * 3
    with database.reading() as session:
        assert session.scalars(select(PayoutBatch.count)).all() == [3]
        assert proof.verify_ledger(session).fault is None


def test_one_answer_imported_at_once_settles_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        batch = exported(session, staff, now, 2)
        key, data, cashier = batch.id, answer(session, batch), staff.pays
    reports = []

    def take_in(session: Session) -> None:
        batch = session.get_one(PayoutBatch, key)
        reports.append(bank_files.import_result(session, cashier, now, batch, bank.read_answer(data)))

    assert _race(database, [take_in] * 4) == []
    assert sorted((one.paid, one.repeated) for one in reports) == [(0, 2)] * 3 + [(2, 0)]
    with database.reading() as session:
        assert proof.verify_ledger(session).fault is None
