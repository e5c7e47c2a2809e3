"""Prospective buyers."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Client(Base):
    """A prospective buyer (客户), known by the blind index of the phone. The name belongs to each touch.

    `erased_at`: the phone is gone for good (`contacts.is_erased`), and the number may come again as another client.
    """

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_sealed: Mapped[bytes]
    phone_index: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
