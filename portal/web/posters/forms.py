"""Forms of posters: what a referrer chooses, how a development looks, and many at once."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, ColorField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from commissions.refusal import Refusal
from referral.drawing.typefaces import drawable, lacking
from referral.posters.design_file import LANGUAGES, Catalogue

from ...models import DevelopmentLook
from ...services.posters import posters
from ...services.posters.posters import DESIGN, PosterChoices
from ...services.referral.branding import LookFacts
from ..messages import say

SHOWN = {"phone": _lp("poster size", "Phone"), "a4": _l("A4 to print"), "card": _l("Card for chats")}
"""The kinds of sheet in words."""

_BODY_LINES = 3


class PosterForm(FlaskForm):
    """What stands on a referrer's poster. It is asked with GET: an address is a poster."""

    class Meta(FlaskForm.Meta):
        csrf = False

    design = RadioField(_l("Design"), [InputRequired()])
    name = StringField(_l("Name on the poster"), [Length(max=24, message=_l("At most 24 characters."))])
    title = StringField(_l("Under the name"), [Length(max=24, message=_l("At most 24 characters."))])
    headline = StringField(_l("Headline"), [Length(max=32, message=_l("At most 32 characters."))])
    slogan = StringField(_l("A line of your own"), [Length(max=60, message=_l("At most 60 characters."))])
    own_name = ""

    @classmethod
    def asked(
        cls, arguments: Mapping[str, str], catalogue: Catalogue, lang: str, may_write: bool, own_name: str = ""
    ) -> "PosterForm":
        """The form as the address has it; what it does not say, or says wrongly, is as usual."""
        chosen = arguments.get("lang", "")
        form = cls(MultiDict({"design": DESIGN} | dict(arguments.items())))
        form.own_name = own_name
        form.lang = chosen if chosen in LANGUAGES else lang
        form.design.choices = [SelectChoice(name, design.titles[lang]) for name, design in catalogue.designs.items()]
        form.heights = {name: 72 * design.size[1] // design.size[0] for name, design in catalogue.designs.items()}
        form.pages = {name: SHOWN[design.page] for name, design in catalogue.designs.items()}
        if form.design.data not in catalogue.designs:
            form.design.data = DESIGN
        if not may_write:
            del form.headline, form.slogan
        form.validate()
        return form

    def validate_name(self, field: StringField) -> None:
        """A name can be printed, and is one."""
        if (field.data or "").strip() and not drawable(field.data):
            raise ValidationError(_("Our typeface has no sign of this name. Write it in Chinese or Latin letters."))
        if self._other_name:
            self.validate_headline(field)

    def validate_title(self, field: StringField) -> None:
        """Neither alone nor read on from the name."""
        try:
            posters.check_title(self._other_name if not self.name.errors else "", field.data or "")
        except Refusal as refusal:
            raise ValidationError(say(refusal)) from refusal

    def validate_headline(self, field: StringField) -> None:
        """Under the developer's brand stand no ways past the code, and no promises."""
        try:
            posters.check_line(field.data or "")
        except Refusal as refusal:
            raise ValidationError(say(refusal)) from refusal

    validate_slogan = validate_headline

    @property
    def _other_name(self) -> str:
        """The name that was written, where it is not one's own: that one may stand."""
        name = (self.name.data or "").strip()
        return "" if name == self.own_name else name

    @property
    def choices(self) -> PosterChoices:
        """What was chosen; a word too long, or that may not stand there, is left out until it is right."""
        texts = {field.name: (field.data or "").strip() for field in self._texts if not field.errors}
        return PosterChoices(design=self.design.data, lang=self.lang, **texts)

    @property
    def arguments(self) -> dict[str, str]:
        """The choices as parts of an address."""
        choices = self.choices
        texts = {key: getattr(choices, key) for key in ("name", "title", "headline", "slogan")}
        return {"design": choices.design} | {key: text for key, text in texts.items() if text}

    def notes(self, own_name: str) -> list[str]:
        """What the reader is told beside the poster: wrong words, and signs that the typeface does not have."""
        own = "" if self.choices.name else own_name
        wrong = [(field.label.text, " ".join(map(str, field.errors))) for field in self._texts if field.errors]
        said = [_("%(label)s: %(why)s", label=label, why=why) for label, why in wrong]
        said += [_plainly(field.label.text, field.data) for field in self._texts if not field.errors]
        return [one for one in [_plainly(_("Your name"), own), *said] if one]

    @property
    def _texts(self) -> list[StringField]:
        return [self[key] for key in ("name", "title", "headline", "slogan") if key in self]


class LookForm(FlaskForm):
    """How a development looks on posters."""

    picture = FileField(_l("Picture"), [Optional()])
    drop_picture = BooleanField(_l("Take the picture away"))
    accent = ColorField(_l("Second colour"), [Optional(), Regexp("^#[0-9A-Fa-f]{6}$", message=_l("Choose a colour."))])
    zh_headline = StringField(_l("Headline in Chinese"), [Length(max=40, message=_l("At most 40 characters."))])
    zh_body = TextAreaField(_l("Text in Chinese"), [Length(max=150, message=_l("At most 150 characters."))])
    en_name = StringField(_l("Development's name in English"), [Length(max=60, message=_l("At most 60 characters."))])
    en_headline = StringField(_l("Headline in English"), [Length(max=70, message=_l("At most 70 characters."))])
    en_body = TextAreaField(_l("Text in English"), [Length(max=300, message=_l("At most 300 characters."))])
    own_words = BooleanField(_l("Referrers may ask for a headline and a line of their own"))

    def validate_zh_body(self, field: TextAreaField) -> None:
        """A poster has room for so many lines."""
        if len(_lines(field.data)) > _BODY_LINES:
            raise ValidationError(_l("At most three lines."))

    validate_en_body = validate_zh_body

    @property
    def facts(self) -> LookFacts:
        """What was entered."""
        words: dict[str, dict[str, Any]] = {
            "zh": {"headline": _text(self.zh_headline.data), "body": _lines(self.zh_body.data)},
            "en": {
                "name": _text(self.en_name.data),
                "headline": _text(self.en_headline.data),
                "body": _lines(self.en_body.data),
            },
        }
        said = {lang: {key: text for key, text in some.items() if text} for lang, some in words.items()}
        return LookFacts(accent=self.accent.data or None, words=said, own_words=self.own_words.data)

    @property
    def lacking(self) -> str:
        """The signs of all its words that the typeface does not have."""
        texts = (self.zh_headline, self.zh_body, self.en_name, self.en_headline, self.en_body)
        return lacking("".join(field.data or "" for field in texts))

    @classmethod
    def of(cls, look: DevelopmentLook | None) -> "LookForm":
        """The form as it opens."""
        if look is None:
            return cls(accent="#B8862F")
        texts = {
            f"{lang}_{key}": "\n".join(text) if isinstance(text, list) else text
            for lang, words in look.words.items()
            for key, text in words.items()
        }
        return cls(accent=look.accent or "#B8862F", own_words=look.own_words, **texts)


class BatchForm(FlaskForm):
    """Whose posters are to be drawn, and how."""

    development_id = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    audience = SelectField(_l("Kind of referrer"), [Optional()])
    design = SelectField(_l("Design"), [InputRequired(_l("Choose one."))])
    lang = RadioField(
        _l("Language of the posters"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice("zh", "中文"), SelectChoice("en", "English")],
    )


def _plainly(label: str, text: str | None) -> str:
    """What becomes of a text of which some signs cannot be drawn; empty where all can."""
    signs, drawn = lacking(text or ""), drawable(text or "")
    if not signs:
        return ""
    if not drawn:
        return _("%(label)s: our typeface has no %(signs)s, so it is left out.", label=label, signs=signs)
    return _(
        "%(label)s: our typeface has no %(signs)s. The poster says %(drawn)s.", label=label, signs=signs, drawn=drawn
    )


def _text(entered: str | None) -> str:
    return " ".join((entered or "").split())


def _lines(entered: str | None) -> list[str]:
    return [line for line in map(_text, (entered or "").splitlines()) if line]
