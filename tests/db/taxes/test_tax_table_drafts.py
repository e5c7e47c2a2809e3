"""The tax table takes two people, on both databases: one proposes, another confirms, nothing changes in between."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from commissions.withholding import GIVEN
from portal.access.actor import Actor
from portal.clock import month_of
from portal.db import Database
from portal.models import ProposalState, Role, TaxTableDraft, WithholdingTable
from portal.services.home import figures
from portal.services.home.figure import counted
from portal.services.taxes import table_drafts
from portal.services.taxes import tables as tax_tables
from tests import factories as make

NEXT = GIVEN.to_toml().replace("400000", "500000").replace("80000", "100000")


@pytest.fixture
def finance(session: Session) -> Actor:
    tax_tables.publish_given_table(session, make.BEFORE)
    return Actor.of(make.person(session, Role.FINANCE))


@pytest.fixture
def approver(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.APPROVER))


@pytest.fixture
def draft(session: Session, finance: Actor, now: datetime) -> TaxTableDraft:
    return table_drafts.propose_table(session, finance, now, toml=NEXT, month=coming(now), note="税务顾问确认")


def coming(now: datetime) -> str:
    return month_of(now + timedelta(days=40))


def refusal_of(deed, *given, **named) -> str:
    with pytest.raises(Refusal) as refused:
        deed(*given, **named)
    return refused.value.code


def test_another_person_confirms(
    session: Session, finance: Actor, approver: Actor, draft: TaxTableDraft, now: datetime
) -> None:
    session.flush()
    assert [counted(session, table_drafts.to_decide(one)) for one in (finance, approver)] == [0, 1]
    assert {one.code: one.count for one in figures.waiting(session, approver, now)}["tax_tables_to_decide"] == 1
    version = table_drafts.confirm_draft(session, approver, now, draft)
    assert (version.version, version.toml, version.published_by, version.note) == (2, NEXT, approver.id, "税务顾问确认")
    assert (draft.state, draft.version, draft.decided_by) == (ProposalState.CONFIRMED, version, approver.id)
    assert tax_tables.in_force(session, coming(now)) is version
    assert table_drafts.replaced(session, draft).version == 1, "what it replaced is still beside it"


def test_says_what_changes(session: Session, draft: TaxTableDraft) -> None:
    incomes = (800_00, 4_000_00, 20_000_00, 50_000_00, 100_000_00)
    found = table_drafts.compare(session, draft, incomes)
    assert [one.more_fen for one in found] == [0, -40_00, 0, 0, 0]


def test_nobody_decides_his_own(session: Session, finance: Actor, draft: TaxTableDraft, now: datetime) -> None:
    session.flush()
    assert refusal_of(table_drafts.confirm_draft, session, finance, now, draft) == "own_proposal"
    assert refusal_of(table_drafts.refuse_draft, session, finance, now, draft, "no") == "own_proposal"
    assert tax_tables.newest_version(session) == 1


@pytest.mark.parametrize("by", ["the proposer", "somebody without a proposal"])
def test_the_database_refuses_a_table_of_one_person(
    session: Session, finance: Actor, draft: TaxTableDraft, now: datetime, by: str
) -> None:
    session.flush()
    stranger = Actor.of(make.person(session, Role.FINANCE))
    hand, toml = (finance, NEXT) if by == "the proposer" else (stranger, NEXT + "\n")
    with pytest.raises(DBAPIError, match="another person than proposed"), session.begin_nested():
        tax_tables.publish_table(session, hand, now, toml=toml, month=coming(now))


def test_the_database_refuses_a_decision_on_ones_own(session: Session, draft: TaxTableDraft, now: datetime) -> None:
    session.flush()
    own = "state = 'refused', decided_by = proposed_by, decided_at = proposed_at, reason = 'x'"
    with pytest.raises(IntegrityError, match="second_person"), session.begin_nested():
        session.execute(text(f"UPDATE tax_table_drafts SET {own}"))


def test_what_was_proposed_and_decided_stands(
    session: Session, approver: Actor, draft: TaxTableDraft, now: datetime
) -> None:
    session.flush()
    for statement in ("UPDATE tax_table_drafts SET toml = 'x'", "DELETE FROM tax_table_drafts"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
    table_drafts.refuse_draft(session, approver, now, draft, "which rule?")
    assert refusal_of(table_drafts.confirm_draft, session, approver, now, draft) == "proposal_decided"
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE tax_table_drafts SET reason = 'splendid'"))


def test_a_month_that_has_begun_is_neither_proposed_nor_confirmed(
    session: Session, finance: Actor, approver: Actor, draft: TaxTableDraft, now: datetime
) -> None:
    session.flush()
    deed = table_drafts.propose_table
    assert refusal_of(deed, session, finance, now, toml=NEXT, month=month_of(now)) == "tax_table_in_past"
    late = now + timedelta(days=70)
    assert refusal_of(table_drafts.confirm_draft, session, approver, late, draft) == "tax_table_in_past"
    table_drafts.withdraw_draft(session, finance, late, draft)
    assert draft.state is ProposalState.WITHDRAWN


def test_two_who_confirm_make_one_version(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        tax_tables.publish_given_table(session, make.BEFORE)
        finance, *others = (Actor.of(make.person(session, Role.FINANCE)) for _ in range(3))
        draft = table_drafts.propose_table(session, finance, now, toml=NEXT, month=coming(now))
        session.flush()
        draft_id = draft.id
    start, outcomes = Barrier(2), []

    def confirm(hand: Actor) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                table_drafts.confirm_draft(own, hand, now, own.get_one(TaxTableDraft, draft_id))
            outcomes.append("confirmed")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=confirm, args=(hand,)) for hand in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["confirmed", "proposal_decided"]
    with database.reading() as session:
        assert session.query(WithholdingTable).count() == 2
