"""What is typed about owners, surveys and complaints."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ...clock import local_day
from ...models import ComplaintAbout
from ...rules.aftercare.complaint import StepKind
from ...rules.aftercare.survey import LONGEST, Marks, Occasion
from ...services.aftercare import complaints, owners
from ...services.aftercare.owners import Told
from ..edge import now
from ..forms.fields import DayField
from ..forms.public import PublicForm
from .words import ABOUT, MARKS, OCCASIONS, STEPS

_MARK = InputRequired(_l("Choose a mark."))
_FILL = InputRequired(_l("Please fill this in."))
_STEPS = (StepKind.ANSWERED, StepKind.NOTED)
_WORDS = Length(max=complaints.LONGEST)


def _abouts() -> list[SelectChoice]:
    return [SelectChoice(str(code), word) for code, word in ABOUT.items()]


class PlanForm(FlaskForm):
    """For which day a handover is planned."""

    day = DayField(_l("Planned day of the handover"), [InputRequired(_l("Choose a day."))])


class ToldForm(FlaskForm):
    """What the owner told of himself."""

    moved_in_on = DayField(_l("Moved in on"), [Optional()])
    family = TextAreaField(_l("Family"), [Length(max=owners.LONGEST)])
    hobbies = TextAreaField(_l("Hobbies"), [Length(max=owners.LONGEST)])

    def validate_moved_in_on(self, field: DayField) -> None:
        """Nobody moved in tomorrow."""
        if field.data is not None and field.data > local_day(now()):
            raise ValidationError(_("This day is still to come."))

    @property
    def told(self) -> Told:
        """What was filled in."""
        return Told(self.moved_in_on.data, self.family.data or "", self.hobbies.data or "")


class AskForm(FlaskForm):
    """In which survey the owner is asked."""

    occasion = SelectField(
        _l("Why the owner is asked"),
        [_FILL],
        choices=[SelectChoice(str(code), word) for code, word in OCCASIONS.items()],
    )

    @property
    def chosen(self) -> Occasion:
        """The occasion."""
        return Occasion(self.occasion.data)


class ComplaintForm(FlaskForm):
    """A complaint that a colleague takes down."""

    about = SelectField(_l("What it is about"), [_FILL], choices=_abouts)
    words = TextAreaField(_l("What the owner says"), [_FILL, _WORDS])


class StepForm(FlaskForm):
    """What was done about a complaint."""

    kind = RadioField(
        _l("What you did"),
        validators=[_FILL],
        choices=[SelectChoice(str(kind), STEPS[kind]) for kind in _STEPS],
        default=str(StepKind.ANSWERED),
    )
    words = TextAreaField(_l("What you say, in words"), [_FILL, _WORDS])


class ReasonForm(FlaskForm):
    """Why a manager closes what the owner did not answer."""

    reason = TextAreaField(_l("Reason"), [_FILL, _WORDS])


class SurveyForm(PublicForm):
    """What an owner answers: three marks, and words if he likes."""

    estate = RadioField(ABOUT[ComplaintAbout.ESTATE], [_MARK], choices=[], validate_choice=False)
    building = RadioField(ABOUT[ComplaintAbout.BUILDING], [_MARK], choices=[], validate_choice=False)
    service = RadioField(ABOUT[ComplaintAbout.SERVICE], [_MARK], choices=[], validate_choice=False)
    words = TextAreaField(_l("In your own words"), [Length(max=LONGEST)])

    def offer(self) -> "SurveyForm":
        """The same with its marks in the reader's language."""
        for field in (self.estate, self.building, self.service):
            field.choices = [SelectChoice(str(mark), word) for mark, word in MARKS.items()]
        return self

    @property
    def marks(self) -> Marks:
        """What was chosen; 0 where nothing was, which is no mark."""
        return Marks(*(_mark(field.data) for field in (self.estate, self.building, self.service)))


def _mark(text: str | None) -> int:
    return int(text) if text in {str(mark) for mark in MARKS} else 0


class OwnComplaintForm(PublicForm):
    """What an owner complains of, on his own page."""

    about = RadioField(_l("What is it about?"), [_FILL], choices=_abouts, default=str(ComplaintAbout.BUILDING))
    words = TextAreaField(
        _l("What happened?"), [InputRequired(_l("Tell us what happened.")), Length(max=complaints.LONGEST)]
    )


class WordForm(PublicForm):
    """The owner's word on a complaint."""

    words = TextAreaField(_l("What is missing?"), [Length(max=complaints.LONGEST)])
