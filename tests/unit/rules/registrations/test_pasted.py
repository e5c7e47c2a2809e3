"""A name and a number that came in one line."""

import pytest

from portal.rules.registrations.pasted import split_client

LINES = {
    "王女士 138 2000 9003": ("138 2000 9003", "王女士"),
    "13820009003王女士": ("13820009003", "王女士"),
    "王女士：138-2000-9003": ("138-2000-9003", "王女士"),
    "＋86 138 2000 9003，王 小明": ("+86 138 2000 9003", "王 小明"),
    "John Smith +852 9123 4567": ("+852 9123 4567", "John Smith"),
    "王女士\n13820009003": ("13820009003", "王女士"),
    "13820009003": None,
    "13820009003a": None,
    "王女士": None,
    "王女士 13820009003 13820009004": None,
    "王女士 3号 13820009003": None,
    "": None,
}


@pytest.mark.parametrize(("line", "parts"), LINES.items(), ids=[repr(line) for line in LINES])
def test_a_line_in_its_two_parts(line: str, parts: tuple[str, str] | None) -> None:
    assert split_client(line) == parts
