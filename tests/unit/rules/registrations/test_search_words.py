"""By which words a client is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.registrations.search_words import tail_in, words_of

NAMES = {
    "王小明": ({"王"}, "王小明"),
    "王女士": ({"王"}, "王"),
    " 王 小明 ": ({"王"}, "王小明"),
    "欧阳娜娜": ({"欧阳"}, "欧阳娜娜"),
    "欧阳先生": ({"欧阳"}, "欧阳"),
    "欧小姐": ({"欧"}, "欧"),
    "李总": ({"李"}, "李"),
    "总": ({"总"}, "总"),
    "John  SMITH": ({"john", "smith"}, "john smith"),
    "ＪＯＨＮ": ({"john"}, "john"),
    "": (set(), ""),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=[repr(name) for name in NAMES])
def test_the_words_of_a_name(name: str, expected: tuple[set[str], str]) -> None:
    words = words_of(name)
    assert (set(words.surnames), words.whole) == expected


@given(st.text(max_size=12))
def test_a_name_is_found_by_what_it_is_written_like(name: str) -> None:
    assert words_of(f"  {name} ") == words_of(name)


TAILS = {"5678": "5678", " 5678 ": "5678", "５６７８": "5678", "567": None, "56789": None, "56a8": None, "٥٦٧٨": None}


@pytest.mark.parametrize(("typed", "tail"), TAILS.items(), ids=[repr(typed) for typed in TAILS])
def test_four_digits_are_the_end_of_a_number(typed: str, tail: str | None) -> None:
    assert tail_in(typed) == tail
