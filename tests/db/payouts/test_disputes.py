"""Disputes on both databases: one open a line, a hold until the answer, a history that only grows."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.payout import Check
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.papers.documents import Document
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import Dispute, DisputeState, DisputeStep, Payout, PostedLine, Role
from portal.services.contacts import vault_of
from portal.services.payouts import disputes, payouts
from tests import factories as make
from tests.db.money import Staff, earned, exported, requested

PAPER = Document(b"%PDF-1.4 a contract %%EOF", "合同.pdf")


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


@pytest.fixture
def files(session: Session, tmp_path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


def principal(session: Session, payout: Payout) -> Actor:
    return Actor.of(make.person(session, Role.PRINCIPAL, agency_id=payout.agency_id))


def only_line(session: Session, payout: Payout) -> PostedLine:
    return session.scalars(select(PostedLine).where(PostedLine.payee == payout.payee)).one()


def filed(session: Session, now: datetime, files: FolderFiles, payout: Payout) -> Dispute:
    line = only_line(session, payout)
    actor = principal(session, payout)
    return disputes.file_dispute(session, actor, now, files, line, words=" 少算了一万 ", documents=[PAPER])


def test_an_open_dispute_holds_the_payout_until_it_is_answered(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payout = requested(session, staff, now)
    dispute = filed(session, now, files, payout)
    assert payouts.found_holds(session, now, payout)[Check.DISPUTES_ANSWERED] == Refusal("open_dispute")
    with pytest.raises(Refusal, match="open_dispute"):
        payouts.approve_payout(session, staff.approves, now, payout)
    disputes.answer_dispute(session, staff.issues, now + timedelta(hours=1), dispute, accepted=False, words="按合同价")
    assert [(step.state, step.words) for step in dispute.steps] == [
        (DisputeState.OPEN, "少算了一万"),
        (DisputeState.REFUSED, "按合同价"),
    ]
    assert Check.DISPUTES_ANSWERED not in payouts.found_holds(session, now, payout)
    assert disputes.view_file(session, staff.issues, now, files, dispute.files[0]) == PAPER.content


def test_a_line_has_one_open_dispute_and_may_have_another_later(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payout = requested(session, staff, now)
    first = filed(session, now, files, payout)
    with pytest.raises(Refusal, match="line_disputed"):
        filed(session, now, files, payout)
    disputes.withdraw_dispute(session, principal(session, payout), now, first)
    second = filed(session, now, files, payout)
    assert (first.state, second.state) == (DisputeState.WITHDRAWN, DisputeState.OPEN)
    assert disputes.of_statement(session, payout.statement) == {second.line_id: second}


@pytest.mark.parametrize("then", ["answer", "withdraw"])
def test_a_closed_dispute_stays_closed(
    session: Session, staff: Staff, files: FolderFiles, now: datetime, then: str
) -> None:
    dispute = filed(session, now, files, requested(session, staff, now))
    disputes.answer_dispute(session, staff.issues, now, dispute, accepted=True, words="补一万")
    with pytest.raises(Refusal, match="dispute_closed"):
        if then == "answer":
            disputes.answer_dispute(session, staff.issues, now, dispute, accepted=False, words="不")
        else:
            disputes.withdraw_dispute(session, staff.issues, now, dispute)
    assert dispute.state is DisputeState.ACCEPTED
    assert disputes.awaits_adjustment(dispute)


def test_after_the_money_has_gone_a_dispute_is_still_heard(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payout = exported(session, staff, now).payouts[0]
    dispute = filed(session, now, files, payout)
    assert session.scalars(disputes.listing(staff.issues, state=DisputeState.OPEN)).all() == [dispute]


def test_what_stands_in_no_statement_is_not_disputed(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    pair = earned(session, staff, now)
    line = session.scalars(select(PostedLine).where(PostedLine.agency_id == pair.agency_id)).one()
    assert not disputes.may_dispute(session, line)
    with pytest.raises(Refusal, match="line_not_stated"):
        disputes.file_dispute(session, staff.issues, now, files, line, words="早了")


@pytest.mark.parametrize(
    ("words", "papers", "code"), [("  ", [], "dispute_words_needed"), ("少了", [PAPER] * 4, "too_many_files")]
)
def test_a_dispute_says_something_and_brings_three_papers_at_most(
    session: Session, staff: Staff, files: FolderFiles, now: datetime, words: str, papers: list[Document], code: str
) -> None:
    line = only_line(session, requested(session, staff, now))
    with pytest.raises(Refusal, match=code):
        disputes.file_dispute(session, staff.issues, now, files, line, words=words, documents=papers)


def test_nobody_answers_for_a_payee_he_belongs_to(
    session: Session, staff: Staff, files: FolderFiles, now: datetime
) -> None:
    payout = requested(session, staff, now)
    dispute = filed(session, now, files, payout)
    with pytest.raises(Refusal, match="own_payee"):
        disputes.answer_dispute(session, principal(session, payout), now, dispute, accepted=True, words="对")


def test_of_racing_answers_one_stands(database: Database, now: datetime, tmp_path) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        files = FolderFiles(tmp_path / "files", vault_of(session))
        key, actor = filed(session, now, files, requested(session, staff, now)).id, staff.issues
    start, refused = threading.Barrier(4), []

    def run(accepted: bool) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                row = session.get_one(Dispute, key)
                disputes.answer_dispute(session, actor, now, row, accepted=accepted, words="答")
        except Refusal as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=run, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["dispute_closed"] * 3
    with database.reading() as session:
        steps = session.scalars(select(DisputeStep.state).order_by(DisputeStep.id)).all()
        assert len(steps) == 2
        assert steps[1] is session.get_one(Dispute, key).state
