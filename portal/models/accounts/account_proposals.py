"""What one administrator proposes to do to an account that moves money, and another confirms."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, one_of
from ..proposals import Proposal, two_people
from .people import Person, Role


class AccountChange(StrEnum):
    """What may be proposed: a new account, a link to choose a password, a closed account opened again, another phone,
    another role, another name."""

    OPEN = "open"
    LINK = "link"
    REOPEN = "reopen"
    PHONE = "phone"
    ROLE = "role"
    NAME = "name"


_WAITS = text("state = 'proposed'")
_ONCE_WAITING: dict[str, Any] = {"unique": True, "sqlite_where": _WAITS, "postgresql_where": _WAITS}


class AccountProposal(Proposal, Base):
    """A change of an account as an administrator proposes it; another one confirms it, never the account's owner.

    `person_id`: whose account it is about; a new one is `opened_id` when it was confirmed. What is proposed never
    changes and a decision is final: the database sees to both. For one account a change of a kind waits once.
    """

    __tablename__ = "account_proposals"
    __table_args__ = (
        *two_people(),
        one_of("kind", AccountChange),
        one_of("role", Role),
        CheckConstraint("state <> 'confirmed' OR person_id IS NULL OR decided_by <> person_id", name="not_own_account"),
        CheckConstraint("(kind = 'open') = (person_id IS NULL)", name="about_somebody"),
        CheckConstraint("(kind IN ('open', 'name')) = (name IS NOT NULL)", name="has_name"),
        CheckConstraint("(kind IN ('open', 'role')) = (role IS NOT NULL)", name="has_role"),
        CheckConstraint("(kind IN ('open', 'phone')) = (phone_sealed IS NOT NULL)", name="has_phone"),
        CheckConstraint("(phone_sealed IS NULL) = (phone_index IS NULL)", name="phone_is_found"),
        CheckConstraint("kind = 'open' OR opened_id IS NULL", name="only_opening_opens"),
        CheckConstraint("kind <> 'open' OR state <> 'confirmed' OR opened_id IS NOT NULL", name="opened_as"),
        Index("ix_account_proposals_state", "state", "id"),
        Index("uq_account_proposals_person", "person_id", "kind", **_ONCE_WAITING),
        Index("uq_account_proposals_phone", "phone_index", **_ONCE_WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AccountChange]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Role | None]
    name: Mapped[str | None]
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str]
    opened_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), unique=True)

    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    opened: Mapped[Person | None] = relationship(foreign_keys=opened_id)

    @property
    def named(self) -> str:
        """Whom it is about, by name."""
        return self.name if self.person is None else self.person.name  # type: ignore[return-value]  # a new one has one
