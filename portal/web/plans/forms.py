"""The form that publishes a plan: its text, pasted or as a file, and the instant from which it holds."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileSize
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired

from ...crypto import digest
from ..fields import InstantField

_LARGEST = 64 * 1024


def _tidy(text: str | None) -> str:
    """The text with one kind of line end and none idle: forms send what browsers make of it."""
    return (text or "").replace("\r\n", "\n").strip() + "\n"


class PlanForm(FlaskForm):
    """A plan as TOML. It is only explained, until `confirmed` stands beside the very text that was explained."""

    file = FileField(_l("Plan file"), [FileSize(_LARGEST, message=_l("This file is too large for a plan."))])
    toml = TextAreaField(_l("Plan text"), filters=[_tidy])
    effective_from = InstantField(_l("In force from"), [InputRequired(_l("Enter day and time."))])
    confirmed = BooleanField(_l("I have read the explanation; publish this version."))
    explained = HiddenField()

    @property
    def ready(self) -> bool:
        """Whether the text was explained and confirmed, and not changed since."""
        return bool(self.confirmed.data) and self.explained.data == digest(self.toml.data)

    def mark_explained(self) -> None:
        """Remember which text the page explains; the box has to be ticked for it anew."""
        self.explained.data = digest(self.toml.data)
        self.confirmed.data = False

    def take_file(self) -> bool:
        """Put an uploaded file's text into the text field. False when it is no text."""
        if not self.file.data:
            return True
        try:
            self.toml.data = _tidy(self.file.data.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            return False
        return True
