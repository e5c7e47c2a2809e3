"""Tags: their words, the rules by which some set themselves, and merging."""

from typing import Any

import pytest

from commissions.refusal import Refusal
from portal.rules.care_files.facts import Fact
from portal.rules.care_files.tags import GIVEN, TagKind, TagRule, check_merge, fold, tidy, words_in

OFTEN = TagRule(Fact.VIRTUAL_TOURS, 3)


@pytest.mark.parametrize(("figure", "borne"), [(2, False), (3, True), (9, True)])
def test_a_tag_sets_itself_from_its_figure_on(figure: int, borne: bool) -> None:
    assert OFTEN.holds({Fact.VIRTUAL_TOURS: figure}) is borne
    assert not OFTEN.holds({}), "what is not known does not count"


def test_the_given_words_are_each_there_once_and_of_every_kind() -> None:
    assert len({fold(one.word) for one in GIVEN}) == len(GIVEN)
    assert {one.kind for one in GIVEN} == set(TagKind)
    assert {one.rule.fact for one in GIVEN if one.rule} >= {
        Fact.VIRTUAL_TOURS,
        Fact.DAYS_WITHOUT_CONTACT,
        Fact.BY_POSTER,
    }


@pytest.mark.parametrize(
    ("typed", "kept"), [("  #学 区 ", "学 区"), ("Ｖｉｐ", "Vip"), ("线上看房≥3次", "线上看房≥3次")]
)
def test_a_word_is_tidied(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [(" # ", "care_tag_empty"), ("很" * 21, "care_tag_long"), ("王总138 2000 9003", "care_tag_digits")],
)
def test_a_word_that_is_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        tidy(typed)
    assert refused.value.code == code


def test_words_are_taken_out_of_a_cell_each_once() -> None:
    assert words_in("学区、改善，#海报 ＶＩＰ;vip / 学区") == ["学区", "改善", "海报", "vip"]
    assert words_in(" 、 ") == []


MERGES: dict[str, tuple[dict[str, Any], str]] = {
    "with itself": ({"tag_id": 1, "into_id": 1, "into_merged": False, "ruled": False}, "care_tag_merge_self"),
    "into a former word": ({"tag_id": 1, "into_id": 2, "into_merged": True, "ruled": False}, "care_tag_merged"),
    "one that sets itself": ({"tag_id": 1, "into_id": 2, "into_merged": False, "ruled": True}, "care_tag_sets_itself"),
}


@pytest.mark.parametrize(("merge", "code"), MERGES.values(), ids=MERGES)
def test_a_merge_that_makes_no_sense_is_refused(merge: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_merge(**merge)
    assert refused.value.code == code


def test_any_other_merge_is_good() -> None:
    check_merge(1, 2, into_merged=False, ruled=False)


def test_a_rule_needs_a_figure() -> None:
    with pytest.raises(Refusal) as refused:
        TagRule(Fact.VISITS, 0)
    assert refused.value.code == "care_tag_rule"
