"""Lines of a chat as brokers really send them, and what is understood of each."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.registrations.pasted_lines import Draft, Missing, read

MONDAY = date(2026, 11, 30)
PLACES = ("云栖澜岸", "金陵序")


def one(**said: Any) -> dict[str, Any]:
    return {"name": "", "phones": (), "masked": (), "place": "", "on": None, "at": None, "people": None} | said


def parts(draft: Draft) -> dict[str, Any]:
    return {key: getattr(draft, key) for key in one()}


ZHOU = {"name": "周先生", "phones": ("13812341234",)}
TOMORROW = {"on": date(2026, 12, 1), "at": time(15)}

SENT: dict[str, list[dict[str, Any]]] = {
    "报备 周先生 13812341234 云栖澜岸 明天下午3点 2人": [one(**ZHOU, **TOMORROW, place="云栖澜岸", people=2)],
    "云栖澜岸，明天下午3点，周先生，13812341234，2人": [one(**ZHOU, **TOMORROW, place="云栖澜岸", people=2)],
    "13812341234周先生": [one(**ZHOU)],
    "周先生：138-1234-1234": [one(**ZHOU)],
    "１３８１２３４１２３４　周先生　金陵序": [one(**ZHOU, place="金陵序")],
    "+86 138 1234 1234 周先生（金陵序）": [one(**ZHOU, place="金陵序")],
    "报备：周先生,13812341234,今天下午三点半到访,一家三口": [one(**ZHOU, on=MONDAY, at=time(15, 30), people=3)],
    "周先生 13812341234 后天上午10:15 云栖澜岸": [one(**ZHOU, on=date(2026, 12, 2), at=time(10, 15), place="云栖澜岸")],
    "周先生 13812341234 周六下午2点": [one(**ZHOU, on=date(2026, 12, 5), at=time(14))],
    "周先生 13812341234 下周日": [one(**ZHOU, on=date(2026, 12, 13))],
    "周先生 13812341234 本周三晚上7点": [one(**ZHOU, on=date(2026, 12, 2), at=time(19))],
    "周先生 13812341234 12月3号 15:00": [one(**ZHOU, on=date(2026, 12, 3), at=time(15))],
    "周先生 13812341234 12.3 两位": [one(**ZHOU, on=date(2026, 12, 3), people=2)],
    "周先生 13812341234 1月2日": [one(**ZHOU, on=date(2027, 1, 2))],
    "报备 周先生 138****1234 云栖澜岸 明天下午3点 2人": [
        one(name="周先生", masked=("138****1234",), place="云栖澜岸", **TOMORROW, people=2)
    ],
    "周先生 138XXXX1234": [one(name="周先生", masked=("138XXXX1234",))],
    "周先生 尾号1234": [one(name="周先生", masked=("尾号1234",))],
    "周先生 13812341234 13912341234": [one(name="周先生", phones=("13812341234", "13912341234"))],
    "周先生 13812341234 李女士 13912341234 金陵序": [
        one(**ZHOU, place="金陵序"),
        one(name="李女士", phones=("13912341234",), place="金陵序"),
    ],
    "欧阳小姐 13812341234": [one(name="欧阳小姐", phones=("13812341234",))],
    "阿卜杜热合曼·买买提 13812341234": [one(name="阿卜杜热合曼·买买提", phones=("13812341234",))],
    "John Smith +852 9123 4567 金陵序": [one(name="John Smith", phones=("+852 9123 4567",), place="金陵序")],
    "张三 13812341234 经纪人：胡秀英 13900000009": [one(name="张三", phones=("13812341234",))],
    "周先生 13812341234 云栖": [one(**ZHOU, place="云栖澜岸")],
    "1、周先生 13812341234\n2、李女士 13912341234": [
        one(**ZHOU),
        one(name="李女士", phones=("13912341234",)),
    ],
    "① 周先生 13812341234\n② 李女士 13912341234": [
        one(**ZHOU),
        one(name="李女士", phones=("13912341234",)),
    ],
    "【报备】云栖澜岸 明天下午3点\n周先生 13812341234\n李女士 13912341234 2人": [
        one(**ZHOU, place="云栖澜岸", **TOMORROW),
        one(name="李女士", phones=("13912341234",), place="云栖澜岸", **TOMORROW, people=2),
    ],
    "报备楼盘：云栖澜岸\n客户姓名：周先生\n联系电话：13812341234\n到访人数：2人\n"
    "到访时间：明天下午3点\n经纪人：胡秀英 13900000009": [one(**ZHOU, place="云栖澜岸", **TOMORROW, people=2)],
    "客户：周先生\n电话：13812341234\n\n客户：李女士\n电话：13912341234\n项目：金陵序": [
        one(**ZHOU),
        one(name="李女士", phones=("13912341234",), place="金陵序"),
    ],
    "姓名：周先生\n电话：13812341234\n姓名：李女士\n电话：13912341234": [
        one(**ZHOU),
        one(name="李女士", phones=("13912341234",)),
    ],
    "周先生\n13812341234": [one(**ZHOU)],
    "姓名 手机 楼盘\n周先生 13812341234 金陵序": [one(**ZHOU, place="金陵序")],
    "你好，报备一组客户，谢谢\n周先生 13812341234": [one(**ZHOU)],
    "@温案场 报备 周先生 13812341234": [one(**ZHOU)],
    "13812341234": [one(phones=("13812341234",))],
    "周先生 云栖澜岸": [one(name="周先生", place="云栖澜岸")],
    "周先生 0571-88886666": [one(name="周先生", phones=("0571-88886666",))],
    "周先生 1381234123": [one(name="周先生", masked=("1381234123",))],
    "1381234123 云栖澜岸\n李女士 13912341234": [  # a client whose number is wrong, and no heading for those below
        one(masked=("1381234123",), place="云栖澜岸"),
        one(name="李女士", phones=("13912341234",)),
    ],
    "": [],
    "  \n\n ": [],
    "收到": [],
}


@pytest.mark.parametrize(("text", "said"), SENT.items(), ids=[repr(text[:24]) for text in SENT])
def test_a_message_is_understood(text: str, said: list[dict[str, Any]]) -> None:
    assert [parts(draft) for draft in read(text, PLACES, MONDAY)] == said


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("周先生 13812341234 金陵序", ()),
        ("周先生 13812341234", (Missing.PLACE,)),
        ("13812341234 金陵序", (Missing.NAME,)),
        ("周先生 金陵序", (Missing.PHONE,)),
        ("周先生 138****1234 金陵序", ()),
        ("周先生 尾号1234 金陵序", (Missing.FULL_PHONE,)),
        ("1381234123 金陵序", (Missing.NAME, Missing.FULL_PHONE)),
        ("周先生 138****1234 139****1234 金陵序", (Missing.ONE_PHONE,)),
        ("周先生 13812341234 13912341234 金陵序", (Missing.ONE_PHONE,)),
        ("138****1234", (Missing.NAME, Missing.PLACE)),
    ],
)
def test_what_is_missing_is_asked_for(text: str, missing: tuple[Missing, ...]) -> None:
    (draft,) = read(text, PLACES, MONDAY)
    assert draft.missing == missing


def test_a_line_stands_beside_what_was_understood_of_it() -> None:
    (draft,) = read("  报备 周先生　13812341234 ", PLACES, MONDAY)
    assert draft.text == "报备 周先生　13812341234"


@given(st.text(max_size=200), st.sampled_from(PLACES))
def test_no_text_is_too_odd(text: str, place: str) -> None:
    for draft in read(f"{text}\n{place}", PLACES, MONDAY):
        assert draft.place in ("", *PLACES)
        assert len(draft.name) <= 60


@given(st.permutations(["周先生", "13812341234", "云栖澜岸", "明天下午3点", "2人"]))
def test_the_order_does_not_matter(words: list[str]) -> None:
    (draft,) = read(" ".join(words), PLACES, MONDAY)
    assert parts(draft) == one(**ZHOU, **TOMORROW, place="云栖澜岸", people=2)
