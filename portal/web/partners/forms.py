"""Forms of developments, agencies and agreements."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import ColorField, DecimalField, Field, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from ...models import Development
from ...rules.coordinates import System, pair_in, to_wgs84
from ...rules.policy import LARGEST, LEAST, MOST, Policy
from ...services.partners.agreements import DevelopmentFacts
from ..fields import DayField, LineField

POLICY_WORDS: Mapping[str, Any] = {
    "showing_days": _l("Days from registration to the first verified showing"),
    "deal_days": _l("Days from the latest verified showing to subscription"),
    "walk_in_days": _l("Days that a walk-in sign-in protects"),
    "lead_days": _l("Days that a referral lead protects"),
    "lead_minutes": _l("Minutes that a registration must precede check-in"),
    "daily_limit": _l("Registrations a broker may try in a day"),
    "lead_daily_limit": _l("Numbers that may be left on a person's referral page in a day"),
    "programme_lead_daily_limit": _l("Numbers that may be left on a programme's page in a day"),
    "visitor_gifts": _l("Gifts that one visitor may take at a stand in a day"),
    "geofence_m": _l("Metres from the site at which a check-in becomes doubtful"),
    "opens_hour": _l("Hour at which the site opens for visits, 0 to 23"),
    "closes_hour": _l("Hour at which it closes, 1 to 24"),
    "nonce_seconds": _l("Seconds to answer the camera's challenge"),
    "review_days": _l("Days until a review is overdue"),
    "photo_days": _l("Days that photos are kept"),
    "template_days": _l("Days that face templates are kept after the end"),
    "evidence_days": _l("Days that evidence is kept after a decision"),
    "employee_discount_bps": _l("The most that a company's programme takes off a price, in hundredths of a percent"),
    "employee_homes": _l("Homes that one employee may buy with the company's discount"),
    "fee_month_yuan": _l("The most that a month of property fee comes to, in yuan"),
    "parking_days": _l("Days after redemption in which a free parking space must begin"),
    "price_least_yuan": _l("A home usually costs at least this, in yuan; below, the price is asked about"),
    "price_most_yuan": _l("A home usually costs at most this, in yuan; above, the price is asked about"),
}
"""Every setting of `rules.policy.Policy` in words, in the order of the form."""

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
    latitude = DecimalField(_l("Latitude"), [Optional(), NumberRange(-90, 90)], places=None)
    longitude = DecimalField(_l("Longitude"), [Optional(), NumberRange(-180, 180)], places=None)

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
    def policy(self) -> list[Field]:
        """The fields of the policy."""
        return [self[name] for name in POLICY_WORDS]

    @property
    def facts(self) -> DevelopmentFacts:
        """What was entered; of the policy only what differs from the defaults."""
        usual = Policy()
        changed = {name: self[name].data for name in POLICY_WORDS if self[name].data != getattr(usual, name)}
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
        """The site in WGS-84: what was pasted goes before what stands in the two fields."""
        given = pair_in(self.pasted.data or "")
        if given is None and self.latitude.data is not None and self.longitude.data is not None:
            given = float(self.latitude.data), float(self.longitude.data)
        if given is None:
            return None, None
        latitude, longitude = to_wgs84(*given, self.system.data)
        return round(latitude, _PLACES), round(longitude, _PLACES)

    @classmethod
    def of(cls, development: Development | None) -> "DevelopmentForm":
        """The form as it opens: of a development, or empty with the default policy."""
        policy = Policy.of(development.policy if development else {})
        settings = {field.name: getattr(policy, field.name) for field in fields(policy)}
        return cls(obj=development, **settings) if development else cls(colour="#0F5E6E", **settings)


for _name, _words in POLICY_WORDS.items():
    _bounds = NumberRange(LEAST.get(_name, 1), LARGEST.get(_name, MOST))
    setattr(DevelopmentForm, _name, IntegerField(_words, [_NEEDED, _bounds]))


class AgencyForm(FlaskForm):
    """A new agency."""

    name = LineField(_l("Agency's name"), [_NEEDED, Length(max=60)])


class AgreementForm(FlaskForm):
    """An agreement of an agency for a development, by a plan, from a day on."""

    development = SelectField(_l("Development"), [InputRequired(_l("Choose a development."))], coerce=int)
    agency = SelectField(_l("Agency"), [InputRequired(_l("Choose an agency."))], coerce=int)
    plan = SelectField(_l("Commission plan"), [InputRequired(_l("Choose a plan."))])
    starts_on = DayField(_l("Starts on"), [_NEEDED])
