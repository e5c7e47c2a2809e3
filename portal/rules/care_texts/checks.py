"""What a reviewer should look at in a text before it goes to clients. It warns; it forbids nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..care.plan import Channel
from .text import OPT_OUT, PERSONAL, Text, variables

STOCK_ADDRESSES = (
    *("尊敬的客户", "尊敬的业主", "尊敬的用户", "亲爱的客户", "亲爱的用户", "尊敬的先生", "尊敬的女士"),
    *("dear customer", "dear client", "dear sir"),
)
"""How nobody writes to somebody whom he knows ("no 尊敬的客户")."""

ONE_PART, OF_SEVERAL = 70, 67
"""Signs of a text message that is one, and of each part of a longer one."""
ONE_PART_ASCII, OF_SEVERAL_ASCII = 160, 153
MOST_PARTS = 2
"""A longer one costs three times and is read by nobody."""


class Warn(NamedTuple):
    """One thing to look at: its code, in which language it stands, and what is said of it."""

    code: str
    language: str
    facts: Mapping[str, object] = {}


def parts(words: str) -> int:
    """In how many text messages the words are sent."""
    one, of_several = (ONE_PART_ASCII, OF_SEVERAL_ASCII) if words.isascii() else (ONE_PART, OF_SEVERAL)
    return 1 if len(words) <= one else -(-len(words) // of_several)


def check(text: Text, competitor_words: Iterable[str], longest: int | None = None) -> list[Warn]:
    """What to look at: no personal variable, a stock address, words that run down competitors, too many parts.

    `longest`: the signs of the text with a real client in it; without, its own are counted.
    """
    found = list(_of_language("zh", text.zh, text, competitor_words, longest))
    if text.en:
        found += _of_language("en", text.en, text, competitor_words, None)
    return found


def _of_language(
    language: str, words: str, text: Text, competitor_words: Iterable[str], longest: int | None
) -> Iterator[Warn]:
    low = words.casefold()
    if not variables(words) & PERSONAL:
        yield Warn("impersonal", language)
    for address in STOCK_ADDRESSES:
        if address in low:
            yield Warn("stock_address", language, {"word": address})
    said = [word for word in competitor_words if word and word.casefold() in low]
    if said:
        yield Warn("competitor_words", language, {"word": "、".join(said)})
    if text.channel is Channel.TEXT:
        count = parts(words if longest is None else "字" * longest)
        if count > MOST_PARTS:
            yield Warn("many_parts", language, {"parts": count})
    elif any(sign.casefold() in low for sign in OPT_OUT.values()):
        yield Warn("opt_out_elsewhere", language)
