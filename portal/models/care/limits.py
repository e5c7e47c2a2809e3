"""What is used up of a day's calls and texts to a client, over all who care for him."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...rules.care.plan import Channel
from ..accounts.people import Person
from ..base import Base, Day
from ..clients import Client
from .contacts import CareContact
from .files import CareFile

_TAKEN = text("released_at IS NULL")


class CareUse(Base):
    """One call or text of a Shanghai day to a client, taken before it is made. The numbers of a day go up to `most`,
    and each is taken once: so the database keeps the limit, however many take one at once.

    `released_at`: the call was not made after all. `override`: why the quiet hours did not count. `contact_id`: how it
    went.
    """

    __tablename__ = "care_uses"
    __table_args__ = (
        CheckConstraint("channel IN ('call', 'text')", name="channel_counted"),
        CheckConstraint("number > 0 AND number <= most", name="within_the_limit"),
        Index(
            "uq_care_uses_taken",
            "client_id",
            "day",
            "channel",
            "number",
            unique=True,
            sqlite_where=_TAKEN,
            postgresql_where=_TAKEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("care_files.id"), index=True)
    day: Mapped[date] = mapped_column(Day)
    channel: Mapped[Channel]
    number: Mapped[int]
    most: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    override: Mapped[str | None]
    released_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("care_contacts.id"), unique=True)

    client: Mapped[Client] = relationship()
    file: Mapped[CareFile] = relationship()
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    contact: Mapped[CareContact | None] = relationship()
