"""By which words a client is found without anybody opening a name: the surname, the name, the last four digits.

Brokers write clients down as 王女士, 王小明 or John Smith, and ask for 王, 王女士 or the last four digits. A title says
nothing of who it is, so it is left out on both sides.
"""

import re
import unicodedata
from dataclasses import dataclass

_TITLES = ("先生", "女士", "小姐", "太太", "夫人", "老师", "阿姨", "叔叔", "大哥", "大姐", "总")

_DOUBLE = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐长孙宇文司徒司空夏侯端木南宫西门独孤轩辕百里东郭闻人呼延"
        "澹台公冶宗政濮阳淳于单于太叔申屠仲孙钟离鲜于闾丘赫连拓跋万俟",
    )
)
"""Surnames of two signs."""

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")

TAIL = 4


@dataclass(frozen=True, slots=True)
class Words:
    """What a name is found by: surnames (any word of a name in Latin letters), and the whole."""

    surnames: frozenset[str]
    whole: str


def words_of(name: str) -> Words:
    """The words of a name, or of what somebody typed to find one."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    bare = _without_title(plain.replace(" ", "") if _HAN.search(plain) else plain)
    if not _HAN.search(bare):
        return Words(frozenset(bare.split()), bare)
    surname = bare[:2] if bare[:2] in _DOUBLE else bare[:1]
    return Words(frozenset({surname}), bare)


def tail_in(text: str) -> str | None:
    """The last four digits, if that is what somebody typed."""
    digits = unicodedata.normalize("NFKC", text).strip()
    return digits if len(digits) == TAIL and digits.isascii() and digits.isdigit() else None


def _without_title(name: str) -> str:
    for title in _TITLES:
        if name.endswith(title) and len(name) > len(title):
            return name.removesuffix(title)
    return name
