"""Which account elsewhere opens which account here: at the employer's provider, in 企业微信, in WeChat."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.provider_sign_in.claims import ProviderName
from ..accounts.people import Person
from ..base import Base, one_of


class TiedBy(StrEnum):
    """How it was known that both accounts are one person's: by the mail address that both sides had confirmed, or by
    signing in at both."""

    MAIL = "mail"
    BOTH = "both"


_OPEN = text("ended_at IS NULL")


class AccountTie(Base):
    """A tie of a person to an account of his elsewhere: one open each way, and one a provider.

    It is found by a keyed digest of issuer and subject. `issuer` and the sealed subject are what the digest is of, and
    of whom a message goes to there; ties of before have them from their next sign-in on. `openid_sealed`: by what the
    own official account in WeChat reaches him, once he was seen there.
    """

    __tablename__ = "account_ties"
    __table_args__ = (
        one_of("provider", ProviderName),
        one_of("tied_by", TiedBy),
        CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended_when"),
        CheckConstraint("(issuer IS NULL) = (subject_sealed IS NULL)", name="subject_of_issuer"),
        CheckConstraint("openid_sealed IS NULL OR provider = 'wechat'", name="openid_of_wechat"),
        Index("uq_account_ties_subject", "subject_index", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "uq_account_ties_person",
            *("person_id", "provider"),
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    provider: Mapped[ProviderName]
    issuer: Mapped[str | None] = mapped_column(String(300))
    subject_index: Mapped[str] = mapped_column(String(64))
    subject_sealed: Mapped[bytes | None]
    openid_sealed: Mapped[bytes | None]
    tied_by: Mapped[TiedBy]
    tied_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=person_id)
