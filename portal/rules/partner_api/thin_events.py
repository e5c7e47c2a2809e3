"""What another system is told of an event (thin): its kind, its number, and where what counts is read.

The API's stream and webhooks say the same, letter for letter: who got one twice knows it by its `id`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .identifiers import Prefix, identifier

STREAM_KEPT = timedelta(days=30)
"""So far back an agency's stream is read."""

ADDRESSES: Mapping[str, tuple[Prefix, str]] = {
    "registrations": (Prefix.REGISTRATION, "/registrations/"),
    "developments": (Prefix.DEVELOPMENT, "/developments/"),
    "deals": (Prefix.DEAL, "/deals/"),
    "statements": (Prefix.STATEMENT, "/statements/"),
    "showings": (Prefix.SHOWING, "/showings/"),
    "conflict_cases": (Prefix.CONFLICT, "/conflicts/"),
    "strikes": (Prefix.STRIKE, "/strikes/"),
    "disputes": (Prefix.DISPUTE, "/disputes/"),
    "payouts": (Prefix.PAYOUT, "/payouts/"),
}
"""By the table of an event's subject: what it is called outside, and where it is read."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it is kept: its number, what it is about, and when."""

    number: int
    kind: str
    at: datetime
    subject_kind: str
    subject_id: int | None


@dataclass(frozen=True, slots=True)
class ThinEvent:
    """An event as it is told outside. `sequence` is the agency's own: from 1, without gaps, never given again."""

    id: str
    type: str
    sequence: int
    occurred_at: datetime
    subject: str | None = None
    url: str | None = None

    @property
    def body(self) -> str:
        """As it is sent: JSON without space, instants as RFC 3339 in UTC."""
        said = {
            "id": self.id,
            "type": self.type,
            "sequence": self.sequence,
            "occurred_at": rfc3339(self.occurred_at),
            "subject": self.subject,
            "url": self.url,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def thin(happened: Happened, sequence: int, base: str) -> ThinEvent:
    """An event as the agency is told of it; `base` is the address of the API."""
    prefix, path = ADDRESSES.get(happened.subject_kind, (None, ""))
    subject = identifier(prefix, happened.subject_id) if prefix and happened.subject_id else None
    return ThinEvent(
        id=identifier(Prefix.EVENT, happened.number),
        type=happened.kind,
        sequence=sequence,
        occurred_at=happened.at,
        subject=subject,
        url=f"{base}{path}{subject}" if subject else None,
    )


def rfc3339(at: datetime) -> str:
    """An instant in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
