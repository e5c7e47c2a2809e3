"""How a development looks on posters, and the posters of many referrers that are drawn in the background."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.rewards.reward_plan import Audience

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..partners.agreements import Development
from ..proposals import Proposal, two_people


class DevelopmentLook(Base):
    """What staff gave a development's posters: a picture, an accent colour, words by language.

    `words` holds `name`, `headline` and `body` (a list of lines) under `zh` and `en`; what is missing is taken from the
    development itself. `own_words` lets referrers ask for a headline and a line of their own.
    """

    __tablename__ = "development_looks"

    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), primary_key=True)
    file_name: Mapped[str | None] = mapped_column(String(32))
    accent: Mapped[str | None] = mapped_column(String(7))
    words: Mapped[dict[str, Any]]
    own_words: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development] = relationship()


_COUNTS = text("state IN ('proposed', 'confirmed')")


class PosterLine(Proposal, Base):
    """A line that a referrer asks to write on one's own posters of a development; staff read it once.

    What is asked for never changes and a decision is final: the database sees to both. A line waits or stands once.
    """

    __tablename__ = "poster_lines"
    __table_args__ = (
        *two_people(),
        Index("ix_poster_lines_state", "state", "id"),
        Index(
            "uq_poster_lines_text",
            "proposed_by",
            "development_id",
            "text",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        Index("ix_poster_lines_proposer", "proposed_by", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    text: Mapped[str]

    development: Mapped[Development] = relationship()


_LIVING = text("withdrawn_at IS NULL")


class PosterDesign(Base):
    """A design that was uploaded: its TOML text, tried before it was kept. Once offered, referrers may choose it.

    A living design's name is its own; one that was withdrawn leaves it free, and is kept for who asks what was drawn.
    """

    __tablename__ = "poster_designs"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index("uq_poster_designs_name", "name", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Code)
    source: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    offered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    adder: Mapped[Person] = relationship(foreign_keys=added_by)


class BatchState(StrEnum):
    """Where the drawing of many posters stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ERASED = "erased"


class PosterBatch(Base):
    """The posters of a development's referrers in one design and language, to be taken as one ZIP file.

    The work goes referrer by referrer, up to the person `cursor`; it moves in the transaction that stores a part, so
    whoever is killed leaves a batch that goes on where it stood. The files are erased some days after the end.
    """

    __tablename__ = "poster_batches"
    __table_args__ = (
        one_of("state", BatchState),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
        Index("ix_poster_batches_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    audience: Mapped[Audience | None]
    design: Mapped[str] = mapped_column(Code)
    lang: Mapped[str] = mapped_column(String(2))
    state: Mapped[BatchState]
    whole: Mapped[int]
    done: Mapped[int]
    cursor: Mapped[int]
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    development: Mapped[Development] = relationship()
    asker: Mapped[Person] = relationship()


class PosterPart(Base):
    """Some posters of a batch: a small ZIP file, sealed."""

    __tablename__ = "poster_parts"
    __table_args__ = (UniqueConstraint("batch_id", "cursor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("poster_batches.id"))
    cursor: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(32))
