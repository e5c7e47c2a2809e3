"""Deals and milestones that come by file: the file, and each of its rows with what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base, Code, one_of
from ..deals.deals import Deal


class ImportState(StrEnum):
    """Where an import stands: it is tried out, waits for its uploader, is carried out; done or discarded it rests."""

    CHECKING = "checking"
    READY = "ready"
    APPLYING = "applying"
    DONE = "done"
    DISCARDED = "discarded"


class RowOutcome(StrEnum):
    """What a row does: opens a deal, takes one further, finds all of it there already, or is refused."""

    OPENS = "opens"
    ADVANCES = "advances"
    NOTHING = "nothing"
    REFUSED = "refused"


_WAITS = text("state = 'ready' OR (trouble IS NOT NULL AND finished_at IS NULL)")


class DealImport(Base):
    """A file of deals and milestones that somebody uploaded. Its rows' cells are erased some time after its end.

    `key` names the page that it was sent from, so that it is one import however often it is sent. `tries` is how often
    in a row it could not go on; with `trouble` it stands still until a person says otherwise.
    """

    __tablename__ = "deal_imports"
    __table_args__ = (
        one_of("state", ImportState),
        CheckConstraint("(state IN ('done', 'discarded')) = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("(state IN ('applying', 'done')) = (confirmed_by IS NOT NULL)", name="confirmed"),
        CheckConstraint("erased_at IS NULL OR finished_at IS NOT NULL", name="erased_after_its_end"),
        Index("ix_deal_imports_state", "state", "id"),
        Index("ix_deal_imports_sent", "uploaded_by", "key", "digest", unique=True),
        Index("ix_deal_imports_waiting", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[ImportState]
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    columns: Mapped[dict[str, Any]]
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    uploaded_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    trouble: Mapped[str | None] = mapped_column(Code)

    uploader: Mapped[Person] = relationship(foreign_keys=uploaded_by)
    confirmer: Mapped[Person | None] = relationship(foreign_keys=confirmed_by)


class ImportRow(Base):
    """A row of the file. `cells_sealed` holds it as typed (JSON by column) until it is erased.

    `place` is the order in which rows are worked through, and rows of one `slice` are tried out together. `expected`
    and `expected_facts` are what the preview showed; `outcome` and `facts` what was done. Facts hold no personal data:
    a refusal's code and facts, or the owner, the milestones and how many lines are posted; the sum stands beside them.
    """

    __tablename__ = "deal_import_rows"
    __table_args__ = (
        one_of("expected", RowOutcome),
        one_of("outcome", RowOutcome),
        UniqueConstraint("import_id", "number"),
        Index("ix_deal_import_rows_place", "import_id", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("deal_imports.id"))
    number: Mapped[int]
    place: Mapped[int | None]
    slice: Mapped[int | None]
    cells_sealed: Mapped[bytes | None]
    expected: Mapped[RowOutcome | None]
    expected_facts: Mapped[dict[str, Any] | None]
    expected_fen: Mapped[int | None]
    outcome: Mapped[RowOutcome | None]
    facts: Mapped[dict[str, Any] | None]
    posted_fen: Mapped[int | None]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"), index=True)

    deal: Mapped[Deal | None] = relationship()
