"""Drafts of plans: two persons, one decision, nothing changed behind anybody's back; on both databases."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import DraftState, PlanDraft, PlanVersion, Role
from portal.services.commission import plan_drafts, plans
from tests import factories as make

BETTER = STANDARD.replace("180", "200")


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def finance(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


@pytest.fixture
def draft(session: Session, manager: Actor, now: datetime) -> PlanDraft:
    make.plan_version(session)
    return plan_drafts.propose_plan(session, manager, now, toml=BETTER, effective_from=now, note="for spring")


def refusal_of(deed, *given, **named) -> str:
    with pytest.raises(Refusal) as refused:
        deed(*given, **named)
    return refused.value.code


def test_another_person_publishes(session: Session, finance: Actor, draft: PlanDraft, now: datetime) -> None:
    assert [one.id for one in plan_drafts.open_drafts(session, "standard")] == [draft.id]
    version = plan_drafts.publish_draft(session, finance, now, draft)
    assert (version.version, version.toml, version.published_by) == (2, BETTER, finance.id)
    assert (draft.state, draft.version, draft.decided_by) == (DraftState.PUBLISHED, version, finance.id)
    assert plan_drafts.of_version(session, version) is draft
    assert plan_drafts.open_drafts(session, "standard") == []
    assert plans.in_force(session, "standard", now) is version


def test_nobody_decides_his_own(session: Session, manager: Actor, draft: PlanDraft, now: datetime) -> None:
    assert refusal_of(plan_drafts.publish_draft, session, manager, now, draft) == "own_draft"
    assert refusal_of(plan_drafts.refuse_draft, session, manager, now, draft, "no") == "own_draft"


def test_the_database_wants_a_second_person_too(session: Session, draft: PlanDraft, now: datetime) -> None:
    decided = {"state": DraftState.REFUSED, "decided_by": draft.proposed_by, "decided_at": now, "reason": "no"}
    with pytest.raises(IntegrityError, match="second_person"), session.begin_nested():
        session.execute(update(PlanDraft).where(PlanDraft.id == draft.id).values(**decided))


def test_sent_back_with_a_reason_and_proposed_again(
    session: Session, manager: Actor, finance: Actor, draft: PlanDraft, now: datetime
) -> None:
    assert refusal_of(plan_drafts.refuse_draft, session, finance, now, draft, " ") == "draft_reason_needed"
    plan_drafts.refuse_draft(session, finance, now, draft, "too dear")
    assert (draft.state, draft.reason) == (DraftState.REFUSED, "too dear")
    again = plan_drafts.propose_plan(session, manager, now, toml=STANDARD, effective_from=now, follows=draft)
    assert plan_drafts.history(session, again) == [draft, again]
    assert refusal_of(plan_drafts.publish_draft, session, finance, now, draft) == "draft_decided"


def test_only_the_proposer_withdraws(
    session: Session, manager: Actor, finance: Actor, draft: PlanDraft, now: datetime
) -> None:
    assert refusal_of(plan_drafts.withdraw_draft, session, finance, now, draft) == "not_your_draft"
    plan_drafts.withdraw_draft(session, manager, now, draft)
    assert draft.state is DraftState.WITHDRAWN
    assert refusal_of(plan_drafts.withdraw_draft, session, manager, now, draft) == "draft_decided"


@pytest.mark.parametrize(
    ("toml", "code"),
    [(STANDARD.replace("up_to = 10", "up_to = 4"), "plan_tier_overlap"), ("cap_fen = 0\n" + STANDARD, "plan_value")],
)
def test_a_broken_plan_is_not_proposed(session: Session, manager: Actor, now: datetime, toml: str, code: str) -> None:
    proposal = {"toml": toml, "effective_from": now}
    assert refusal_of(plan_drafts.propose_plan, session, manager, now, **proposal) == code


def test_days_gone_by_are_neither_proposed_nor_published(
    session: Session, manager: Actor, finance: Actor, draft: PlanDraft, now: datetime
) -> None:
    past = {"toml": BETTER, "effective_from": now - timedelta(days=1)}
    assert refusal_of(plan_drafts.propose_plan, session, manager, now, **past) == "plan_in_past"
    assert refusal_of(plan_drafts.publish_draft, session, finance, now + timedelta(days=1), draft) == "plan_in_past"
    assert draft.state is DraftState.PROPOSED


def test_what_was_proposed_and_decided_stands(
    session: Session, finance: Actor, draft: PlanDraft, now: datetime
) -> None:
    tries = ["UPDATE plan_drafts SET toml = 'x'", "DELETE FROM plan_drafts"]
    for statement in tries:
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
    plan_drafts.refuse_draft(session, finance, now, draft, "too dear")
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE plan_drafts SET reason = 'splendid'"))


def test_two_publishers_make_one_version(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        make.plan_version(session)
        people = [make.person(session, Role.FINANCE) for _ in range(3)]
        proposed = plan_drafts.propose_plan(session, Actor.of(people[0]), now, toml=BETTER, effective_from=now)
        draft_id, hands = proposed.id, [Actor.of(one) for one in people[1:]]
    start, outcomes = Barrier(2), []

    def publish(hand: Actor) -> None:
        start.wait()
        try:
            with database.transaction() as own:
                plan_drafts.publish_draft(own, hand, now, own.get_one(PlanDraft, draft_id))
            outcomes.append("published")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [Thread(target=publish, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["draft_decided", "published"]
    with database.reading() as session:
        assert session.query(PlanVersion).count() == 2
