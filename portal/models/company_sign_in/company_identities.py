"""Which account at the employer's provider opens which account here."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, one_of


class TiedBy(StrEnum):
    """How it was known that both accounts are one person's: by the mail address that both sides had confirmed, or by
    signing in at both."""

    MAIL = "mail"
    BOTH = "both"


_OPEN = text("ended_at IS NULL")


class CompanyIdentity(Base):
    """A tie of a person to his account at the employer: a keyed digest of issuer and subject; one open each way."""

    __tablename__ = "company_identities"
    __table_args__ = (
        one_of("tied_by", TiedBy),
        CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended_when"),
        Index(
            "uq_company_identities_subject", "subject_index", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index("uq_company_identities_person", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    subject_index: Mapped[str] = mapped_column(String(64))
    tied_by: Mapped[TiedBy]
    tied_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=person_id)
