"""What was asked for on one public page, sealed into the next one's address: of who stays away nothing is kept."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...crypto import SealBroken
from ..contacts import vault_of

LASTS = timedelta(hours=1)
"""So long such an address is good."""


def seal(session: Session, now: datetime, purpose: str, facts: Mapping[str, Any]) -> str:
    """The part of an address that says `facts`, to us alone and for that purpose alone."""
    said = json.dumps({**facts, "at": now.isoformat()})
    return base64.urlsafe_b64encode(vault_of(session).seal_text(said, purpose)).decode().rstrip("=")


def read(session: Session, now: datetime, purpose: str, token: str) -> dict[str, Any] | None:
    """What such an address says, and `at`, when it was made; None for one that was made up, or is of an hour ago."""
    try:
        padded = token + "=" * (-len(token) % 4)
        opened = vault_of(session).open_text(base64.urlsafe_b64decode(padded.encode("ascii")), purpose)
    except (SealBroken, ValueError):
        return None
    facts: dict[str, Any] = json.loads(opened)
    return facts if now < datetime.fromisoformat(facts["at"]) + LASTS else None
