"""The one form of imports: the file."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length


class UploadForm(FlaskForm):
    """A file of deals and milestones; `key` names this page, so that sending it twice is one import."""

    key = HiddenField(validators=[InputRequired(), Length(max=40)])
    file = FileField(_l("File (XLSX or CSV)"), [FileRequired(_l("Choose a file."))])
