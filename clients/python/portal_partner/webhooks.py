"""Webhooks by Standard Webhooks 1.0: is this call the portal's, and of now?"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

TOLERANCE = 300.0
"""A call that is older, or from the future, by so many seconds is refused: somebody may have kept it."""
_PREFIX = "whsec_"


class SignatureInvalid(Exception):
    """The call is not the portal's, was changed, or is too old. Answer 400 and do nothing."""


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None, tolerance: float = TOLERANCE
) -> dict[str, Any]:
    """The event that a call brings. `body`: the bytes as they came. Raises SignatureInvalid.

    While a secret is being changed the portal signs with both, and either one verifies.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        name, at = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
        age = abs((time.time() if now is None else now) - int(at))
    except (KeyError, ValueError) as error:
        raise SignatureInvalid("a header of Standard Webhooks is missing or odd") from error
    if age > tolerance:
        raise SignatureInvalid("the call is too old, or from the future")
    signed = f"{name}.{at}.".encode() + body
    right = base64.b64encode(hmac.new(_bytes_of(secret), signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(one.encode(), f"v1,{right}".encode()) for one in signatures):
        raise SignatureInvalid("no signature fits")
    event = json.loads(body)
    if not isinstance(event, dict):
        raise SignatureInvalid("an event is a JSON object")
    return event


def _bytes_of(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("the secret is not one that the portal showed") from error
