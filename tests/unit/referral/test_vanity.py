"""Codes of one's own: what may be chosen, and that no slip leads from one to another."""

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral import code, vanity

SIGNS = string.ascii_uppercase + string.digits
words = st.text(SIGNS, min_size=vanity.SHORTEST, max_size=vanity.LONGEST)


def refused(text: str) -> str | None:
    try:
        vanity.choose(text)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        *[(word, None) for word in ("CHENJY", "jing8", " liu-f ", "ＷＡＮＧ", "EDDIE", "JIANG")],
        *[(word, "vanity_shape") for word in ("abc", "ABCDEFG", "2468", "陈静怡啊", "A_B!", "", "ABCD\ud800")],
        *[(word, "vanity_taken_word") for word in ("ADMIN", "adm1n", "THANKS", "SH1T", "XFUCK", "0FF1CE")],
        *[(word, "vanity_taken_word") for word in ("ADMINS", "LOGIN1", "8BANKS", "LIANJI", "BEIKE", "58tc")],
        *[(word, "vanity_taken_word") for word in ("5HIT", "A55HOL", "RINIMA", "SB250", "LAJI", "FAGGOT", "HITLER")],
        *[(word, "vanity_taken_word") for word in ("5EX69", "R4PES", "88SEXY", "SHA81")],
        *[(word, None) for word in ("SKILL", "ESSEX", "SUSSEX", "GRAPES", "DICKEN", "CLASS8")],
        *[(word, None) for word in ("CAO666", "NIMA8", "SBJING", "JASSY", "MRS58", "BANKE5", "TESTA")],
    ],
)
def test_what_may_be_chosen(typed: str, why: str | None) -> None:
    assert refused(typed) == why


@pytest.mark.parametrize(
    ("typed", "may_be"), [("ABC", False), ("abcd", True), (" a-b c.d ", True), ("ABCDEF", True), ("ABCDEFG", False)]
)
def test_only_what_is_as_long_as_one_is_looked_up(typed: str, may_be: bool) -> None:
    assert vanity.could_be(typed) is may_be


@pytest.mark.parametrize(("one", "other"), [("LILY", "1I1Y"), ("ZOU", "20V"), ("oliu", "0LIV")])
def test_letters_that_look_alike_are_one(one: str, other: str) -> None:
    assert vanity.fold(one) == vanity.fold(other)


@given(words, st.data())
def test_every_slip_is_near_in_both_directions(word: str, data: st.DataObject) -> None:
    """One wrong letter, one left out, one added, or two swapped: whichever it was, the other code was refused."""
    at = data.draw(st.integers(0, len(word) - 1))
    sign = data.draw(st.sampled_from(SIGNS))
    slips = [word[:at] + sign + word[at + 1 :], word[:at] + word[at + 1 :], word[:at] + sign + word[at:], word + sign]
    slips += [word[:at] + word[at + 1] + word[at] + word[at + 2 :]] if at + 1 < len(word) else []
    for slip in map(vanity.fold, slips):
        assert slip in vanity.near(vanity.fold(word))
        assert vanity.fold(word) in vanity.near(slip)


def test_one_look_into_the_index_finds_them_all() -> None:
    assert len(vanity.near("CHENJY")) < 500


@given(words)
def test_it_is_never_taken_for_a_drawn_code_nor_for_one_with_a_letter_lost(word: str) -> None:
    assert len(word) < code.LENGTH - 1
    with pytest.raises(Refusal):
        code.check(word)


def test_every_swap_of_a_drawn_code_with_its_check_letter_is_caught() -> None:
    """The weights of the places are all different and below the prime, so no swap keeps the sum: exhaustive."""
    weights = [*range(code.LENGTH, 1, -1), 1]
    size = len(code.ALPHABET)
    assert all(
        (left - right) * difference % size
        for place, left in enumerate(weights)
        for right in weights[place + 1 :]
        for difference in range(1, size)
    )
    assert all(weight * wrong % size for weight in weights for wrong in range(1, size))
    assert all(left - right == 1 for left, right in pairwise(weights))
