"""Forms of a development's page: words, a house type, pictures."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField, DecimalField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from referral.drawing.typeset import clean

from ...models import HouseType, LandingContent, LandingPicture
from ...services.landing.content import ContentFacts
from ...services.landing.house_types import HouseTypeFacts
from ..forms.fields import DayField, InBounds, LineField, YuanField

PICTURES = "image/jpeg,image/png,image/webp"
"""What a page's file fields take in."""

_NEEDED = InputRequired(_l("Please fill this in."))
_ABOUT_LINES = 8
_ROOMS = [InputRequired(_l("Please fill this in.")), InBounds(0, 20)]
_MOST_AREA = 5000


class ContentForm(FlaskForm):
    """The words of a development's page."""

    hotline = LineField(
        _l("Hotline"),
        [Optional(), Length(max=24), Regexp(r"^\+?[0-9][0-9 \-]{2,}[0-9]$", message=_l("Digits, spaces and dashes."))],
    )
    zh_hours = LineField(_l("Opening hours in Chinese"), [Length(max=60, message=_l("At most 60 characters."))])
    en_hours = LineField(_l("Opening hours in English"), [Length(max=60, message=_l("At most 60 characters."))])
    zh_about = TextAreaField(_l("About it in Chinese"), [Length(max=600, message=_l("At most 600 characters."))])
    en_about = TextAreaField(_l("About it in English"), [Length(max=900, message=_l("At most 900 characters."))])
    prices_until = DayField(_l("Prices hold until"), [Optional()])

    def validate_zh_about(self, field: TextAreaField) -> None:
        """A friend on a phone reads so many lines."""
        if len(_lines(field.data)) > _ABOUT_LINES:
            raise ValidationError(_l("At most eight lines."))

    validate_en_about = validate_zh_about

    @property
    def facts(self) -> ContentFacts:
        """What was entered."""
        words: dict[str, dict[str, Any]] = {
            "zh": {"hours": self.zh_hours.data, "about": _lines(self.zh_about.data)},
            "en": {"hours": self.en_hours.data, "about": _lines(self.en_about.data)},
        }
        said = {lang: {key: text for key, text in some.items() if text} for lang, some in words.items()}
        return ContentFacts(self.hotline.data or None, self.prices_until.data, said)

    @classmethod
    def of(cls, content: LandingContent | None) -> "ContentForm":
        """The form as it opens."""
        if content is None:
            return cls()
        texts = {
            f"{lang}_{key}": "\n".join(text) if isinstance(text, list) else text
            for lang, words in content.words.items()
            for key, text in words.items()
        }
        return cls(hotline=content.hotline, prices_until=content.prices_until, **texts)


class HouseTypeForm(FlaskForm):
    """One kind of home."""

    name = LineField(_l("House type"), [_NEEDED, Length(max=20, message=_l("At most 20 characters."))])
    name_en = LineField(_l("House type in English"), [Length(max=30, message=_l("At most 30 characters."))])
    bedrooms = IntegerField(_l("Bedrooms"), _ROOMS)
    living_rooms = IntegerField(_l("Living rooms"), _ROOMS)
    bathrooms = IntegerField(_l("Bathrooms"), _ROOMS)
    area = DecimalField(_l("Gross floor area"), [_NEEDED, InBounds(1, _MOST_AREA)], places=2)
    price_from = YuanField(_l("Price of the cheapest home"), [Optional()])
    picture = FileField(_l("Floor plan"), [Optional()])
    drop_plan = BooleanField(_l("Take the floor plan away"))

    def validate_price_from(self, field: YuanField) -> None:
        """Nothing is sold for nothing."""
        if field.data is not None and field.data <= 0:
            raise ValidationError(_l("Enter a price above zero, or none."))

    @property
    def facts(self) -> HouseTypeFacts:
        """What was entered."""
        return HouseTypeFacts(
            name=self.name.data,
            name_en=self.name_en.data or None,
            bedrooms=self.bedrooms.data,
            living_rooms=self.living_rooms.data,
            bathrooms=self.bathrooms.data,
            area=int((self.area.data * 100).to_integral_value()),
            price_from_fen=self.price_from.data,
        )

    @classmethod
    def of(cls, row: HouseType | None) -> "HouseTypeForm":
        """The form as it opens."""
        if row is None:
            return cls()
        return cls(obj=row, area=Decimal(row.area) / 100, price_from=row.price_from_fen)


class PicturesForm(FlaskForm):
    """Pictures to be added."""

    picture = MultipleFileField(_l("Pictures"), [InputRequired(_l("Choose a picture."))])


class CaptionForm(FlaskForm):
    """What stands below a picture."""

    caption = LineField(_l("Caption in Chinese"), [Length(max=40, message=_l("At most 40 characters."))])
    caption_en = LineField(_l("Caption in English"), [Length(max=80, message=_l("At most 80 characters."))])

    @property
    def captions(self) -> tuple[str | None, str | None]:
        """What was entered, in Chinese and in English."""
        return self.caption.data or None, self.caption_en.data or None

    @classmethod
    def of(cls, row: LandingPicture) -> "CaptionForm":
        """The form as it opens."""
        return cls(obj=row)


class DeedForm(FlaskForm):
    """A button and nothing else."""


def _lines(entered: str | None) -> list[str]:
    lines = (" ".join(clean(line).split()) for line in re.split(r"\r?\n", entered or ""))
    return [line for line in lines if line]
