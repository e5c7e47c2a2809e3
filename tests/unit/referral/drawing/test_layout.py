"""Where a text stands: as large as its room lets it, in so many lines, cut only at the least size."""

import pytest

from referral.drawing.layout import Setting, set_stacks
from referral.drawing.typefaces import measure
from referral.drawing.typeset import ELLIPSIS
from referral.posters.design import Box, Stack, TextStyle, line_height
from referral.posters.design_file import load

ARCH = load("arch")
BOX = Box(84, 908, 400, 460)
STYLE = TextStyle(name="text", text="{headline}", size=40, min_size=20, colour="ink", max_lines=2)


def set_in(text: str, style: TextStyle = STYLE, **stack: str) -> Setting:
    return set_stacks(ARCH, [Stack(BOX, (style,), **stack)], {"text": text}, ARCH.colours)


FITS = {  # letters of 40 pixels: ten to a line of 400
    "one line": (10, 40, 1),
    "one letter more is a second line": (11, 40, 2),
    "the room is just full": (20, 40, 2),
    "smaller by steps of two until it fits": (21, 36, 2),
    "the last that two lines hold": (26, 30, 2),
    "as small as it gets: four lines": (80, 20, 4),
}


@pytest.mark.parametrize(("letters", "size", "lines"), FITS.values(), ids=FITS)
def test_a_text_is_as_large_as_its_room_lets_it(letters: int, size: int, lines: int) -> None:
    placed = set_in("字" * letters).lines
    assert ({line.size for line in placed}, len(placed)) == ({size}, lines)
    assert "".join(line.text for line in placed) == "字" * letters


def test_what_does_not_fit_at_the_least_size_is_cut_and_says_so() -> None:
    placed = set_in("字" * 81).lines
    assert ({line.size for line in placed}, len(placed)) == ({20}, 4)
    assert placed[-1].text.endswith(ELLIPSIS)
    assert all(measure(20, 400)(line.text) <= BOX.width for line in placed)


@pytest.mark.parametrize(("anchor", "top"), [("top", 0), ("middle", (460 - 60) // 2), ("bottom", 460 - 60)])
def test_the_room_that_is_left_stands_where_the_anchor_says(anchor: str, top: int) -> None:
    step = line_height(STYLE.size, STYLE.leading)
    assert step == 60
    (line,) = set_in("字", anchor=anchor).lines
    assert BOX.top + top < line.baseline < BOX.top + top + step


@pytest.mark.parametrize(("align", "left"), [("left", 0), ("centre", 180), ("right", 360)])
def test_a_line_stands_at_its_side(align: str, left: int) -> None:
    assert set_in("字", align=align).lines[0].left == pytest.approx(BOX.left + left, abs=1)


def test_a_text_that_says_nothing_takes_no_room() -> None:
    assert set_in("").lines == ()
