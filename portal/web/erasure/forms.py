"""Forms of erasure on request."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length


class AskForm(FlaskForm):
    """What shows the privacy officer that the person is who he says."""

    code = StringField(_l("Code from the text"))
    papers = BooleanField(_l("I have seen an identity document, and the number was called back"))


class RefusalForm(FlaskForm):
    """Why nothing is erased."""

    words = TextAreaField(
        _l("Why nothing is erased"), [DataRequired(_l("Say why; the person reads your words.")), Length(max=500)]
    )


class SendBackForm(FlaskForm):
    """Why a proposed answer is not confirmed."""

    reason = TextAreaField(
        _l("Why it is sent back"), [DataRequired(_l("Say why; who proposed it reads your words.")), Length(max=300)]
    )
