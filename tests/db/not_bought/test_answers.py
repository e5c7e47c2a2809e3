"""Why clients did not buy: whom it is asked, once for each side, and what came of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.clock import local_day
from portal.db import Database
from portal.models import CareFile, MilestoneKind, NotBought, Person, Role
from portal.rules.care.plan import Channel
from portal.rules.not_bought.reasons import Reason, Tried
from portal.rules.not_bought.shares import Mention
from portal.services.not_bought import answers, figures
from portal.services.not_bought.section import section
from tests import care_world
from tests import factories as make

DAY = timedelta(days=1)
PRICE = {Reason.PRICE: Tried.PAYMENT}


@pytest.fixture
def carer(session: Session) -> Person:
    return care_world.consultant(session, name="林晓")


def visited(session: Session, carer: Person, at: datetime) -> CareFile:
    """The file of a client who was there once, as the carer wrote down."""
    file = care_world.care_file(session, carer=carer, at=at - DAY)
    care_world.contact(session, file=file, by=carer, at=at, channel=Channel.VISIT)
    return file


def said(day: date, reasons: dict[Reason, Tried] = PRICE, note: str = "") -> answers.Said:
    return answers.Said(visit_on=day, reasons=reasons, note=note)


def test_a_visit_is_asked_about_until_it_is_answered(session: Session, carer: Person, now: datetime) -> None:
    file, actor, day = visited(session, carer, now - DAY), Actor.of(carer), local_day(now - DAY)
    visited(session, care_world.consultant(session), now - DAY)
    assert answers.all_to_say(session, actor, now) == [(day, file.id)]
    with pytest.raises(Refusal, match="not_bought_no_visit"):
        answers.say(session, actor, now, file, said(local_day(now)))
    with pytest.raises(Refusal, match="not_bought_no_reason"):
        answers.say(session, actor, now, file, said(day, {}))
    row = answers.say(session, actor, now, file, said(day, note="等年终奖"))
    session.flush()
    assert answers.all_to_say(session, actor, now) == []
    with pytest.raises(Refusal, match="not_bought_said"):
        answers.say(session, actor, now, file, said(day))
    part = section(session, actor, now, file)
    assert [(one.row, one.note, one.revived_on) for one in part.answers] == [(row, "等年终奖", None)]


def test_a_client_who_subscribed_is_not_asked_about(session: Session, carer: Person, now: datetime) -> None:
    file = visited(session, carer, now - 3 * DAY)
    deal = make.deal(session, touch=None, development=file.development, client=file.client)
    make.milestone(session, deal, MilestoneKind.SUBSCRIBED, now - DAY)
    assert answers.all_to_say(session, Actor.of(carer), now) == []


def test_each_side_says_its_own_and_reads_no_other_s(session: Session, carer: Person, now: datetime) -> None:
    file, day = visited(session, carer, now - DAY), local_day(now - DAY)
    broker = make.broker(session)
    make.touch(session, person=broker, development=file.development, client=file.client)
    ours = answers.say(session, Actor.of(carer), now, file, said(day, note="我方"))
    theirs = answers.say(session, Actor.of(broker), now, file, said(day, {Reason.OTHER: Tried.NOTHING}, "对方"))
    session.flush()
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    assert [
        one.row
        for one in answers.of_file(session, Actor.of(broker), file, answers.known_of(session, Actor.of(broker), file))
    ] == [theirs]
    assert answers.note_of(session, manager, theirs) == ""
    assert answers.note_of(session, manager, ours) == "我方"
    with pytest.raises(Refusal, match="not_bought_not_yours"):
        answers.correct(session, manager, now, theirs, said(day))
    asked = figures.Asked(since=day, until=day)
    agencies = {row.answer.id: row.agency_id for row in figures.rows(session, manager, asked)}
    assert agencies == {ours.id: None, theirs.id: broker.agency_id}
    assert [row.answer for row in figures.rows(session, Actor.of(broker), asked)] == [theirs]


def test_what_is_said_anew_counts_instead(session: Session, carer: Person, now: datetime) -> None:
    file, actor, day = visited(session, carer, now - DAY), Actor.of(carer), local_day(now - DAY)
    first = answers.say(session, actor, now, file, said(day))
    session.flush()
    anew = answers.correct(session, actor, now, first, said(day, {Reason.NEEDS: Tried.OTHER_HOME}))
    session.flush()
    with pytest.raises(Refusal, match="not_bought_corrected"):
        answers.correct(session, actor, now, first, said(day))
    (row,) = figures.rows(session, actor, figures.Asked(since=day, until=day))
    assert (row.answer, row.mentions) == (anew, [Mention(Reason.NEEDS, Tried.OTHER_HOME)])


def test_who_comes_back_is_revived(session: Session, carer: Person, now: datetime) -> None:
    file, actor, day = visited(session, carer, now - 9 * DAY), Actor.of(carer), local_day(now - 9 * DAY)
    answers.say(session, actor, now, file, said(day))
    care_world.contact(session, file=file, by=carer, at=now - DAY, channel=Channel.VISIT)
    asked = figures.Asked(since=day, until=local_day(now), reason=Reason.PRICE, tried=Tried.PAYMENT, revived=True)
    (row,) = figures.rows(session, actor, asked)
    assert row.revived_on == local_day(now - DAY)
    assert figures.mentions([row], asked) == [Mention(Reason.PRICE, Tried.PAYMENT, True)]
    assert answers.all_to_say(session, actor, now) == [(local_day(now - DAY), file.id)]


@pytest.mark.parametrize("change", ["visit_on = '2026-01-01'", "by_id = 1", "corrects_id = id"])
def test_the_database_keeps_what_was_said_but_for_the_note(
    session: Session, carer: Person, now: datetime, change: str
) -> None:
    file = visited(session, carer, now - DAY)
    answers.say(session, Actor.of(carer), now, file, said(local_day(now - DAY), note="等年终奖"))
    session.flush()
    session.execute(text("UPDATE not_bought SET note_sealed = NULL"))
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(f"UPDATE not_bought SET {change}"))


def test_two_say_it_at_once_and_one_answer_counts(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        carer = care_world.consultant(session)
        file = visited(session, carer, now - DAY)
    barrier = Barrier(3)

    def say(_number: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                there = session.get_one(CareFile, file.id)
                answers.say(session, Actor.of(carer), now, there, said(local_day(now - DAY)))
        except Refusal as refusal:
            return refusal.code
        return "said"

    with ThreadPoolExecutor(3) as threads:
        assert Counter(threads.map(say, range(3))) == {"said": 1, "not_bought_said": 2}
    with database.reading() as session:
        assert session.query(NotBought).count() == 1
