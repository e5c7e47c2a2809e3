"""Codes survive people; links survive strangers."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral import code

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)

codes = st.randoms(use_true_random=False).map(lambda source: code.mint(source.randrange))


def refused(text: str) -> bool:
    try:
        code.check(text)
    except Refusal as refusal:
        return refusal.code == "code_mistyped"
    return False


def test_alphabet_is_prime_and_has_no_lookalikes():
    size = len(code.ALPHABET)
    assert all(size % divisor for divisor in range(2, size))
    assert size > code.LENGTH
    assert not set("01OILUZ") & set(code.ALPHABET)
    assert len(set(code.ALPHABET)) == size


@given(codes)
def test_minted_codes_check(minted):
    assert code.check(minted) == minted
    assert len(minted) == code.LENGTH


@given(codes)
def test_every_single_wrong_letter_is_caught(minted):
    for place, letter in itertools.product(range(code.LENGTH), code.ALPHABET):
        if letter != minted[place]:
            assert refused(minted[:place] + letter + minted[place + 1 :])


def test_every_pair_of_neighbours_swapped_is_caught():
    """Exhaustive over places and pairs: the sum is linear, so the other letters cannot matter."""
    rest = code.mint(random.Random(7).randrange)[:-1]
    for place, (first, second) in itertools.product(range(code.LENGTH - 2), itertools.permutations(code.ALPHABET, 2)):
        body = rest[:place] + first + second + rest[place + 2 :]
        minted = body + code._check_letter(body)
        assert refused(minted[:place] + second + first + minted[place + 2 :])


@given(codes)
def test_every_swap_within_one_code_is_caught(minted):
    for left, right in itertools.combinations(range(code.LENGTH), 2):
        letters = list(minted)
        letters[left], letters[right] = letters[right], letters[left]
        assert minted[left] == minted[right] or refused("".join(letters))


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


@given(codes)
def test_how_people_type_it_does_not_matter(minted):
    variants = [
        minted.lower(),
        f"  {code.grouped(minted)}\n",
        " ".join(minted),
        full_width(minted),
        full_width(minted.lower()),
        f"{minted[:4]}\u3000{minted[4:]}",
        f"{minted[:4]}\u2014{minted[4:]}",
        f"\u200b{minted}",
    ]
    assert {code.check(variant) for variant in variants} == {minted}


@pytest.mark.parametrize("text", ["", " ", "K7M4", "O0I1LUZZ", "推荐人", "2" * 9, "\ud800", "22222222X" * 999])
def test_what_is_no_code_is_refused(text):
    assert refused(text)


@given(st.text())
def test_any_text_is_judged_calmly(text):
    assert refused(text) or code.check(text)


def test_minting_takes_its_randomness_from_the_caller():
    assert code.mint(random.Random(1).randrange) == code.mint(random.Random(1).randrange)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(["voucher", "opt-out"]))
def test_a_signed_link_returns_its_payload(payload, purpose):
    token = code.sign_link(purpose, payload, KEY)
    assert code.verify_link(token, purpose, KEY, NOW) == payload
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def link_refusal(token: str, purpose: str = "voucher", key: bytes = KEY, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refusal:
        code.verify_link(token, purpose, key, now)
    return refusal.value.code


def test_a_link_is_bound_to_purpose_and_key():
    token = code.sign_link("voucher", "42", KEY)
    assert link_refusal(token, purpose="opt-out") == "link_invalid"
    assert link_refusal(token, key=KEY[::-1]) == "link_invalid"


def test_every_changed_letter_of_a_link_is_noticed():
    token = code.sign_link("voucher", "42", KEY, NOW + timedelta(days=1))
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert link_refusal(token[:place] + other + token[place + 1 :]) == "link_invalid"


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "推荐.0.x", "\ud800.0.x", "NDI.0."])
def test_nonsense_is_no_link(token):
    assert link_refusal(token) == "link_invalid"


def test_the_instant_of_expiry_is_already_expired():
    token = code.sign_link("voucher", "42", KEY, NOW)
    assert code.verify_link(token, "voucher", KEY, NOW - timedelta(seconds=1)) == "42"
    assert link_refusal(token, now=NOW) == "link_expired"


def test_weak_keys_and_zoneless_instants_are_programming_errors():
    with pytest.raises(ValueError, match="16 bytes"):
        code.sign_link("voucher", "42", b"short")
    with pytest.raises(ValueError, match="zone"):
        code.sign_link("voucher", "42", KEY, NOW.replace(tzinfo=None))
