"""The keys of a stand's gifts: one is made with the page and names one tap on its button, for two hours.

A page that is fetched by a robot gives nothing away, a tap that is sent twice is one gift, and nobody can make a key
up. What a tap has brought has an address of its own, signed too.
"""

from datetime import datetime, timedelta

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...crypto import token
from ...models import Programme
from ..edge import config, now

OPEN_FOR = timedelta(hours=2)

_KEY_BYTES = 12
_TAP = "a tap on a stand's button"
_TAKEN = "what a tap has brought"


def new_key(programme: Programme, step: int | None = None) -> str:
    """A key for the page that is being made; `step`: the half minute of the tablet's code by which it was opened."""
    tap = token(_KEY_BYTES)
    return _signed(_TAP, programme.referrer_id, tap if step is None else f"{step}-{tap}", now() + OPEN_FOR)


def tap_of(key: str, programme: Programme) -> str:
    """Which tap a key names. Raises Refusal: link_invalid, also for another programme's; link_expired."""
    programme_id, tap = _read(key, _TAP)
    if programme_id != programme.referrer_id:
        raise Refusal("link_invalid")
    return tap


def address_part(programme: Programme, tap: str) -> str:
    """What the address of the tap's gifts ends with."""
    return _signed(_TAKEN, programme.referrer_id, tap, None)


def read_address(part: str) -> tuple[int, str]:
    """The programme's id and the tap that an address names. Raises Refusal(link_invalid)."""
    return _read(part, _TAKEN)


def _signed(purpose: str, programme_id: int, tap: str, until: datetime | None) -> str:
    return sign_link(purpose, f"{programme_id}.{tap}", config().secret_key.encode(), until)


def _read(text: str, purpose: str) -> tuple[int, str]:
    programme_id, _dot, tap = verify_link(text, purpose, config().secret_key.encode(), now()).partition(".")
    return int(programme_id), tap
