"""Personal codes and signed links: what a friend types, scans or taps.

A referrer's code is read aloud over the phone and copied from paper, so it is short, has no letters that
look alike, and carries a check letter that notices the two slips people make: one wrong letter, and two
neighbours swapped. A code only names a referrer. A link that *grants* something (a voucher, an opt-out, a
lead's own data) is signed, bound to its purpose, and may expire.

The check letter is a weighted sum modulo 29. As 29 is prime and every position has its own weight between 1
and 28, a wrong letter changes the sum by ``weight * difference`` and a swap by ``(weight - weight) *
difference``: products of two numbers that are not 0 modulo a prime, so never 0 themselves.
"""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

from commissions.refusal import Refusal

# No 0 O, 1 I L, no U (reads as V), no Z (reads as 2): 29 signs, a prime number.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXY"
LENGTH = 8
MIN_KEY_BYTES = 16

_VALUE = {sign: value for value, sign in enumerate(ALPHABET)}
_MAC_BYTES = 16  # 128 bits: far beyond guessing, and half as many letters in a QR code
_NO_EXPIRY = "0"


def mint(randbelow: Callable[[int], int]) -> str:
    """A new code. ``randbelow(n)`` gives a number from 0 to n - 1 (``secrets.randbelow`` outside tests).

    Collisions are the store's to notice: there are 29 ** 7 codes (17 thousand million).
    """
    body = "".join(ALPHABET[randbelow(len(ALPHABET))] for _ in range(LENGTH - 1))
    return body + _check_letter(body)


def normalise(text: str) -> str:
    """What was typed, without what does not matter: case, spaces, hyphens, full-width letters."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in folded if unicodedata.category(sign) not in {"Pd", "Zs", "Cc", "Cf"})


def check(text: str) -> str:
    """The code as stored, from whatever a person typed.

    Raises Refusal ``code_mistyped`` (fact ``typed``: what was understood, cut to 32 signs) when it cannot be
    a code: wrong length, a letter outside the alphabet, or a check letter that does not fit.
    """
    code = normalise(text)
    known = len(code) == LENGTH and all(sign in _VALUE for sign in code)
    if not known or _check_letter(code[:-1]) != code[-1]:
        raise Refusal("code_mistyped", typed=code[:32])
    return code


def grouped(code: str) -> str:
    """The code as people read it: ``K7M4-2QX9``."""
    return f"{code[:4]}-{code[4:]}"


def sign_link(purpose: str, payload: str, key: bytes, expires_at: datetime | None = None) -> str:
    """A url-safe token that proves we made ``payload`` for ``purpose``; it is signed, not secret.

    ``expires_at`` is an instant with a zone; from that instant on the token is expired (seconds count).
    Raises ValueError for a key shorter than 16 bytes or an instant without a zone.
    """
    expiry = _NO_EXPIRY if expires_at is None else str(_seconds(expires_at))
    content = f"{_encode(payload.encode())}.{expiry}"
    return f"{content}.{_mac(purpose, content, key)}"


def verify_link(token: str, purpose: str, key: bytes, now: datetime) -> str:
    """The payload of a token that ``sign_link`` made with this key for this purpose.

    Raises Refusal ``link_invalid`` for anything else, ``link_expired`` (fact ``expired_at``, UTC) when it was
    good once.
    """
    content, _, mac = token.rpartition(".")
    if not hmac.compare_digest(_mac(purpose, content, key).encode(), mac.encode(errors="replace")):
        raise Refusal("link_invalid")
    payload, _, expiry = content.partition(".")
    if expiry != _NO_EXPIRY and _seconds(now) >= int(expiry):
        raise Refusal("link_expired", expired_at=datetime.fromtimestamp(int(expiry), UTC))
    return _decode(payload).decode()


def _check_letter(body: str) -> str:
    """The letter that makes the weighted sum 0; it weighs 1 itself, the letters before it 2, 3, 4 …"""
    weighted = sum(weight * _VALUE[sign] for weight, sign in enumerate(reversed(body), start=2))
    return ALPHABET[-weighted % len(ALPHABET)]


def _mac(purpose: str, content: str, key: bytes) -> str:
    if len(key) < MIN_KEY_BYTES:
        raise ValueError("the key of a signed link needs at least 16 bytes")
    message = f"referral link\0{purpose}\0{content}".encode(errors="replace")
    return _encode(hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES])


def _seconds(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return int(instant.timestamp())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
