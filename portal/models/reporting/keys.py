"""By which number a row is known in the reporting views: a random one, from which nothing leads back to its own."""

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Code

KEYED = ("agencies", "deals", "developments", "leads", "payouts", "people", "showings", "statements", "touches")
"""The tables whose rows have one, from the moment they are there: triggers of the database give it (ADR 107)."""


class ReportingKey(Base):
    """The number of one row of a table (`subject`). It is drawn once, and stays when its row goes."""

    __tablename__ = "reporting_keys"

    subject: Mapped[str] = mapped_column(Code, primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(Uuid(as_uuid=False))
