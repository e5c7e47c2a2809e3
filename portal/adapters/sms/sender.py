"""What the portal asks of whoever delivers texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from .inbound import Report


class Sms(Protocol):
    """Who delivers texts."""

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        """Hand a text over and return the provider's number for it.

        `phone` is E.164, `template` our name of it, `key` the same for every repetition of one text. Raises
        DeliveryFailed.
        """
        ...

    def has(self, phone: str, *, key: str, since: datetime) -> bool:
        """Whether it has taken a text to this phone under this key, not before `since`. Raises DeliveryFailed where it
        does not say."""
        ...

    def report(self, phone: str, *, key: str, number: str, sent_at: datetime) -> Report | None:
        """What became at its phone of a text that was handed over then and has this `number` of the provider's; None
        while that is open. Raises DeliveryFailed where it does not say."""
        ...
