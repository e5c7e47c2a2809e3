"""What one page says to the next, sealed into its address or into a field: of who stays away nothing is kept."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from commissions.refusal import Refusal

from ...crypto import SealBroken
from ...session import Session
from ..contacts import Phone, vault_of

LASTS = timedelta(hours=1)
"""So long an address is good that was made for a code."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was asked for: for which number, and when."""

    phone: str
    at: str

    @property
    def masked(self) -> str:
        """The number as a page shows it."""
        return Phone(self.phone).masked


def seal_words(session: Session, purpose: str, words: Any) -> str:
    """Words (JSON) as a page carries them: for us alone to read, and for that purpose alone."""
    return base64.urlsafe_b64encode(vault_of(session).seal_text(json.dumps(words), purpose)).decode().rstrip("=")


def open_words(session: Session, purpose: str, carried: str, *, lost: Refusal) -> Any:
    """The words that a page carried. Raises `lost` for anything else."""
    padded = carried + "=" * (-len(carried) % 4)
    try:
        words = vault_of(session).open_text(base64.urlsafe_b64decode(padded.encode("ascii")), purpose)
    except (SealBroken, ValueError) as error:
        raise lost from error
    return json.loads(words)


def seal(session: Session, now: datetime, purpose: str, facts: Mapping[str, Any]) -> str:
    """The part of an address that says `facts`, and when it was made."""
    return seal_words(session, purpose, {**facts, "at": now.isoformat()})


def read(session: Session, now: datetime, purpose: str, token: str, *, late: Refusal) -> dict[str, Any]:
    """What such an address says, and `at`, when it was made. Raises `late`: it was made up, or is of an hour ago."""
    facts: dict[str, Any] = open_words(session, purpose, token, lost=late)
    if now >= datetime.fromisoformat(facts["at"]) + LASTS:
        raise late
    return facts
