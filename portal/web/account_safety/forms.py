"""Forms of lost second factors."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length


class ProposeResetForm(FlaskForm):
    """How it was made sure who asks."""

    note = TextAreaField(
        _l("How you made sure who asks"),
        [DataRequired(_l("Say how you made sure who asks: who confirms it reads that.")), Length(max=300)],
    )


class RefuseResetForm(FlaskForm):
    """Sending a reset back needs a reason."""

    reason = TextAreaField(_l("Why not"), [DataRequired(_l("Say why.")), Length(max=300)])
