"""Forms of an invoice: what the agency types and sends, and why finance rejects one."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from commissions.money import format_bps

from ...rules.payouts.invoice import RATES_BPS
from ..forms.fields import DayField, YuanField


def _without_spaces(text: Any) -> Any:
    return "".join(text.split()).upper() if isinstance(text, str) else text


class InvoiceForm(FlaskForm):
    """An invoice as it stands on paper, and its PDF."""

    number = StringField(
        _l("Invoice number"),
        [
            DataRequired(_l("Enter the number as it stands on the invoice.")),
            Length(max=40),
            Regexp(r"[0-9A-Z-]+$", message=_l("A number has digits, letters and hyphens only.")),
        ],
        filters=[_without_spaces],
    )
    amount = YuanField(
        _l("Amount with tax"),
        [
            InputRequired(_l("Enter the amount as it stands on the invoice.")),
            NumberRange(min=1, message=_l("Enter an amount above zero.")),
        ],
    )
    invoiced_on = DayField(_l("Date of the invoice"), [InputRequired(_l("Enter the date of the invoice."))])
    file = FileField(_l("The invoice (PDF)"), [FileRequired(_l("Choose the PDF of the invoice."))])


class InvoiceCheckForm(FlaskForm):
    """What finance reads on the PDF."""

    amount = YuanField(
        _l("Amount with tax, as you read it on the PDF"),
        [InputRequired(_l("Enter the amount as it stands on the invoice."))],
    )
    tax_number = StringField(
        _l("The seller's tax number"),
        [DataRequired(_l("Enter the tax number as it stands on the invoice.")), Length(max=40)],
        filters=[_without_spaces],
    )
    tax_bps = SelectField(
        _l("Tax rate"),
        [InputRequired(_l("Choose the rate that stands on the invoice."))],
        coerce=int,
        choices=[SelectChoice(rate, format_bps(rate) if rate else _l("Exempt")) for rate in RATES_BPS],
        default=600,
    )


class InvoiceRejectForm(FlaskForm):
    """The agency reads the reason."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say what is wrong, so that the agency can send a right one.")), Length(max=500)],
    )
