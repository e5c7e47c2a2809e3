"""Standard Webhooks 1.0: what is signed, how a signature and a key are written, and for how long two secrets hold.

A request bears `webhook-id`, `webhook-timestamp` and `webhook-signature`. Its signatures stand side by side: one by
each secret that holds (`v1`, HMAC-SHA256), and one that anybody can verify who has the public key (`v1a`, Ed25519).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from commissions.refusal import Refusal

SECRET_PREFIX, PUBLIC_PREFIX = "whsec_", "whpk_"
SECRET_BYTES = 32
_FEWEST_BYTES, _MOST_BYTES = 24, 64
OVERLAP = timedelta(days=1)
"""After a change of the secret both sign for so long: no event is lost however late the receiver takes the new one."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent and signed: an identifier that stays the same however often it is sent, the instant, the body."""

    id: str
    at: datetime
    body: str

    @property
    def timestamp(self) -> str:
        return str(int(self.at.timestamp()))

    @property
    def content(self) -> bytes:
        return f"{self.id}.{self.timestamp}.{self.body}".encode()


def new_secret() -> str:
    """A secret that nobody has seen."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def checked_secret(text: str) -> str:
    """A secret as it may be used. Raises Refusal(webhook_secret_odd)."""
    try:
        key = _key_of(text)
    except (ValueError, binascii.Error):
        key = b""
    if not text.startswith(SECRET_PREFIX) or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise Refusal("webhook_secret_odd")
    return text


def headers(message: Message, holding: Iterable[str], sign: Callable[[bytes], bytes] | None = None) -> dict[str, str]:
    """What a request bears: signed by each secret that holds, and by `sign` (Ed25519) where there is such a key."""
    signatures = [_mac(message.content, secret) for secret in holding]
    if sign is not None:
        signatures.append(f"v1a,{base64.b64encode(sign(message.content)).decode()}")
    return {
        "webhook-id": message.id,
        "webhook-timestamp": message.timestamp,
        "webhook-signature": " ".join(signatures),
    }


def signed_by(message_headers: dict[str, str], body: str, secret: str) -> bool:
    """Whether a request bears a signature by this secret."""
    content = f"{message_headers.get('webhook-id', '')}.{message_headers.get('webhook-timestamp', '')}.{body}".encode()
    expected = _mac(content, secret)
    given = message_headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


def public_key(raw: bytes) -> str:
    """How the key is written by which anybody verifies."""
    return PUBLIC_PREFIX + base64.b64encode(raw).decode()


def _mac(content: bytes, secret: str) -> str:
    return f"v1,{base64.b64encode(hmac.new(_key_of(secret), content, hashlib.sha256).digest()).decode()}"


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
