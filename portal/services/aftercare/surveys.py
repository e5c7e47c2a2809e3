"""Surveys: an owner is asked by a link that needs no sign-in, answers once, and a bad answer opens a complaint."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import (
    Complaint,
    ComplaintAbout,
    ComplaintSource,
    OwnerFile,
    Survey,
    SurveyAnswer,
    TextKind,
    TextMessage,
)
from ...rules.aftercare.survey import LONGEST, Marks, Occasion
from ...rules.messages.quiet_hours import earliest
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..messages import texts
from . import complaints, owners


class SurveyState(StrEnum):
    """Where a survey stands: it can be answered, it was, or its time is over."""

    ASKED = "asked"
    ANSWERED = "answered"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Answered:
    """A survey as the staff read it: where it stands, and the owner's own words."""

    survey: Survey
    state: SurveyState
    words: str


def state_of(survey: Survey, now: datetime) -> SurveyState:
    """Where a survey stands."""
    if survey.answer is not None:
        return SurveyState.ANSWERED
    return SurveyState.ASKED if now < survey.expires_at else SurveyState.OVER


def ask(session: Session, actor: Actor, now: datetime, owner: OwnerFile, occasion: Occasion) -> Survey:
    """Ask an owner in a survey; the link is good for the development's `survey_days`.

    Raises Refusal: survey_open (the one before can still be answered, `until`), survey_today (asked twice at once).
    """
    for before in of_owner(session, now, owner):
        if before.state is SurveyState.ASKED:
            raise Refusal("survey_open", until=before.survey.expires_at)
    days = Policy.of(owner.deal.development.policy).survey_days
    made = insert_unless_there(
        session,
        Survey,
        ("owner_id", "asked_on"),
        owner_id=owner.id,
        occasion=occasion,
        link_key=secrets.token_urlsafe(16),
        asked_on=local_day(now),
        asked_at=now,
        asked_by=actor.person_id,
        expires_at=now + timedelta(days=days),
    )
    if made is None:
        raise Refusal("survey_today")
    row = session.get_one(Survey, made)
    audit.record(session, actor, now, "survey_asked", row, occasion=str(occasion))
    return row


def text_owner(session: Session, now: datetime, survey: Survey) -> TextMessage | Refusal:
    """Write down the text that brings the link, by day; a refusal says why no text may reach the owner."""
    development = survey.owner.deal.development
    try:
        message = texts.enqueue(
            session,
            now,
            survey.owner.deal.client_id,
            TextKind.SURVEY,
            {"development": development.name, "token": survey.link_key},
            key=f"survey-{survey.id}",
            expires_at=survey.expires_at,
        )
    except Refusal as refusal:
        return refusal
    message.next_try_at = earliest(now)
    return message


def by_key(session: Session, key: str) -> Survey | None:
    """The survey that a link leads to, however it stands; none where the deal was cancelled since."""
    row = session.scalar(select(Survey).where(Survey.link_key == key).options(joinedload(Survey.answer)))
    return row if row is not None and row.owner.deal.cancelled_at is None else None


def answer(session: Session, now: datetime, survey: Survey, marks: Marks, words: str) -> Complaint | None:
    """Take an owner's answer down, once; the complaint that a bad one opens, or None.

    Raises Refusal: survey_mark_missing (with the field), survey_over, survey_answered.
    """
    marks.checked()
    if state_of(survey, now) is SurveyState.OVER:
        raise Refusal("survey_over")
    words = words.strip()[:LONGEST]
    sealed = vault_of(session).seal_text(words, context(survey.id)) if words else None
    values = {"estate": marks.estate, "building": marks.building, "service": marks.service}
    made: dict[str, Any] = {"survey_id": survey.id, "words_sealed": sealed, "at": now, **values}
    if insert_unless_there(session, SurveyAnswer, ("survey_id",), **made) is None:
        raise Refusal("survey_answered")
    session.refresh(survey)
    nobody, owner = Actor(None, None), survey.owner
    development = owner.deal.development
    audit.record(session, nobody, now, "survey_answered", survey, **values)
    whom = Concerned(owners.carer_id(session, owner), development=development.id)
    tell(session, nobody, now, "survey_answered", survey, whom, deal=owner.deal_id, mark=min(values.values()))
    bad = marks.bad(Policy.of(development.policy).survey_bad_mark)
    if not bad:
        return None
    worst = min(bad, key=lambda asked: (getattr(marks, asked), asked != "service"))
    about = complaints.About(ComplaintSource.SURVEY, ComplaintAbout(worst), words, survey)
    return complaints.open_complaint(session, nobody, now, owner, about)


def of_owner(session: Session, now: datetime, owner: OwnerFile) -> list[Answered]:
    """The surveys that an owner was asked in, the latest first."""
    stmt = select(Survey).where(Survey.owner_id == owner.id).options(joinedload(Survey.answer))
    return shown(session, now, session.scalars(stmt.order_by(Survey.id.desc())).all())


def shown(session: Session, now: datetime, rows: Sequence[Survey]) -> list[Answered]:
    """Surveys as the staff read them."""
    return [Answered(row, state_of(row, now), words_of(session, row.answer)) for row in rows]


def words_of(session: Session, row: SurveyAnswer | None) -> str:
    """An owner's own words in plain."""
    if row is None or not row.words_sealed:
        return ""
    return vault_of(session).open_text(row.words_sealed, context(row.survey_id))


def context(survey_id: int) -> str:
    """What an owner's words are sealed for."""
    return f"survey answer:{survey_id}"
