"""Clients as salespeople write them down, and what a row of such a list does."""

from datetime import date
from typing import Any

import pytest

from portal.rules.care.plan import Channel, Grade
from portal.rules.care_files.address_book import LastContact, read_entries, read_grade, read_last
from portal.rules.care_files.importing import TAKEN, Known, Row, Said, decide

TEXTS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "as the handbook has it": (
        "【姓名】王女士【电话】138 2000 9003【需求】三房，学区【最近跟进】6月3日微信，说周末来看",
        [{"name": "王女士", "phone": "138 2000 9003", "needs": "三房,学区", "last": "6月3日微信,说周末来看"}],
    ),
    "full-width, square, missing parts": (
        "［姓名］赵总　［电话］１３７２２２２３３３３　【微信】zhao888【等级】A级【标签】学区、改善",
        [{"name": "赵总", "phone": "13722223333", "note": "【微信】zhao888", "grade": "A级", "tags": "学区、改善"}],
    ),
    "several, one after another": (
        "【姓名】李强【电话】13900001111\n【姓名】陈先生\n【需求】两房\n电话：13655556666 / 0571-88886666",
        [
            {"name": "李强", "phone": "13900001111"},
            {"name": "陈先生", "phone": "13655556666", "needs": "两房", "note": "0571-88886666"},
        ],
    ),
    "number first": (
        "【电话】13444445555【姓名】吴小姐【电话】13444446666【需求】一房【姓名】郑先生【电话】13444447777",
        [
            {"name": "吴小姐", "phone": "13444445555"},
            {"phone": "13444446666", "needs": "一房"},
            {"name": "郑先生", "phone": "13444447777"},
        ],
    ),
    "lines without a sign": (
        "周老师 13512345678\n家里两个孩子\n\n孙倩，13333334444",
        [
            {"name": "周老师", "phone": "13512345678", "note": "家里两个孩子"},
            {"name": "孙倩", "phone": "13333334444"},
        ],
    ),
    "a name with its number, then a line of its own": (
        "姓名：孙倩 13333334444\n\n钱进 13000001111",
        [{"name": "孙倩", "phone": "13333334444"}, {"name": "钱进", "phone": "13000001111"}],
    ),
    "no number at all": (
        "【姓名】冯女士【电话】没留【需求】三房",
        [{"name": "冯女士", "phone": "没留", "needs": "三房"}],
    ),
    "said twice": (
        "【姓名】冯女士【电话】13000001111【需求】三房【需求】朝南",
        [{"name": "冯女士", "phone": "13000001111", "needs": "三房 朝南"}],
    ),
    "an unknown part first": ("【微信】abc【姓名】冯女士", [{"note": "【微信】abc", "name": "冯女士"}]),
    "nobody": ("大家好，今天开会\n\n", []),
}


@pytest.mark.parametrize(("text", "entries"), TEXTS.values(), ids=TEXTS)
def test_clients_are_read_out_of_notes(text: str, entries: list[dict[str, str]]) -> None:
    read = read_entries(text)
    parts = ("name", "phone", "needs", "last", "tags", "grade", "note")
    assert [{part: said for part in parts if (said := getattr(one, part))} for one in read] == entries


TODAY = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("text", "on", "channel"),
    [
        ("6月3日微信，说周末来看", date(2026, 6, 3), Channel.WECHAT),
        ("2026/5/2 电话 没接", date(2026, 5, 2), Channel.CALL),
        ("12.5 到访", date(2025, 12, 5), Channel.VISIT),
        ("昨天短信", date(2026, 6, 9), Channel.TEXT),
        ("2.30 去电", None, Channel.CALL),
        ("2027-01-01", None, None),
        ("说再看看", None, None),
    ],
)
def test_the_last_contact_is_never_in_the_future(text: str, on: date | None, channel: Channel | None) -> None:
    assert read_last(text, TODAY) == LastContact(on, channel)


@pytest.mark.parametrize(
    ("text", "grade"), [("A", Grade.A), ("ｂ级", Grade.B), ("C类客户", Grade.C), ("AB", None), ("", None), ("好", None)]
)
def test_a_grade_is_read(text: str, grade: Grade | None) -> None:
    assert read_grade(text) is grade


NOTHING = Said(needs=False, tags=frozenset(), last_on=None, grade=False)
ALL = Said(needs=True, tags=frozenset({"学区"}), last_on=TODAY, grade=True)
WHOLE: dict[str, Any] = {"filed": True, "needs": True, "tags": frozenset({"学区"}), "last_on": TODAY, "grade": True}

ROWS = {
    "a new number": (ALL, Known(), Row.NEW),
    "another broker's, or nobody's": (ALL, Known(own=False, filed=True), Row.NOT_REGISTERED),
    "a colleague's": (ALL, Known(filed=True, colleagues=True), Row.COLLEAGUES),
    "one's own, and all of it known": (ALL, Known(**WHOLE), Row.SAME),
    "nothing to add": (NOTHING, Known(filed=True), Row.SAME),
    "needs are missing": (ALL, Known(**WHOLE | {"needs": False}), Row.ADDS),
    "a tag is missing": (ALL, Known(**WHOLE | {"tags": frozenset()}), Row.ADDS),
    "the grade is missing": (ALL, Known(**WHOLE | {"grade": False}), Row.ADDS),
    "met since": (ALL, Known(**WHOLE | {"last_on": date(2026, 6, 9)}), Row.ADDS),
    "never met": (ALL, Known(**WHOLE | {"last_on": None}), Row.ADDS),
}


@pytest.mark.parametrize(("said", "known", "row"), ROWS.values(), ids=ROWS)
def test_a_row_adds_what_is_missing_and_nothing_twice(said: Said, known: Known, row: Row) -> None:
    assert decide(said, known) is row
    assert (row in TAKEN) == (row in (Row.NEW, Row.ADDS))
