"""Whose client it is, in plain words: a profile's settings, whose a touch is, and why something would change hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ...clock import local_day
from ...rules.judgements.profile import AgencyPhones, DealFrom, Masked, Profile, Slots, WhoWins
from ...rules.judgements.protection import Kind
from ...rules.judgements.what_if import Why
from ...services.registrations.judgement_facts import Party

WHO_WINS: Mapping[WhoWins, Any] = {
    WhoWins.FIRST_REGISTERED: _l("Who registered first"),
    WhoWins.FIRST_VISITED: _l("Who brought the client to the site first"),
}

DEAL_FROM: Mapping[DealFrom, Any] = {
    DealFrom.LATEST: _l("The latest showing"),
    DealFrom.FIRST: _l("The first showing"),
}

MASKED: Mapping[Masked, Any] = {
    Masked.ALLOWED: _l("Allowed, by the first 3 and last 4 digits"),
    Masked.OFF: _l("Not possible"),
}

AGENCY_PHONES: Mapping[AgencyPhones, Any] = {
    AgencyPhones.MASKED: _l("Of their own clients alone"),
    AgencyPhones.FULL: _l("Of all clients of their agency"),
}

SLOTS: Mapping[Slots, Any] = {
    Slots.OFF: _l("Not possible"),
    Slots.BOOKABLE: _l("Brokers book a time, where hours are set"),
}

WHYS: Mapping[Why, Any] = {
    Why.REFUSED: _l("Somebody else would have had the client then"),
    Why.ENDED: _l("The protection would have ended"),
    Why.UNSHOWN: _l("Not brought to the site, and visits would decide"),
    Why.SECOND: _l("Somebody else came to the site first"),
    Why.LATER: _l("Somebody else was there before"),
    Why.KEPT: _l("Nobody had the client any more; the protection would still run"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A setting of two profiles beside each other."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def settings(profile: Profile) -> list[tuple[str, str]]:
    """A profile in plain words, setting by setting."""
    after = profile.after_subscription_days
    return [
        (_("Whose is a client"), str(WHO_WINS[profile.who_wins])),
        (_("A registration protects until the first showing"), _until_showing(profile)),
        (_("After a showing"), ngettext("%(num)d day", "%(num)d days", profile.deal_days)),
        (_("… counted from"), str(DEAL_FROM[profile.deal_from])),
        (
            _("Walk-ins, leads, and whom our consultants know"),
            ngettext("%(num)d day", "%(num)d days", profile.developer_days),
        ),
        (
            _("After a subscription nobody else may register"),
            _("for good, if somebody owns the sale")
            if after is None
            else ngettext("%(num)d day", "%(num)d days", after),
        ),
        (
            _("A manager may make a protection longer, once"),
            ngettext("by %(num)d day at most", "by %(num)d days at most", profile.extension_days)
            if profile.extension_days
            else _("not possible"),
        ),
        (_("Registrations by parts of a number"), str(MASKED[profile.masked_registrations])),
        (_("Phones that an agency's people see in full"), str(AGENCY_PHONES[profile.agency_phones])),
        (_("Visits booked ahead"), str(SLOTS[profile.slots])),
        (_("A signed deal split by a conflict's decision"), split_parts(profile.split_parts)),
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """By which rules a development judges, as its agencies read them: those of now, and those of days to come."""

    development: str
    now: list[tuple[str, str]]
    coming: list[tuple[date, list[tuple[str, str]]]]


def told(development: str, rules: Sequence[tuple[datetime, Profile]]) -> Told:
    """The rules of now and of days to come, setting by setting."""
    (_since, profile), *coming = rules
    return Told(development, settings(profile), [(local_day(day), settings(later)) for day, later in coming])


def split_parts(most: int) -> str:
    """Into how many parts a deal may be split."""
    return _("into %(count)s parts at most", count=most) if most else _("not possible")


def promise(profile: Profile) -> str:
    """What a broker is promised who registers a client."""
    if profile.who_wins is WhoWins.FIRST_VISITED:
        return _("Registering keeps nobody out: who brings the client to the site first has the client.")
    if profile.showing_until is not None:
        return _("You are protected until the first showing: %(until)s.", until=_until_showing(profile))
    return ngettext(
        "You are protected for %(num)d day, until the first showing.",
        "You are protected for %(num)d days, until the first showing.",
        profile.showing_days,
    )


def compare(before: Profile, after: Profile) -> list[Compared]:
    """Two profiles beside each other, setting by setting."""
    pairs = zip(settings(before), settings(after), strict=True)
    return [Compared(label, was, will) for (label, was), (_label, will) in pairs]


def _until_showing(profile: Profile) -> str:
    days = ngettext("%(num)d day", "%(num)d days", profile.showing_days)
    if profile.showing_until is None:
        return days
    clock = f"{profile.showing_until:%H:%M}"
    if profile.showing_days == 0:
        return _("until %(clock)s of the same day", clock=clock)
    return _("%(days)s, until %(clock)s of the last one", days=days, clock=clock)


def party(one: Party | None, people: Mapping[int, str], agencies: Mapping[int, str]) -> str:
    """Whose a touch is."""
    if one is None:
        return _("nobody's")
    if one.kind is Kind.WALK_IN:
        return _("Walk-in")
    if one.person_id is None:
        return _("Known to our consultants")
    person = people.get(one.person_id or 0, "")
    agency = agencies.get(one.agency_id or 0)
    return f"{agency} · {person}" if agency is not None else person
