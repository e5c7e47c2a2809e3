"""What a referrer writes on a poster is asked for promises, for ways past the code, and for the sales office's name."""

import pytest

from commissions.refusal import Refusal
from portal.services.posters import posters
from portal.services.posters.posters import PosterChoices

OWN = "王冠军"


@pytest.mark.parametrize("field", posters.OWN_TEXTS)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("稳涨30%，保证上名校", "advertising_promise"),
        ("最佳邻居", "advertising_promise"),
        ("找我便宜两个点，电话 13812345678", "own_line_contact"),
        ("V信 abc12345", "own_line_contact"),
        ("壹叁捌壹贰叁肆伍陆柒捌", "own_line_contact"),
        ("官方顾问", "own_line_office"),
    ],
)
def test_every_line_is_asked_the_same(field: str, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        posters.check_words(PosterChoices(**{field: text}), OWN)
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)


@pytest.mark.parametrize(
    ("name", "title", "code"),
    [("老林 138", "1234 5678", "own_line_contact"), ("邻里升", "值空间大", "advertising_promise")],
)
def test_what_stands_under_a_name_is_read_on_from_it(name: str, title: str, code: str) -> None:
    posters.check_words(PosterChoices(name=name), OWN)
    with pytest.raises(Refusal) as refused:
        posters.check_words(PosterChoices(name=name, title=title), OWN)
    assert (refused.value.code, refused.value.facts["field"]) == (code, "title")


def test_nobody_is_refused_his_own_name() -> None:
    posters.check_words(PosterChoices(name=OWN, title="3 号楼业主"), OWN)
