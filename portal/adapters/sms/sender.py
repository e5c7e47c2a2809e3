"""What the portal asks of whoever delivers texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class SmsFailed(Exception):
    """The text was not taken. `code` is the provider's word for why; `for_good`: trying again would not help."""

    def __init__(self, code: str, *, for_good: bool) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good


class Sms(Protocol):
    """Who delivers texts."""

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        """Hand a text over and return the provider's number for it.

        `phone` is E.164, `template` our name of it, `key` the same for every repetition of one text. Raises SmsFailed.
        """
        ...
