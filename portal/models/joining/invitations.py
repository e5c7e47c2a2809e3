"""Invitations to refer friends, sent to homeowners by text."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base
from ..partners.agreements import Development
from ..referral.referrals import Referrer

_OPEN = text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")


class Invitation(Base):
    """An invitation to one number for one development: a link that was texted, of which a keyed digest is kept.

    At most one is open for a number in a development: the database sees to it. It ends once: accepted by who joined,
    declined, or withdrawn; or by its day. Name and number are kept until then, and go some days after it.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("(accepted_at IS NULL) = (referrer_id IS NULL)", name="accepted_by_whom"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_whom"),
        CheckConstraint(
            "NOT (accepted_at IS NOT NULL AND declined_at IS NOT NULL) "
            "AND NOT (accepted_at IS NOT NULL AND withdrawn_at IS NOT NULL) "
            "AND NOT (declined_at IS NOT NULL AND withdrawn_at IS NOT NULL)",
            name="ended_once",
        ),
        CheckConstraint("(name_sealed IS NULL) = (phone_sealed IS NULL)", name="erased_together"),
        Index(
            "uq_invitations_open",
            "development_id",
            "phone_index",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    name_sealed: Mapped[bytes | None]
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[str] = mapped_column(String(64))
    home: Mapped[str | None]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    invited_at: Mapped[datetime]
    invited_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    sent_at: Mapped[datetime]
    sent_times: Mapped[int]
    until: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    referrer_id: Mapped[int | None] = mapped_column(ForeignKey("referrers.id"), unique=True)
    declined_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    development: Mapped[Development] = relationship()
    inviter: Mapped[Person] = relationship(foreign_keys=invited_by)
    referrer: Mapped[Referrer | None] = relationship()
