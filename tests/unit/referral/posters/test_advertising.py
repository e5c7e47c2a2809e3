"""What an advertisement for homes may not promise, however it is written; and harmless lines that hold such words."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral.posters import advertising
from referral.posters.advertising import Promise
from referral.posters.design_file import given as house_designs

STOPPED = {
    "稳涨30%，保证上名校": ("稳涨", Promise.APPRECIATION),
    "买到就是赚到，三年涨了50%": ("涨了5", Promise.APPRECIATION),
    "Guaranteed return of 8%": ("Guaranteed return", Promise.APPRECIATION),
    "十分钟到地铁": ("十分钟到", Promise.TRAVEL_TIME),
    "步行八分钟到地铁": ("步行八分钟", Promise.TRAVEL_TIME),
    "地铁 8 分钟": ("地铁 8 分钟", Promise.TRAVEL_TIME),
    "Eight minutes on foot from the metro": ("Eight minutes on foot", Promise.TRAVEL_TIME),
    "买房落户，学区无忧": ("落户", Promise.SCHOOLING),
    "全城最佳": ("最佳", Promise.SUPERLATIVE),
    "国家级园林": ("国家级", Promise.SUPERLATIVE),
    "杭州第一豪宅": ("杭州第一", Promise.SUPERLATIVE),
    "The best homes": ("best", Promise.SUPERLATIVE),
    "找我便宜两个点": ("便宜两个点", Promise.PRICE),
    "零首付": ("零首付", Promise.PRICE),
    "众筹买房": ("众筹", Promise.FINANCING),
    "旺财的好风水": ("旺财", Promise.SUPERSTITION),
    "年年涨": ("年年涨", Promise.APPRECIATION),
    "一年翻一倍": ("翻一倍", Promise.APPRECIATION),
    "十年十倍": ("十年十倍", Promise.APPRECIATION),
    "学qu房": ("学qu", Promise.SCHOOLING),
    "全城第1": ("全城第1", Promise.SUPERLATIVE),
    "首付0元": ("首付0元", Promise.PRICE),
    # spaces, signs, width, traditional characters, stand-ins, other alphabets
    "升 值": ("升 值", Promise.APPRECIATION),
    "升\u200b-·值": ("升\u200b-·值", Promise.APPRECIATION),
    "穩漲": ("穩漲", Promise.APPRECIATION),
    "増 値": ("増 値", Promise.APPRECIATION),
    "蕞佳地段": ("蕞佳", Promise.SUPERLATIVE),
    "ＢＥＳＴ": ("ＢＥＳＴ", Promise.SUPERLATIVE),
    "b e s t": ("b e s t", Promise.SUPERLATIVE),
    "N\u041e.1": ("N\u041e.1", Promise.SUPERLATIVE),
    "拾分鐘直達地鐵": ("拾分鐘直達", Promise.TRAVEL_TIME),
}
HARMLESS = (
    *("推窗见湖，归家即远山", "把日子过成喜欢的样子", "好邻居，值得做一辈子", "离地铁只有三百米"),
    *("我在这里住了三年，越住越喜欢", "第一次来就喜欢上了", "我最喜欢这里的早晨", "八分钟的歌，听完就到周末"),
    *("三期第一排", "All the best, Lin", "bestow, NO.12", "价格公道", "第1期", "十年如一日", "翻开一本书"),
    *("", "2026", "😀", "３號樓業主"),
)  # fmt: skip


@pytest.mark.parametrize("text", STOPPED)
def test_a_promise_is_stopped_and_the_word_is_said_as_it_was_written(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        advertising.check(text, field="slogan")
    assert refused.value.code == "advertising_promise"
    facts = refused.value.facts
    assert (facts["word"], facts["promise"]) == STOPPED[text]
    assert "第" in facts["source"]
    assert facts["field"] == "slogan"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_promises_nothing_may_stand(text: str) -> None:
    assert advertising.find(text) is None


def _words() -> list[tuple[str, str]]:
    rules = tomllib.loads(files("referral.posters").joinpath("advertising.toml").read_text("utf-8"))
    return [(name, word) for name, rule in rules.items() for word in rule["words"]]


def test_every_kept_word_is_stopped_by_a_rule() -> None:
    assert {Promise(name) for name, _word in _words()} <= set(Promise)
    assert [word for _name, word in _words() if advertising.find(f"我们，{word}。") is None] == []


@given(st.sampled_from(_words()), st.text(alphabet=" \u3000\u200b-·，.|*_", max_size=3))
def test_signs_between_its_letters_hide_no_word(kept: tuple[str, str], between: str) -> None:
    assert advertising.find(between.join(kept[1])) is not None


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    found = advertising.find(text)
    assert found is None or found.word in text


def test_no_design_of_the_house_promises_anything() -> None:
    said = [text for design in house_designs().values() for words in design.words.values() for text in words.values()]
    assert [text for text in said if advertising.find(text)] == []
