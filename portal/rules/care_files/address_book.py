"""Clients as they stand in a salesperson's own notes: `【姓名】王女士【电话】138…【需求】三房【最近跟进】6月3日微信`.

Parts may be missing, stand in any order, in several lines, with round, square or full-width signs, or only with a
colon; many clients follow each other. A line without any sign is read as name and number. What belongs to no known part
stays as a note: nothing that somebody wrote is lost, and nothing is guessed that decides.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..care.plan import Channel, Grade
from ..registrations.pasted import split_client

_PARTS: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "客户姓名", "客户", "称呼", "名字", "name"),
    "phone": ("电话", "手机", "手机号", "联系电话", "手机号码", "联系方式", "phone", "mobile"),
    "needs": ("需求", "客户需求", "意向", "购房需求", "needs"),
    "last": ("最近跟进", "最后跟进", "上次跟进", "最近联系", "跟进记录", "跟进", "last contact"),
    "tags": ("标签", "tags"),
    "grade": ("等级", "级别", "客户等级", "grade"),
    "note": ("备注", "说明", "note"),
}
"""What the parts may be called. Others, such as 微信, stay in the note with their name."""

_CALLED = {word: part for part, words in _PARTS.items() for word in words}
_SIGN = re.compile(
    r"[【\[]\s*(?P<signed>[^】\]\n]{1,12}?)\s*[】\]]\s*:?"
    rf"|(?:(?<=^)|(?<=[\s,;|]))(?P<colon>{'|'.join(sorted(_CALLED, key=len, reverse=True))})\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ \-]?\d){6,14}(?!\d)")
_EMPTY_LINE = re.compile(r"\n\s*\n")
_AROUND = " \t\n,;|、。"
_LONGEST_NAME = 60
_LONGEST_NOTE = 1_000

_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>20\d\d)[年./-])?(?P<month>\d{1,2})[月./-](?P<day>\d{1,2})(?!\d)[日号]?|(?P<ago>今天|昨天|前天)"
)
_AGO = {"今天": 0, "昨天": 1, "前天": 2}
_CHANNELS = (
    (Channel.WECHAT, ("微信",)),
    (Channel.CALL, ("电话", "去电", "来电", "通话")),
    (Channel.TEXT, ("短信",)),
    (Channel.VISIT, ("到访", "来访", "看房", "带看", "复访")),
)
_GRADES = {"A": Grade.A, "B": Grade.B, "C": Grade.C}


@dataclass(frozen=True, slots=True)
class Entry:
    """A client as written: `text` is all that was written of him. Any part may be empty."""

    text: str
    name: str = ""
    phone: str = ""
    needs: str = ""
    last: str = ""
    tags: str = ""
    grade: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LastContact:
    """When a client was last spoken to, and how; `on` is None where no day is said."""

    on: date | None
    channel: Channel | None


def read_entries(text: str) -> tuple[Entry, ...]:
    """The clients that a text names, in its order."""
    found: list[Entry] = []
    for part, said in _pieces(unicodedata.normalize("NFKC", text).replace("\r\n", "\n").replace("\r", "\n")):
        if part == "line":
            client = split_client(said)
            if client is not None:
                found.append(Entry(said, name=client[1], phone=client[0]))
            elif found:
                found[-1] = _noted(found[-1], said)
            continue
        key, written = _CALLED.get(part.casefold()), f"【{part}】{said}"
        begins = key in ("name", "phone") and (not found or getattr(found[-1], key) or _closed(found[-1], key))
        if begins or not found:
            found.append(Entry(""))
        entry = replace(found[-1], text=f"{found[-1].text}{written}")
        found[-1] = _noted(entry, written) if key is None else _with(entry, key, said)
    return tuple(found)


def read_last(text: str, today: date) -> LastContact:
    """What is said of the last contact. A day without a year is the latest such day that has been."""
    plain = unicodedata.normalize("NFKC", text)
    days = (_day(found, today) for found in _DAY.finditer(plain))
    on = next((day for day in days if day is not None), None)
    channel = next((channel for channel, said in _CHANNELS if any(word in plain for word in said)), None)
    return LastContact(on, channel)


def read_grade(text: str) -> Grade | None:
    """The grade that a cell names: `A`, `B级`, `c类`."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return _GRADES.get(plain[:1]) if plain.rstrip("级类客户") in _GRADES else None


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What stands after each sign, under the sign's word; and the lines that stand under none."""
    signs = list(_SIGN.finditer(text))
    yield from _lines(text[: signs[0].start()] if signs else text)
    ends = [*(sign.start() for sign in signs[1:]), len(text)]
    for sign, end in zip(signs, ends, strict=False):
        said, *after = _EMPTY_LINE.split(text[sign.end() : end])
        yield sign["signed"] or sign["colon"], " ".join(said.split()).strip(_AROUND)
        for block in after:
            yield from _lines(block)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    return (("line", line.strip()) for line in text.splitlines() if line.strip())


def _closed(entry: Entry, key: str) -> bool:
    """Whether an entry that has no name yet is another client's: a name that comes after needs and number begins the
    next one, unless it was the number that came first."""
    return key == "name" and not entry.name and bool(entry.needs or entry.last)


def _with(entry: Entry, key: str, said: str) -> Entry:
    if key == "name":
        return _named(entry, said)
    if key == "phone":
        return _numbered(entry, said)
    before = getattr(entry, key)
    return replace(entry, **{key: f"{before} {said}".strip()[:_LONGEST_NOTE]})


def _named(entry: Entry, said: str) -> Entry:
    """A name; a number behind it is the phone, where it has no sign of its own."""
    client = split_client(said)
    if client is None:
        return replace(entry, name=said[:_LONGEST_NAME])
    return replace(entry, name=client[1][:_LONGEST_NAME], phone=entry.phone or client[0])


def _numbered(entry: Entry, said: str) -> Entry:
    """The first number; what stands beside it, such as a second one, is a note."""
    found = _NUMBER.search(said)
    if found is None:
        return replace(entry, phone=said[:_LONGEST_NAME])
    beside = f"{said[: found.start()]} {said[found.end() :]}".strip(" /()" + _AROUND)
    numbered = replace(entry, phone=found[0])
    return _noted(numbered, beside) if beside else numbered


def _noted(entry: Entry, said: str) -> Entry:
    return replace(entry, note=f"{entry.note} {said}".strip()[:_LONGEST_NOTE])


def _day(found: re.Match[str], today: date) -> date | None:
    if found["ago"]:
        return today - timedelta(days=_AGO[found["ago"]])
    years: Sequence[int] = [int(found["year"])] if found["year"] else (today.year, today.year - 1)
    for year in years:
        try:
            day = date(year, int(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if day <= today:
            return day
    return None
