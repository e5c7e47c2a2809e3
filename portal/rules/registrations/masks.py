"""Masked registrations (隐号报备): the first three and the last four digits of a number, and a surname.

What a mask stands for is not known until the full number is given; which numbers it can stand for is decided here.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from commissions.refusal import Refusal

_WRITTEN = re.compile(r"(1[3-9]\d)[\s-]?[*x×•●?]{2,8}[\s-]?(\d{4})")
_SIGNS = frozenset("*x×•●?")
_HERE = "+86"
_FIRST, _LAST, _DIGITS = 3, 4, 11


@dataclass(frozen=True, slots=True)
class Mask:
    """The first three and the last four digits of a mainland mobile number."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}****{self.last}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The mask that somebody typed, such as 138****1234. Raises Refusal invalid_mask."""
        found = _WRITTEN.fullmatch(_plain(text))
        if found is None:
            raise Refusal("invalid_mask", field="phone")
        return cls(found[1], found[2])

    @classmethod
    def of(cls, e164: str) -> Self | None:
        """The mask of a full number; None of one that is no mainland mobile number's length."""
        digits = e164.removeprefix(_HERE)
        if digits == e164 or len(digits) != _DIGITS:
            return None
        return cls(digits[:_FIRST], digits[-_LAST:])

    def fits(self, e164: str) -> bool:
        """Whether it may stand for this number."""
        return Mask.of(e164) == self

    def whole(self, typed: str) -> str:
        """The number that was typed: in full, or only the four digits that the mask leaves out."""
        plain = _plain(typed)
        middle = plain.isascii() and plain.isdigit() and len(plain) == _DIGITS - _FIRST - _LAST
        return f"{self.first}{plain}{self.last}" if middle else typed


def reads(text: str) -> bool:
    """Whether it is a mask that a client may be registered by: the first three and the last four digits."""
    return _WRITTEN.fullmatch(_plain(text)) is not None


def is_masked(text: str) -> bool:
    """Whether somebody typed a number with signs in the place of digits."""
    plain = _plain(text)
    return any(sign in _SIGNS for sign in plain) and any(sign.isdigit() for sign in plain)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
