"""What a carer writes down: how a contact went, a text, a client whom nobody brought."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from ...models import ContactOutcome as O
from ...rules.care.plan import Channel
from ...services.care.contacts import NewContact
from ...services.care.limits import NewText
from ..edge import now
from ..forms.fields import DayField, LineField, PastField
from ..registrations.forms import ClientForm
from .words import OUTCOMES

_TALKS = (O.REACHED, O.INTERESTED, O.COMES, O.CALL_LATER, O.NOT_INTERESTED)

CHOICES: Mapping[Channel, tuple[O, ...]] = {
    Channel.CALL: (O.REACHED, O.NO_ANSWER, O.INTERESTED, O.COMES, O.CALL_LATER, O.NOT_INTERESTED),
    Channel.WECHAT: (O.SENT, *_TALKS),
    Channel.TEXT: (O.SENT, *_TALKS),
    Channel.VISIT: (O.REACHED, O.INTERESTED, O.CALL_LATER, O.NOT_INTERESTED),
    Channel.LETTER: (O.SENT,),
    Channel.GIFT: (O.SENT, O.REACHED, O.INTERESTED),
    Channel.EVENT: (O.REACHED, O.INTERESTED, O.COMES, O.NOT_INTERESTED),
}
"""How a contact by each channel can have gone; the first is what it mostly does."""

_STEP = Regexp(r"[A-Za-z0-9_]{0,40}\Z")


class ContactForm(FlaskForm):
    """How a contact went, and when again."""

    outcome = RadioField(_l("How did it go"), [InputRequired(_l("Say how it went."))], coerce=str)
    note = TextAreaField(_l("What was said"), [Length(max=1000, message=_l("At most 1,000 characters."))])
    promised = LineField(_l("What you promised"), [Length(max=200, message=_l("At most 200 characters."))])
    next_on = DayField(_l("When again"), [Optional()])
    at = PastField(_l("When it was"), [Optional()])
    shown_to_other = BooleanField(_l("The other side may read this, too"))
    step = HiddenField(validators=[_STEP])

    def ask_of(self, channel: Channel) -> None:
        """Offer what a contact by this channel can have come to."""
        self.outcome.choices = [SelectChoice(str(one), OUTCOMES[one]) for one in CHOICES[channel]]
        if not self.is_submitted() and self.outcome.data is None:
            self.outcome.data = str(CHOICES[channel][0])

    def wanted(self, channel: Channel) -> NewContact:
        """What was entered."""
        return NewContact(
            channel=channel,
            at=self.at.data or now(),
            outcome=O(self.outcome.data),
            note=self.note.data or "",
            promised=self.promised.data or "",
            next_on=self.next_on.data,
            step=self.step.data or "",
            shown_to_other=self.shown_to_other.data,
        )


class BesideForm(FlaskForm):
    """A form that stands on one page with how the contact went: its fields have ids of their own."""

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        for field in self:
            field.id = field.label.field_id = f"beside-{field.short_name}"


class TextForm(BesideForm):
    """The words of a text; and why a manager sends it at night."""

    text = TextAreaField(_l("Text"), [DataRequired(_l("Write the text."))])
    override = LineField(_l("Why not wait until morning"), [Length(max=200, message=_l("At most 200 characters."))])
    step = HiddenField(validators=[_STEP])

    @property
    def wanted(self) -> NewText:
        """What was entered."""
        return NewText(self.text.data or "", self.step.data or "", self.override.data or "")


class CallForm(BesideForm):
    """The call of the day is taken; and why a manager calls at night."""

    override = LineField(_l("Why not wait until morning"), [Length(max=200, message=_l("At most 200 characters."))])
    step = HiddenField(validators=[_STEP])


class NewFileForm(ClientForm):
    """A client whom nobody brought: name, number, and where he is looking."""
