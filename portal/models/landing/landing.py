"""What a development shows to friends who were invited: words, house types and pictures that staff keep."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base, Day


class LandingContent(Base):
    """The words on a development's page for friends, and whether the page shows them at all.

    `words` holds `hours` and `about` (a list of lines) under `zh` and `en`. Prices of house types are shown through
    `prices_until`: an advertisement with a price must say how long it holds.
    """

    __tablename__ = "landing_contents"

    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), primary_key=True)
    hotline: Mapped[str | None] = mapped_column(String(24))
    words: Mapped[dict[str, Any]]
    prices_until: Mapped[date | None] = mapped_column(Day)
    published_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("people.id"))


class HouseType(Base):
    """A kind of home that is sold (户型): its rooms, its gross floor area in hundredths of a square metre, what the
    cheapest costs, and its floor plan."""

    __tablename__ = "house_types"
    __table_args__ = (
        CheckConstraint("area > 0 AND bedrooms >= 0 AND living_rooms >= 0 AND bathrooms >= 0", name="measured"),
        CheckConstraint("price_from_fen IS NULL OR price_from_fen > 0", name="priced"),
        Index("ix_house_types_development", "development_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    position: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str | None]
    bedrooms: Mapped[int]
    living_rooms: Mapped[int]
    bathrooms: Mapped[int]
    area: Mapped[int]
    price_from_fen: Mapped[int | None]
    file_name: Mapped[str | None] = mapped_column(String(32))


class LandingPicture(Base):
    """A picture of the development, with a caption in either language."""

    __tablename__ = "landing_pictures"
    __table_args__ = (Index("ix_landing_pictures_development", "development_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    position: Mapped[int]
    caption: Mapped[str | None]
    caption_en: Mapped[str | None]
    file_name: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    added_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
