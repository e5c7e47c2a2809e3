"""Why a reward is turned down."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length


class RefuseRewardForm(FlaskForm):
    """Why a reward is turned down; its referrer reads it."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Say why. The referrer reads it.")), Length(max=500, message=_l("At most 500 characters."))],
    )
