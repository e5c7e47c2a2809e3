"""Adjustments on both databases: two hands, a paper, one line, and a ledger that still proves itself."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.papers.documents import Document
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import Adjustment, AdjustmentState, Cause, Deal, DisputeState, PostedLine, Role
from portal.services.contacts import vault_of
from portal.services.payouts import disputes
from portal.services.statements import adjustments, issuing
from portal.services.taxes import tables as tax_tables
from portal.services.verification import proof
from tests import factories as make
from tests.db.money import EARNED_FEN, Staff, earned, held, requested

PAPER = Document(b"%PDF-1.4 a letter %%EOF", "函件.pdf")


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


@pytest.fixture
def files(session: Session, tmp_path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


def proposed(session: Session, staff: Staff, now: datetime, files: FolderFiles, payee: str, **given) -> Adjustment:
    facts = {"payee": payee, "amount_fen": 1_000_00, "reason": "合同补充协议", "attachment": PAPER} | given
    return adjustments.propose_adjustment(session, staff.issues, now, files, adjustments.NewAdjustment(**facts))


@pytest.mark.parametrize("amount_fen", [1_000_00, -1_000_00])
def test_a_second_person_posts_it_and_the_ledger_holds(
    session: Session, staff: Staff, files: FolderFiles, now: datetime, amount_fen: int
) -> None:
    pair = earned(session, staff, now)
    deal = session.scalars(select(Deal).where(Deal.agency_id == pair.agency_id)).one()
    row = proposed(session, staff, now, files, f"agency:{pair.agency_id}", amount_fen=amount_fen, deal=deal)
    assert held(session, pair.agency_id)[0] == EARNED_FEN
    line = adjustments.approve_adjustment(session, staff.approves, now, row)
    assert (line.cause, line.amount_fen, line.reference) == (Cause.ADJUSTMENT, amount_fen, f"adjustment:{row.id}")
    assert (row.state, row.decided_by, line.deal_id) == (AdjustmentState.APPROVED, staff.approver.id, deal.id)
    assert held(session, pair.agency_id)[0] == EARNED_FEN + amount_fen
    assert adjustments.line_of(session, row) == line
    assert adjustments.view_attachment(session, staff.approves, now, files, row) == PAPER.content
    earned(session, staff, now, pair)  # what is posted later for the window leaves the adjustment alone
    assert held(session, pair.agency_id)[0] == 2 * EARNED_FEN + amount_fen
    assert proof.verify_ledger(session).fault is None


def test_what_a_person_gets_is_taxed_with_his_month(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    tax_tables.publish_given_table(session, make.BEFORE)
    person = make.person(session, Role.REFERRER)
    row = proposed(session, staff, now, files, f"person:{person.id}", amount_fen=20_000_00)
    line = adjustments.approve_adjustment(session, staff.approves, now, row)
    assert (line.amount_fen, line.window) == (20_000_00, "2026-03")
    tax = select(PostedLine.amount_fen).where(PostedLine.cause == Cause.WITHHOLDING)
    assert session.scalars(tax).all() == [-3_200_00]
    assert proof.verify_ledger(session).fault is None


def test_who_proposed_it_does_not_decide_it(session: Session, staff: Staff, files: FolderFiles, now: datetime) -> None:
    row = proposed(session, staff, now, files, f"agency:{make.agency(session).id}")
    assert adjustments.refusal_of(staff.issues, row) == Refusal("own_adjustment")
    for decide in (adjustments.approve_adjustment, adjustments.refuse_adjustment):
        with pytest.raises(Refusal, match="own_adjustment"):
            decide(session, staff.issues, now, row, words="可以")
    with pytest.raises(IntegrityError, match="second_person"):  # the database sees to it too
        session.execute(text("UPDATE adjustments SET state = 'approved', decided_by = proposed_by"))


def test_nobody_decides_for_himself(session: Session, staff: Staff, files: FolderFiles, now: datetime) -> None:
    colleague = make.person(session, Role.APPROVER)
    row = proposed(session, staff, now, files, f"person:{colleague.id}")
    with pytest.raises(Refusal, match="own_payee"):
        adjustments.approve_adjustment(session, Actor.of(colleague), now, row)
    with pytest.raises(Refusal, match="own_payee"):
        proposed(session, staff, now, files, f"person:{staff.finance.id}")


def test_it_is_decided_once(session: Session, staff: Staff, files: FolderFiles, now: datetime) -> None:
    row = proposed(session, staff, now, files, f"agency:{make.agency(session).id}")
    with pytest.raises(Refusal, match="adjustment_answer_needed"):
        adjustments.refuse_adjustment(session, staff.approves, now, row, words=" ")
    adjustments.refuse_adjustment(session, staff.approves, now, row, words="金额不对")
    for again in (
        lambda: adjustments.approve_adjustment(session, staff.approves, now, row),
        lambda: adjustments.withdraw_adjustment(session, staff.issues, now, row),
    ):
        with pytest.raises(Refusal, match="adjustment_decided"):
            again()
    assert not session.scalars(select(PostedLine).where(PostedLine.cause == Cause.ADJUSTMENT)).all()


def test_only_the_proposer_takes_it_back(session: Session, staff: Staff, files: FolderFiles, now: datetime) -> None:
    row = proposed(session, staff, now, files, f"agency:{make.agency(session).id}")
    with pytest.raises(Refusal, match="not_your_adjustment"):
        adjustments.withdraw_adjustment(session, staff.approves, now, row)
    adjustments.withdraw_adjustment(session, staff.issues, now, row)
    assert row.state is AdjustmentState.WITHDRAWN


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"payee": "agency:987654"}, "payee_unknown"),
        ({"payee": "nobody"}, "payee_unknown"),
        ({"amount_fen": 0}, "amount_zero"),
        ({"reason": " "}, "adjustment_reason_needed"),
    ],
)
def test_what_is_missing_is_told(
    session: Session, staff: Staff, files: FolderFiles, now: datetime, facts: dict, code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        proposed(session, staff, now, files, **({"payee": f"agency:{make.agency(session).id}"} | facts))


def test_another_payees_deal_or_dispute_is_refused(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payout = requested(session, staff, now)
    other = f"agency:{make.agency(session).id}"
    line = session.scalars(select(PostedLine).where(PostedLine.payee == payout.payee)).one()
    with pytest.raises(Refusal, match="deal_of_other_payee"):
        proposed(session, staff, now, files, other, deal=line.deal)
    dispute = make.dispute(session, line_id=line.id)
    with pytest.raises(Refusal, match="dispute_not_accepted"):
        proposed(session, staff, now, files, payout.payee, dispute=dispute)
    disputes.answer_dispute(session, staff.issues, now, dispute, accepted=True, words="补")
    row = proposed(session, staff, now, files, payout.payee, dispute=dispute)
    session.refresh(dispute)
    assert (dispute.state, dispute.adjustments) == (DisputeState.ACCEPTED, [row])
    assert not disputes.awaits_adjustment(dispute)


def test_an_adjustment_stands_in_the_next_statement(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payee = f"agency:{make.agency(session).id}"
    adjustments.approve_adjustment(session, staff.approves, now, proposed(session, staff, now, files, payee))
    statement = issuing.issue_statement(session, staff.issues, now, payee=payee, month="2026-03")
    assert statement.payable_fen == 1_000_00
    assert proof.verify_ledger(session).fault is None


@pytest.mark.parametrize("change", ["amount_fen = 7", "state = 'refused'"])
def test_what_was_decided_is_never_edited(
    session: Session, staff: Staff, files: FolderFiles, now: datetime, change: str
) -> None:
    row = proposed(session, staff, now, files, f"agency:{make.agency(session).id}")
    adjustments.approve_adjustment(session, staff.approves, now, row)
    with pytest.raises(DBAPIError, match="never edited"), session.begin_nested():
        session.execute(text(f"UPDATE adjustments SET {change} WHERE id = {row.id}"))


def test_of_racing_approvals_one_posts(database: Database, now: datetime, tmp_path) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        files = FolderFiles(tmp_path / "files", vault_of(session))
        key = proposed(session, staff, now, files, f"agency:{make.agency(session).id}").id
        actor = staff.approves
    start, refused = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            with database.transaction() as session:
                adjustments.approve_adjustment(session, actor, now, session.get_one(Adjustment, key))
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["adjustment_decided"] * 3
    with database.reading() as session:
        assert len(session.scalars(select(PostedLine)).all()) == 1
        assert proof.verify_ledger(session).fault is None


def test_a_file_that_was_not_committed_is_gone(database: Database, now: datetime, tmp_path) -> None:
    root = tmp_path / "files"
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        files = FolderFiles(root, vault_of(session))
        proposed(session, Staff.hired(session), now, files, f"agency:{make.agency(session).id}")
        raise ZeroDivisionError
    assert not [path for path in root.rglob("*") if path.is_file()]
