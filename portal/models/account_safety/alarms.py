"""That somebody found a sign-in that was not his: the account moves nothing until it is looked into."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.people import Person
from ..base import Base

_OPEN = text("lifted_at IS NULL")


class AccountAlarm(Base):
    """An account's owner says that a sign-in was not his. One is open at a time; what was lifted stays so.

    `device`, `address`: of the sign-in that he named. `vouched_by`: the first of two who made sure; who lifts it is
    another. Nobody lifts his own; `lifted_by` is empty where the server's shell did it.
    """

    __tablename__ = "account_alarms"
    __table_args__ = (
        CheckConstraint("(vouched_at IS NULL) = (vouched_by IS NULL)", name="vouched_by_somebody"),
        CheckConstraint("lifted_at IS NOT NULL OR lifted_by IS NULL", name="lifted_when"),
        CheckConstraint("vouched_by IS NULL OR vouched_by <> person_id", name="not_vouched_for_oneself"),
        CheckConstraint("lifted_by IS NULL OR lifted_by <> person_id", name="not_own_account"),
        CheckConstraint("lifted_by IS NULL OR vouched_by IS NULL OR lifted_by <> vouched_by", name="second_person"),
        Index("uq_account_alarms_person", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    raised_at: Mapped[datetime]
    device: Mapped[str | None]
    address: Mapped[str | None]
    vouched_at: Mapped[datetime | None]
    vouched_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    voucher: Mapped[Person | None] = relationship(foreign_keys=vouched_by)
    lifter: Mapped[Person | None] = relationship(foreign_keys=lifted_by)

    @property
    def state(self) -> str:
        """Where it stands: open, vouched for by the first of two, or lifted."""
        return "lifted" if self.lifted_at else "vouched" if self.vouched_at else "open"
