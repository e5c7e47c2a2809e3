"""Conflicts decided: once, by nobody who has part, above a sum by two, and looked at again once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.models import (
    ConflictProposal,
    ObjectionPicture,
    Outcome,
    ProposalState,
    Receipt,
    Registration,
    Role,
    Touch,
    TouchKind,
)
from portal.rules.conflicts.conflict import Outcome as Decided
from portal.rules.conflicts.conflict import Result
from portal.services.claims import receipts, touches
from portal.services.conflicts import cases, deciding
from portal.services.conflicts.deciding import Choice
from tests import factories as make
from tests.rivals import Rivals, decided, doubted, objected, picture, rivals, waiting_for
from tests.site import refusal

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
KEEP, MOVE, SPLIT, REJECT = Decided


# Decided


@pytest.mark.parametrize("outcome", [KEEP, REJECT])
def test_kept_the_first_stays_and_both_have_receipts_that_leave_the_other_out(
    two: Rivals, files: FolderFiles, outcome: Decided
) -> None:
    case = objected(two, files)
    row = decided(two, case, outcome)
    assert (case.open, case.closed_at) == (False, two.now)
    assert {one.person_id: one.result for one in row.results} == {
        two.holder.id: Result.YOURS,
        two.claimant.id: Result.NOT_YOURS,
    }
    for one, other in zip(row.results, reversed(row.results), strict=True):
        receipt = receipts.receipt_of(two.session, one)
        assert receipts.verify(two.session, receipt.key).valid
        text = receipts.signed_text(receipt)
        assert one.person.name in text
        assert other.person.name not in text
        assert two.phone not in text
    holder = touches.holder(two.session, case.development_id, case.client_id, two.now)
    assert holder is not None
    assert holder.person_id == two.holder.id
    again = Choice(KEEP, "再看")
    assert refusal(lambda: deciding.decide(two.session, two.manager(), two.now, case, again)) == "conflict_decided"


def test_moved_the_client_is_the_other_brokers_from_then_on(two: Rivals, files: FolderFiles) -> None:
    case = objected(two, files)
    row = decided(two, case, MOVE, two.second)
    holder = touches.holder(two.session, case.development_id, case.client_id, two.now)
    assert holder is not None
    assert (holder.person_id, holder.at) == (two.claimant.id, two.now)
    made = two.session.scalars(select(Registration).where(Registration.touch_id == holder.id)).one()
    assert (made.outcome, receipts.receipt_of(two.session, made).facts["rule"]) == (Outcome.ACCEPTED, "first_contact")
    assert two.second.outcome is Outcome.REFUSED  # what was answered then stays on record
    assert {one.person_id: one.result for one in row.results} == {
        two.holder.id: Result.NOT_YOURS,
        two.claimant.id: Result.YOURS,
    }
    assert two.first.touch.retired_at == two.now


def test_moved_to_nobody_it_protects_nobody(two: Rivals, files: FolderFiles) -> None:
    case = objected(two, files)
    row = decided(two, case, MOVE)
    assert touches.holder(two.session, case.development_id, case.client_id, two.now) is None
    assert {one.result for one in row.results} == {Result.NOT_YOURS}


def test_nobody_who_signed_the_client_in_decides(session: Session, now: datetime) -> None:
    two = rivals(session, now)
    manager = two.manager()
    session.add(
        Touch(
            development_id=two.first.development_id,
            client_id=two.first.client_id,
            kind=TouchKind.WALK_IN,
            person_id=manager.id,
            name_sealed=two.first.name_sealed,
            at=now,
            protected_until=now,
            retired_at=now,
        )
    )
    session.flush()
    case = doubted(two, two.manager())
    choice = Choice(KEEP, "已核实")
    assert refusal(lambda: deciding.decide(session, manager, now, case, choice)) == "conflict_has_part"


def test_a_broker_who_works_elsewhere_by_now_gets_no_client(two: Rivals, files: FolderFiles) -> None:
    case = objected(two, files)
    assert [row.id for row in deciding.candidates(two.session, two.now, case)] == [two.second.id]
    two.brokers[1].deactivated_at = two.now
    two.session.flush()
    assert deciding.candidates(two.session, two.now, case) == []
    assert refusal(lambda: decided(two, case, MOVE, two.second)) == "conflict_no_such_broker"


# Two people


def test_much_commission_takes_two_people(two: Rivals, files: FolderFiles) -> None:
    two.session.limits = replace(two.session.limits, conflict_alone=30_000)
    two.buys()
    case = objected(two, files)
    assert deciding.at_stake_fen(two.session, two.now, case) == 36_000_00
    one, other = two.manager(), Actor.of(make.person(two.session, Role.APPROVER))
    proposal = deciding.decide(two.session, one, two.now, case, Choice(REJECT, "没有依据"))
    assert isinstance(proposal, ConflictProposal)
    assert case.open
    assert waiting_for(two.session, other, two.now) == [case.id]
    assert waiting_for(two.session, one, two.now) == []
    again = Choice(KEEP, "再看")
    assert refusal(lambda: deciding.decide(two.session, two.manager(), two.now, case, again)) == (
        "conflict_waits_for_second"
    )
    assert refusal(lambda: deciding.confirm(two.session, one, two.now, proposal)) == "own_proposal"
    deciding.refuse(two.session, other, two.now, proposal, "先问一下案场")
    assert (proposal.state, case.open) == (ProposalState.REFUSED, True)
    second = deciding.decide(two.session, one, two.now, case, Choice(REJECT, "没有依据"))
    row = deciding.confirm(two.session, other, two.now, second)
    assert (row.decided_by, row.confirmed_by, case.open) == (one.id, other.id, False)
    assert refusal(lambda: deciding.confirm(two.session, other, two.now, second)) in (
        "conflict_decided_by_you",
        "proposal_decided",
    )


def test_a_proposed_decision_is_taken_back_by_who_made_it(two: Rivals, files: FolderFiles) -> None:
    two.session.limits = replace(two.session.limits, conflict_alone=1)
    two.buys()
    case, one = objected(two, files), two.manager()
    proposal = deciding.decide(two.session, one, two.now, case, Choice(KEEP, "看过了"))
    deciding.withdraw(two.session, one, two.now, proposal)
    assert cases.proposal_of(two.session, case) is None


# Once more


def test_who_lost_asks_another_manager_once(two: Rivals, files: FolderFiles) -> None:
    case, session, first = objected(two, files, pictures=[picture()]), two.session, two.manager()
    choice = Choice(REJECT, "没有依据")
    deciding.decide(session, first, two.now, case, choice)
    kept = session.scalars(select(ObjectionPicture)).one()
    assert kept.keep_until == two.now + timedelta(days=30)
    ask = deciding.ask_second_look
    assert refusal(lambda: ask(session, two.holder, two.now, case, "x")) == "second_look_not_yours"
    assert refusal(lambda: ask(session, two.claimant, two.now + WEEK, case, "x")) == "objection_too_late"
    ask(session, two.claimant, two.now, case, "通话记录没有看")
    session.refresh(kept)
    assert (case.open, case.look, kept.keep_until) == (True, 2, None)
    assert refusal(lambda: deciding.decide(session, first, two.now, case, choice)) == "conflict_decided_by_you"
    row = decided(two, case, MOVE, two.second)
    assert (row.look, {one.person_id: one.result for one in row.results}[two.claimant.id]) == (2, Result.YOURS)
    assert refusal(lambda: ask(session, two.holder, two.now, case, "x")) == "second_look_used"
    receipt_ids = select(Receipt.subject_id).where(Receipt.subject_kind == "conflict_results")
    assert session.scalar(select(func.count()).select_from(receipt_ids.subquery())) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE objections SET words = '别的'",
        "DELETE FROM conflict_decisions",
        "UPDATE conflict_results SET result = 'yours'",
        "UPDATE conflict_cases SET words = '别的'",
        "DELETE FROM conflict_cases",
    ],
)
def test_what_was_said_and_decided_is_never_edited(two: Rivals, files: FolderFiles, statement: str) -> None:
    decided(two, objected(two, files), KEEP)
    with pytest.raises(DBAPIError), two.session.begin_nested():
        two.session.connection().exec_driver_sql(statement)
