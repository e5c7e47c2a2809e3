"""Names that a reader cannot tell apart."""

import pytest

from portal.rules.names import look_of

ALIKE = [
    ("安居房产经纪", "安居房产经纪\u200b"),
    ("安居房产经纪", "安居 房产·经纪"),
    ("严复核", "\u202e严复核\u2060"),
    ("ABC Homes", "\u0410\u0412\u0421 homes"),
    ("ABC Homes", "ＡＢＣ　Ｈｏｍｅｓ"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_they_look_alike(one: str, other: str) -> None:
    assert look_of(one) == look_of(other) != ""


@pytest.mark.parametrize(("one", "other"), [("安居房产", "安居地产"), ("ABC1", "ABC2"), ("甲", "乙")])
def test_these_do_not(one: str, other: str) -> None:
    assert look_of(one) != look_of(other)
