"""What an advertisement for homes may not promise: kept words by rule, each rule with the law that it comes from.

The developer answers for every line under its brand, whoever wrote it. The list stops what the law names and what is
usually written for it; it does not read. So who wrote a harmless line that it stops can ask a person, and who writes
around it is read by one where a development wants that (`services/posters/own_lines`).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from commissions.refusal import Refusal
from referral.plain_text import PlainText, plain

_HIDDEN = "\0"


class Promise(StrEnum):
    """What may not be promised."""

    APPRECIATION = "appreciation"
    TRAVEL_TIME = "travel_time"
    SCHOOLING = "schooling"
    SUPERLATIVE = "superlative"
    PRICE = "price"
    FINANCING = "financing"
    SUPERSTITION = "superstition"


@dataclass(frozen=True, slots=True)
class Found:
    """A word as somebody wrote it, and what it promises."""

    word: str
    promise: Promise


@dataclass(frozen=True, slots=True)
class _Rule:
    source: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    allowed: tuple[str, ...]


def find(text: str) -> Found | None:
    """The first word of a text that an advertisement for homes may not hold; None where there is none."""
    written = plain(text)
    for promise, rule in _rules().items():
        place = _first(written, rule)
        if place is not None:
            return Found(written.written(*place).strip(), promise)
    return None


def check(text: str, *, field: str = "") -> None:
    """Refuse a text with such a word.

    Raises Refusal `advertising_promise` (facts `word`, as it was written, `promise` and `source`; `field`, if given).
    """
    found = find(text)
    if found is not None:
        where = {"field": field} if field else {}
        raise Refusal(
            "advertising_promise", word=found.word, promise=found.promise, source=source_of(found.promise), **where
        )


def source_of(promise: Promise) -> str:
    """The law that forbids it, by its Chinese name and article."""
    return _rules()[promise].source


def _first(written: PlainText, rule: _Rule) -> tuple[int, int] | None:
    """Where the earliest word of a rule stands, the longest of those that begin there."""
    signs = written.signs
    for phrase in rule.allowed:
        signs = signs.replace(phrase, _HIDDEN * len(phrase))
    places = [match.span() for pattern in rule.patterns for match in pattern.finditer(signs)]
    places += [place for word in rule.words for place in _places(written, signs, word)]
    return min(places, key=lambda place: (place[0], -place[1]), default=None)


def _places(written: PlainText, signs: str, word: str) -> Iterable[tuple[int, int]]:
    """Where a word stands; one in Latin letters only where it is a word of its own."""
    start = signs.find(word)
    while start >= 0:
        end = start + len(word)
        if not word.isascii() or written.stands_alone(start, end):
            yield start, end
        start = signs.find(word, start + 1)


@cache
def _rules() -> Mapping[Promise, _Rule]:
    data = tomllib.loads(files("referral.posters").joinpath("advertising.toml").read_text(encoding="utf-8"))
    return {
        Promise(name): _Rule(
            rule["source"],
            tuple(plain(word).signs for word in rule["words"]),
            tuple(re.compile(pattern) for pattern in rule.get("patterns", ())),
            tuple(plain(phrase).signs for phrase in rule.get("allowed", ())),
        )
        for name, rule in data.items()
    }
