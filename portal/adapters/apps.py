"""What the portal asks of whoever carries messages to people in an app: 企业微信, or WeChat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..rules.provider_sign_in.claims import Issuer
from .tencent import Grant


@dataclass(frozen=True, slots=True)
class Note:
    """What a message to a person says.

    `about`: the topic of its things, or that they are of several. `lines`: what there is to know beside the title.
    `count`: how many things it says. `link`: where it leads; `button` is the word on that.
    """

    about: str
    title: str
    lines: tuple[str, ...]
    count: int
    at: datetime
    link: str
    button: str


class TokenIsOver(Exception):
    """The app's token is good no longer: with another one the same message may go out. `code` says why, in its app's
    word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AppCarrier(Protocol):
    """Who carries messages to people in one app."""

    name: str
    """under which its token is kept: the app, and which one"""
    issuer: Issuer
    """as whom it knows people: a message goes to who tied his account there, and to no other company's or account's"""
    recognises: timedelta
    """for so long it takes a repetition for what it is: the same message under the same key is shown once"""

    def token(self) -> Grant:
        """What the app shows instead of its secret. Raises DeliveryFailed."""
        ...

    def send(self, token: str, to: str, note: Note, *, key: str) -> str | None:
        """Hand a message over to the account `to` of the app; the app's number of it, where it gives one.

        `key` is the same for every repetition. Raises DeliveryFailed, TokenIsOver.
        """
        ...
