"""Rows of client care for tests: files, who cares for them, what was judged and done. As `tests.factories`, of which
this is a part that stands by itself."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import (
    AwayWhy,
    CareAbsence,
    CareAssignment,
    CareContact,
    CareFile,
    CareJudgement,
    CarePlan,
    CarePost,
    CareScoringDraft,
    CareTag,
    CareText,
    ContactOutcome,
    Development,
    NotBought,
    NotBoughtReason,
    Person,
    ProposalState,
    Role,
)
from portal.rules.care.plan import Channel
from portal.rules.care.plan_toml import given_text
from portal.rules.care_files import points_toml
from portal.rules.care_files.tags import TagKind
from portal.rules.not_bought.reasons import Reason, Tried
from portal.services.care import files, words
from portal.services.care_files import scoring, tags
from tests import factories as make

DAY = timedelta(days=1)


def consultant(session: Session, **given: Any) -> Person:
    """A property consultant."""
    return make.person(session, Role.CONSULTANT, **given)


def care_file(session: Session, *, name: str = "王小明", carer: Person | None = None, **given: Any) -> CareFile:
    """A client's file, at a development and of a client of its own unless given; in somebody's care if `carer` is."""
    at = given.pop("at", make.BEFORE)
    development = given.get("development") or make.development(session)
    client = given.get("client") or make.client(session)
    values = {
        "development": development,
        "client": client,
        "name_sealed": files.seal_name(session, development.id, client.id, name),
        "opened_at": at,
    }
    row = CareFile(**values | given)
    session.add(row)
    session.flush()
    if carer is not None:
        assignment(session, file=row, carer=carer, at=at)
    return row


def assignment(session: Session, *, file: CareFile, carer: Person, at: datetime = make.BEFORE, **given: Any) -> Any:
    """The file goes into somebody's care."""
    before = session.scalar(select(func.count()).where(CareAssignment.file_id == file.id)) or 0
    values = {"by_id": carer.id, "reason": "到访", "number": before + 1, "passed_over": []}
    row = CareAssignment(file_id=file.id, person_id=carer.id, at=at, **values | given)
    session.add(row)
    session.flush()
    return row


def contact(session: Session, *, file: CareFile, by: Person, at: datetime, note: str = "", **given: Any) -> CareContact:
    """A contact that somebody made: a call that reached the client, unless given otherwise."""
    values = {
        "channel": Channel.CALL,
        "outcome": ContactOutcome.REACHED,
        "logged_at": at,
        "agency_id": by.agency_id,
    }
    row = CareContact(file_id=file.id, by_id=by.id, at=at, **values | given)
    session.add(row)
    session.flush()
    words.write(session, row, note=note)
    return row


def judgement(session: Session, *, file: CareFile, by: Person, at: datetime, note: str = "", **given: Any) -> Any:
    """What somebody thinks of the client: nothing yet, unless given."""
    row = CareJudgement(file_id=file.id, by_id=by.id, at=at, **{"agency_id": by.agency_id} | given)
    session.add(row)
    session.flush()
    words.write(session, row, note=note)
    return row


def post(session: Session, development: Development, person: Person) -> CarePost:
    """A consultant stands in a development's turn; the same row when it is there already."""
    same = CarePost.development_id == development.id, CarePost.person_id == person.id, CarePost.ended_at.is_(None)
    there = session.scalar(select(CarePost).where(*same))
    row = there or CarePost(development_id=development.id, person_id=person.id, by_id=person.id, at=make.BEFORE)
    session.add(row)
    session.flush()
    return row


def absence(session: Session, person: Person, day: date, *, cover: Person | None = None) -> CareAbsence:
    """A consultant is off on a day."""
    cover_id = cover.id if cover else None
    values = {"first_day": day, "last_day": day, "why": AwayWhy.DAY_OFF, "cover_id": cover_id}
    row = CareAbsence(person_id=person.id, by_id=person.id, at=make.BEFORE, **values)
    session.add(row)
    session.flush()
    return row


def care_plan(session: Session, toml: str, **given: Any) -> CarePlan:
    """A plan that holds for all since long ago, unless given otherwise."""
    starts_at = given.pop("starts_at", make.BEFORE)
    values = {"note": "", **_decided(session, starts_at - 3 * DAY)}
    row = CarePlan(toml=toml, starts_at=starts_at, **values | given)
    session.add(row)
    session.flush()
    return row


def care_text(session: Session, code: str = "virtual_tour", **given: Any) -> CareText:
    """A version of a text that was approved long ago, unless given otherwise."""
    values = {"channel": Channel.WECHAT, "title": "", "title_en": "", "zh": "{称呼}，您好", "en": "", "note": ""}
    values |= {} if "reason_for" in given else {"step": "virtual_tour"}
    row = CareText(code=code, **values | _decided(session, make.BEFORE) | given)
    session.add(row)
    session.flush()
    return row


def _decided(session: Session, at: datetime) -> dict[str, Any]:
    return {
        "state": ProposalState.CONFIRMED,
        "proposed_by": make.person(session, Role.CHANNEL_MANAGER).id,
        "proposed_at": at,
        "decided_by": make.person(session, Role.ADMINISTRATOR).id,
        "decided_at": at,
    }


PROPOSED = {"state": ProposalState.PROPOSED, "decided_by": None, "decided_at": None}
"""Given to the two above: nobody has decided yet."""


def not_bought(
    session: Session, *, file: CareFile, by: Person, visit_on: date, reasons: dict[Reason, Tried], **given: Any
) -> NotBought:
    """Why a client did not buy, as a carer said it."""
    values = {"at": make.BEFORE, "agency_id": by.agency_id}
    row = NotBought(file_id=file.id, by_id=by.id, visit_on=visit_on, **values | given)
    session.add(row)
    session.flush()
    session.add_all(NotBoughtReason(answer_id=row.id, reason=one, tried=tried) for one, tried in reasons.items())
    session.flush()
    return row


# What the walk over all routes needs: a row for every id in addresses of client care


def file_of_side(session: Session, one: Any) -> CareFile:
    """The file of a side's client (`tests.web.routes`), in its consultant's care; its broker registered the client."""
    place, client = one.agreement.development, one.registration.client
    there = files.of_client(session, place.id, client.id)
    return there or care_file(session, development=place, client=client, carer=one.people[Role.CONSULTANT])


def tag(session: Session, *, by: Person, word: str = "学区房") -> CareTag:
    """A word of the vocabulary, which nobody has set yet."""
    return tags.make(session, Actor.of(by), make.BEFORE, TagKind.BASIC, word)


def points_draft(session: Session, *, by: Person) -> CareScoringDraft:
    """Other rules of points than hold, as somebody proposes them."""
    toml = points_toml.given_text().replace("b_from = 30", "b_from = 20")
    return scoring.propose(session, Actor.of(by), make.BEFORE, toml=toml, note="B 放宽")


def _answer(session: Session, one: Any) -> int:
    file, by = file_of_side(session, one), one.people[Role.CONSULTANT]
    day = make.BEFORE.date()
    return not_bought(session, file=file, by=by, visit_on=day, reasons={Reason.PRICE: Tried.NOTHING}).id


ROWS: dict[str, Callable[[Session, Any], int | str]] = {
    "post_id": lambda session, one: post(session, one.agreement.development, one.people[Role.CONSULTANT]).id,
    "absence_id": lambda session, one: absence(session, one.people[Role.CONSULTANT], make.BEFORE.date()).id,
    "care_team.file_id": lambda session, one: file_of_side(session, one).id,
    "doing.file_id": lambda session, one: file_of_side(session, one).id,
    "channel": lambda _session, _one: "call",
    "contact_id": lambda session, one: (
        contact(session, file=file_of_side(session, one), by=one.people[Role.CONSULTANT], at=make.BEFORE).id
    ),
    "care_files.file_id": lambda session, one: file_of_side(session, one).id,
    "care_entries.file_id": lambda session, one: file_of_side(session, one).id,
    "care_entries.behaviour": lambda _session, _one: "virtual_tour",  # type: ignore[dict-item]  # a word of the address
    "care_entries.tag_id": lambda session, one: tag(session, by=one.people[Role.CONSULTANT]).id,
    "care_points.draft_id": lambda session, one: points_draft(session, by=one.people[Role.CHANNEL_MANAGER]).id,
    "care_tags.tag_id": lambda session, one: tag(session, by=one.people[Role.CONSULTANT]).id,
    "not_bought.file_id": lambda session, one: file_of_side(session, one).id,
    "not_bought.answer_id": _answer,
    "care_plans.plan_id": lambda session, _one: care_plan(session, given_text(), **PROPOSED).id,
    "care_texts.text_id": lambda session, _one: care_text(session, **PROPOSED).id,
    "care_texts.code": lambda _session, _one: "virtual_tour",
}
