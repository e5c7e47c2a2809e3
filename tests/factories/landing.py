"""What a development shows to friends."""

import io
from datetime import date
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from portal.models import Development, HouseType, LandingContent, LandingPicture, Role

from . import BEFORE, person


def landing_content(session: Session, development: Development, **given: Any) -> LandingContent:
    """A page that friends see, with a hotline, hours and words in both languages; its prices hold for long."""
    words = {
        "zh": {"hours": "每天 9:00–18:00", "about": ["南北通透", "步行可达公园"]},
        "en": {"hours": "Daily 9:00–18:00", "about": ["Light from two sides"]},
    }
    values = {
        "hotline": "400-123-4567",
        "words": words,
        "prices_until": date(2100, 1, 1),
        "published_at": BEFORE,
        "changed_at": BEFORE,
    }
    if "changed_by" not in given:
        given["changed_by"] = person(session, Role.CHANNEL_MANAGER, has_password=False).id
    row = LandingContent(development_id=development.id, **values | given)
    session.add(row)
    session.flush()
    return row


def house_type(session: Session, development: Development, **given: Any) -> HouseType:
    """Three rooms of 89 m² from 2,680,000 yuan, without a floor plan."""
    values = {
        "name": "A1",
        "name_en": None,
        "position": 0,
        "bedrooms": 3,
        "living_rooms": 2,
        "bathrooms": 1,
        "area": 8900,
        "price_from_fen": 268_000_000,
    }
    row = HouseType(development_id=development.id, **values | given)
    session.add(row)
    session.flush()
    return row


def landing_picture(session: Session, development: Development, **given: Any) -> LandingPicture:
    """A picture whose file is nowhere."""
    if "added_by" not in given:
        given["added_by"] = person(session, Role.CHANNEL_MANAGER, has_password=False).id
    values = {"position": 0, "file_name": "0" * 32, "added_at": BEFORE, "caption": None, "caption_en": None}
    row = LandingPicture(development_id=development.id, **values | given)
    session.add(row)
    session.flush()
    return row


def picture_file(size: tuple[int, int] = (900, 600), colour: str = "#ff0000") -> bytes:
    """A JPEG as a camera writes it, with something in it that is nobody's business."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "a secret description"
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()
