"""Somebody wants the own data erased: the request, the decision by two, and the signed proofs of what was done."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..clients import Client
from ..proposals import Proposal, two_people


class ErasureOrigin(StrEnum):
    """How the request came: by the public page, through the privacy officer, or at the shell."""

    PAGE = "page"
    OFFICER = "officer"
    SHELL = "shell"


class ErasureShown(StrEnum):
    """By what it was shown that the number is the asker's: a code out of a text, or papers that somebody of ours saw,
    as of who may not be texted."""

    CODE = "code"
    PAPERS = "papers"


class ErasureState(StrEnum):
    """Where a request stands. `granted`: what may go is gone, and something stays until its time is over; `finished`:
    nothing waits any more."""

    OPEN = "open"
    REFUSED = "refused"
    GRANTED = "granted"
    FINISHED = "finished"


_RUNS = text("state IN ('open', 'granted')")
_OPEN = text("state = 'proposed'")


class ErasureRequest(Base):
    """A client, or the owner of a closed account, wants the own data erased. One runs at a time.

    `key` is the unguessable part of its public page. `look_again_at`: when at the earliest something that stays is
    over; None: nothing waits for a day.
    """

    __tablename__ = "erasure_requests"
    __table_args__ = (
        one_of("origin", ErasureOrigin),
        one_of("shown_by", ErasureShown),
        one_of("state", ErasureState),
        CheckConstraint("(client_id IS NULL) <> (person_id IS NULL)", name="one_subject"),
        CheckConstraint("(origin = 'officer') = (recorded_by IS NOT NULL)", name="recorded_by_officer"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        Index("uq_erasure_requests_client", "client_id", unique=True, sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("uq_erasure_requests_person", "person_id", unique=True, sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_erasure_requests_state", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    origin: Mapped[ErasureOrigin]
    shown_by: Mapped[ErasureShown]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[ErasureState]
    answered_at: Mapped[datetime | None]
    look_again_at: Mapped[datetime | None]

    client: Mapped[Client | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    officer: Mapped[Person | None] = relationship(foreign_keys=recorded_by)


class ErasureDecision(Proposal, Base):
    """What the privacy officer proposes to answer, and another person confirms: to erase, or not, and why not.

    `words` are read by who asked; nothing is told of an erasure but its proof. The database lets an erased name into a
    table that only grows where a confirmed row of this table `erases`, and nowhere else.
    """

    __tablename__ = "erasure_decisions"
    __table_args__ = (
        *two_people(),
        CheckConstraint("erases OR length(words) > 0", name="refusal_says_why"),
        Index("uq_erasure_decisions_open", "request_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("erasure_requests.id"), index=True)
    erases: Mapped[bool]
    words: Mapped[str]

    request: Mapped[ErasureRequest] = relationship()


class ErasureProof(Base):
    """What was erased of a person and what stays, signed like a receipt. It holds no personal data.

    `number` counts those of a request: what stayed at first goes later, and has a proof of its own then.
    """

    __tablename__ = "erasure_proofs"
    __table_args__ = (UniqueConstraint("request_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("erasure_requests.id"))
    number: Mapped[int]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    signature: Mapped[bytes]
    signed_by: Mapped[str] = mapped_column(Code)

    request: Mapped[ErasureRequest] = relationship()
