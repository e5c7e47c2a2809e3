"""The settings of a rule profile, as fields: every fault is marked at its own."""

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from commissions.refusal import Refusal

from ...rules.judgements.profile import MOST_DAYS, MOST_PARTS, AgencyPhones, DealFrom, Masked, Profile, Slots, WhoWins
from ..words import judgements as words

_SHORT = [Length(max=10)]
_NEEDED = [InputRequired(_l("Enter a number of days.")), *_SHORT]
_CHOSEN = [InputRequired(_l("Choose one."))]
_LEAST = {"showing_days": 1, "deal_days": 1, "developer_days": 0, "after_subscription_days": 0, "extension_days": 0}

_JUDGE_NOTHING = ("masked_registrations", "agency_phones", "slots", "split_parts")


class ProfileFields(FlaskForm):
    """A rule profile."""

    who_wins = SelectField(_l("Whose is a client"), _CHOSEN)
    showing_days = StringField(_l("Days from a registration to the first showing"), _NEEDED)
    showing_until = StringField(_l("… until this hour of the last day"), _SHORT)
    deal_days = StringField(_l("Days after a showing"), _NEEDED)
    deal_from = SelectField(_l("… counted from"), _CHOSEN)
    developer_days = StringField(_l("Days for walk-ins, leads, and whom consultants know"), _NEEDED)
    after_subscription_days = StringField(_l("Days after a subscription"), _SHORT)
    extension_days = StringField(_l("Days by which a manager may make it longer, once"), _SHORT, default="0")
    masked_registrations = SelectField(_l("Registrations by parts of a number"), default=Masked.ALLOWED)
    agency_phones = SelectField(_l("Phones that an agency's people see in full"), default=AgencyPhones.MASKED)
    slots = SelectField(_l("Visits booked ahead"), default=Slots.OFF)
    split_parts = SelectField(_l("A signed deal split by a conflict's decision"), coerce=int, default=2)

    def offer_rules(self) -> None:
        """Give the lists of rules their choices."""
        self.who_wins.choices = [(key.value, label) for key, label in words.WHO_WINS.items()]
        self.deal_from.choices = [(key.value, label) for key, label in words.DEAL_FROM.items()]
        self.masked_registrations.choices = [(key.value, label) for key, label in words.MASKED.items()]
        self.agency_phones.choices = [(key.value, label) for key, label in words.AGENCY_PHONES.items()]
        self.slots.choices = [(key.value, label) for key, label in words.SLOTS.items()]
        self.split_parts.choices = [(most, words.split_parts(most)) for most in (0, *range(2, MOST_PARTS + 1))]

    def profile(self) -> Profile | None:
        """The profile that was typed; None where it is none, with the fault at its field. Call it after `validate`."""
        days = {name: self._days(name) for name in _LEAST if name != "after_subscription_days"}
        after = self._days("after_subscription_days") if (self.after_subscription_days.data or "").strip() else None
        until = self._until()
        if self.errors or None in days.values():
            return None
        try:
            return Profile(
                who_wins=WhoWins(self.who_wins.data),
                showing_until=until,
                deal_from=DealFrom(self.deal_from.data),
                after_subscription_days=after,
                masked_registrations=Masked(self.masked_registrations.data or Masked.ALLOWED),
                agency_phones=AgencyPhones(self.agency_phones.data or AgencyPhones.MASKED),
                slots=Slots(self.slots.data or Slots.OFF),
                split_parts=self.split_parts.data,
                **days,  # type: ignore[arg-type]  # none is None
            )
        except Refusal as refusal:  # days beyond their range
            self._wrong(str(refusal.facts["place"]))
            return None

    def _days(self, name: str) -> int | None:
        text = (self[name].data or "").strip()
        if not text and name == "extension_days":  # an address from before there were any
            return 0
        if text.isascii() and text.isdigit():
            return int(text)
        self._wrong(name)
        return None

    def _until(self) -> time | None:
        text = (self.showing_until.data or "").strip()
        if not text:
            return None
        try:
            return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - an hour of Shanghai's day has no date
        except ValueError:
            self.showing_until.errors = [*self.showing_until.errors, _("Enter an hour such as 22:00, or nothing.")]
            return None

    def _wrong(self, name: str) -> None:
        least = 0 if name == "showing_days" and self.showing_until.data else _LEAST[name]
        said = _("Enter whole days from %(least)s to %(most)s.", least=least, most=MOST_DAYS)
        self[name].errors = [*self[name].errors, said]


def tried_of(profile: Profile) -> dict[str, object]:
    """The same of those fields alone by which clients are judged: what the page asks where rules are tried."""
    return {name: value for name, value in fields_of(profile).items() if name not in _JUDGE_NOTHING}


def fields_of(profile: Profile) -> dict[str, object]:
    """A profile as the data of its fields."""
    after = profile.after_subscription_days
    return {
        "who_wins": profile.who_wins,
        "showing_days": profile.showing_days,
        "showing_until": f"{profile.showing_until:%H:%M}" if profile.showing_until else "",
        "deal_days": profile.deal_days,
        "deal_from": profile.deal_from,
        "developer_days": profile.developer_days,
        "after_subscription_days": "" if after is None else after,
        "extension_days": profile.extension_days,
        "masked_registrations": profile.masked_registrations,
        "agency_phones": profile.agency_phones,
        "slots": profile.slots,
        "split_parts": profile.split_parts,
    }
