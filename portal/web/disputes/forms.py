"""Forms of a dispute: the principal's words, and finance's answer."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length


class Outcome(StrEnum):
    """How finance answers: it also says how what is accepted is put right."""

    ADJUST = "adjust"
    OTHERWISE = "otherwise"
    REFUSE = "refuse"


class DisputeForm(FlaskForm):
    """What is wrong with a line, and papers that show it."""

    words = TextAreaField(
        _l("What is wrong with this line"),
        [InputRequired(_l("Say in your words what is wrong with this line.")), Length(max=2000)],
    )
    files = MultipleFileField(_l("Pictures or PDF"))


class AnswerForm(FlaskForm):
    """The answer, which the agency reads."""

    outcome = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose one of the answers."))],
        choices=[
            SelectChoice(Outcome.ADJUST.value, _l("The agency is right: propose an adjustment next")),
            SelectChoice(Outcome.OTHERWISE.value, _l("The agency is right: corrected another way, as I write below")),
            SelectChoice(Outcome.REFUSE.value, _l("The line stands")),
        ],
    )
    words = TextAreaField(_l("Reason"), [InputRequired(_l("Write the answer: the agency reads it.")), Length(max=2000)])
