"""Webhooks by Standard Webhooks 1.0: is this call the portal's, and of now?"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

TOLERANCE = 300.0
"""A call that is older, or from the future, by so many seconds is refused: somebody may have kept it."""
_SECRET, _PUBLIC = "whsec_", "whpk_"


class SignatureInvalid(Exception):
    """The call is not the portal's, was changed, or is too old. Answer 400 and do nothing."""


def verify(
    key: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None, tolerance: float = TOLERANCE
) -> dict[str, Any]:
    """The event that a call brings. `body`: the bytes as they came. Raises SignatureInvalid.

    `key`: the endpoint's secret (`whsec_…`), or its public key (`whpk_…`, with the extra `ed25519`), which is no
    secret. While a secret is being changed the portal signs with both, and either one verifies.
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
    fits = _fits_public_key if key.startswith(_PUBLIC) else _fits_secret
    if not fits(key, signed, signatures):
        raise SignatureInvalid("no signature fits")
    event = json.loads(body)
    if not isinstance(event, dict):
        raise SignatureInvalid("an event is a JSON object")
    return event


def _fits_secret(secret: str, signed: bytes, signatures: Sequence[str]) -> bool:
    """v1: HMAC-SHA256."""
    right = base64.b64encode(hmac.new(_bytes_of(secret, _SECRET), signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one.encode(), f"v1,{right}".encode()) for one in signatures)


def _fits_public_key(public: str, signed: bytes, signatures: Sequence[str]) -> bool:
    """v1a: Ed25519."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    known = Ed25519PublicKey.from_public_bytes(_bytes_of(public, _PUBLIC))
    for one in signatures:
        version, _comma, text = one.partition(",")
        if version != "v1a":
            continue
        try:
            known.verify(base64.b64decode(text, validate=True), signed)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _bytes_of(key: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(key.removeprefix(prefix), validate=True)
    except ValueError as error:
        raise ValueError("the key is not one that the portal showed") from error
