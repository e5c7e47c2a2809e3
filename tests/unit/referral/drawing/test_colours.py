"""A colour is #rrggbb and nothing else."""

import pytest

from referral.drawing.colours import is_colour, rgb


def test_its_parts() -> None:
    assert rgb("#0f5E6e") == (15, 94, 110)


@pytest.mark.parametrize("text", ["", "teal", "#fff", "#12345", "#1234567", "0f5e6e", "#0f5e6g", "#0f5e6e\n"])
def test_what_is_none(text: str) -> None:
    assert not is_colour(text)
    with pytest.raises(ValueError, match="not a colour"):
        rgb(text)
