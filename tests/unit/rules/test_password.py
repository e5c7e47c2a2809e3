"""Passwords that will do, and those that a guesser tries first."""

import pytest

from commissions.refusal import Refusal
from portal.rules.password import COMMON, SHORTEST, check_password

PHONE = "+8613812345678"


@pytest.mark.parametrize(
    "password",
    ["sunny rivers run deep", "correct horse battery", "桥下流水声声入耳来呀", "call 13812345678 never", "9f3k20dk3m"],
)
def test_these_will_do(password: str) -> None:
    check_password(password, PHONE)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("123456789", "password_too_short"),
        ("x" * 201, "password_too_long"),
        ("13812345678", "password_is_phone"),
        ("+8613812345678", "password_is_phone"),
        ("138-1234-5678", "password_is_phone"),
        ("a13812345678", "password_is_phone"),
        ("Password123", "password_too_common"),
        ("woaini1314", "password_too_common"),
        ("1234567890", "password_too_common"),
        ("0987654321", "password_too_common"),
        ("abcdefghijk", "password_too_common"),
        ("poiuytrewq", "password_too_common"),
        ("aaaaaaaaaaaa", "password_too_common"),
        ("ababababab", "password_too_common"),
    ],
)
def test_these_will_not(password: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_password(password, PHONE)
    assert refused.value.code == code
    assert refused.value.facts["field"] == "password"


def test_the_common_ones_are_long_enough_to_need_listing() -> None:
    assert all(len(word) >= SHORTEST and word == word.casefold() for word in COMMON)
