"""How often each key called what, day by day."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base import Base, Code
from .keys import ApiKey


class ApiCalls(Base):
    """The calls (接口调用) of a key to one operation, answered in one version, on one day in Shanghai.

    `refused`: how many of them were answered with a code below 500; `failed`: with one of our own faults.
    """

    __tablename__ = "api_calls"
    __table_args__ = (
        CheckConstraint("calls > 0", name="calls_some"),
        CheckConstraint("refused >= 0 AND failed >= 0 AND refused + failed <= calls", name="parts_of_calls"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), primary_key=True, index=True)
    operation: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[str] = mapped_column(Code, primary_key=True)
    calls: Mapped[int]
    refused: Mapped[int]
    failed: Mapped[int]

    key: Mapped[ApiKey] = relationship()
