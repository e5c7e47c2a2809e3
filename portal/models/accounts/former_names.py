"""What an account's owner was called before."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base


class FormerName(Base):
    """A name that a person bore until then. The audit log says that it was changed, by whom and why, and no name: this
    row can be erased, an entry of the log cannot."""

    __tablename__ = "former_names"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    until: Mapped[datetime]
