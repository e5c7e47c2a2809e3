"""What browsers kept from our pages, counted: nothing of whose page it was, nor of whose browser."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Code, Day


class ContentReports(Base):
    """How often browsers reported on a day that a page wanted something which its policy forbids (`directive`)."""

    __tablename__ = "content_reports"
    __table_args__ = (CheckConstraint("count > 0", name="counted"),)

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    directive: Mapped[str] = mapped_column(Code, primary_key=True)
    count: Mapped[int]
