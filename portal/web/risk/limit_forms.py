"""The limits of the risk desk as fields, one a setting, and a text that they are read from."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from ...rules.risk.figures import Figure, Limit
from ...rules.risk.limits import RANGES, SETTINGS, Limits
from ..forms.fields import PercentField
from ..words import risk as words

LONGEST = 4000
_SHORT = Length(max=500)


class LimitsForm(FlaskForm):
    """From when each figure is looked at. Its other fields are made below, of the rule's settings."""

    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why, so that who decides knows.")), _SHORT])

    @staticmethod
    def opened_with(limits: Limits) -> dict[str, Any]:
        """The fields as the form opens."""
        return {f"{one}_{name}": getattr(limits[one], name) for one, names in SETTINGS.items() for name in names}

    def tries(self) -> None:
        """Nothing is proposed yet: who tries need not say why."""
        self.note.validators = [_SHORT]

    @property
    def groups(self) -> list[tuple[Figure, list[tuple[str, Field]]]]:
        """The fields of each figure, with the settings that they are of."""
        return [(one, [(name, self[f"{one}_{name}"]) for name in names]) for one, names in SETTINGS.items()]

    @property
    def limits(self) -> Limits:
        """What was filled in, checked by the rule."""
        return {one: Limit(**{"least": 1} | {name: field.data for name, field in row}) for one, row in self.groups}


class FileForm(FlaskForm):
    """A text to open the form with."""

    toml = TextAreaField(_l("Limits as TOML"), [DataRequired(_l("Paste the text.")), Length(max=LONGEST)])


def _field(name: str) -> Any:
    least, most = RANGES[name]
    if name == "share":
        between = NumberRange(least, most, _l("Enter a share from 0 to 100, such as 30."))
        return PercentField(words.SETTINGS[name], [InputRequired(_l("Please fill this in.")), between])
    between = NumberRange(least, most, _l("Enter a whole number from %(min)s to %(max)s."))
    return IntegerField(words.SETTINGS[name], [InputRequired(_l("Please fill this in.")), between])


for _figure, _names in SETTINGS.items():
    for _name in _names:
        setattr(LimitsForm, f"{_figure}_{_name}", _field(_name))
