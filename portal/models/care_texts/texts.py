"""Texts to clients (话术): versions that one person proposes and another reviews; and lists that colleagues keep."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.care.plan import Channel, Stage
from ...rules.care_texts.text import SAID_BY
from ...rules.not_bought.reasons import Reason
from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..partners.agreements import Development
from ..proposals import Proposal, two_people


class CareText(Proposal, Base):
    """A version of a text, of all that bear its `code` for the same development (or for all). Confirmed, it is used
    until the next one is, or until it is retired.

    It is for a step of a care plan or for a reason of not buying; without `stage` for any. It never changes.
    """

    __tablename__ = "care_texts"
    __table_args__ = (
        *two_people(),
        one_of("channel", SAID_BY),
        one_of("stage", Stage),
        one_of("reason_for", Reason),
        CheckConstraint("(step IS NULL) <> (reason_for IS NULL)", name="for_one_thing"),
        CheckConstraint("length(zh) > 0", name="says_something"),
        Index("ix_care_texts_code", "code", "id"),
        Index("ix_care_texts_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    step: Mapped[str | None] = mapped_column(Code)
    reason_for: Mapped[Reason | None]
    stage: Mapped[Stage | None]
    channel: Mapped[Channel]
    title: Mapped[str]
    title_en: Mapped[str]
    zh: Mapped[str]
    en: Mapped[str]
    note: Mapped[str]

    development: Mapped[Development | None] = relationship()


class CareTextEnd(Base):
    """From when a text is used no more, and why: one person stops at once what should not go out. Rows are only added;
    a version that is confirmed later is used again.

    Of the given texts, which are no rows, the code alone says which.
    """

    __tablename__ = "care_text_ends"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="has_reason"),
        Index("ix_care_text_ends_code", "code", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str]

    by: Mapped[Person] = relationship(foreign_keys=[by_id])


class ListKind(StrEnum):
    """What a kept list is about."""

    COMPETITOR_WORDS = "competitor_words"
    USUAL_SHARES = "usual_shares"
    LINK = "link"


class CareList(Base):
    """A list as somebody left it: words about competitors that warn, the shares of reasons in the handbook, a
    development's link. The latest row counts; none is edited."""

    __tablename__ = "care_lists"
    __table_args__ = (one_of("kind", ListKind), Index("ix_care_lists_kind", "kind", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ListKind]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    entries: Mapped[list[str]]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))

    by: Mapped[Person] = relationship(foreign_keys=[by_id])
