"""A stand-in of WeChat for development: it hands out tickets, checks what a page was signed with as WeChat would, and
keeps the cards that pages asked for, so that a page can show them.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...rules.referral.wechat_card import signature
from .account import Grant, WeChatFailed

KEPT = 20
"""Cards; older ones give way."""
TOKEN = "token-of-the-stand-in-"  # noqa: S105 - of a stand-in
"""How its tokens begin."""
_LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a page told `wx.config`, and the address at which it did."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str
    address: str


@dataclass(frozen=True, slots=True)
class Card:
    """What WeChat would draw for a link: in a chat (`friend`), or in Moments (`moments`), which has no second line."""

    where: str
    title: str
    text: str
    link: str
    picture: str
    at: datetime


class LocalWeChat:
    """Keeps its ticket and its cards in a folder. Only for development."""

    app_id = "wx0000000000stand"
    sdk = ""  # the page of the stand-in serves it

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def token(self) -> Grant:
        return Grant(f"{TOKEN}{secrets.token_hex(8)}", _LASTS)

    def ticket(self, token: str) -> Grant:
        if not token.startswith(TOKEN):
            raise WeChatFailed("40001", token_is_over=True)
        path = self._folder / "ticket"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(f"ticket-of-the-stand-in-{secrets.token_hex(16)}")
        return Grant(path.read_text(), _LASTS)

    def accepts(self, signed: Signed) -> bool:
        """Whether the page may speak to WeChat: its signature is right, and of this account."""
        path = self._folder / "ticket"
        if signed.app_id != self.app_id or not path.exists():
            return False
        right = signature(path.read_text(), signed.nonce, signed.timestamp, signed.address)
        return hmac.compare_digest(right.encode(), signed.signature.encode())

    def keep(self, card: Card) -> None:
        """Keep a card, the newest of one link and place alone."""
        kept = [one for one in self.cards() if (one.link, one.where) != (card.link, card.where)]
        said = [asdict(one) | {"at": one.at.isoformat()} for one in [card, *kept][:KEPT]]
        draft = self._folder / f"cards-{secrets.token_hex(4)}"
        draft.write_text(json.dumps(said, ensure_ascii=False))
        draft.replace(self._folder / "cards.json")

    def cards(self) -> list[Card]:
        """The cards, the newest first."""
        path = self._folder / "cards.json"
        return [_read(one) for one in json.loads(path.read_text())] if path.exists() else []


def _read(kept: dict[str, str]) -> Card:
    return Card(**kept | {"at": datetime.fromisoformat(kept["at"]).astimezone(UTC)})  # type: ignore[arg-type]  # the instant
