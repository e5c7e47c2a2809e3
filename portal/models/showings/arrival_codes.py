"""One-time codes on the clients' own phones."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base
from ..messages.messages import TextMessage
from .showings import Showing


class ArrivalCode(Base):
    """Six digits that only the client's phone was told (rules 3.2); kept as a keyed digest.

    At most one a touch is open: the database sees to it. It closes when it is used, replaced, or guessed at too often;
    used, it names its showing.
    """

    __tablename__ = "arrival_codes"
    __table_args__ = (
        Index(
            "uq_arrival_codes_open",
            "touch_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_arrival_codes_touch", "touch_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"))
    broker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("text_messages.id"))
    digest: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    closed_at: Mapped[datetime | None]
    showing_id: Mapped[int | None] = mapped_column(ForeignKey("showings.id"))

    message: Mapped[TextMessage] = relationship()
    showing: Mapped[Showing | None] = relationship()
