"""Passwords that will do, and those that a guesser tries first."""

from itertools import product
from random import Random

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from commissions.refusal import Refusal
from portal.rules.accounts.password import LONGEST, SHORTEST, check_password
from tests.nightly import NIGHTLY

PHONE = "+8613812345678"
OWN = ("Wang Xiaoming", "王小明", "Qiaoyuan", "桥园置业")

MUCH_USED = FREQUENCY_LISTS["passwords"]
ENDINGS = ("1", "12", "123", "1234", "12345", "123456", "2025", "2026", "!", "888", "520", "1314")


def refusal_of(password: str) -> str | None:
    try:
        check_password(password, PHONE, OWN)
    except Refusal as refusal:
        return refusal.code if refusal.facts["field"] == "password" else None
    return None


@pytest.mark.parametrize(
    "password",
    [
        "sunny rivers run deep",
        "correct horse battery",
        "桥下流水声声入耳来呀",
        "call me 13812345678 never",
        "9f3k20dk3m",
        "xihulongjing zhenhaohe",
        "jinwanchifan3ge",
        "ab" * 20 + "sunny rivers run deep" + "ab" * 60,
    ],
)
def test_these_will_do(password: str) -> None:
    assert refusal_of(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("123456789", "password_too_short"),
        ("x" * (LONGEST + 1), "password_too_long"),
        ("13812345678", "password_is_phone"),
        ("+8613812345678", "password_is_phone"),
        ("138-1234-5678", "password_is_phone"),
        ("a13812345678", "password_is_phone"),
    ],
)
def test_these_will_not(password: str, code: str) -> None:
    assert refusal_of(password) == code


GUESSED_FIRST = """
    Password123 Password123! P@ssw0rd2026 qwerty12345 letmein2026 iloveyou20 Admin@123456 welcome2026!
    1234567890 0987654321 1234567891 12345678910 abcdefghijk abcdefghij1 0123456789a 9876543210a
    poiuytrewq qazwsxedcrfv 1qaz2wsx3edc 1q2w3e4r5t6y asdf1234asdf
    aaaaaaaaaaaa ababababab 112233445566 abc123abc123 1234512345 888888888a
    woaini1314 woaini1314520 5201314abc wodemima123 zhongguo2026 hangzhou2025! Zhejiang@2026 laopo5201314
    qiaoyuan2026 Qiaoyuan@123 nauyoaiq2026 xiaoming1988 wangxiaoming1 zhang19880312 13812345678abcd 桥园置业桥园置业2026
"""


@pytest.mark.parametrize("password", GUESSED_FIRST.split())
def test_what_is_guessed_first_will_not(password: str) -> None:
    assert refusal_of(password) == "password_too_common"


def test_the_leaked_ones_will_not() -> None:
    """Of the 30,000 much-used passwords, those that are long enough to pass otherwise: all of them at night, by day
    always the same three hundred."""
    long_enough = [word for word in MUCH_USED if len(word) >= SHORTEST]
    assert len(long_enough) > 1_000
    tried = long_enough if NIGHTLY else Random(7).sample(long_enough, 300)
    assert [word for word in tried if refusal_of(word) is None] == []


def test_nor_will_what_is_made_of_them() -> None:
    """The ten thousand that a guesser makes first: a much-used password with an ending. A sample of them, the same
    every time."""
    made = [word + ending for word, ending in product(MUCH_USED[:2_500], ENDINGS)]
    candidates = [word for word in made if len(word) >= SHORTEST]
    assert len(candidates) > 10_000
    assert [one for one in Random(7).sample(candidates, 200) if refusal_of(one) is None] == []


def test_a_guess_costs_little_however_long_the_password() -> None:
    """The estimate grows by the square of what it looks at, and looks at no more than a sentence."""
    assert refusal_of("x7" * (LONGEST // 2)) == "password_too_common"
