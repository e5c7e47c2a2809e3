"""The one form of imports: the file."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class UploadForm(FlaskForm):
    """A file of deals and milestones."""

    file = FileField(_l("File (XLSX or CSV)"), [FileRequired(_l("Choose a file."))])
