"""Owners, surveys and complaints on both databases: who may what, the clock, races, who is told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.access.scope import visible
from portal.clock import local_day
from portal.db import Database
from portal.models import (
    Complaint,
    ComplaintAbout,
    ComplaintSource,
    ComplaintStep,
    Event,
    Invitation,
    OwnerFile,
    Person,
    Role,
    SurveyAnswer,
    TextKind,
    TextMessage,
)
from portal.rules.aftercare.complaint import ComplaintState, StepKind
from portal.rules.aftercare.survey import Marks, Occasion
from portal.rules.care.plan import Channel
from portal.services.aftercare import complaints, due_surveys, owners, surveys
from portal.services.aftercare.owners import Told
from portal.services.aftercare.surveys import SurveyState
from portal.services.leads.opt_outs import stop_contact
from portal.services.sweeps import STEPS, Kept
from tests import care_world, loans_world
from tests import factories as make
from tests import owners as of_owners
from tests.site import refusal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLIENT = Actor(None, None)


@pytest.fixture
def carer(session: Session) -> Person:
    return make.person(session, Role.CONSULTANT)


@pytest.fixture
def owner(session: Session, carer: Person) -> OwnerFile:
    return of_owners.owner(session, carer)


def told(session: Session) -> list[str]:
    return list(session.scalars(select(Event.kind).order_by(Event.id)))


def test_what_an_owner_told_rests_sealed(session: Session, now: datetime, carer: Person, owner: OwnerFile) -> None:
    said = Told(local_day(now), "夫妻与两个孩子", "钓鱼")
    owners.describe(session, Actor.of(carer), now, owner, said)
    session.flush()
    assert owners.told(session, owner) == said
    assert "钓鱼".encode() not in (owner.hobbies_sealed or b"")
    owners.describe(session, Actor.of(carer), now, owner, Told())
    assert owners.told(session, owner) == Told()


def test_the_latest_plan_of_a_handover_counts(session: Session, now: datetime, carer: Person) -> None:
    deal = make.deal(session, signed_at=now - 9 * DAY)
    actor, day = Actor.of(carer), local_day(now)
    owners.plan_handover(session, actor, now, deal, day + 30 * DAY)
    owners.plan_handover(session, actor, now, deal, day + 60 * DAY)
    assert owners.planned_days(session, [deal.id, 0]) == {deal.id: day + 60 * DAY}
    done = of_owners.home(session)
    assert refusal(lambda: owners.plan_handover(session, actor, now, done, day)) == "handover_took_place"
    unsigned = make.deal(session)
    assert refusal(lambda: owners.plan_handover(session, actor, now, unsigned, day)) == "handover_not_signed"


def test_a_survey_is_answered_once_and_a_bad_answer_complains(
    session: Session, now: datetime, carer: Person, owner: OwnerFile
) -> None:
    survey = of_owners.survey(session, owner, now)
    again = lambda: of_owners.survey(session, owner, now)  # noqa: E731
    assert refusal(again) == "survey_open"
    complaint = surveys.answer(session, now, survey, Marks(4, 5, 1), "管家没有回音")
    assert complaint is not None
    assert (complaint.source, complaint.about, complaint.survey_id) == (
        ComplaintSource.SURVEY,
        ComplaintAbout.SERVICE,
        survey.id,
    )
    assert [step.words for step in complaints.steps_of(session, complaint)] == ["管家没有回音"]
    assert surveys.of_owner(session, now, owner)[0].words == "管家没有回音"
    assert refusal(lambda: surveys.answer(session, now, survey, Marks(5, 5, 5), "")) == "survey_answered"
    assert told(session) == ["survey_answered", "complaint_opened"]
    assert set(session.scalars(select(Event.person_id))) == {carer.id}


def test_a_good_answer_complains_of_nothing_and_a_late_one_is_none(
    session: Session, now: datetime, owner: OwnerFile
) -> None:
    survey = of_owners.survey(session, owner, now)
    assert refusal(lambda: surveys.answer(session, now + 14 * DAY, survey, Marks(5, 5, 5), "")) == "survey_over"
    assert surveys.state_of(survey, now + 14 * DAY) is SurveyState.OVER
    assert surveys.answer(session, now + 13 * DAY, survey, Marks(3, 4, 5), "") is None
    later = of_owners.survey(session, owner, now + 15 * DAY)
    assert later.id != survey.id


def test_an_owner_is_asked_by_text_when_his_day_has_come(
    session: Session, now: datetime, carer: Person, owner: OwnerFile
) -> None:
    """A month after the handover, and after a visit; not who said stop, and where no text goes out nobody."""
    handed = max(step.at for step in owner.deal.milestones)
    first = handed + 30 * DAY
    day = lambda at: due_surveys.ask_due(session, at)["surveys_asked"]  # noqa: E731
    assert [day(first - DAY), day(first), day(first), day(first + DAY)] == [0, 1, 0, 0]
    (asked,) = surveys.of_owner(session, first, owner)
    assert (asked.survey.occasion, asked.survey.asked_by) == (Occasion.FIRST_CHECK, None)
    visited = first + 40 * DAY
    care_world.contact(session, file=owner.file, by=carer, at=visited, channel=Channel.VISIT)
    assert [day(visited), day(visited + DAY), day(visited + 2 * DAY)] == [0, 1, 0]
    texts = select(TextMessage.kind).where(TextMessage.client_id == owner.deal.client_id)
    assert list(session.scalars(texts)) == [TextKind.SURVEY, TextKind.SURVEY]
    stopped = of_owners.home(session)
    stop_contact(session, first - DAY, stopped.client, address=None)
    assert day(first) == 0
    assert STEPS["surveys"](session, first, None, Kept()) == {}


def test_what_is_offered_is_a_promise(session: Session, now: datetime, carer: Person, owner: OwnerFile) -> None:
    complaint = of_owners.complaint(session, owner, now)
    offered = loans_world.promise(session, Actor.of(carer), now, owner.deal)
    complaints.take_step(session, Actor.of(carer), now, complaint, StepKind.OFFERED, "一套茶具", offered)
    session.expire_all()
    step = complaints.steps_of(session, complaint)[-1]
    assert step.row.promised is not None
    assert (step.words, step.row.promised.promise) == ("一套茶具", offered)


def test_a_complaint_from_its_clock_to_the_owners_word(
    session: Session, now: datetime, carer: Person, owner: OwnerFile
) -> None:
    row = of_owners.complaint(session, owner, now)
    actor = Actor.of(carer)
    assert complaints.waiting(session, actor, now) == (1, 0)
    assert complaints.waiting(session, actor, row.due_at) == (1, 1)
    assert refusal(lambda: complaints.take_step(session, actor, now, row, StepKind.ASKED)) == "complaint_not_answered"
    assert refusal(lambda: complaints.take_step(session, actor, now, row, StepKind.ANSWERED)) == (
        "complaint_words_missing"
    )
    complaints.take_step(session, actor, now + HOUR, row, StepKind.ANSWERED, "明早九点上门")
    complaints.take_step(session, actor, now + HOUR, row, StepKind.NOTED, "客户情绪激动")
    complaints.take_step(session, actor, now + DAY, row, StepKind.ASKED)
    assert (row.state, row.since) == (ComplaintState.ASKED, now + DAY)
    complaints.take_step(session, CLIENT, now + 2 * DAY, row, StepKind.REOPENED, "还在滴")
    assert (row.state, row.due_at > now + 2 * DAY, row.escalated_at) == (ComplaintState.OPEN, True, None)
    complaints.take_step(session, CLIENT, now + 3 * DAY, row, StepKind.SETTLED)
    assert row.state is ComplaintState.CLOSED
    kinds = [step.row.kind for step in complaints.steps_of(session, row)]
    assert kinds == ["opened", "answered", "noted", "asked", "reopened", "settled"]
    assert told(session) == ["complaint_opened", "complaint_answered", "complaint_reopened", "complaint_settled"]


def test_a_late_one_is_told_once_and_again_when_it_is_opened_again(
    session: Session, now: datetime, carer: Person, owner: OwnerFile
) -> None:
    row = of_owners.complaint(session, owner, now)
    sweep = STEPS["complaints"]
    assert sweep(session, row.due_at - timedelta(seconds=1), None, None) == {"complaints_late": 0}  # type: ignore[arg-type]
    assert sweep(session, row.due_at, None, None) == {"complaints_late": 1}  # type: ignore[arg-type]
    assert sweep(session, row.due_at + HOUR, None, None) == {"complaints_late": 0}  # type: ignore[arg-type]
    complaints.take_step(session, Actor.of(carer), now + DAY, row, StepKind.ANSWERED, "对不起")
    complaints.take_step(session, CLIENT, now + 2 * DAY, row, StepKind.REOPENED, "没有人来")
    assert complaints.escalate_late(session, now + 4 * DAY) == 1
    assert told(session).count("complaint_late") == 2


def test_the_late_ones_stand_first(session: Session, now: datetime, owner: OwnerFile) -> None:
    closed, fresh, late = (of_owners.complaint(session, owner, at) for at in (now - 2 * DAY, now, now - DAY))
    complaints.take_step(session, CLIENT, now, closed, StepKind.SETTLED)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))

    def found(state: str = "") -> list[int]:
        return list(session.scalars(complaints.listed(manager, now, state=state).with_only_columns(Complaint.id)))

    assert found() == [late.id, fresh.id, closed.id]
    assert found("late") == [late.id]
    assert found("unsettled") == [late.id, fresh.id]
    assert found("closed") == [closed.id]
    here = complaints.listed(manager, now, development_id=owner.deal.development_id + 1)
    assert session.scalars(here).all() == []


def test_an_owner_complains_of_three_things_at_most(session: Session, now: datetime, owner: OwnerFile) -> None:
    for _number in range(3):
        of_owners.complaint(session, owner, now)
    assert refusal(lambda: of_owners.complaint(session, owner, now)) == "complaints_many"
    assert refusal(lambda: of_owners.complaint(session, owner, now, words=" ")) == "complaint_words_missing"


def test_who_sees_a_complaint(session: Session, now: datetime, carer: Person, owner: OwnerFile) -> None:
    of_owners.complaint(session, owner, now)
    seen = {
        role: len(session.scalars(visible(Actor.of(make.person(session, role)), Complaint)).all())
        for role in (Role.CHANNEL_MANAGER, Role.RECEPTION, Role.CONSULTANT, Role.BROKER, Role.FINANCE)
    }
    assert seen == {
        Role.CHANNEL_MANAGER: 1,
        Role.RECEPTION: 1,
        Role.CONSULTANT: 0,
        Role.BROKER: 0,
        Role.FINANCE: 0,
    }
    assert len(session.scalars(visible(Actor.of(carer), Complaint)).all()) == 1


def test_a_poster_is_offered_once(session: Session, now: datetime, carer: Person, owner: OwnerFile) -> None:
    assert not owners.answer_poster(session, now, owner, wanted=True)
    owners.offer_poster(session, Actor.of(carer), now, owner)
    assert refusal(lambda: owners.offer_poster(session, Actor.of(carer), now, owner)) == "poster_offered"
    assert owners.answer_poster(session, now, owner, wanted=True)
    assert not owners.answer_poster(session, now, owner, wanted=False)
    invited = session.scalars(select(Invitation)).one()
    assert (invited.home, invited.invited_by, owner.poster_wanted) == (owner.deal.unit, carer.id, True)


def test_two_who_settle_and_answer_at_once(database: Database, now: datetime) -> None:
    """One of them is first, and the other is judged by what is there then: no step is lost, none is done twice."""
    with database.transaction() as session:
        owner = of_owners.owner(session)
        key = of_owners.complaint(session, owner, now).id
        survey = of_owners.survey(session, owner, now).id
        session.flush()
        complaints.take_step(session, SYSTEM, now, session.get_one(Complaint, key), StepKind.ANSWERED, "来了")
    ready = Barrier(4)

    def go(kind: StepKind | Marks) -> str:
        ready.wait()
        try:
            with database.transaction() as session:
                if isinstance(kind, Marks):
                    surveys.answer(session, now, session.get_one(surveys.Survey, survey), kind, "")
                else:
                    complaints.take_step(session, CLIENT, now, session.get_one(Complaint, key), kind, "是的")
        except Refusal as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        tries = [StepKind.SETTLED, StepKind.SETTLED, Marks(5, 5, 5), Marks(4, 4, 4)]
        found = Counter(pool.map(go, tries))
    assert found == {"done": 2, "complaint_closed": 1, "survey_answered": 1}
    with database.reading() as session:
        kinds = session.scalars(select(ComplaintStep.kind).order_by(ComplaintStep.id)).all()
        assert kinds == [StepKind.OPENED, StepKind.ANSWERED, StepKind.SETTLED]
        assert len(session.scalars(select(SurveyAnswer)).all()) == 1
