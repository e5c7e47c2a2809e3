"""What the staff leave behind, and agencies that nobody leads."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.models import (
    LeadNote,
    Role,
    Work,
)
from portal.services.accounts import people
from portal.services.hand_overs import handing, waiting
from portal.services.hand_overs.handing import HandOverRequest
from portal.services.home import figures
from portal.services.home.figure import counted
from portal.services.leads import care
from portal.services.statements import adjustments
from tests import factories as make
from tests.db.hand_overs.test_hand_overs import WHY, Agency, leaves
from tests.db.notifications.test_handing_on import subjects, told
from tests.factories.friends import accepted_lead


def test_an_administrators_list_has_what_the_staff_leave_behind(session: Session, now: datetime) -> None:
    admin, manager, leaver = (
        make.person(session, role) for role in (Role.ADMINISTRATOR, Role.CHANNEL_MANAGER, Role.CHANNEL_MANAGER)
    )
    lead = accepted_lead(session, make.referrer(session), now)
    wanted = care.NewNote(step="打电话约看房", step_by=leaver.id, due_on=now.date())
    note = care.write(session, Actor.of(leaver), now, lead, wanted)
    assert counted(session, waiting.to_hand_over(Actor.of(admin), now)) == 0
    people.deactivate_person(session, Actor.of(admin), now, leaver)
    for actor in (Actor.of(admin), Actor.of(manager)):
        (left,) = waiting.left_work(session, actor, now)
        assert (left.person.id, dict(left.counts)) == (leaver.id, {Work.LEAD_STEPS: 1})
    told(session, now)
    assert subjects(session, manager)[-1] == "work_left_behind"
    wish = HandOverRequest(Work.LEAD_STEPS, leaver.id, manager.id, WHY)
    assert handing.hand_over(session, Actor.of(admin), now + timedelta(days=2), wish) == 1
    step = care.next_steps(session, now, [lead])[lead.id]
    assert (step.what, step.who, step.due_on) == ("打电话约看房", manager, now.date()), (
        "its day stays, though it is over"
    )
    assert counted(session, waiting.to_hand_over(Actor.of(admin), now)) == 0
    assert session.get_one(LeadNote, note.id).step_by == leaver.id, "nothing is edited"
    told(session, now)
    assert subjects(session, manager)[-1] == "work_handed_over"
    with pytest.raises(Refusal, match="nothing_to_hand_over"):
        handing.hand_over(session, Actor.of(admin), now, wish)


def test_who_took_a_proposal_over_is_told_of_its_decision(session: Session, now: datetime) -> None:
    admin, asks, answers = (make.person(session, role) for role in (Role.ADMINISTRATOR, Role.FINANCE, Role.FINANCE))
    approver = make.person(session, Role.APPROVER)
    proposal = make.adjustment(session, payee=f"agency:{make.agency(session).id}", proposed_by=asks.id)
    people.deactivate_person(session, Actor.of(admin), now, asks)
    assert waiting.counts_in_hand(session, Actor.of(admin), now, asks.id) == {Work.ADJUSTMENTS: 1}
    handing.hand_over(session, Actor.of(admin), now, HandOverRequest(Work.ADJUSTMENTS, asks.id, answers.id, WHY))
    assert counted(session, waiting.to_hand_over(Actor.of(admin), now)) == 0
    adjustments.refuse_adjustment(session, Actor.of(approver), now, proposal, words="没有依据")
    told(session, now)
    assert subjects(session, answers)[-1] == "adjustment_refused"


def test_an_agency_without_a_principal_is_found(session: Session, agency: Agency, now: datetime) -> None:
    leaves(session, agency, now)
    assert waiting.unled_agencies(session, now) == []
    people.deactivate_person(session, SYSTEM, now, agency.principal)
    assert waiting.unled_agencies(session, now) == [(agency.stays.agency, 1)]
    admin = Actor.of(make.person(session, Role.ADMINISTRATOR))
    waits = next(one for one in figures.waiting(session, admin, now) if one.code == "hand_overs_wait")
    assert waits.count == 1, "who opens an account sees it on the first page"
