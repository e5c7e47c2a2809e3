"""What was handed over, from whom to whom; and, for the database, in whose care something is now."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    ScalarSelect,
    Select,
    UniqueConstraint,
    exists,
    select,
)
from sqlalchemy.orm import Mapped, aliased, foreign, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of
from ..registrations.registrations import Registration, Touch


class Work(StrEnum):
    """What is handed over, by the table that it stands in."""

    CLIENTS = "touches"
    LEAD_STEPS = "lead_notes"
    IMPORTS = "deal_imports"
    PLAN_DRAFTS = "plan_drafts"
    REWARD_PLAN_DRAFTS = "reward_plan_drafts"
    ADJUSTMENTS = "adjustments"
    CORRECTIONS = "correction_proposals"
    TAX_TABLES = "tax_table_drafts"
    ACCOUNT_CHANGES = "account_proposals"
    CARE_FILES = "care_files"


class HandOver(Base):
    """One thing handed over, once. Rows are added and never change: who cares for a thing is who stands in its latest.

    `number` counts the hand-overs of one thing, so that of two who hand it over at once the database lets one through.
    """

    __tablename__ = "hand_overs"
    __table_args__ = (
        one_of("subject_kind", Work),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("from_id <> to_id", name="to_another"),
        CheckConstraint("length(reason) > 0", name="has_reason"),
        UniqueConstraint("subject_kind", "subject_id", "number"),
        Index("ix_hand_overs_to", "to_id", "subject_kind"),
        Index("ix_hand_overs_from", "from_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[Work]
    subject_id: Mapped[int]
    number: Mapped[int]
    from_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    reason: Mapped[str]

    giver: Mapped[Person] = relationship(foreign_keys=from_id)
    successor: Mapped[Person] = relationship(foreign_keys=to_id)
    by: Mapped[Person] = relationship(foreign_keys=by_id)


def handed(work: Work, subject_id: Any) -> ColumnElement[bool]:
    """Whether this thing was ever handed over; asked for inside a query."""
    row = aliased(HandOver)
    return exists().where(row.subject_kind == work, row.subject_id == subject_id)


def given(work: Work, person_id: int) -> Select[int]:
    """The things that a person has taken over and not handed on."""
    row = aliased(HandOver)
    return select(row.subject_id).where(row.subject_kind == work, row.to_id == person_id, _latest(row))


def latest_to(work: Work, subject_id: Any) -> ScalarSelect[Any]:
    """Who took this thing over last; NULL while it was never handed over."""
    row = aliased(HandOver)
    return (
        select(row.to_id)
        .where(row.subject_kind == work, row.subject_id == subject_id)
        .order_by(row.number.desc())
        .limit(1)
        .scalar_subquery()
    )


def _latest(row: Any) -> ColumnElement[bool]:
    later = aliased(HandOver)
    after = (later.subject_kind == row.subject_kind, later.subject_id == row.subject_id, later.number > row.number)
    return ~exists().where(*after)


def _taken_over() -> Any:
    row = aliased(HandOver)
    clients = select(row.subject_id, row.to_id).where(row.subject_kind == Work.CLIENTS, _latest(row))
    return clients.subquery("taken_over")


_of_touch, _of_registration = _taken_over(), _taken_over()

Touch.successor = relationship(
    Person,
    secondary=_of_touch,
    primaryjoin=Touch.id == foreign(_of_touch.c.subject_id),
    secondaryjoin=Person.id == foreign(_of_touch.c.to_id),
    viewonly=True,
    uselist=False,
)
Registration.successor = relationship(
    Person,
    secondary=_of_registration,
    primaryjoin=Registration.touch_id == foreign(_of_registration.c.subject_id),
    secondaryjoin=Person.id == foreign(_of_registration.c.to_id),
    viewonly=True,
    uselist=False,
)
