"""Consent to the use of a person's data: for one purpose, in words that are identified by their version,
revocable at any time (rules 3.2 and 9). The words themselves are in the templates, translated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What the data is used for; consent to one is no consent to another."""

    FACE_BROKER = "face_broker"
    FACE_STAFF = "face_staff"
    FACE_CLIENT = "face_client"
    CONTACT = "contact"
    PROGRESS = "progress"


CURRENT_VERSION: Mapping[Purpose, str] = {
    Purpose.FACE_BROKER: "2",
    Purpose.FACE_STAFF: "2",
    Purpose.FACE_CLIENT: "2",
    Purpose.CONTACT: "2",
    Purpose.PROGRESS: "1",
}
"""The words that a person is shown today. Words that ask for more than before get a new version, and consent
to the old ones then no longer counts."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of consent. Instants are UTC."""

    purpose: Purpose
    version: str
    given_at: datetime
    withdrawn_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Half-open: the instant of withdrawal is already without consent."""
        return self.given_at <= now and (self.withdrawn_at is None or now < self.withdrawn_at)


def is_given(consents: Iterable[Consent], purpose: Purpose, now: datetime) -> bool:
    """Does a consent to this purpose, in the words of today, hold at this instant?"""
    version = CURRENT_VERSION[purpose]
    return any(
        consent.purpose == purpose and consent.version == version and consent.holds_at(now) for consent in consents
    )


def opted_out(consents: Iterable[Consent], purpose: Purpose, now: datetime) -> bool:
    """Has the person said stop, and not agreed again since? Silence is no stop: who was never asked has not said it."""
    of_purpose = [consent for consent in consents if consent.purpose == purpose]
    stops = [one.withdrawn_at for one in of_purpose if one.withdrawn_at is not None and one.withdrawn_at <= now]
    return bool(stops) and not any(one.holds_at(now) and one.given_at >= max(stops) for one in of_purpose)


def missing(consents: Collection[Consent], purposes: Iterable[Purpose], now: datetime) -> tuple[Purpose, ...]:
    """Those of the purposes for which no consent holds, in their order."""
    return tuple(purpose for purpose in purposes if not is_given(consents, purpose, now))
