"""Visits with their proof, and what people judged of it."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ColumnElement, Float, ForeignKey, Index, String, Text, and_, cast, or_, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from ...rules.showings.risk import WHOSE
from ..accounts.people import Person
from ..base import Base, one_of
from ..partners.agreements import Agency, Development
from ..registrations.registrations import Touch

if TYPE_CHECKING:
    from ..penalties.strikes import Strike


class Way(StrEnum):
    """How presence is proved: the person chooses (rules 3.2). Two ways need no photo: reception confirms in person, or
    the client says the code that came to his own phone."""

    FACE = "face"
    RECEPTION = "reception"
    CODE = "code"


class Verdict(StrEnum):
    """What the rule judged of the evidence (rules 3.3)."""

    VERIFIED = "verified"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"


class Decision(StrEnum):
    """What a person decided. `inconclusive` closes a case in which nobody can tell any more: neither a visit that
    counts nor a strike."""

    GENUINE = "genuine"
    FAKE = "fake"
    INCONCLUSIVE = "inconclusive"


class Showing(Base):
    """A visit of a client with a broker (带看). `reasons` and `evidence` are what the verdict rests on.

    `host_id`: whose tablet at the site took the photo, and who saw both there; empty: the broker's own phone.
    `risk` is `rules.risk`'s figure at check-in: the review queue is read by it, and it never changes.
    """

    __tablename__ = "showings"
    __table_args__ = (
        one_of("way", Way),
        one_of("verdict", Verdict),
        Index("ix_showings_broker", "broker_id", "at"),
        Index("ix_showings_development", "development_id", "at"),
        Index("ix_showings_at", "at"),
        Index("ix_showings_risk", "risk", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"), index=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    way: Mapped[Way]
    verdict: Mapped[Verdict]
    reasons: Mapped[list[dict[str, Any]]]
    evidence: Mapped[dict[str, Any]]
    risk: Mapped[int] = mapped_column(server_default="0")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    touch: Mapped[Touch] = relationship()
    development: Mapped[Development] = relationship()
    broker: Mapped[Person] = relationship(foreign_keys=broker_id)
    host: Mapped[Person | None] = relationship(foreign_keys=host_id)
    agency: Mapped[Agency] = relationship()
    review: Mapped["ShowingReview | None"] = relationship(back_populates="showing")
    strike: Mapped["Strike | None"] = relationship(back_populates="showing")
    capture_request: Mapped["CaptureRequest | None"] = relationship(
        back_populates="showing", foreign_keys="CaptureRequest.showing_id"
    )

    if TYPE_CHECKING:
        superseded: Mapped[bool]
        """Whether a later visit made this try one that nobody need decide (`superseded_until`)."""


class ShowingReview(Base):
    """A person's decision over a showing: genuine, fake, or that it cannot be told. Only this makes a strike (rules
    3.4)."""

    __tablename__ = "showing_reviews"
    __table_args__ = (
        one_of("decision", Decision),
        CheckConstraint("decision = 'genuine' OR length(reason) > 0", name="has_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"), unique=True)
    decision: Mapped[Decision]
    reason: Mapped[str]
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    showing: Mapped[Showing] = relationship(back_populates="review")
    reviewer: Mapped[Person] = relationship()


def superseded_until(at: datetime | None = None) -> ColumnElement[bool]:
    """For the database: whether a later visit of the same touch counts (verified, or confirmed genuine), and until when
    it was made. Where one asks whose face it was, no later visit answers."""
    later, decided = Showing.__table__.alias().c, ShowingReview.__table__.alias().c
    verified = and_(later.verdict == Verdict.VERIFIED, decided.id.is_(None))
    counts = (
        select(later.id)
        .outerjoin(decided.id.table, decided.showing_id == later.id)
        .where(later.touch_id == Showing.touch_id, later.id > Showing.id)
        .where(or_(verified, decided.decision == Decision.GENUINE))
    )
    if at is not None:
        counts = counts.where(later.at <= at)
    said = cast(Showing.reasons, Text)
    return and_(
        Showing.verdict != Verdict.VERIFIED,
        *(said.not_like(f'%"{code}"%') for code in sorted(WHOSE)),
        counts.correlate(Showing).exists(),
    )


Showing.superseded = column_property(superseded_until(), deferred=True)


class CaptureRequest(Base):
    """A reviewer asks the broker to check in again, with a reason and a deadline. The showing stays as it was.

    `answered_by` is the showing that came of it before the deadline; it is set once.
    """

    __tablename__ = "capture_requests"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("answer_by > asked_at", name="deadline_ahead"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"), unique=True)
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("showings.id"), index=True)

    showing: Mapped[Showing] = relationship(back_populates="capture_request", foreign_keys=showing_id)
    answer: Mapped[Showing | None] = relationship(foreign_keys=answered_by)


class Side(StrEnum):
    """Whither the broker is asked to turn his head: to his own left or right (`rules.challenge`)."""

    LEFT = "left"
    RIGHT = "right"


class CaptureNonce(Base):
    """The server's one-time word that a live capture answers within a minute (rules 3.1).

    It is one session's, or that of an agency's system by its key (no foreign key: a sandbox does not have its keys):
    for one client, for one face that somebody is to confirm, or, with neither, for one's own face.
    `side` is told against `straight_sha256`, the digest of the first shot.
    `arrived_at`: when a capture came that had to wait for a busy server; its age counts from here.
    """

    __tablename__ = "capture_nonces"
    __table_args__ = (
        one_of("side", Side),
        CheckConstraint("(arrived_at IS NULL) = (arrived_sha256 IS NULL)", name="arrival_whole"),
        CheckConstraint("touch_id IS NULL OR enrolment_id IS NULL", name="one_subject"),
        CheckConstraint("(web_session_id IS NULL) <> (api_key_id IS NULL)", name="one_holder"),
        Index("ix_capture_nonces_touch", "touch_id", "issued_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    web_session_id: Mapped[int | None] = mapped_column(ForeignKey("web_sessions.id"))
    api_key_id: Mapped[int | None]
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("face_enrolments.id"))
    side: Mapped[Side]
    straight_sha256: Mapped[str | None] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    arrived_sha256: Mapped[str | None] = mapped_column(String(64))
    used_at: Mapped[datetime | None]
