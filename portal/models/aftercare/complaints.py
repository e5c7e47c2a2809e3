"""Complaints of owners: how each stands, what happened step by step, and the words of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.aftercare.complaint import ComplaintState, StepKind
from ..accounts.people import Person
from ..base import Base, one_of
from ..promises.promises import Promise
from .owners import OwnerFile, Survey

_UNTOLD = text("state = 'open' AND escalated_at IS NULL")


class ComplaintSource(StrEnum):
    """Where a complaint came from: a survey's bad answer, the owner's page, or a colleague who took it down."""

    SURVEY = "survey"
    OWNER = "owner"
    STAFF = "staff"


class ComplaintAbout(StrEnum):
    """What a complaint is about."""

    ESTATE = "estate"
    BUILDING = "building"
    SERVICE = "service"
    OTHER = "other"


class Complaint(Base):
    """A complaint (投诉). `state`, `since` and `due_at` (by when it is answered first) are moved by one conditional
    update with each step; that it is late is never stored. `escalated_at`: since when the manager knows that it is.

    `link_key`: the unguessable part of the address by which the owner says whether it is settled.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        one_of("source", ComplaintSource),
        one_of("about", ComplaintAbout),
        one_of("state", ComplaintState),
        Index("ix_complaints_state", "state", "due_at"),
        Index("ix_complaints_owner", "owner_id", "id"),
        Index("ix_complaints_untold", "due_at", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner_files.id"))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("surveys.id"), unique=True)
    source: Mapped[ComplaintSource]
    about: Mapped[ComplaintAbout]
    state: Mapped[ComplaintState]
    since: Mapped[datetime]
    due_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    link_key: Mapped[str] = mapped_column(String(32), unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    owner: Mapped[OwnerFile] = relationship()
    survey: Mapped[Survey | None] = relationship()
    opener: Mapped[Person | None] = relationship()
    steps: Mapped[list["ComplaintStep"]] = relationship(order_by="ComplaintStep.id", back_populates="complaint")


class ComplaintStep(Base):
    """Something that happened to a complaint. Never edited. `by_id` is empty where the owner said it, or time did."""

    __tablename__ = "complaint_steps"
    __table_args__ = (one_of("kind", StepKind), Index("ix_complaint_steps_complaint", "complaint_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    kind: Mapped[StepKind]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    complaint: Mapped[Complaint] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship()
    words: Mapped["ComplaintWords | None"] = relationship(back_populates="step")
    promised: Mapped["ComplaintPromise | None"] = relationship()


class ComplaintWords(Base):
    """What was said in a step, sealed. It stands apart from it because words about a person go on request, and what was
    done stays."""

    __tablename__ = "complaint_words"

    step_id: Mapped[int] = mapped_column(ForeignKey("complaint_steps.id"), primary_key=True)
    text_sealed: Mapped[bytes | None]

    step: Mapped[ComplaintStep] = relationship(back_populates="words")


class ComplaintPromise(Base):
    """What was offered in a step is a promise, with its worth, its day and who allowed it."""

    __tablename__ = "complaint_promises"

    step_id: Mapped[int] = mapped_column(ForeignKey("complaint_steps.id"), primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), unique=True)

    promise: Mapped[Promise] = relationship()
