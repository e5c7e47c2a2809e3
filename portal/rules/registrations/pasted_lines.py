"""Clients as brokers send them in a chat: one or many, in any order, in a line or in a form of several lines.

Nothing is guessed that decides: what a line does not say stays empty, and `Draft.missing` names it. A number that is
masked otherwise than by its first three and last four digits, or given twice, is shown to the broker, who says which.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from .masks import reads
from .spoken_days import take_day, take_people, take_time

_NUMBERED = re.compile(r"^\s*(?:[①-⑳]|\d{1,3}\s*[.、)）](?!\d))\s*")
_PHONE = re.compile(
    r"(?<![\d*])(?:(?:\+?86[\s-]*)?1[3-9]\d(?:[\s-]?\d){8}|\+\d(?:[\s-]?\d){6,14}|0\d{2,3}-?\d{7,8})(?![\d*])"
)
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_MASKED = re.compile(r"(?<!\d)1[3-9]\d{0,2}\s?[*xX×•●?]{2,8}\s?\d{2,4}(?!\d)|尾号?\s*[::]?\s*\d{4}(?!\d)")
_MISTYPED = re.compile(r"(?<![\d*])1[3-9](?:[ -]?\d){5,}(?![\d*])")
"""A mobile number with a digit too few or too many, once those in full are taken."""

_DIGITS = re.compile(r"[\d*]{4,}")

_OTHERS = r"(?:报备)?(?:经纪人|报备人|业务员|置业顾问|对接人|驻场|店长|门店|中介|渠道|公司|备注)"
_OF_OTHERS = re.compile(rf"{_OTHERS}\s*[:：].*")
_ABOUT_CLIENT = (
    r"(?:报备|客户|到访|看房|预计|意向|联系)?"
    r"(?:姓名|名字|称呼|客户|电话|手机号码|手机号|手机|号码|方式|楼盘|项目|案场|时间|日期|人数)"
)
_LABEL = re.compile(rf"^\s*({_ABOUT_CLIENT})\s*[:：]\s*(.*)$")
_NAMES = ("姓名", "名字", "称呼", "客户")
_FILLERS = re.compile(
    rf"@\S+|【|】|{_ABOUT_CLIENT}\s*[:：]?|您好|你好|麻烦|谢谢|辛苦|收到|帮忙|预报备|报备|登记|带看|到访|来访|到场|看房|首访|新客|"
    r"过来|左右|前后|预计|意向|一?组|一家|大概|约|备注|序号|编号|日期"
)
_APART = re.compile(r"[\s,，;；:：。.、/|()（）\-—_+!！?？]+")
_CALLED = re.compile(r"[\u3400-\u9fff]{1,8}(?:先生|女士|小姐|太太|阿姨|叔叔|老师|总|姐|哥)")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{2,12}(?:·[\u3400-\u9fff]{2,12})+")
_LATIN_NAME = re.compile(r"[^\W\d_]{2,}(?:[ .'-]+[^\W\d_]+)*")
_LONGEST_NAME = 60
_SHORTEST_PLACE = 2


class Missing(StrEnum):
    """What a broker has to say before a client can be registered."""

    NAME = "name"
    PHONE = "phone"
    FULL_PHONE = "full_phone"
    ONE_PHONE = "one_phone"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is understood of a client: `text` is what was sent, `place` one of the places offered, or empty. `phones`
    are numbers in full, `masked` those that are not; `on`, `at` and `people` say when and with how many."""

    text: str
    name: str = ""
    phones: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    place: str = ""
    on: date | None = None
    at: time | None = None
    people: int | None = None

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What has to be said yet, in the order of a form."""
        unnumbered = Missing.FULL_PHONE if self.masked else Missing.PHONE
        parts = [one for one in self.masked if reads(one)]
        asked = {
            Missing.NAME: not self.name,
            unnumbered: not self.phones and not parts,
            Missing.ONE_PHONE: len(self.phones) > 1 or (not self.phones and len(parts) > 1),
            Missing.PLACE: not self.place,
        }
        return tuple(one for one, wanted in asked.items() if wanted)


def read(text: str, places: Sequence[str], today: date) -> tuple[Draft, ...]:
    """The clients that a text names. `places` are those the broker may choose from; `today` is Shanghai's day."""
    found: list[Draft] = []
    said = Draft("")
    for chunk in _chunks(text):
        drafts = _drafts(chunk, places, today)
        for draft in drafts:
            if not (draft.name or draft.phones or draft.masked):
                said = _under(draft, said)  # a heading: where and when, for those below
            elif found and _halves(found[-1], draft):
                found[-1] = _joined(found[-1], draft)
            else:
                found.append(_under(draft, said))
    return tuple(found)


def _chunks(text: str) -> Iterator[str]:
    """A line each; the lines of a form stand together, until a label comes again or a line is empty."""
    form: list[str] = []
    labels: set[str] = set()
    for line in text.splitlines():
        label = _LABEL.match(unicodedata.normalize("NFKC", line))
        kind = ("name" if label[1].endswith(_NAMES) else label[1]) if label else ""
        if form and (not line.strip() or kind in labels or not (label or _OF_OTHERS.search(line))):
            yield "\n".join(form)
            form, labels = [], set()
        if label and _is_of_a_form(label[2]):
            form.append(line)
            labels.add(kind)
        elif line.strip() and (not form or _OF_OTHERS.search(line)):
            if form:
                form.append(line)
            else:
                yield line
    if form:
        yield "\n".join(form)


def _is_of_a_form(said: str) -> bool:
    """Whether what stands after a label is one answer, and no whole line of a chat."""
    return not (_PHONE.search(said) and _APART.sub("", _FILLERS.sub("", _PHONE.sub("", said))))


def _drafts(chunk: str, places: Sequence[str], today: date) -> list[Draft]:
    """What a line, or a form, says of a client; of several, where it has as many names as numbers."""
    rest = unicodedata.normalize("NFKC", "\n".join(_NUMBERED.sub("", line) for line in chunk.splitlines()))
    rest = "\n".join(_OF_OTHERS.sub(" ", line) for line in rest.splitlines())
    masked, rest = _taken(_MASKED, rest)
    numbers, rest = _taken(_PHONE, rest)
    phones = tuple(dict.fromkeys(map(_plain, numbers)))
    if not (phones or masked):
        masked, rest = _taken(_MISTYPED, rest)
    place, rest = _place(rest, places)
    on, rest = take_day(rest, today)
    at, rest = take_time(rest)
    people, rest = take_people(rest)
    names = _names(rest)
    drafts = Draft(chunk.strip(), "", phones, masked, place, on, at, people)
    if len(phones) > 1 and len(names) == len(phones):
        return [replace(drafts, name=name, phones=(phone,)) for name, phone in zip(names, phones, strict=True)]
    return [replace(drafts, name=names[0] if names else "")]


def _taken(what: re.Pattern[str], text: str) -> tuple[tuple[str, ...], str]:
    """All that matches, each once, and the text without it."""
    found = dict.fromkeys(" ".join(one[0].split()) for one in what.finditer(text))
    return tuple(found), what.sub(" ; ", text)


def _plain(number: str) -> str:
    """A mainland mobile number as its eleven digits; any other as it was sent."""
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", number))
    return found[1] if found else number


def _place(text: str, places: Sequence[str]) -> tuple[str, str]:
    """The place that is named, in full or by a part that only it has, and the text without it."""
    for place in sorted(places, key=len, reverse=True):
        if place and place in text:
            return place, text.replace(place, " ; ")
    for size in range(max(map(len, places), default=0), _SHORTEST_PLACE - 1, -1):
        parts = {(part, place) for place in places for part in _parts(place, size) if part in text}
        if len({place for _part, place in parts}) == 1:
            part, place = min(parts)
            return place, text.replace(part, " ; ")
    return "", text


def _parts(place: str, size: int) -> Iterator[str]:
    return (place[start : start + size] for start in range(len(place) - size + 1))


def _names(text: str) -> list[str]:
    """What may be a name: how somebody is addressed if that is said, else what is left and looks like one."""
    text = _DIGITS.sub(" ; ", text)
    left = [part for part in re.split(r"[,;:/|()\n]+", _FILLERS.sub(" ; ", text)) if part.strip()]
    words = [word for part in left for word in _words(part)]
    called = [found[0] for word in words if (found := _CALLED.search(word))]
    return called or [word[:_LONGEST_NAME] for word in words]


def _words(part: str) -> list[str]:
    """The names in a part of a line; Latin ones have spaces inside."""
    if _is_latin(whole := " ".join(part.split())):
        return [whole]
    words = [word for word in _APART.split(part) if word]
    return [word for word in words if _CALLED.search(word) or _HAN_NAME.fullmatch(word) or _is_latin(word)]


def _is_latin(word: str) -> bool:
    return word.isascii() and bool(_LATIN_NAME.fullmatch(word))


def _halves(before: Draft, draft: Draft) -> bool:
    """Whether two lines that follow each other are one client: the name, then the number; or the other way round."""
    numbers = [bool(one.phones or one.masked) for one in (before, draft)]
    names = [bool(one.name) for one in (before, draft)]
    return numbers[0] != numbers[1] and names[0] != names[1] and numbers[0] != names[0]


def _joined(before: Draft, draft: Draft) -> Draft:
    whole = _under(draft, before)
    return replace(
        whole,
        text=f"{before.text}\n{draft.text}",
        name=before.name or draft.name,
        phones=before.phones or draft.phones,
        masked=before.masked or draft.masked,
    )


def _under(draft: Draft, said: Draft) -> Draft:
    """The draft, with what was said before where it is silent."""
    return replace(
        draft,
        place=draft.place or said.place,
        on=draft.on or said.on,
        at=draft.at or said.at,
        people=draft.people or said.people,
    )
