"""Gatherings at the site: an open day, an evening, a day of handovers; their times, invitations and places."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.gatherings.gathering import GatheringKind
from ..accounts.people import Person
from ..base import Base, one_of
from ..care.files import CareFile
from ..partners.agreements import Development


class Gathering(Base):
    """A gathering (活动). `taken` counts the people who said that they come: moved with each answer by one conditional
    update, and never above `places`. `with_gift`: who comes gets the visit's gift of the reward plan in force."""

    __tablename__ = "gatherings"
    __table_args__ = (
        one_of("kind", GatheringKind),
        CheckConstraint("ends_at > begins_at", name="is_a_time"),
        CheckConstraint("taken >= 0 AND taken <= places", name="within_its_places"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled_by_whom"),
        Index("ix_gatherings_development", "development_id", "begins_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    kind: Mapped[GatheringKind]
    title: Mapped[str]
    place: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    with_gift: Mapped[bool] = mapped_column(server_default=false(), default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    cancel_reason: Mapped[str | None]

    development: Mapped[Development] = relationship()
    creator: Mapped[Person] = relationship(foreign_keys=created_by)


class GatheringMove(Base):
    """That a gathering was moved from one time to another. Never edited."""

    __tablename__ = "gathering_moves"
    __table_args__ = (Index("ix_gathering_moves_gathering", "gathering_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(ForeignKey("gatherings.id"))
    began_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class GatheringGuest(Base):
    """A client who is invited to a gathering, once. `party`: with how many people he comes, himself counted; 0: he does
    not come; empty: no answer yet. `link_key` is the unguessable part of his card's address."""

    __tablename__ = "gathering_guests"
    __table_args__ = (
        UniqueConstraint("gathering_id", "file_id"),
        CheckConstraint("party >= 0", name="party_is_a_number"),
        CheckConstraint("(party IS NULL) = (answered_at IS NULL)", name="answered_when"),
        CheckConstraint("(arrived_at IS NULL) = (received_by IS NULL)", name="received_by_whom"),
        Index("ix_gathering_guests_file", "file_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(ForeignKey("gatherings.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"))
    link_key: Mapped[str] = mapped_column(String(32), unique=True)
    invited_at: Mapped[datetime]
    invited_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    party: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    gathering: Mapped[Gathering] = relationship()
    file: Mapped[CareFile] = relationship()
    inviter: Mapped[Person] = relationship(foreign_keys=invited_by)
