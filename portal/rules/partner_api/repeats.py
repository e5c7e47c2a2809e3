"""What happens to a request that comes again under its idempotency key.

`draft-ietf-httpapi-idempotency-key-header-07`: a client that did not hear the answer sends the same request again and
gets the same answer; the deed is done once. The key is bound to the API key, to the operation and to what was sent.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

KEPT = timedelta(hours=24)
"""For so long the same answer comes again."""
LONGEST = 255


class Known(StrEnum):
    """What a key is found to be."""

    NEW = "new"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The request that came under the same key before: when, and what was asked."""

    at: datetime
    operation: str
    digest: str


def checked_key(text: str | None) -> str:
    """The idempotency key of a request. A quoted one (a structured field, as the draft has it) is the bare one.

    Raises Refusal: idempotency_key_needed, idempotency_key_odd.
    """
    if text is None or not text.strip():
        raise Refusal("idempotency_key_needed")
    key = text.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
        raise Refusal("idempotency_key_odd", most=LONGEST)
    return key


def digest_of(operation: str, address: str, body: bytes) -> str:
    """What a request is told by: operation, address with its query, and body, byte for byte."""
    found = hashlib.sha256()
    for part in (operation.encode(), address.encode(), body):
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def judge(earlier: Earlier | None, operation: str, digest: str, now: datetime) -> Known:
    """Whether to do it or to answer as before. Raises Refusal(idempotency_key_reused): something else was asked."""
    if earlier is None or earlier.at + KEPT <= now:
        return Known.NEW
    if (earlier.operation, earlier.digest) != (operation, digest):
        raise Refusal("idempotency_key_reused")
    return Known.ANSWERED
