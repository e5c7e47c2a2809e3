"""Tags (标签) of a care file: a kept vocabulary, words of one's own, and tags that follow from facts.

A tag that follows from facts is never stored with a file: it comes and goes with the facts.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from commissions.refusal import Refusal

from .facts import Fact, FileFacts

LONGEST = 20
MOST_OF_A_FILE = 30
"""Tags that somebody set on one file; more say nothing any more."""

_APART = re.compile(r"[\s,;:、/|#]+")


class TagKind(StrEnum):
    """What a tag is about."""

    BASIC = "basic"
    BEHAVIOUR = "behaviour"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class TagRule:
    """When a tag sets itself: a figure of at least so much."""

    fact: Fact
    at_least: int

    def __post_init__(self) -> None:
        if not 1 <= self.at_least <= 3_650:
            raise Refusal("care_tag_rule", field="at_least")

    def holds(self, facts: FileFacts) -> bool:
        """Whether the file bears the tag."""
        return facts.get(self.fact, 0) >= self.at_least


@dataclass(frozen=True, slots=True)
class GivenTag:
    """A word of the vocabulary that a new portal begins with."""

    kind: TagKind
    word: str
    word_en: str
    rule: TagRule | None = None


GIVEN = (
    GivenTag(TagKind.BASIC, "首次置业", "First home"),
    GivenTag(TagKind.BASIC, "改善", "Upgrade"),
    GivenTag(TagKind.BASIC, "学区", "School"),
    GivenTag(TagKind.BASIC, "投资", "Investment"),
    GivenTag(TagKind.BASIC, "三代同住", "Three generations"),
    GivenTag(TagKind.BEHAVIOUR, "爱看视频", "Watches films"),
    GivenTag(TagKind.BEHAVIOUR, "对比竞品", "Compares with others"),
    GivenTag(TagKind.BEHAVIOUR, "线上看房≥3次", "Virtual tour ≥ 3", TagRule(Fact.VIRTUAL_TOURS, 3)),
    GivenTag(TagKind.BEHAVIOUR, "7天未联系", "No contact for 7 days", TagRule(Fact.DAYS_WITHOUT_CONTACT, 7)),
    GivenTag(TagKind.BEHAVIOUR, "再次到访", "Came again", TagRule(Fact.VISITS, 2)),
    GivenTag(TagKind.SOURCE, "海报", "Came by poster", TagRule(Fact.BY_POSTER, 1)),
    GivenTag(TagKind.SOURCE, "朋友推荐", "Came by a friend", TagRule(Fact.REFERRED, 1)),
    GivenTag(TagKind.SOURCE, "中介报备", "Registered by an agency", TagRule(Fact.REGISTERED, 1)),
    GivenTag(TagKind.SOURCE, "自然到访", "Walked in", TagRule(Fact.WALKED_IN, 1)),
    GivenTag(TagKind.SOURCE, "老客户通讯录", "Address book"),
)
"""The vocabulary of the owner's handbooks."""


def tidy(word: str) -> str:
    """A tag's word as it is kept. Raises Refusal: care_tag_empty, care_tag_long with `most`, care_tag_digits."""
    plain = " ".join(unicodedata.normalize("NFKC", word).strip("# ").split())
    if not plain or not plain.isprintable():
        raise Refusal("care_tag_empty", field="word")
    if len(plain) > LONGEST:
        raise Refusal("care_tag_long", field="word", most=LONGEST)
    if re.search(r"\d{7}", plain.replace(" ", "")):
        raise Refusal("care_tag_digits", field="word")  # a number is no tag: it would stand there unsealed
    return plain


def fold(word: str) -> str:
    """By what two words are one: case, blanks and full-width letters do not count."""
    return "".join(unicodedata.normalize("NFKC", word).casefold().split())


def words_in(text: str) -> list[str]:
    """The tags that a cell or a line names, each once: `学区、改善 #海报`."""
    found = (part for part in _APART.split(unicodedata.normalize("NFKC", text)) if part)
    return list({fold(part): part for part in found}.values())


def check_merge(tag_id: int, into_id: int, *, into_merged: bool, ruled: bool) -> None:
    """Refuse a merge that makes no sense. `into_merged`: the other tag is itself a former word of a third; `ruled`: one
    of the two sets itself. Raises Refusal: care_tag_merge_self, care_tag_merged, care_tag_sets_itself."""
    if tag_id == into_id:
        raise Refusal("care_tag_merge_self", field="into")
    if into_merged:
        raise Refusal("care_tag_merged", field="into")
    if ruled:
        raise Refusal("care_tag_sets_itself", field="into")
