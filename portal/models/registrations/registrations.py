"""Touches, the registrations that ask for them, and the receipts of what was decided."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.judgements.completing import Doubt
from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..clients import Client
from ..partners.agreements import Agency, Development

_LIVING = text("retired_at IS NULL")

HOLDING = text("retired_at IS NULL AND holds_from IS NOT NULL AND behind_id IS NULL")
"""Which touches the database lets stand alone: of a client in a development at most one."""


class TouchKind(StrEnum):
    """How a client first came to us (接触)."""

    WALK_IN = "walk_in"
    REGISTRATION = "registration"
    REFERRAL_LEAD = "referral_lead"


_NO_REGISTRATION = text("kind <> 'registration'")


class Touch(Base):
    """A first contact with a client in a development.

    From `holds_from` on, while it is not retired, it holds the client, and the database lets only one touch hold (rules
    2.5): an expired one is retired in the transaction of who comes next. `holds_from` is `at`, unless the first showing
    decides (ADR 61): then it is empty until that. `protected_until` empty: for good, by a deal. `client_id` empty: a
    masked registration's (ADR 73), whose number is not known; it keeps its place and nobody out. `behind_id`: an older
    one whose number was shown later goes before it, and it holds again when that one has ended.
    """

    __tablename__ = "touches"
    __table_args__ = (
        one_of("kind", TouchKind),
        Index(
            "uq_touches_holder",
            "development_id",
            "client_id",
            unique=True,
            sqlite_where=HOLDING,
            postgresql_where=HOLDING,
        ),
        CheckConstraint("holds_from IS NULL OR client_id IS NOT NULL", name="holds_whom"),
        CheckConstraint("behind_id IS NULL OR (holds_from IS NOT NULL AND behind_id <> id)", name="behind_another"),
        Index("ix_touches_client", "client_id"),
        Index("ix_touches_behind", "behind_id"),
        Index("ix_touches_end", "protected_until", sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index(
            "ix_touches_without_broker", "kind", "at", sqlite_where=_NO_REGISTRATION, postgresql_where=_NO_REGISTRATION
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    kind: Mapped[TouchKind]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    name_sealed: Mapped[bytes]
    at: Mapped[datetime]
    protected_until: Mapped[datetime | None]
    holds_from: Mapped[datetime | None]
    behind_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    retired_at: Mapped[datetime | None]

    development: Mapped[Development] = relationship()
    client: Mapped[Client | None] = relationship()
    person: Mapped[Person] = relationship()
    agency: Mapped[Agency | None] = relationship()
    withdrawal: Mapped["WalkInWithdrawal | None"] = relationship(back_populates="touch")
    """Of a walk-in that reception took back."""
    mask: Mapped["RegistrationMask | None"] = relationship(back_populates="touch")
    """Of a masked registration's."""

    if TYPE_CHECKING:
        successor: Mapped[Person | None]
        """Who took a broker's client over last (`hand_overs`); None while nobody did."""

    @property
    def carer(self) -> Person:
        """In whose care the client is: who took it over last, else whose touch it is. Protection and attribution stay
        with the touch (ADR 51)."""
        return self.successor or self.person

    @classmethod
    def was_shown(cls) -> ColumnElement[bool]:
        """For the database: whose client it is, is known by more than a number that was typed for a mask."""
        return or_(cls.holds_from.is_not(None), ~cls.mask.has())

    @property
    def whose(self) -> int:
        """The client; only where the number is known."""
        assert self.client_id is not None, "asked of a masked registration before its number was given"
        return self.client_id

    @property
    def whom(self) -> Client:
        """The client's row; only where the number is known."""
        assert self.client is not None, "asked of a masked registration before its number was given"
        return self.client

    def over_at(self, now: datetime) -> bool:
        """Whether its protection has ended. Half-open: the instant of expiry is already expired."""
        return self.protected_until is not None and self.protected_until <= now


class Outcome(StrEnum):
    """How a registration ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PROVISIONAL = "provisional"
    """by parts of a number (隐号报备): what became of it, `mask.answer` says"""


class Registration(Base):
    """A broker's claim of a client before the visit (报备), with how it was answered.

    `client_id` of a masked one is empty until its number is given: the one thing that the database lets change.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint("(outcome <> 'refused') = (touch_id IS NOT NULL)", name="accepted_has_touch"),
        CheckConstraint("outcome <> 'accepted' OR client_id IS NOT NULL", name="accepted_is_of_whom"),
        CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused_has_code"),
        Index("ix_registrations_broker", "broker_id", "at"),
        Index("ix_registrations_agency", "agency_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"), index=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), unique=True)
    name_sealed: Mapped[bytes]
    outcome: Mapped[Outcome]
    code: Mapped[str | None] = mapped_column(Code)
    at: Mapped[datetime]

    development: Mapped[Development] = relationship()
    client: Mapped[Client | None] = relationship()
    broker: Mapped[Person] = relationship()
    agency: Mapped[Agency] = relationship()
    touch: Mapped[Touch | None] = relationship()
    withdrawal: Mapped["RegistrationWithdrawal | None"] = relationship(back_populates="registration")
    release: Mapped["RegistrationRelease | None"] = relationship(back_populates="registration")
    extension: Mapped["RegistrationExtension | None"] = relationship(back_populates="registration")
    mask: Mapped["RegistrationMask | None"] = relationship(back_populates="registration")

    if TYPE_CHECKING:
        successor: Mapped[Person | None]
        """Who took the client over last; None while nobody did, and of a refused one."""

    @property
    def carer(self) -> Person:
        """In whose care the client is: who took it over last, else who registered it."""
        return self.successor or self.broker

    @property
    def whose(self) -> int:
        """The client; only where the number is known."""
        assert self.client_id is not None, "asked of a masked registration before its number was given"
        return self.client_id

    @property
    def whom(self) -> Client:
        """The client's row; only where the number is known."""
        assert self.client is not None, "asked of a masked registration before its number was given"
        return self.client

    @property
    def unshown(self) -> bool:
        """Whether it is by parts of a number of which no visit has shown the whole. A number that was typed proves
        nothing: nothing that is answered may depend on whose it is."""
        return self.outcome is Outcome.PROVISIONAL and (self.mask is None or self.mask.answer is None)

    @property
    def provisional(self) -> bool:
        """Whether it is by parts of a number, and does not stand: nobody has shown it yet, or a person decides."""
        answer = self.mask.answer if self.mask is not None else None
        return self.outcome is Outcome.PROVISIONAL and (answer is None or answer.doubt is not None)


class RegistrationReminder(Base):
    """A broker wants to be told when a client may be registered again. `cancelled_at`: no longer."""

    __tablename__ = "registration_reminders"
    __table_args__ = (Index("ix_registration_reminders_at", "remind_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    remind_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()


class RegistrationWithdrawal(Base):
    """The broker took a fresh registration back, once. The registration itself stays as it was."""

    __tablename__ = "registration_withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(back_populates="withdrawal")


class RegistrationRelease(Base):
    """A broker gave a client up, once: the protection ends at that instant, and anybody may register the client."""

    __tablename__ = "registration_releases"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    released_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str]
    at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(back_populates="release")


class RegistrationExtension(Base):
    """A channel manager made the protection of a registration longer, once, with a reason: from when to when."""

    __tablename__ = "registration_extensions"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="has_reason"),
        CheckConstraint("until > protected_until", name="is_longer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    extended_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str]
    protected_until: Mapped[datetime]
    until: Mapped[datetime]
    at: Mapped[datetime]

    registration: Mapped[Registration] = relationship(back_populates="extension")
    extender: Mapped[Person] = relationship()


class RegistrationMask(Base):
    """Of a registration by the first three and last four digits of a number: these, sealed. A refused one has no
    touch."""

    __tablename__ = "registration_masks"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), unique=True)
    mask_sealed: Mapped[bytes]

    registration: Mapped[Registration] = relationship(back_populates="mask")
    touch: Mapped[Touch | None] = relationship(back_populates="mask")
    answer: Mapped["MaskAnswer | None"] = relationship(back_populates="mask")


class MaskNumber(Base):
    """The full number that was given for a mask, by whom and when. Never edited; until the mask is answered another may
    follow, and the latest counts."""

    __tablename__ = "mask_numbers"
    __table_args__ = (Index("ix_mask_numbers_mask", "mask_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mask_id: Mapped[int] = mapped_column(ForeignKey("registration_masks.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    given_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


_CERTAIN = text("doubt IS NULL")


class MaskAnswer(Base):
    """What became of a mask when its number was shown, once: it stands with its own old time, or (`doubt`) a person
    decides whose client it is. Never edited. `showing_id` is the visit that showed it."""

    __tablename__ = "mask_answers"
    __table_args__ = (
        one_of("doubt", Doubt),
        Index("ix_mask_answers_certain", "id", sqlite_where=_CERTAIN, postgresql_where=_CERTAIN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mask_id: Mapped[int] = mapped_column(ForeignKey("registration_masks.id"), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    showing_id: Mapped[int] = mapped_column(ForeignKey("showings.id"))
    doubt: Mapped[Doubt | None]
    at: Mapped[datetime]

    mask: Mapped[RegistrationMask] = relationship(back_populates="answer")


class WalkInWithdrawal(Base):
    """Reception took a walk-in back that was signed in by mistake, once. The touch ends; who came stays on record."""

    __tablename__ = "walk_in_withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"), unique=True)
    withdrawn_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    touch: Mapped[Touch] = relationship(back_populates="withdrawal")
    person: Mapped[Person] = relationship()


class SearchTerm(Base):
    """One word by which a registration, a walk-in (a touch), a lead or a care file is found, as a keyed digest:
    surname, name or the last four digits.

    It is bound to the development, so that equal words of two developments do not show.
    """

    __tablename__ = "search_terms"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN touch_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN lead_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN care_file_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one",
        ),
        Index("uq_search_terms", "digest", "registration_id", unique=True),
        Index("uq_search_terms_touch", "digest", "touch_id", unique=True),
        Index("uq_search_terms_lead", "digest", "lead_id", unique=True),
        Index("uq_search_terms_care_file", "digest", "care_file_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"), index=True)
    care_file_id: Mapped[int | None] = mapped_column(ForeignKey("care_files.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))


class Receipt(Base):
    """What was decided, why and when, signed by the server (rules 2.7). Its id is the sequence.

    `facts` never holds a rival's identity or a client's contact. `key` is the unguessable part of its link. `signed_by`
    names the signing key (ADR 45); receipts of before do not say.
    """

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    subject_kind: Mapped[str] = mapped_column(Code)
    subject_id: Mapped[int]
    party_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    signature: Mapped[bytes]
    signed_by: Mapped[str | None] = mapped_column(Code)
