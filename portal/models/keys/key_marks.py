"""Which keys this database was written with: their marks, never the keys."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ...rules.keys.starting import KeyKind
from ..base import Base, Code, one_of


class KeyMark(Base):
    """A key that is, or was, in use here (see `portal.crypto.KeyMarks`).

    `name` is what people call it by; of a data key it is the id that sealed rows begin with. Of each kind one is in use
    at a time, but of data keys as many as rows need. `voucher`: the present signing key's word that this former one was
    ours (ADR 45).
    """

    __tablename__ = "key_marks"
    __table_args__ = (
        one_of("kind", KeyKind),
        Index("uq_key_marks_mark", "kind", "mark", unique=True),
        Index(
            "uq_key_marks_in_use",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND kind <> 'data_keys'"),
            postgresql_where=text("ended_at IS NULL AND kind <> 'data_keys'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[KeyKind]
    name: Mapped[str] = mapped_column(Code)
    mark: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    voucher: Mapped[bytes | None]
