"""A development's settings as a manager thinks of them: by what they are for, each with its unit and its default."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from ...rules.partners.policy import LARGEST, LEAST, MOST, Policy
from ..components import number, percent
from ..forms.fields import InBounds, PercentField

_DAYS, _METRES, _YUAN = _l("days"), _l("metres"), _l("yuan")
_TIMES, _CLOCK = _l("a day"), _l("o'clock")
_PERCENT = "%"
_SWITCH = ""
"""A setting that is on or off has no unit."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in words: what it says, in what unit."""

    name: str
    words: Any
    unit: Any

    @property
    def default(self) -> int:
        """What counts where a development says nothing."""
        usual: int = getattr(Policy(), self.name)
        return usual

    def shown(self, value: int) -> str:
        """A value as it is read, with its unit."""
        if self.unit is _PERCENT:
            return percent(value)
        if self.unit is _SWITCH:
            return _("yes") if value else _("no")
        return _("%(value)s %(unit)s", value=number(value), unit=self.unit)

    def hint(self) -> str:
        """What counts unless something else is entered."""
        return _("Default: %(value)s", value=self.shown(self.default))

    def field(self) -> Field:
        """The field in which it is entered."""
        bounds = InBounds(LEAST.get(self.name, 1), LARGEST.get(self.name, MOST))
        kind = PercentField if self.unit is _PERCENT else IntegerField
        needed = InputRequired(_l("Please fill this in."))
        if self.unit is _SWITCH:
            return SelectField(self.words, choices=[SelectChoice(1, _l("yes")), SelectChoice(0, _l("no"))], coerce=int)
        if self.unit is _PERCENT:
            bounds = InBounds(bounds.min, bounds.max, _l("Enter a rate of more than 0 and at most 10."))
        return kind(self.words, [needed, bounds])


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are thought of together."""

    title: Any
    lead: Any
    settings: Sequence[Setting]

    def changed(self, policy: Mapping[str, Any]) -> bool:
        """Whether a development says anything of its own here."""
        return any(one.name in policy for one in self.settings)


GROUPS: Sequence[Group] = (
    Group(
        _l("Registration and protection"),
        _l("How long a client stays with whom brought them, and how much a broker may register."),
        (
            Setting("showing_days", _l("From registration to the first verified showing"), _DAYS),
            Setting("deal_days", _l("From the latest verified showing to subscription"), _DAYS),
            Setting("walk_in_days", _l("A walk-in sign-in protects for"), _DAYS),
            Setting("daily_limit", _l("Registrations that a broker may try"), _TIMES),
        ),
    ),
    Group(
        _l("Check-in at the site"),
        _l("When a showing counts by itself, and when a person looks at it."),
        (
            Setting("lead_minutes", _l("A registration must precede check-in by"), _l("minutes")),
            Setting("geofence_m", _l("A check-in is doubtful from this far away"), _METRES),
            Setting("opens_hour", _l("The site opens for visits"), _CLOCK),
            Setting("closes_hour", _l("The site closes"), _CLOCK),
            Setting("nonce_seconds", _l("Time to answer the camera's challenge"), _l("seconds")),
            Setting("review_days", _l("A review is overdue after"), _DAYS),
        ),
    ),
    Group(
        _l("How long pictures are kept"),
        _l("What is over its days is erased; an appeal that runs keeps its evidence."),
        (
            Setting("photo_days", _l("Photos of check-ins"), _DAYS),
            Setting("care_days", _l("What was written of clients who did not buy"), _DAYS),
            Setting("buyer_days", _l("What was written of buyers, their surveys, complaints and promises"), _DAYS),
            Setting("template_days", _l("Face templates, after registration or deal have ended"), _DAYS),
            Setting("evidence_days", _l("Evidence, after the decision"), _DAYS),
        ),
    ),
    Group(
        _l("Bringing friends"),
        _l("Friends who leave a number, and gifts at a stand."),
        (
            Setting("lead_days", _l("A friend's number protects for"), _DAYS),
            Setting("lead_daily_limit", _l("Numbers left on a person's page"), _TIMES),
            Setting("programme_lead_daily_limit", _l("Numbers left on a programme's page"), _TIMES),
            Setting("unproven_leads", _l("Of them without a code to the phone"), _TIMES),
            Setting("programme_unproven_leads", _l("Without a code on a programme's page"), _TIMES),
            Setting("development_unproven_leads", _l("Without a code in the development"), _TIMES),
            Setting("network_unproven_leads", _l("Without a code from one network"), _TIMES),
            Setting("self_joining", _l("Citizen brokers join by themselves on a public page"), _SWITCH),
            Setting("joining_daily_limit", _l("People who join by the public page"), _TIMES),
            Setting("visitor_gifts", _l("Gifts that one visitor may take at a stand"), _TIMES),
        ),
    ),
    Group(
        _l("After the handover"),
        _l("When an owner is answered who complains, and what counts as a bad answer."),
        (
            Setting("complaint_minutes", _l("A complaint is answered first within"), _l("minutes")),
            Setting("complaint_from_hour", _l("Its clock runs from"), _CLOCK),
            Setting("complaint_until_hour", _l("Its clock runs until"), _CLOCK),
            Setting("survey_days", _l("A survey can be answered for"), _DAYS),
            Setting(
                "survey_after_days", _l("An owner is surveyed this long after the handover, and after visits"), _DAYS
            ),
            Setting("survey_bad_mark", _l("An answer opens a complaint from so few points of five"), _l("points")),
        ),
    ),
    Group(
        _l("Prices, discounts and fees"),
        _l("What is outside of these is a typing error, or is asked about."),
        (
            Setting("price_least_yuan", _l("A home usually costs at least"), _YUAN),
            Setting("price_most_yuan", _l("A home usually costs at most"), _YUAN),
            Setting("deal_splits", _l("A conflict's decision may split a deal between two agencies"), _SWITCH),
            Setting("employee_discount_bps", _l("The most that a company's programme takes off a price"), _PERCENT),
            Setting("employee_homes", _l("One employee may buy with the company's discount"), _l("homes")),
            Setting("fee_month_yuan", _l("A month of property fee comes to at most"), _YUAN),
            Setting("relief_month_yuan", _l("A month of waived fee counts in the cost of referrals as"), _YUAN),
            Setting("parking_month_yuan", _l("A month of free parking counts there as"), _YUAN),
            Setting("parking_days", _l("Free parking begins after redemption within"), _DAYS),
        ),
    ),
)
"""Every setting of `rules.policy.Policy`, in the order of the page."""


def settings() -> Iterator[Setting]:
    """All of them."""
    return (one for group in GROUPS for one in group.settings)
