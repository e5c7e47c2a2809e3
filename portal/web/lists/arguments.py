"""What a list's address says: a word of a fixed set, a day, a number; nothing where it says something else.

A filter that somebody mistyped shows the whole list rather than an error.
"""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from ...clock import YEARS

Word = TypeVar("Word", bound=StrEnum)


def chosen(words: type[Word], text: str | None) -> Word | None:
    """The word of the set that the text is."""
    return words(text) if text in set(words) else None


def day_of(text: str | None) -> date | None:
    """The day that a text like `2026-03-10` is; None for what is none in YEARS."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def month_in(text: str | None) -> str | None:
    """The month that a text like `2026-03` is."""
    return text if day_of(f"{text}-01") is not None else None


def number_of(text: str | None) -> int | None:
    """The id that a text is."""
    digits = text or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None
