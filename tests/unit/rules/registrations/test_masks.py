"""Parts of a number: how they are read, what they fit, and how a surname sounds."""

import pytest

from commissions.refusal import Refusal
from portal.rules.judgements.completing import Doubt, Found, doubt_of
from portal.rules.registrations.masks import Mask, is_masked, reads
from portal.rules.registrations.surnames import readings

READ = {
    "138****1234": "138****1234",
    " 138XXXX1234 ": "138****1234",
    "１３８＊＊＊＊１２３４": "138****1234",
    "138-××××-1234": "138****1234",
    "199●●1234": "199****1234",
}


@pytest.mark.parametrize("text", READ)
def test_it_is_read_as_people_write_it(text: str) -> None:
    assert str(Mask.read(text)) == READ[text]
    assert is_masked(text)
    assert reads(text)


@pytest.mark.parametrize(
    "text", ["13800001234", "尾号1234", "13****1234", "138****123", "128****1234", "138****12345", ""]
)
def test_what_is_none(text: str) -> None:
    assert not reads(text)
    with pytest.raises(Refusal) as refused:
        Mask.read(text)
    assert (refused.value.code, refused.value.facts["field"]) == ("invalid_mask", "phone")


def test_a_number_without_digits_or_signs_is_no_masked_one() -> None:
    assert [is_masked(text) for text in ("13800001234", "****", "138?", "")] == [False, False, True, False]


FITS = {
    "+8613800001234": True,
    "+8613900001234": False,
    "+8613800001235": False,
    "+85213801234": False,
    "+86138": False,
}


@pytest.mark.parametrize("number", FITS)
def test_which_numbers_it_may_stand_for(number: str) -> None:
    assert Mask("138", "1234").fits(number) is FITS[number]


def test_of_a_number_elsewhere_there_is_none() -> None:
    assert Mask.of("+85251234567") is None


WHOLE = {"0000": "13800001234", "００００": "13800001234", "13800001234": "13800001234", "123": "123", "abcd": "abcd"}


@pytest.mark.parametrize("typed", WHOLE)
def test_the_four_digits_in_between_are_enough(typed: str) -> None:
    assert Mask("138", "1234").whole(typed) == WHOLE[typed]


SOUNDS = {
    "单女士": {"shan", "dan"},
    "曾先生": {"zeng", "ceng"},
    "查": {"zha", "cha"},
    "仇总": {"qiu", "chou"},
    "解小姐": {"xie", "jie"},
    "朴老师": {"piao", "pu"},
    "翟阿姨": {"zhai", "di"},
    "章先生": {"zhang"},
    "張先生": {"zhang"},
    "Zhang": {"zhang"},
    "欧阳锋": {"ouyang", "ou"},
    "单于晴": {"chanyu", "shan", "dan"},
    "John Smith": {"john", "smith"},
    "𠮷田": {"𠮷"},
    "  ": set(),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_how_a_surname_sounds(name: str) -> None:
    assert readings(name) == SOUNDS[name]


DOUBTS = {
    Found(): None,
    Found(held=True, older_mask=True, sold=True, other_number=True): Doubt.HELD,
    Found(older_mask=True, sold=True, other_number=True): Doubt.OLDER_MASK,
    Found(sold=True, other_number=True): Doubt.SOLD,
    Found(other_number=True): Doubt.OTHER_NUMBER,
}


@pytest.mark.parametrize("found", DOUBTS)
def test_when_a_person_decides(found: Found) -> None:
    assert doubt_of(found) is DOUBTS[found]
