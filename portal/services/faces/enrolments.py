"""Enrolling one's own face, and the second person who confirms whose it is (rules 3.2).

A face that answers the challenge and resembles nobody else is in force at once; what raises a doubt waits, compared
with nothing. Either way it accuses nobody until somebody of the developer's has met the enrolled one and compared live
shots of him: an enrolment keeps no photo that could be looked at. Nobody is told whom a face resembles.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.faces.engine import Engine, Face, Template, similarity
from ...models import CaptureNonce, Development, FaceEnrolment, FaceTemplate, Person, ProposalState, Why
from ...rules.showings import enrolment as rule
from ...rules.showings.checkin import Policy
from ...rules.showings.enrolment import Doubt
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from . import challenges, evidence, faces
from .challenges import Answer, CameraHolder, Capture
from .encryption import open_template, seal_template
from .index import index_of

WAITS_AT_MOST = timedelta(days=30)
"""A face that nobody confirmed in this time is erased."""


@dataclass(frozen=True, slots=True, eq=False)
class Enrolling:
    """What a person sends to enrol: the camera's shots, the server's word, and his consent in the words he read."""

    capture: Capture
    nonce: str
    consent: bool
    locale: str


def enrol(
    session: Session, holder: CameraHolder, now: datetime, engine: Engine, sent: Enrolling
) -> FaceEnrolment | None:
    """Take a person's own face: in force at once, or waiting for a second person. The photos are not kept.

    Returns the enrolment that is still to be confirmed; None where a confirmed face was replaced by one just like it.
    The same sending twice makes one. Raises Refusal: consent_needed, face_none, face_several, face_poor, capture_over,
    turn_failed.
    """
    actor, straight = holder.actor, sent.capture.straight
    face = faces.only_good_face(straight)
    given = faces.agree(session, actor, now, consent=sent.consent, locale=sent.locale)
    answer = challenges.use_nonce(session, holder, now, None, nonce=sent.nonce, straight=straight)
    if not answer.answered and (made := made_by(session, holder, sent.nonce)) is not None:
        return made
    former = _former(session, engine, actor.id)
    seen = _evidence(session, engine, actor, face, sent.capture, answer, former)
    doubts = rule.judge_enrolment(seen, Policy(thresholds=engine.thresholds))
    end_open(session, actor, now)
    template = Template.of(engine, face)
    row = _proposed(actor, now, engine, doubts, seen)
    if doubts:
        row.vector_sealed = seal_template(session, template)
    else:
        confirmed = former.confirmed_at if former is not None else None
        kept = faces.put_in_force(session, actor, now, actor.id, template, confirmed_at=confirmed)
        row.template_id = kept.id
        audit.record(session, actor, now, "face_enrolled", kept, engine=engine.name, consent=given.id)
        if kept.confirmed_at is not None:
            return None
    session.add(row)
    session.flush()
    if doubts:
        audit.record(session, actor, now, "face_waits", row, doubts=list(doubts), consent=given.id)
        tell(session, actor, now, "face_waits", row, Concerned(row.person_id, actor.agency_id))
    return row


def withdraw(session: Session, actor: Actor, now: datetime) -> None:
    """Take one's own consent back: the face in force and the one that waits are erased at once (rules 3.5)."""
    faces.lock_person(session, actor.id)
    end_open(session, actor, now)
    faces.withdraw(session, actor, now)


def made_by(session: Session, holder: CameraHolder, nonce: str) -> FaceEnrolment | None:
    """The enrolment of the capture that answered this word; None while none has."""
    return session.scalar(
        select(FaceEnrolment)
        .join(CaptureNonce, (CaptureNonce.used_at == FaceEnrolment.proposed_at))
        .where(FaceEnrolment.person_id == holder.actor.id, *challenges.answered_by(holder, None, nonce))
    )


def end_open(session: Session, owner: Actor, now: datetime) -> int:
    """End what is still open of a person's enrolments, with the face that waits; how many faces that were."""
    earlier = select(FaceEnrolment).where(*_open(), FaceEnrolment.person_id == owner.id).with_for_update()
    rows = session.scalars(earlier.execution_options(populate_existing=True)).all()
    waiting = sum(row.vector_sealed is not None for row in rows)
    for row in rows:
        _end(session, owner, now, row)
    return waiting


# The second person


def confirm(
    session: Session,
    holder: CameraHolder,
    now: datetime,
    engine: Engine,
    row: FaceEnrolment,
    capture: Capture,
    nonce: str,
) -> None:
    """Stand for it that this face is this person's, who is here and turns his head: the shots are compared, not kept.

    The developer's people make it hard evidence. After an agency's principal it is only in force, and open to them.
    Raises Refusal: own_proposal, proposal_decided, face_none, face_several, face_poor, face_not_comparable for one of
    another engine, and those of `rules.enrolment.check_meeting`.
    """
    actor, straight = holder.actor, capture.straight
    proposals.check_another_person(actor, row)
    face = faces.only_good_face(straight)
    answer = challenges.use_nonce(session, holder, now, row, nonce=nonce, straight=straight)
    _lock_open(session, row)
    enrolled = _template_of(session, row)
    if (row.engine, row.engine_version) != (engine.name, engine.version):
        raise Refusal("face_not_comparable")
    rule.check_meeting(
        rule.Shots(**_answered(engine, capture, face, answer)),
        similarity(Template.of(engine, face), enrolled),
        Policy(thresholds=engine.thresholds),
        by_staff=actor.staff,
        waits=row.waits,
    )
    since = now if actor.staff else None
    if row.template_id is None:
        kept = faces.put_in_force(session, actor, now, row.person_id, enrolled, confirmed_at=since)
        row.vector_sealed, row.template_id = None, kept.id
    else:
        session.get_one(FaceTemplate, row.template_id).confirmed_at = since
    session.flush()
    proposals.confirm(session, actor, now, row)
    if since is None:
        session.add(_open_again(row, now))
    audit.record(session, actor, now, "face_confirmed", row, person=row.person_id, hard=actor.staff)
    tell(session, actor, now, "face_confirmed", row, Concerned(row.person_id))


def refuse(session: Session, actor: Actor, now: datetime, row: FaceEnrolment, *, reason: str) -> None:
    """Say that it is not this person's face, or that he did not come: it is erased, and he reads why.

    Raises Refusal: own_proposal, proposal_reason_needed, proposal_decided.
    """
    proposals.check_another_person(actor, row)
    if not reason.strip():
        raise Refusal("proposal_reason_needed", field="reason")
    _lock_open(session, row)
    row.vector_sealed = None
    session.flush()
    if row.template_id is not None:
        faces.erase_own(session, actor, now, row.person_id, Why.ON_REQUEST)
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "face_refused", row, person=row.person_id)
    tell(session, actor, now, "face_refused", row, Concerned(row.person_id))


def erase_old(session: Session, now: datetime) -> int:
    """Erase the waiting faces that nobody confirmed in time, or whose owner's account is closed; how many."""
    old = FaceEnrolment.proposed_at <= now - WAITS_AT_MOST
    gone = FaceEnrolment.person.has(Person.deactivated_at.is_not(None))
    waiting = select(FaceEnrolment).where(*_open(), FaceEnrolment.vector_sealed.is_not(None), or_(old, gone))
    rows = session.scalars(waiting.options(joinedload(FaceEnrolment.person)).with_for_update(of=FaceEnrolment)).all()
    for row in rows:
        _end(session, Actor.of(row.person), now, row)
    return len(rows)


# Reading


def earlier(session: Session, row: FaceEnrolment) -> FaceEnrolment | None:
    """What a principal confirmed of the same face before; None where it was in force at once."""
    same = (FaceEnrolment.template_id == row.template_id, FaceEnrolment.state == ProposalState.CONFIRMED)
    stmt = select(FaceEnrolment).where(*same, FaceEnrolment.id < row.id).options(joinedload(FaceEnrolment.decider))
    return session.scalar(stmt.order_by(FaceEnrolment.id.desc()).limit(1))


def listing(actor: Actor, *, waiting: bool | None = None) -> Select[FaceEnrolment]:
    """The open enrolments of others that the actor may confirm: those that wait, those in force, or both."""
    stmt = scope.visible(actor, FaceEnrolment).where(*_open(), FaceEnrolment.person_id != actor.id)
    stmt = stmt.options(joinedload(FaceEnrolment.person).joinedload(Person.agency))
    if waiting is None:
        return stmt
    held = FaceEnrolment.template_id.is_(None)
    return stmt.where(held if waiting else ~held)


def latest(session: Session, person_id: int) -> FaceEnrolment | None:
    """A person's last enrolment that somebody was to confirm, for his own page."""
    mine = select(FaceEnrolment).where(FaceEnrolment.person_id == person_id).options(joinedload(FaceEnrolment.decider))
    return session.scalar(mine.order_by(FaceEnrolment.id.desc()).limit(1))


# Parts


def _evidence(
    session: Session,
    engine: Engine,
    actor: Actor,
    face: Face,
    capture: Capture,
    answer: Answer,
    former: FaceTemplate | None,
) -> rule.Evidence:
    return rule.Evidence(
        **_answered(engine, capture, face, answer),
        former_similarity=_likeness_to(session, engine, face, former),
        person_similarity=_most(evidence.partners_like(session, engine, face, without=actor.id)),
        client_similarity=_likeness_to_clients(session, engine, face),
    )


def _answered(engine: Engine, capture: Capture, face: Face, answer: Answer) -> dict[str, Any]:
    """How the shots answered the challenge, as the rule's `Shots` has it."""
    live = capture.in_page and capture.turned is not None
    return {
        "turn": evidence.turn_of(engine, capture, face, answer) if live else None,
        "answered": answer.answered,
        "age_seconds": answer.age_seconds,
    }


def _likeness_to(session: Session, engine: Engine, face: Face, former: FaceTemplate | None) -> float | None:
    rows = [] if former is None else [former]
    return next((likeness for _row, likeness in faces.likenesses(session, engine, face, rows)), None)


def _likeness_to_clients(session: Session, engine: Engine, face: Face) -> float | None:
    """To the most alike client of any development."""
    index = index_of(session)
    found = (index.clients(engine, face.vector, key, without=0) for key in session.scalars(select(Development.id)))
    return _most([one.similarity for some in found for one in some])


def _most(likenesses: Any) -> float | None:
    return max((one for one in likenesses if one is not None), default=None)


def _former(session: Session, engine: Engine, person_id: int) -> FaceTemplate | None:
    row = faces.enrolment(session, person_id)
    return row if faces.comparable(engine, row) else None


def _proposed(
    actor: Actor, now: datetime, engine: Engine, doubts: tuple[Doubt, ...], seen: rule.Evidence
) -> FaceEnrolment:
    likenesses = {
        "former": seen.former_similarity,
        "person": seen.person_similarity,
        "client": seen.client_similarity,
    }
    return FaceEnrolment(
        person_id=actor.id,
        engine=engine.name,
        engine_version=engine.version,
        doubts=list(doubts),
        found={name: round(value, evidence.ROUNDED) for name, value in likenesses.items() if value is not None},
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )


def _open_again(row: FaceEnrolment, now: datetime) -> FaceEnrolment:
    """The same face, in force and still to be confirmed by the developer's people."""
    return FaceEnrolment(
        person_id=row.person_id,
        template_id=row.template_id,
        engine=row.engine,
        engine_version=row.engine_version,
        doubts=[],
        found=row.found,
        state=ProposalState.PROPOSED,
        proposed_by=row.person_id,
        proposed_at=now,
    )


def _template_of(session: Session, row: FaceEnrolment) -> Template:
    """The face that is to be confirmed, wherever it lies. Raises Refusal `proposal_decided` where it was erased."""
    sealed = row.vector_sealed
    if row.template_id is not None:
        sealed = session.get_one(FaceTemplate, row.template_id).vector_sealed
    if sealed is None:
        raise Refusal("proposal_decided")
    return open_template(session, sealed)


def _end(session: Session, actor: Actor, now: datetime, row: FaceEnrolment) -> None:
    row.vector_sealed = None
    session.flush()
    proposals.withdraw(session, actor, now, row)


def _lock_open(session: Session, row: FaceEnrolment) -> None:
    """Whoever else decides comes before or after. Raises Refusal `proposal_decided`."""
    locked = select(FaceEnrolment).where(FaceEnrolment.id == row.id).with_for_update()
    if not session.scalars(locked.execution_options(populate_existing=True)).one().open:
        raise Refusal("proposal_decided")


def _open() -> tuple[ColumnElement[bool], ...]:
    return (FaceEnrolment.state == ProposalState.PROPOSED,)
