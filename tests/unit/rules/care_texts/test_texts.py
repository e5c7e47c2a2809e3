"""Texts to clients: variables, what is refused, what is warned of, which fits; and the given library."""

import pytest

from commissions.refusal import Refusal
from portal.rules.care.due import KEEP_IN_TOUCH
from portal.rules.care.plan import Channel, Stage
from portal.rules.care.plan_toml import given_text, plan_from_toml
from portal.rules.care_texts.checks import check, parts
from portal.rules.care_texts.given import given_texts, given_words
from portal.rules.care_texts.text import CHINESE, LONGEST, Text, Variable, best, fill, script, variables
from portal.rules.not_bought.reasons import Reason

VALUES = {
    Variable.CLIENT: "王女士",
    Variable.DEVELOPMENT: "云栖里",
    Variable.ROOMS: "三室两厅",
    Variable.CONSULTANT: "小林",
    Variable.LINK: "https://t.example/a",
}


def text(**given: object) -> Text:
    values = {"code": "hello", "channel": Channel.WECHAT, "zh": "{称呼}，您好", "step": "virtual_tour"}
    return Text(**values | given)  # type: ignore[arg-type]


def test_variables_are_known_by_both_names_and_both_kinds_of_braces() -> None:
    words = "{称呼}｛楼盘｝{ rooms }{consultant} {链接} {{x}"
    assert variables(words) == frozenset(Variable)
    assert fill(words, VALUES) == ("王女士云栖里三室两厅小林 https://t.example/a {{x}", ())


@pytest.mark.parametrize(("language", "shown"), [("zh", "〔称呼〕，您好 〔称呼〕"), ("en", "[client]，您好 [client]")])
def test_what_is_not_known_is_seen(language: str, shown: str) -> None:
    assert fill("{称呼}，您好 {称呼}", {}, language) == (shown, (Variable.CLIENT,))


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"reason": Reason.PRICE}, "care_text_for_what", "use"),
        ({"step": None}, "care_text_for_what", "use"),
        ({"channel": Channel.GIFT}, "care_text_channel", "channel"),
        ({"zh": "  "}, "care_text_empty", "zh"),
        ({"zh": "字" * (LONGEST + 1)}, "care_text_too_long", "zh"),
        ({"zh": "{姓名}您好"}, "care_text_variable", "zh"),
        ({"en": "Hello {name}"}, "care_text_variable", "en"),
        ({"channel": Channel.CALL, "zh": "一\n二"}, "care_text_script", "zh"),
        ({"channel": Channel.TEXT}, "care_text_no_opt_out", "zh"),
        ({"channel": Channel.TEXT, "stage": Stage.VISITED}, "care_text_no_opt_out", "zh"),
        ({"channel": Channel.TEXT, "zh": "{称呼} 退订回T", "en": "{client}"}, "care_text_no_opt_out", "en"),
    ],
)
def test_what_could_not_be_sent_is_refused(given: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Refusal, match=code) as caught:
        text(**given)
    assert caught.value.facts["field"] == field


def test_who_has_bought_gets_a_text_that_needs_no_way_out() -> None:
    assert not text(channel=Channel.TEXT, stage=Stage.SIGNED).advertises


def test_words_are_chinese_where_there_are_no_english_ones() -> None:
    assert text().words("en") == "{称呼}，您好"
    assert text(en="Hello {client}").words("en") == "Hello {client}"
    assert script("一\n\n 二 ") == ["一", "二"]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, []),
        ({"zh": "您好，{顾问}"}, ["impersonal"]),
        ({"zh": "尊敬的客户{户型}"}, ["stock_address"]),
        ({"zh": "{称呼}，隔壁烂尾了"}, ["competitor_words"]),
        ({"zh": "{称呼} 退订回T"}, ["opt_out_elsewhere"]),
        ({"channel": Channel.TEXT, "zh": "{称呼}" + "字" * 140 + "退订回T"}, ["many_parts"]),
        ({"channel": Channel.TEXT, "zh": "{称呼}退订回T"}, []),
        ({"en": "Dear customer"}, ["impersonal", "stock_address"]),
    ],
)
def test_what_a_reviewer_is_warned_of(given: dict[str, object], codes: list[str]) -> None:
    assert [one.code for one in check(text(**given), given_words())] == codes


def test_parts_are_counted_of_what_is_really_sent() -> None:
    assert [parts("字" * count) for count in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert [parts("a" * count) for count in (160, 161, 307)] == [1, 2, 3]
    long = text(channel=Channel.TEXT, zh="{称呼}退订回T")
    assert [one.facts for one in check(long, (), longest=135)] == [{"parts": 3}]


def test_the_best_fits_stage_and_channel() -> None:
    any_stage, visited = text(code="any"), text(code="visited", stage=Stage.VISITED)
    call = text(code="call", channel=Channel.CALL, zh="一\n二\n三")
    every = [any_stage, visited, call]
    assert best(every, stage=Stage.VISITED, channel=Channel.WECHAT) is visited
    assert best(every, stage=Stage.SIGNED, channel=Channel.WECHAT) is any_stage
    assert best(every, stage=Stage.SIGNED, channel=Channel.CALL) is call
    assert best(every, stage=Stage.VISITED, channel=Channel.GIFT) is visited
    assert best([visited], stage=Stage.SIGNED, channel=Channel.WECHAT) is None


def test_the_given_library_has_a_text_for_every_step_and_every_reason() -> None:
    plan = plan_from_toml(given_text())
    steps = {step.code: step for step in plan.steps}
    of_step = {one.step: one for one in given_texts() if one.step}
    assert set(of_step) == {*steps, KEEP_IN_TOUCH, "remind", "silent"}
    assert {one.stage for code, one in of_step.items() if code in steps} == {one.stage for one in plan.steps}
    assert all(of_step[code].stage is step.stage for code, step in steps.items())
    assert {one.reason for one in given_texts() if one.reason} == set(Reason)
    assert len({one.code for one in given_texts()}) == len(given_texts())


@pytest.mark.parametrize("one", given_texts(), ids=lambda one: one.code)
def test_a_given_text_has_nothing_that_a_reviewer_is_warned_of(one: Text) -> None:
    filled = fill(one.zh, VALUES)
    assert check(one, given_words(), len(filled.words)) == []
    assert not filled.missing
    assert one.en, "both languages are said"
    assert variables(one.en) == variables(one.zh)
    assert set(CHINESE) == set(Variable)
