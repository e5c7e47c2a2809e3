"""Days, times and numbers of people as they are said in a chat, taken out of a text."""

import re
from datetime import date, time, timedelta

_DIGIT = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN_NUMBER = r"[一二两三四五六七八九十]{1,3}"
_RELATIVE = {"今": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = "一二三四五六日"

_DAY = re.compile(
    r"(?P<relative>大后|[今明后])(?:天|日|(?=[早中晚上下]))"
    r"|(?P<week>下{0,2}|本|这)(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    r"|(?:(?P<year>\d{4})[年./-])?(?<![\d.])(?P<month>\d{1,2})(?:月|[./](?=\d))(?P<day>\d{1,2})(?![\d.])[日号]?"
)
_TIME = re.compile(
    r"(?P<part>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|早|晚)?\s*"
    rf"(?:(?P<clock>\d{{1,2}}):(?P<minutes>\d{{2}})|(?P<hour>\d{{1,2}}|{_HAN_NUMBER})\s*[点时](?:钟|(?P<past>半|\d{{1,2}}分?))?)"
)
_PART = re.compile(r"凌晨|早上|早晨|上午|中午|下午|傍晚|晚上")
_PEOPLE = re.compile(rf"(?:共|一共)?(?<!\d)(?P<count>\d{{1,2}}|{_HAN_NUMBER})\s*(?:个人|人|位|口)(?:来|到)?")
_AFTERNOON = ("下午", "傍晚", "晚上", "晚")
_NOON = 12


def take_day(text: str, today: date) -> tuple[date | None, str]:
    """The first day that a text names, and the text without it. A weekday is the next one; a date without a year is the
    next such date."""
    for found in _DAY.finditer(text):
        on = _day(found, today)
        if on is not None:
            return on, f"{text[: found.start()]} ; {text[found.end() :]}"
    return None, text


def take_time(text: str) -> tuple[time | None, str]:
    """The first time of day, and the text without it, nor a part of the day that stands alone."""
    for found in _TIME.finditer(text):
        at = _time(found)
        if at is not None:
            return at, _PART.sub(" ; ", f"{text[: found.start()]} ; {text[found.end() :]}")
    return None, _PART.sub(" ; ", text)


def take_people(text: str) -> tuple[int | None, str]:
    """How many come, and the text without it."""
    found = _PEOPLE.search(text)
    if found is None:
        return None, text
    return _number(found["count"]), f"{text[: found.start()]} ; {text[found.end() :]}"


def _day(found: re.Match[str], today: date) -> date | None:
    if found["relative"]:
        return today + timedelta(days=_RELATIVE[found["relative"]])
    if found["weekday"]:
        weekday = _WEEKDAYS.index({"天": "日", "末": "六"}.get(found["weekday"], found["weekday"]))
        monday = today - timedelta(days=today.weekday())
        weeks = found["week"].count("下")
        on = monday + timedelta(weeks=weeks, days=weekday)
        return on + timedelta(weeks=1) if on < today else on
    return _date(found["year"], int(found["month"]), int(found["day"]), today)


def _date(year: str | None, month: int, day: int, today: date) -> date | None:
    try:
        if year:
            return date(int(year), month, day)
        on = date(today.year, month, day)
        return on if on >= today else date(today.year + 1, month, day)
    except ValueError:  # the 31st of a month that has none, or no date at all
        return None


def _time(found: re.Match[str]) -> time | None:
    hour = int(found["clock"]) if found["clock"] else _number(found["hour"])
    past = found["past"] or found["minutes"] or "0"
    minutes = 30 if past == "半" else int(past.removesuffix("分"))
    late = found["part"] in _AFTERNOON or (found["part"] == "中午" and hour < _NOON - 1)
    hour = hour + _NOON if late and hour < _NOON else hour
    return time(hour, minutes) if hour < 24 and minutes < 60 else None


def _number(text: str) -> int:
    """A number below a hundred, in figures or in words: 12, 三, 十, 十二, 二十."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGIT.get(tens, 1) * 10 if ten else 0) + _DIGIT.get(ones, 0)
