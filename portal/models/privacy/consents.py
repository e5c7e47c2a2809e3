"""Who agreed to what, in which words, and when it was taken back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code, one_of


class Consent(Base):
    """A person's or a client's consent to one purpose, in one version of its words (rules 3.2).

    `referrer_id`: on whose page a friend gave it.
    """

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (client_id IS NULL)", name="one_subject"),
        Index("ix_consents_client", "client_id", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    purpose: Mapped[str] = mapped_column(Code)
    version: Mapped[str] = mapped_column(Code)
    locale: Mapped[str] = mapped_column(Code)
    given_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    withdrawn_at: Mapped[datetime | None]
    referrer_id: Mapped[int | None] = mapped_column(ForeignKey("referrers.id"))


class Relation(StrEnum):
    """What a guardian is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"


class Guardian(Base):
    """Who consented for a child under 14, and what the person is to the child (rules 3.2)."""

    __tablename__ = "guardians"
    __table_args__ = (one_of("relation", Relation),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id"), unique=True)
    name_sealed: Mapped[bytes]
    relation: Mapped[Relation]
