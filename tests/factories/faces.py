"""Faces that somebody enrolled."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.faces.engine import Engine, Template
from portal.models import FaceEnrolment, FaceTemplate, Person, ProposalState, Side
from portal.services.faces import challenges, enrolments, faces
from portal.services.faces.challenges import CameraHolder, Capture
from portal.services.faces.faces import Shot

from . import _kept, web_session


def own_face(
    session: Session, actor: Actor, at: datetime, eyes: Engine, taken: Shot, *, confirmed: bool = False
) -> FaceTemplate:
    """A person's own face in force, with his consent; `confirmed`: a second person stands for it."""
    face = faces.only_good_face(taken)
    faces.agree(session, actor, at, consent=True, locale="zh_Hans_CN")
    template = Template.of(eyes, face)
    return faces.put_in_force(session, actor, at, actor.id, template, confirmed_at=at if confirmed else None)


def met(session: Session, actor: Actor, row: FaceEnrolment, at: datetime, eyes: Engine, taken: Shot) -> None:
    """Somebody films whose face waits: he turns as he is asked to, made without another photo."""
    holder = CameraHolder(actor, web_session(session, person=session.get_one(Person, actor.id), at=at).id)
    nonce = challenges.issue_nonce(session, holder, at, row)
    side = challenges.tell_side(session, holder, at, row, nonce=nonce, straight_sha256=taken.photo.sha256)
    capture = Capture(taken, turned(taken, side), in_page=True)
    enrolments.confirm(session, holder, at, eyes, row, capture, nonce)


def turned(taken: Shot, side: Side, by: float = 0.4) -> Shot:
    """The second shot of the same people, their noses moved by so much to the side: made without another photo."""
    way = by if side is Side.LEFT else -by
    moved = (replace(face.quality, nose_offset=face.quality.nose_offset + way) for face in taken.faces)
    photo = replace(taken.photo, sha256=sha256(f"{taken.photo.sha256} {side}".encode()).hexdigest())
    return Shot(photo, tuple(replace(face, quality=quality) for face, quality in zip(taken.faces, moved, strict=True)))


def waiting_face(session: Session, person: Person, at: datetime) -> FaceEnrolment:
    """A person's face that waits for a second person; nothing can be compared with it."""
    return _kept(
        session,
        FaceEnrolment(
            person_id=person.id,
            engine="sface",
            engine_version="1",
            vector_sealed=b"sealed",
            doubts=["not_live"],
            found={},
            state=ProposalState.PROPOSED,
            proposed_by=person.id,
            proposed_at=at,
        ),
    )
