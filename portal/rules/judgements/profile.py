"""A rule profile (判客规则): by which rules a development judges whose client it is, as a value and as TOML.

What is not said has its default, so that a profile is always whole; what is not known, or not in its range, is refused
with its place, so that a typing error never quietly leaves a default in force.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NoReturn, Self, TypeVar

from commissions import toml_text
from commissions.refusal import Refusal

from ...clock import SHANGHAI
from .protection import Kind

MOST_DAYS = 1_000_000
"""No setting is larger: days beyond it are typing errors."""

FOR_GOOD = "for_good"
"""How a text says that a sale protects its owner without end."""

MOST_PARTS = 5
"""No deal is cut into more parts by a decision."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")

Choice = TypeVar("Choice", bound=StrEnum)


class WhoWins(StrEnum):
    """What keeps others out: being registered first (报备为准), or the first verified showing (到访为王)."""

    FIRST_REGISTERED = "first_registered"
    FIRST_VISITED = "first_visited"


class DealFrom(StrEnum):
    """From which verified showing the protection after a showing counts."""

    LATEST = "latest"
    FIRST = "first"


class Masked(StrEnum):
    """Whether a client may be registered by the first three and last four digits of a number (隐号报备)."""

    ALLOWED = "allowed"
    OFF = "off"


class AgencyPhones(StrEnum):
    """Which phones an agency's people may see in full: those of the clients whom they registered themselves, or took
    over, or all of their agency's."""

    MASKED = "masked"
    FULL = "full"


class Slots(StrEnum):
    """Whether visits may be booked for a time (预约带看), where the development has set hours for them."""

    OFF = "off"
    BOOKABLE = "bookable"


@dataclass(frozen=True, slots=True)
class Profile:
    """By which rules a development judges. Days are spans of 24 hours; a clock time is Shanghai's.

    `after_subscription_days` None: a sale protects the touch that owns it for good, and keeps nobody out where no touch
    owns it; it is what holds where no profile was ever published (`AS_EVER`). Raises Refusal when built from anything
    that is out of range: profile_value, profile_until_alone; from TOML also profile_syntax, profile_unknown_key. Each
    carries `place`.
    """

    who_wins: WhoWins = WhoWins.FIRST_REGISTERED
    showing_days: int = 7
    """protection from a registration to its first verified showing"""
    showing_until: time | None = None
    """where set, that protection ends at this clock time of the day `showing_days` later (定点)"""
    deal_days: int = 30
    """protection after a verified showing"""
    deal_from: DealFrom = DealFrom.LATEST
    developer_days: int = 30
    """protection of whom the developer's people know: a walk-in, a lead, a programme's lead (开发商保护期)"""
    after_subscription_days: int | None = 90
    """nobody else may register the client for so long after a subscription (下定保护期)"""
    extension_days: int = 0
    """the manager may make a protection longer once, by at most so much; 0: never"""
    masked_registrations: Masked = Masked.ALLOWED
    """whether a client may be registered by parts of a number"""
    agency_phones: AgencyPhones = AgencyPhones.MASKED
    """which phones an agency's people may see in full"""
    slots: Slots = Slots.OFF
    """whether visits may be booked for the days on which this holds"""
    split_parts: int = 2
    """into so many parts at most the decision of a conflict may split a signed deal; 0: it may not"""

    def __post_init__(self) -> None:
        _check_days("showing_days", self.showing_days, least=0 if self.showing_until is not None else 1)
        _check_days("deal_days", self.deal_days, least=1)
        _check_days("developer_days", self.developer_days, least=0)
        if self.after_subscription_days is not None:
            _check_days("after_subscription_days", self.after_subscription_days, least=0)
        _check_days("extension_days", self.extension_days, least=0)
        if type(self.split_parts) is not int or self.split_parts not in (0, *range(2, MOST_PARTS + 1)):
            _refuse_value("split_parts", self.split_parts, f"0, or a whole number from 2 to {MOST_PARTS}")

    def registered_until(self, at: datetime) -> datetime:
        """When the protection of a registration ends that no showing has followed yet."""
        if self.showing_until is None:
            return at + timedelta(days=self.showing_days)
        day = at.astimezone(SHANGHAI).date() + timedelta(days=self.showing_days)
        until = datetime.combine(day, self.showing_until, SHANGHAI)
        return until if until > at else until + timedelta(days=1)  # of the same day, and that hour is over

    def known_until(self, at: datetime, kind: Kind) -> datetime:  # noqa: ARG002 - settings of before tell kinds apart
        """When the protection of whom the developer's people met at this instant ends."""
        return at + timedelta(days=self.developer_days)

    def shown_until(self, at: datetime) -> datetime:
        """When the protection by a verified showing ends."""
        return at + timedelta(days=self.deal_days)

    def sold_until(self, at: datetime) -> datetime | None:
        """When the protection by a subscription ends; None: never."""
        return None if self.after_subscription_days is None else at + timedelta(days=self.after_subscription_days)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The profile that a TOML text describes; what it does not say has its default."""
        try:
            document = toml_text.load(text)
        except toml_text.NotToml as fault:
            place, line, column = fault.place, fault.line, fault.column
            raise Refusal("profile_syntax", place=place, line=line, column=column, reason=fault.reason) from fault
        known = [field.name for field in fields(cls)]
        for key in document:
            if key not in known:
                raise Refusal("profile_unknown_key", place=key, known=known)
        if "showing_until" in document and "showing_days" not in document:
            raise Refusal("profile_until_alone", place="showing_until")
        return cls(**{key: _READ.get(key, _as_it_is)(key, value) for key, value in document.items()})  # type: ignore[arg-type]  # the profile checks the days

    def to_toml(self) -> str:
        """The profile as the TOML that `from_toml` reads back to an equal profile; every setting is said."""
        until = [] if self.showing_until is None else [f'showing_until = "{self.showing_until:%H:%M}"']
        after = f'"{FOR_GOOD}"' if self.after_subscription_days is None else self.after_subscription_days
        lines = [
            f'who_wins = "{self.who_wins}"',
            f"showing_days = {self.showing_days}",
            *until,
            f"deal_days = {self.deal_days}",
            f'deal_from = "{self.deal_from}"',
            f"developer_days = {self.developer_days}",
            f"after_subscription_days = {after}",
            f"extension_days = {self.extension_days}",
            f'masked_registrations = "{self.masked_registrations}"',
            f'agency_phones = "{self.agency_phones}"',
            f'slots = "{self.slots}"',
            f"split_parts = {self.split_parts}",
        ]
        return "".join(f"{line}\n" for line in lines)


def _check_days(place: str, value: object, *, least: int) -> None:
    if type(value) is not int or not least <= value <= MOST_DAYS:  # a bool is an int to isinstance
        _refuse_value(place, value, f"a whole number of days from {least} to {MOST_DAYS}")


def _as_it_is(_place: str, value: object) -> object:
    return value


def _clock_time(place: str, value: object) -> time:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        _refuse_value(place, value, 'a clock time such as "22:00"')
    return time(int(match[1]), int(match[2]))


def _days_or_for_good(_place: str, value: object) -> object:
    return None if value == FOR_GOOD else value


def _choice(choices: type[Choice], place: str, value: object) -> Choice:
    found = next((choice for choice in choices if choice == value), None)
    if found is None:
        _refuse_value(place, value, " | ".join(choices))
    return found


_READ: Mapping[str, Callable[[str, object], object]] = {
    "who_wins": lambda place, value: _choice(WhoWins, place, value),
    "showing_until": _clock_time,
    "deal_from": lambda place, value: _choice(DealFrom, place, value),
    "after_subscription_days": _days_or_for_good,
    "masked_registrations": lambda place, value: _choice(Masked, place, value),
    "agency_phones": lambda place, value: _choice(AgencyPhones, place, value),
    "slots": lambda place, value: _choice(Slots, place, value),
}


def _refuse_value(place: str, value: object, expected: str) -> NoReturn:
    raise Refusal("profile_value", place=place, value=value, expected=expected)


AS_EVER = Profile(after_subscription_days=None)
"""What holds where a development never published a profile: rules 2.2 and 2.3, word for word."""
