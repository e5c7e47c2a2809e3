"""The one-time word that a live capture answers, and the side that a head is asked to turn to (rules 3.1).

The side is drawn with the word, and told only against the digest of the first shot, which the answer must then hold:
who prepared pictures cannot choose both for the side. Words may be asked for at will (networks fail at sites), so a
side that does not suit could be let go and another drawn; how often that happened is counted and judged.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from commissions.refusal import Refusal

from ... import crypto
from ...access.actor import Actor
from ...models import CaptureNonce, FaceEnrolment, Side, Touch
from ...rules.partners.policy import Policy
from ...session import Session
from .faces import Shot

Subject = Touch | FaceEnrolment | None
"""Whom a camera is for: a client with the broker, somebody whose face another person confirms, or (None) oneself."""

COUNTED = timedelta(hours=1)
"""So far back, sides that were told and left unanswered are counted."""


@dataclass(frozen=True, slots=True)
class CameraHolder:
    """Who holds the camera: the person, and the sign-in on this one device, or the agency's system by its key. A word
    is good for no other."""

    actor: Actor
    web_session_id: int | None
    api_key_id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """What came from the camera: broker and client in one photo, or the client in a photo of his own; and the second
    shot, in which the broker turns. `in_page`: the page says that its own camera took them."""

    straight: Shot
    turned: Shot | None = None
    client: Shot | None = None
    in_page: bool = False

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every photo that came, the first shot first."""
        return tuple(shot for shot in (self.straight, self.turned, self.client) if shot is not None)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a capture answered: the word, from when to when, which side was told, and how many were left unanswered.

    `side` is None where none was told, or was told against another photo.
    """

    answered: bool
    issued_at: datetime | None = None
    arrived_at: datetime | None = None
    side: Side | None = None
    unanswered: int = 0

    @property
    def age_seconds(self) -> float | None:
        """From the word to the capture's arrival."""
        if self.issued_at is None or self.arrived_at is None:
            return None
        return (self.arrived_at - self.issued_at).total_seconds()


def issue_nonce(session: Session, holder: CameraHolder, now: datetime, subject: Subject) -> str:
    """A one-time word that the capture has to answer; only its digest is kept."""
    secret = crypto.token()
    session.add(
        CaptureNonce(
            digest=crypto.digest(secret),
            person_id=holder.actor.id,
            web_session_id=holder.web_session_id,
            api_key_id=holder.api_key_id,
            touch_id=subject.id if isinstance(subject, Touch) else None,
            enrolment_id=subject.id if isinstance(subject, FaceEnrolment) else None,
            side=secrets.choice(list(Side)),
            issued_at=now,
        )
    )
    return secret


def tell_side(
    session: Session, holder: CameraHolder, now: datetime, subject: Subject, *, nonce: str, straight_sha256: str
) -> Side:
    """The side to turn to, told once the first shot is taken: its digest (hex) binds the answer. Asking again with the
    same digest, after a lost answer, tells the same. Raises Refusal: capture_over."""
    since = now - timedelta(seconds=_seconds(subject))
    side = session.scalar(
        update(CaptureNonce)
        .where(
            *answered_by(holder, subject, nonce),
            CaptureNonce.used_at.is_(None),
            CaptureNonce.issued_at > since,
            or_(CaptureNonce.straight_sha256.is_(None), CaptureNonce.straight_sha256 == straight_sha256),
        )
        .values(straight_sha256=straight_sha256)
        .returning(CaptureNonce.side)
    )
    if side is None:
        raise Refusal("capture_over")
    return Side(side)


def note_arrival(
    session: Session, holder: CameraHolder, now: datetime, subject: Subject, *, nonce: str, straight_sha256: str
) -> None:
    """A capture has come but the server is too busy to look at it: when it is sent again it is no older for that."""
    session.execute(
        update(CaptureNonce)
        .where(*answered_by(holder, subject, nonce), CaptureNonce.used_at.is_(None), CaptureNonce.arrived_at.is_(None))
        .values(arrived_at=now, arrived_sha256=straight_sha256)
    )


def use_nonce(
    session: Session, holder: CameraHolder, now: datetime, subject: Subject, *, nonce: str, straight: Shot
) -> Answer:
    """Spend the word. Only the session and the subject that it was made for can, and only once."""
    sha256 = straight.photo.sha256
    row = session.execute(
        update(CaptureNonce)
        .where(*answered_by(holder, subject, nonce), CaptureNonce.used_at.is_(None))
        .values(used_at=now)
        .returning(
            CaptureNonce.issued_at,
            CaptureNonce.side,
            CaptureNonce.straight_sha256,
            CaptureNonce.arrived_at,
            CaptureNonce.arrived_sha256,
        )
    ).one_or_none()
    if row is None:
        return Answer(answered=False)
    return Answer(
        answered=True,
        issued_at=row.issued_at,
        arrived_at=row.arrived_at if row.arrived_sha256 == sha256 else now,
        side=row.side if row.straight_sha256 == sha256 else None,
        unanswered=_unanswered(session, holder, now, subject),
    )


def answered_by(holder: CameraHolder, subject: Subject, nonce: str) -> tuple[ColumnElement[bool], ...]:
    """The word that this session was given for this subject."""
    return (
        CaptureNonce.digest == crypto.digest(nonce),
        CaptureNonce.person_id == holder.actor.id,
        CaptureNonce.web_session_id.is_not_distinct_from(holder.web_session_id),
        CaptureNonce.api_key_id.is_not_distinct_from(holder.api_key_id),
        _for(subject),
    )


def _for(subject: Subject) -> ColumnElement[bool]:
    touch_id = subject.id if isinstance(subject, Touch) else None
    enrolment_id = subject.id if isinstance(subject, FaceEnrolment) else None
    return and_(
        CaptureNonce.touch_id.is_not_distinct_from(touch_id),
        CaptureNonce.enrolment_id.is_not_distinct_from(enrolment_id),
    )


def _seconds(subject: Subject) -> float:
    """How long a word lives."""
    policy = Policy.of(subject.development.policy) if isinstance(subject, Touch) else Policy()
    return policy.nonce_seconds


def _unanswered(session: Session, holder: CameraHolder, now: datetime, subject: Subject) -> int:
    """Sides that were told to this person lately, for this subject, and let go."""
    let_go = select(func.count()).where(
        _for(subject),
        CaptureNonce.person_id == holder.actor.id,
        CaptureNonce.issued_at > now - COUNTED,
        CaptureNonce.straight_sha256.is_not(None),
        CaptureNonce.used_at.is_(None),
    )
    return session.scalars(let_go).one()
