"""Which signs of a Chinese line belong together, without a dictionary of the language.

A number stays with its measure word, a kept list of words (`unsplit.toml`) is not parted, and some words lean on what
follows or on what stands before. It knows no grammar: what it does not know may be parted anywhere.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

_DIGITS = r"(?:第|约|近|超)?[\d０-９]+(?:[.,．·/:：-][\d０-９]+)*\s?[%％‰+]?"
_NUMERALS = r"第?[一二两三四五六七八九十百千万亿半几零〇]+"


def units(text: str) -> Iterator[str]:
    """The text cut where it may be parted, in order; joined they are the text."""
    place = 0
    for found in _together().finditer(text):
        yield from text[place : found.start()]
        yield found.group()
        place = found.end()
    yield from text[place:]


def leans_on_next(unit: str) -> bool:
    """Whether a line should not end with it, such as 离 in 离地铁."""
    return unit in _kept()["leading"]


def leans_back(unit: str) -> bool:
    """Whether a line should not begin with it, such as 的."""
    return unit in _kept()["closing"]


@cache
def _together() -> re.Pattern[str]:
    kept = _kept()
    words, measures = (
        "|".join(sorted(map(re.escape, kept[key]), key=len, reverse=True)) for key in ("words", "measures")
    )
    return re.compile(f"(?:{_DIGITS})\\s?(?:{measures})?|(?:{_NUMERALS})(?:{measures})|{words}")


@cache
def _kept() -> Mapping[str, frozenset[str]]:
    data = tomllib.loads(files("referral.drawing").joinpath("unsplit.toml").read_text(encoding="utf-8"))
    return {key: frozenset(some) for key, some in data.items()}
