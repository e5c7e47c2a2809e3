"""Notes on a lead and its next step: who, what, by when; whoever does it finds it (rules 7.2)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access import scope
from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import Lead, LeadNote, Notice, Role
from portal.services.home import figures
from portal.services.leads import care, leads
from portal.services.leads.care import NewNote, StepFilter
from portal.services.notifications import worker as notifications
from portal.services.privacy import subject_data
from tests import factories as make

DAY = timedelta(days=1)


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER, name="周经理"))


@pytest.fixture
def lead(session: Session, now: datetime) -> Lead:
    return leave(session, now, "13912345678")


def leave(session: Session, now: datetime, phone: str) -> Lead:
    return leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=make.referrer(session).code, name="王小明", phone=phone, consent_version="2", locale="en", address=None
        ),
    )


def step(actor: Actor, on: date, what: str = "回电", **more: object) -> NewNote:
    return NewNote(step=what, step_by=actor.id, due_on=on, **more)  # type: ignore[arg-type]


def found(session: Session, actor: Actor, now: datetime, which: StepFilter) -> list[int]:
    wanted = care.by_step(scope.visible(actor, Lead), actor, now, which).order_by(Lead.id)
    return [one.id for one in session.scalars(wanted)]


def test_the_newest_step_is_the_next_one_and_all_stays(
    session: Session, now: datetime, manager: Actor, lead: Lead
) -> None:
    today = local_day(now)
    care.write(session, manager, now, lead, step(manager, today + DAY, text="先谈预算"))
    care.write(session, manager, now, lead, step(manager, today, "约看房"))
    care.write(session, manager, now, lead, NewNote(text="未接电话"))
    after = care.next_steps(session, now, [lead])[lead.id]
    assert (after.what, after.who.id, after.due_on, after.due) == ("约看房", manager.id, today, True)
    care.write(session, manager, now, lead, NewNote(text="来过了", over=True))
    assert care.next_steps(session, now, [lead]) == {}
    said = [(one.text, one.step) for one in care.written_on(session, lead)]
    assert said == [("来过了", ""), ("未接电话", ""), ("", "约看房"), ("先谈预算", "回电")]
    assert all("谈" not in f"{row.text_sealed!r}" for row in session.scalars(select(LeadNote)))


def test_what_is_due_is_found_by_whoever_does_it(session: Session, now: datetime, manager: Actor, lead: Lead) -> None:
    other, free = make.person(session, Role.CHANNEL_MANAGER), leave(session, now, "13912345679")
    mine, theirs = leave(session, now, "13912345670"), leave(session, now, "13912345671")
    today, colleague = local_day(now), Actor.of(other)
    care.write(session, manager, now, lead, step(manager, today + DAY))
    care.write(session, manager, now, mine, step(manager, today))
    care.write(session, manager, now, theirs, step(colleague, today))
    assert found(session, manager, now, StepFilter.MINE) == [mine.id]
    assert found(session, manager, now, StepFilter.DUE) == [mine.id, theirs.id]
    assert found(session, manager, now, StepFilter.OPEN) == [lead.id, mine.id, theirs.id]
    assert found(session, manager, now, StepFilter.NONE) == [free.id]
    counted = {one.code: one.count for one in figures.waiting(session, manager, now)}
    assert counted["lead_steps_due"] == 1
    other.deactivated_at = now
    session.flush()
    assert found(session, manager, now, StepFilter.MINE) == [mine.id, theirs.id], "nobody else would do it"
    due = care.by_step(select(Lead), manager, now + DAY, StepFilter.DUE)
    assert [one.id for one in session.scalars(care.soonest(due))] == [mine.id, theirs.id, lead.id]


def test_who_asked_to_be_left_alone_has_no_next_step(
    session: Session, now: datetime, manager: Actor, lead: Lead
) -> None:
    care.write(session, manager, now, lead, step(manager, local_day(now)))
    leads.withdraw(session, now, lead, address=None)
    assert care.next_steps(session, now, [lead]) == {}
    assert found(session, manager, now, StepFilter.DUE) == []
    with pytest.raises(Refusal, match="contact_withdrawn"):
        care.write(session, manager, now, lead, step(manager, local_day(now)))
    care.write(session, manager, now, lead, NewNote(text="不再联系"))


def test_a_colleague_who_is_given_one_is_told(session: Session, now: datetime, manager: Actor, lead: Lead) -> None:
    colleague = make.person(session, Role.CHANNEL_MANAGER)
    care.write(session, manager, now, lead, step(manager, local_day(now)))
    care.write(session, manager, now, lead, step(Actor.of(colleague), local_day(now)))
    notifications.hand_on(session, now)
    told = session.scalars(select(Notice).join(Notice.event).where(Notice.person_id == colleague.id)).all()
    assert [one.event.kind for one in told] == ["lead_step_given"]


def test_only_who_cares_for_leads_is_given_one(session: Session, now: datetime, manager: Actor, lead: Lead) -> None:
    finance = Actor.of(make.person(session, Role.FINANCE))
    with pytest.raises(Refusal, match="lead_step_for_nobody"):
        care.write(session, manager, now, lead, step(finance, local_day(now)))


def test_the_friend_may_read_what_was_written(session: Session, now: datetime, manager: Actor, lead: Lead) -> None:
    care.write(session, manager, now, lead, step(manager, local_day(now), text="先谈预算"))
    (note,) = subject_data.as_json(subject_data.of_client(session, lead.client), now)["notes"]
    assert (note["text"], note["next_step"], note["due_on"]) == ("先谈预算", "回电", local_day(now).isoformat())
