"""What an event is called for who is told of it: what happened, why, what to do and until when; in either language.

The words of each kind stand in one place (`words/`), for every channel. No request is needed: what sends in the
background words mails and texts too, by the same catalogues. How a fact is shown, the end of its name says:

    amount_fen     money              until_at      an instant, in Shanghai
    ends_on        a day              rate_bps      a percentage
    month          a calendar month   anything else as it is, or worded by `terms`
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from ...clock import SHANGHAI
from ...rules.notifications.kind import Whom

_CATALOGUES = Path(__file__).parents[2] / "translations"

LIVE = ("person", "agency", "development", "at")
"""What words may hold beside the facts of a kind: the names of whom it concerns, read when the words are and never
stored with an event, and the instant when it happened."""


@dataclass(frozen=True, slots=True)
class Words:
    """English texts, which are the keys of their translations; a fact stands in them as `%(amount_fen)s`.

    `subject`: what happened, in a line. `why`: in another. `do`: what to do and until when; empty where there is
    nothing to do. `terms`: how the values of a fact are worded.
    """

    subject: str
    why: str
    do: str = ""
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """An event in its reader's language."""

    subject: str
    why: str
    do: str


Told = Mapping[Whom | None, Words]
"""The words of a kind by who reads them; under None for everybody else."""


def words_of(told: Told, whom: Whom) -> Words:
    """The words for who is concerned so."""
    return told.get(whom) or told[None]


def say(words: Words, facts: Mapping[str, Any], locale: str) -> Said:
    """An event's words with its facts, in this language."""
    values = {name: _shown(name, value, words.terms.get(name), locale) for name, value in facts.items()}
    subject, why, do = (translated(text, locale) % values if text else "" for text in _parts(words))
    return Said(subject, why, do)


def _parts(words: Words) -> tuple[str, str, str]:
    return words.subject, words.why, words.do


@cache
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(str(_CATALOGUES), [locale])


def translated(text: str, locale: str) -> str:
    """A text in this language; English texts are their own."""
    return text if locale == "en" else str(_catalogue(locale).gettext(text))


def _shown(name: str, value: Any, terms: Mapping[str, str] | None, locale: str) -> str:
    if terms is not None:
        return translated(terms[value], locale) if value in terms else str(value)
    if value is None:
        return "–"
    if name.endswith("_fen"):
        yuan = Decimal(abs(value)) / 100
        return f"{'−' if value < 0 else ''}¥{format_decimal(yuan, '#,##0.00', locale=locale)}"
    if name.endswith("_bps"):
        return format_percent(Decimal(value) / 10_000, "#,##0.##%", locale=locale)
    if name == "at" or name.endswith("_at"):
        local = datetime.fromisoformat(value).astimezone(SHANGHAI)
        return f"{format_date(local, 'medium', locale=locale)} {format_time(local, 'HH:mm', locale=locale)}"
    if name.endswith("_on"):
        return format_date(date.fromisoformat(value), "medium", locale=locale)
    if name.endswith("month"):
        return format_skeleton("yMMM", date.fromisoformat(f"{value}-01"), locale=locale)
    return format_decimal(value, locale=locale) if type(value) is int else str(value)
