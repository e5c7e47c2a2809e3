"""When WeChat shows a card for a shared link: what of a page is signed, and how the ticket behind the signature is kept
fresh (https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha1
from urllib.parse import urlsplit

TOKEN_AHEAD = timedelta(minutes=5)
"""So long before its end WeChat begins to hand out the next token; the old one stays good."""
TICKET_AHEAD = timedelta(minutes=20)
"""So long before its end a ticket is fetched anew: an outage of that length leaves no page without."""
LEASE = timedelta(minutes=2)
"""So long one process fetches, before another may believe that it died."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)
_LONGEST_ADDRESS = 2000


def signature(ticket: str, nonce: str, timestamp: int, address: str) -> str:
    """What `wx.config` is given: the four as they are, in the order of their names. SHA-1 is WeChat's choice."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={address}"
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def signable(address: str, ours: str) -> str | None:
    """The address of a page as it is signed, without its fragment; None for one that is not below `ours`.

    A signature lets a page act in our account's name, so none is given for a page of somebody else.
    """
    whole = address.partition("#")[0]
    if len(whole) > _LONGEST_ADDRESS or not whole.isprintable():
        return None
    try:
        page, below = urlsplit(whole), urlsplit(ours)
    except ValueError:
        return None
    same = (page.scheme, page.netloc) == (below.scheme, below.netloc)
    inside = page.path.startswith(below.path) and ".." not in page.path and "\\" not in page.path
    return whole if same and inside else None


def renewal(token_ends: datetime, ticket_ends: datetime, now: datetime) -> datetime:
    """When to fetch again after a success: before whichever ends first, and not at once."""
    wanted = min(token_ends - TOKEN_AHEAD, ticket_ends - TICKET_AHEAD)
    return max(wanted, now + _FIRST_PAUSE)


def pause(attempts: int) -> timedelta:
    """How long to leave WeChat alone after so many failures in a row, from 1."""
    doubled: timedelta = _FIRST_PAUSE * 2 ** min(attempts - 1, 10)
    return min(doubled, _LONGEST_PAUSE)
