"""Forms of the desk: find a voucher, redeem it, pay a bill out of it, count a stock."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ..forms.fields import DayField, YuanField

_MONTHS = NumberRange(min=1, max=600, message=_l("Enter a number of months."))


class FindForm(FlaskForm):
    """Where the desk stands, and what the voucher says. It is a search, so it goes by GET."""

    class Meta(FlaskForm.Meta):
        csrf = False

    development = SelectField(_l("Development"), [DataRequired()], coerce=int)
    text = StringField(_l("Voucher code"), [DataRequired(_l("Scan the voucher, or type its code.")), Length(max=200)])


class PhotoForm(FlaskForm):
    """A photo of the QR code, for browsers that cannot read one."""

    place = HiddenField()
    photo = FileField(_l("Photo of the voucher"), [FileRequired(_l("Take a photo of the QR code."))])


class RedeemForm(FlaskForm):
    """The redemption; `key` names this page, so that sending it twice is one redemption."""

    development = HiddenField(validators=[InputRequired()])
    text = HiddenField(validators=[InputRequired()])
    key = HiddenField(validators=[InputRequired(), Length(max=40)])
    starts_on = DayField(_l("Free from"), [Optional()])


class ReliefForm(FlaskForm):
    """A bill of property management."""

    development = HiddenField(validators=[InputRequired()])
    text = HiddenField(validators=[InputRequired()])
    bill = StringField(_l("Bill"), [DataRequired(_l("Enter the number of the bill.")), Length(max=40)])
    months = IntegerField(_l("Number of months"), [InputRequired(_l("Enter a number of months.")), _MONTHS])
    amount = YuanField(_l("Amount waived"), [InputRequired(_l("Enter the amount."))])


class StockForm(FlaskForm):
    """How many of an item are there."""

    development = SelectField(_l("Development"), [InputRequired()], coerce=int)
    title = SelectField(_l("Item"), [InputRequired()])
    left = IntegerField(
        _lp("stock", "Left"),
        [InputRequired(_l("Enter a number.")), NumberRange(min=0, max=10**9, message=_l("Enter a number."))],
    )


class RevokeForm(FlaskForm):
    """Why a voucher is taken back."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say why. The owner of the voucher reads it.")), Length(max=200)]
    )


class ReturnForm(FlaskForm):
    """What was wrong with a bill."""

    reason = TextAreaField(
        _l("Reason"), [DataRequired(_l("Say what was wrong. It stays with the bill.")), Length(max=500)]
    )


class DeedForm(FlaskForm):
    """One button."""
