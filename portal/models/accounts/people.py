"""People who sign in, and their sign-ins."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from ...rules.account_safety.alarms import password_is_void
from ...rules.accounts.accounts import rests_until
from ..base import Base, Code, one_of
from ..partners.agreements import Agency


class Role(StrEnum):
    """What a person is here. One person, one role; four eyes need different people anyway."""

    RECEPTION = "reception"
    CONSULTANT = "consultant"
    CHANNEL_MANAGER = "channel_manager"
    FINANCE = "finance"
    APPROVER = "approver"
    CASHIER = "cashier"
    ADMINISTRATOR = "administrator"
    PRIVACY_OFFICER = "privacy_officer"
    PRINCIPAL = "principal"
    BROKER = "broker"
    REFERRER = "referrer"


PARTNERS = frozenset({Role.PRINCIPAL, Role.BROKER})
STAFF = frozenset(Role) - PARTNERS - {Role.REFERRER}


class Person(Base):
    """Someone with an account. The phone is sealed; its blind index is how sign-in finds the row.

    So are the bank details of who is paid as a person, and the hash of the password, each for this row alone.
    """

    __tablename__ = "people"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("(role IN ('principal', 'broker')) = (agency_id IS NOT NULL)", name="partner_has_agency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(index=True)
    name: Mapped[str]
    phone_sealed: Mapped[bytes]
    phone_index: Mapped[str] = mapped_column(String(64), unique=True)
    password_sealed: Mapped[bytes | None]
    password_set_at: Mapped[datetime | None]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    locale: Mapped[str | None] = mapped_column(Code)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    deactivated_at: Mapped[datetime | None]
    deactivated_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    bank_sealed: Mapped[bytes | None]
    bank_digest: Mapped[str | None] = mapped_column(String(64))
    account_index: Mapped[str | None] = mapped_column(String(64), index=True)
    bank_changed_at: Mapped[datetime | None]
    rests_since: Mapped[datetime | None]
    guide_closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """The phone is gone for good, and so is the name unless the books need it."""
    alarmed_at: Mapped[datetime | None]

    agency: Mapped[Agency | None] = relationship(lazy="joined")

    @property
    def rests_until(self) -> datetime | None:
        """Until when the account moves no money, for it was opened or changed by others; None: it never had to rest."""
        return rests_until(self.role, self.rests_since)

    @property
    def password_is_void(self) -> bool:
        """Whether somebody else knows the password, as its owner said, and no other was chosen since."""
        return password_is_void(self.alarmed_at, self.password_set_at)

    @property
    def active(self) -> bool:
        """Whether the person may still come in: who leaves loses access at once, and so does a closed agency."""
        return self.deactivated_at is None and (self.agency is None or self.agency.deactivated_at is None)


_OPEN_SESSION = text("ended_at IS NULL")


class WebSession(Base):
    """One sign-in on one device; the cookie holds a secret of which only the digest is kept."""

    __tablename__ = "web_sessions"
    __table_args__ = (
        Index("ix_web_sessions_open", "ends_at", sqlite_where=_OPEN_SESSION, postgresql_where=_OPEN_SESSION),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str]
    device: Mapped[str]

    person: Mapped[Person] = relationship(lazy="joined")
    unread: Mapped[int | None] = query_expression()
    """How many notices of the person wait, where the query asked for it too; None otherwise."""


class LinkPurpose(StrEnum):
    """What a link to choose a password was made for: the first one, or another for one that was forgotten."""

    FIRST = "first"
    FORGOTTEN = "forgotten"


class LinkEnd(StrEnum):
    """Why a link is good no longer, beside its day: it was used, a newer one was made, the account was closed, or the
    password was changed otherwise."""

    USED = "used"
    NEWER = "newer"
    CLOSED = "closed"
    CHANGED = "changed"


_OPEN = text("ended_at IS NULL")


class PasswordLink(Base):
    """A link by which a person chooses a password: a keyed digest of its secret; a person has one open at most."""

    __tablename__ = "password_links"
    __table_args__ = (
        one_of("purpose", LinkPurpose),
        one_of("ended_because", LinkEnd),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_says_why"),
        Index("uq_password_links_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[LinkEnd | None]

    person: Mapped[Person] = relationship(lazy="joined", foreign_keys=person_id)


class SignInAttempt(Base):
    """A try to sign in: what the lock-out counts, by account, by network, and by a device that the account knows."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_phone", "phone_index", "at"),
        Index("ix_sign_in_attempts_network", "network", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_index: Mapped[str] = mapped_column(String(64))
    network: Mapped[str]
    device: Mapped[str | None] = mapped_column(Code)
    at: Mapped[datetime]
    succeeded: Mapped[bool]
