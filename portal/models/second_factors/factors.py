"""Second factors of people, and the questions that are put to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of


class CodeGenerator(Base):
    """An app that shows six digits by time (TOTP). Its secret is sealed for its person; no two rows share one.

    `last_step`: the last half minute of which a code was taken. It only grows, so that no code is good twice.
    """

    __tablename__ = "code_generators"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    secret_sealed: Mapped[bytes]
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    last_step: Mapped[int]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Passkey(Base):
    """The public half of a key that a device keeps. `sign_count`: how far it had counted when it signed last."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


_USABLE = text("used_at IS NULL AND ended_at IS NULL")


class RecoveryCode(Base):
    """One of ten codes for the day on which the device is lost: a keyed digest, good once, until newer ones exist."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR ended_at IS NULL", name="ends_once"),
        Index("ix_recovery_codes_usable", "person_id", sqlite_where=_USABLE, postgresql_where=_USABLE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class HalfSignIn(Base):
    """A sign-in whose password was right and whose second factor is still asked for. It opens nothing else."""

    __tablename__ = "half_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")


class StepUpProof(Base):
    """A proof of a person who was signed in already (`holder`), for one kind of deeds, while it is fresh."""

    __tablename__ = "step_up_proofs"
    __table_args__ = (Index("ix_step_up_proofs_holder", "holder", "kind", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    holder: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code)
    method: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime]


class ChallengePurpose(StrEnum):
    """What a passkey is asked for: to be added, or to prove who one is."""

    ADD = "add"
    PROVE = "prove"


class PasskeyChallenge(Base):
    """What a passkey has to sign: once, soon, and for the sign-in that asked (`holder`: `half:3`, `session:5`)."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (one_of("purpose", ChallengePurpose),)

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(Code, index=True)
    purpose: Mapped[ChallengePurpose]
    challenge: Mapped[bytes]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime]
    used_at: Mapped[datetime | None]
