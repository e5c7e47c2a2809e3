"""Money that did not arrive, or came back: its words, its postings, and asking for it anew exactly once."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions import ledger as accounts
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters import bank
from portal.db import Database
from portal.models import BankOutcome, BankResult, Payout, PayoutBatch, PayoutState
from portal.services.ledger import balances as ledger_balances
from portal.services.payouts import bank_answers, bank_files, failed_payouts, payouts
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, answer, exported, held, taken_in

REQUESTED, _APPROVED, EXPORTED, PAID, _REJECTED, FAILED, _VOIDED, RETURNED = PayoutState
LATER = timedelta(days=2)


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


def told(session: Session, staff: Staff, at: datetime, batch: PayoutBatch, outcome: str, words: str = "") -> str:
    """The bank's answer for the whole file; what the import reports."""
    sent = bank_files.payouts_of(session, batch)
    rows = [bank.Result(one.reference, one.amount_fen, outcome, words) for one in sent]
    report = taken_in(session, staff, at, batch, bank.write_results(rows))
    return f"{report.paid} {report.failed} {report.returned} {report.repeated} {len(report.unmatched)} {report.missing}"


def test_what_comes_back_after_it_was_paid_is_payable_again(session: Session, staff: Staff, now: datetime) -> None:
    """退票: the bank paid, and days later the money is back. Nothing is edited: one transfer more."""
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    assert told(session, staff, now, batch, bank.PAID) == "1 0 0 0 0 0"
    assert told(session, staff, now + LATER, batch, bank.RETURNED, "账号户名不符") == "0 0 1 0 0 0"
    assert told(session, staff, now + LATER, batch, bank.RETURNED, "账号户名不符") == "0 0 0 1 0 0"
    assert (payout.state, payout.steps[-1].note) == (RETURNED, "账号户名不符")
    assert held(session, payout.agency_id) == (0, EARNED_FEN, 0)
    assert ledger_balances.balance_of(session, accounts.BANK) == 0
    assert proof.verify_ledger(session).fault is None
    make.bank_details(session, payout.agency, now + LATER, bank="招商银行")
    assert payouts.request_payout(session, staff.issues, now + LATER, payout.statement).state is REQUESTED


def test_what_is_sent_back_before_it_was_paid_has_failed(session: Session, staff: Staff, now: datetime) -> None:
    """The bank's lists may come in the wrong order: the late `paid` settles nothing and is reported."""
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    assert told(session, staff, now, batch, bank.RETURNED) == "0 1 0 0 0 0"
    assert told(session, staff, now, batch, bank.PAID) == "0 0 0 0 1 0"
    assert payout.state is FAILED
    assert [row.outcome for row in bank_files.unmatched_rows(session, batch)] == [BankOutcome.ALREADY_SETTLED]
    assert proof.verify_ledger(session).fault is None


def test_a_returned_payment_comes_back_once(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now)
    told(session, staff, now, batch, bank.PAID)
    told(session, staff, now, batch, bank.RETURNED, "closed")
    assert told(session, staff, now, batch, bank.RETURNED, "closed, as we said") == "0 0 0 0 1 0"
    assert proof.verify_ledger(session).fault is None


def test_who_is_missing_from_the_answer_is_counted_and_waits(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now, 3)
    first, *others = answer(session, batch).splitlines(keepends=True)
    report = taken_in(session, staff, now, batch, first + others[0])
    assert (report.paid, report.missing) == (1, 2)
    states = [payout.state for payout in bank_files.payouts_of(session, batch)]
    assert states == [PAID, EXPORTED, EXPORTED]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_answer_as_a_chinese_bank_saves_it(session: Session, staff: Staff, now: datetime, encoding: str) -> None:
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    data = answer(session, batch, {payout.reference: "账户已销"}).decode("utf-8-sig").encode(encoding)
    taken_in(session, staff, now, batch, data)
    assert payout.steps[-1].note == "账户已销"


# Asking anew


def test_all_are_asked_for_anew_but_whose_account_must_be_mended(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now, 3)
    one, two, three = bank_files.payouts_of(session, batch)
    failing = {one.reference: "system closed", two.reference: "收款账户已销户", three.reference: "户名不符"}
    taken_in(session, staff, now, batch, answer(session, batch, failing))
    make.bank_details(session, three.agency, now + LATER, holder="新户名")
    found = failed_payouts.failures(session, staff.issues)
    assert [(row.message, row.blames_account, row.mended) for row in found] == [
        ("system closed", False, False),
        ("收款账户已销户", True, False),
        ("户名不符", True, True),
    ]
    ids = [row.payout.id for row in found]
    asked, left_out = failed_payouts.request_again(session, staff.issues, now + LATER, ids)
    assert [(row.statement, row.state) for row in asked] == [(one.statement, REQUESTED), (three.statement, REQUESTED)]
    assert [(row.payout, row.refusal) for row in left_out] == [(two, Refusal("bank_not_mended"))]
    assert [row.payout for row in failed_payouts.failures(session, staff.issues)] == [two]
    assert failed_payouts.count(session, staff.issues) == 1
    with pytest.raises(Refusal, match="nothing_chosen"):
        failed_payouts.request_again(session, staff.issues, now + LATER, [one.id])


def test_no_path_asks_again_before_the_account_is_mended(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    told(session, staff, now + LATER, batch, bank.FAILED, "收款人账号已销户")
    with pytest.raises(Refusal, match="bank_not_mended"):
        payouts.request_payout(session, staff.issues, now + LATER, payout.statement)
    make.bank_details(session, payout.agency, now + LATER / 2, bank="招商银行")
    again = payouts.request_payout(session, staff.issues, now + LATER, payout.statement)
    payouts.void_payout(session, staff.issues, now + LATER, again, reason="not now")
    assert payouts.request_payout(session, staff.issues, now + LATER, payout.statement).state is REQUESTED


def test_an_attempt_that_was_void_does_not_cover_up_the_failure(session: Session, staff: Staff, now: datetime) -> None:
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    told(session, staff, now, batch, bank.PAID)
    told(session, staff, now + LATER, batch, bank.RETURNED, "no reason")
    again = payouts.request_payout(session, staff.issues, now + LATER, payout.statement)
    payouts.approve_payout(session, staff.approves, now + LATER, again)
    second, _ = bank_files.export_payouts(session, staff.pays, now + LATER, [again.id])
    told(session, staff, now + LATER, second, bank.FAILED, "户名不符")
    with pytest.raises(Refusal, match="bank_not_mended"):
        payouts.request_payout(session, staff.issues, now + LATER, payout.statement)


def test_who_press_together_ask_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        batch = exported(session, staff, now, 2)
        rows = bank_files.payouts_of(session, batch)
        data = answer(session, batch, {row.reference: "" for row in rows})
        taken_in(session, staff, now, batch, data)
        ids = [row.id for row in rows]
    start, asked, refused = threading.Barrier(4), [], []

    def ask() -> None:
        start.wait()
        try:
            with database.transaction() as session:
                asked.extend(failed_payouts.request_again(session, staff.issues, now, ids)[0])
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 2
    assert set(refused) <= {"nothing_chosen"}
    with database.reading() as session:
        assert session.scalar(select(func.count(Payout.id)).where(Payout.state == REQUESTED)) == 2


# The second person


@pytest.fixture
def said(session: Session, staff: Staff, now: datetime) -> BankResult:
    """The cashier, who exported the file, imports an answer that calls its payment failed."""
    batch = exported(session, staff, now)
    (payout,) = bank_files.payouts_of(session, batch)
    data = answer(session, batch, {payout.reference: "账户已销"})
    report = bank_files.import_result(session, staff.pays, now, batch, bank.read_answer(data), name="回单.csv")
    assert (report.failed, report.missing) == (1, 0)
    again = bank_files.import_result(session, staff.pays, now, batch, bank.read_answer(data), name="again.csv")
    assert (again.failed, again.repeated) == (0, 1)
    (row,) = session.scalars(bank_answers.listing(staff.issues, waiting=True)).all()
    return row


def to_confirm(session: Session, hand: Actor) -> list[int]:
    """The sums of the bank's answers that wait for this hand."""
    return [row.amount_fen for row in session.scalars(bank_answers.to_confirm(hand))]


def test_a_failure_moves_no_money_until_another_person_confirms(
    session: Session, staff: Staff, said: BankResult, now: datetime
) -> None:
    payout = said.payout
    assert (payout.state, held(session, payout.agency_id)) == (EXPORTED, (0, 0, EARNED_FEN))
    assert (said.file_name, said.file_row, len(said.file_digest), said.message) == ("回单.csv", 2, 64, "账户已销")
    assert [to_confirm(session, hand) for hand in (staff.issues, staff.pays)] == [[EARNED_FEN], []]
    assert proof.verify_ledger(session).fault is None
    with pytest.raises(Refusal, match="payout_under_way"):
        payouts.request_payout(session, staff.issues, now, payout.statement)
    with pytest.raises(Refusal, match="same_hands"):
        bank_answers.confirm_answer(session, staff.pays, now, said)
    bank_answers.confirm_answer(session, staff.issues, now, said)
    assert (payout.state, held(session, payout.agency_id)) == (FAILED, (0, EARNED_FEN, 0))
    assert (payout.steps[-1].actor_id, payout.steps[-1].note) == (staff.finance.id, "账户已销")
    assert to_confirm(session, staff.issues) == []
    with pytest.raises(Refusal, match="bank_answer_decided"):
        bank_answers.confirm_answer(session, staff.approves, now, said)
    assert proof.verify_ledger(session).fault is None


def test_what_is_not_so_is_dismissed_and_the_payment_waits_on(
    session: Session, staff: Staff, said: BankResult, now: datetime
) -> None:
    with pytest.raises(Refusal, match="answer_reason_needed"):
        bank_answers.dismiss_answer(session, staff.issues, now, said, reason=" ")
    with pytest.raises(Refusal, match="same_hands"):
        bank_answers.dismiss_answer(session, staff.pays, now, said, reason="x")
    bank_answers.dismiss_answer(session, staff.issues, now, said, reason="银行电话确认已付")
    assert said.payout.state is EXPORTED
    assert proof.verify_ledger(session).fault is None
    assert told(session, staff, now, said.batch, bank.PAID) == "1 0 0 0 0 0"
    assert proof.verify_ledger(session).fault is None


def test_a_payment_that_moved_on_leaves_nothing_to_confirm(
    session: Session, staff: Staff, said: BankResult, now: datetime
) -> None:
    assert told(session, staff, now, said.batch, bank.PAID) == "1 0 0 0 0 0"
    assert to_confirm(session, staff.issues) == []
    with pytest.raises(Refusal, match="bank_answer_decided"):
        bank_answers.confirm_answer(session, staff.issues, now, said)
    assert proof.verify_ledger(session).fault is None


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "INSERT INTO bank_confirmations (result_id, decision, decided_by, decided_at) SELECT said.id, 'confirmed', "
            "batch.exported_by, said.imported_at FROM bank_results AS said, payout_batches AS batch",
            "confirms no answer",
        ),
        (
            "INSERT INTO bank_confirmations (result_id, decision, decided_at) "
            "SELECT id, 'earlier', imported_at FROM bank_results",
            "without a decision",
        ),
        ("UPDATE payouts SET state = 'failed'", "when its answer is confirmed"),
    ],
    ids=["the exporter", "nobody", "without a confirmation"],
)
def test_the_database_refuses_a_failure_by_one_hand(
    session: Session, said: BankResult, statement: str, why: str
) -> None:
    with pytest.raises(DBAPIError, match=why), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize("words", [["busy"], ["busy", "closed"]], ids=["one row", "two contrary rows"])
def test_two_who_confirm_move_it_once(database: Database, now: datetime, words: list[str]) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        batch = exported(session, staff, now)
        (payout,) = bank_files.payouts_of(session, batch)
        for word in words:
            data = answer(session, batch, {payout.reference: word})
            bank_files.import_result(session, staff.pays, now, batch, bank.read_answer(data))
        rows = [row.id for row in session.scalars(bank_answers.listing(staff.issues, waiting=True))]
        assert len(rows) == len(words)
    start, outcomes = threading.Barrier(2), []

    def confirm(hand: Actor, key: int) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                bank_answers.confirm_answer(own, hand, now, own.get_one(BankResult, key))
            outcomes.append("confirmed")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    hands = zip((staff.issues, staff.approves), (rows[0], rows[-1]), strict=True)
    threads = [threading.Thread(target=confirm, args=facts) for facts in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["bank_answer_decided", "confirmed"]
    with database.reading() as session:
        assert to_confirm(session, staff.issues) == []
        assert proof.verify_ledger(session).fault is None
