"""Forms of developments, agencies and agreements."""

from dataclasses import asdict
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import ColorField, DecimalField, Field, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from ...models import Development
from ...rules.landing.coordinates import System, pair_in, to_wgs84
from ...rules.partners.policy import Policy
from ...services.partners.agreements import DevelopmentFacts
from ...services.partners.papers import NOBODY, Contact, Terms
from ..forms.fields import DayField, InBounds, LineField
from .policy_words import settings

_DAY = timedelta(days=1)

_PLACES = 6
"""Decimals of a degree: a tenth of a metre."""

_NEEDED = InputRequired(_l("Please fill this in."))


class DevelopmentForm(FlaskForm):
    """A development and its policy. The fields of the policy are added below, one a setting."""

    name = LineField(_l("Development's name"), [_NEEDED, Length(max=60)])
    city = StringField(_l("City"), [_NEEDED, Length(max=40)])
    address = StringField(_l("Address"), [_NEEDED, Length(max=120)])
    headline = StringField(_l("Headline"), [_NEEDED, Length(max=40)])
    colour = ColorField(_l("Colour"), [_NEEDED, Regexp("^#[0-9A-Fa-f]{6}$", message=_l("Choose a colour."))])
    presale_permit = LineField(_l("Pre-sale permit number"), [Length(max=60)])
    latitude = DecimalField(_l("Latitude"), [Optional(), InBounds(-90, 90)], places=None)
    longitude = DecimalField(_l("Longitude"), [Optional(), InBounds(-180, 180)], places=None)

    pasted = StringField(_l("Or pasted off a map"), [Length(max=60)])
    system = SelectField(
        _l("Whose coordinates these are"),
        choices=[
            SelectChoice(System.WGS84, _l("WGS-84: a phone's position")),
            SelectChoice(System.GCJ02, _l("GCJ-02: Amap, Tencent")),
            SelectChoice(System.BD09, _l("BD-09: Baidu")),
        ],
        default=System.WGS84,
        coerce=System,
    )

    def validate_pasted(self, field: StringField) -> None:
        """Two figures and nothing else."""
        if (field.data or "").strip() and pair_in(field.data) is None:
            raise ValidationError(_l("Paste latitude and longitude, such as 120.0884,30.2592."))

    def validate_latitude(self, _field: DecimalField) -> None:
        """A position has two figures or none. Only a figure that was given is asked; what is none says so itself."""
        both = (self.latitude, self.longitude)
        if any(one.data is None and "".join(one.raw_data or ()).strip() for one in both):
            return
        if None in (one.data for one in both):
            raise ValidationError(_l("Give both latitude and longitude, or neither."))

    validate_longitude = validate_latitude

    def validate_closes_hour(self, field: Field) -> None:
        """The same hour twice would say nothing, or the whole day."""
        if field.data is not None and field.data == self["opens_hour"].data:
            raise ValidationError(_l("Opening and closing at the same hour says nothing. Open all day is 0 to 24."))

    @property
    def facts(self) -> DevelopmentFacts:
        """What was entered; of the policy only what differs from the defaults."""
        usual = Policy()
        given = {one.name: self[one.name].data for one in settings()}
        changed = {name: value for name, value in given.items() if value != getattr(usual, name)}
        latitude, longitude = self._place
        return DevelopmentFacts(
            name=self.name.data.strip(),
            city=self.city.data.strip(),
            address=self.address.data.strip(),
            headline=self.headline.data.strip(),
            colour=self.colour.data.upper(),
            latitude=latitude,
            longitude=longitude,
            policy=changed,
            presale_permit=self.presale_permit.data.strip() or None,
        )

    @property
    def _place(self) -> tuple[float | None, float | None]:
        """The site in WGS-84: what was pasted goes before what stands in the two fields. What stands there as it was
        kept is in WGS-84 already, whatever system is chosen."""
        given = pair_in(self.pasted.data or "")
        system = self.system.data
        if given is None and self.latitude.data is not None and self.longitude.data is not None:
            given = float(self.latitude.data), float(self.longitude.data)
            kept = self.latitude.object_data, self.longitude.object_data
            system = System.WGS84 if given == kept else system
        if given is None:
            return None, None
        latitude, longitude = to_wgs84(*given, system)
        return round(latitude, _PLACES), round(longitude, _PLACES)

    @classmethod
    def of(cls, development: Development | None) -> "DevelopmentForm":
        """The form as it opens: of a development, or empty with the default policy."""
        policy = Policy.of(development.policy if development else {})
        opened = asdict(policy)
        return cls(obj=development, **opened) if development else cls(colour="#0F5E6E", **opened)


for _setting in settings():
    setattr(DevelopmentForm, _setting.name, _setting.field())


class AgencyForm(FlaskForm):
    """A new agency."""

    name = LineField(_l("Agency's name"), [_NEEDED, Length(max=60)])


class LicenceForm(FlaskForm):
    """An agency's licence: its number, its last day, a scan."""

    number = LineField(_l("Licence number"), [_NEEDED, Length(max=40)])
    last_day = DayField(_l("Valid until"), [Optional()])
    scan = FileField(_l("Scanned paper"))

    @property
    def ends_on(self) -> date | None:
        """The first day on which it is good no longer."""
        return _after(self.last_day.data)


class TermsForm(FlaskForm):
    """What the paper of an agreement says, and the paper."""

    number = LineField(_l("Agreement number"), [Length(max=40)])
    last_day = DayField(_l("Last day"), [Optional()])
    contact_name = LineField(_l("Contact person"), [Length(max=40)])
    contact_phone = LineField(_l("Contact's phone"), [Length(max=30)])
    scan = FileField(_l("Scanned paper"))

    def terms(self, before: Contact = NOBODY) -> Terms:
        """What was entered. A phone that stands is not shown: left empty beside the same name, it stays."""
        name, phone = self.contact_name.data or "", self.contact_phone.data or ""
        if not phone and name and name == before.name:
            phone = before.phone
        return Terms(self.number.data or "", _after(self.last_day.data), Contact(name, phone))


class AgreementForm(TermsForm):
    """An agreement of an agency for a development, by a plan, from a day on."""

    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    agency = SelectField(_l("Agency"), [InputRequired(_l("Choose an agency."))], coerce=int)
    others = SelectMultipleField(_l("Also for"), coerce=int)
    plan = SelectField(_l("Commission plan"), [InputRequired(_l("Choose a plan."))])
    starts_on = DayField(_l("Starts on"), [_NEEDED])


def _after(last_day: date | None) -> date | None:
    return None if last_day is None else last_day + _DAY
