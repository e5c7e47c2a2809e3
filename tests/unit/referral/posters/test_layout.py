"""Where a text stands: as large as its room lets it, in so many lines, cut only at the least size."""

from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from referral.drawing.typefaces import measure, typeface
from referral.drawing.typeset import ELLIPSIS
from referral.posters.design import Box, Stack, TextStyle, line_height
from referral.posters.design_file import load
from referral.posters.layout import Setting, set_stacks

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


BY_MEANING = {  # ten letters of 40 pixels to a line
    "a headline is a little smaller rather than parted": (700, "住进湖边的森林里面呀，离地铁只有三百米", 36),
    "not by more than a fifth": (700, "住进湖边的大森林里面呀好呀，离地铁只有三百米", 36),
    "what is read from near is not": (400, "住进湖边的森林里面呀，离地铁只有三百米", 40),
}


@pytest.mark.parametrize(("weight", "text", "size"), BY_MEANING.values(), ids=BY_MEANING)
def test_what_is_read_from_afar_breaks_by_meaning(weight: int, text: str, size: int) -> None:
    placed = set_in(text, replace(STYLE, weight=weight)).lines
    assert {line.size for line in placed} == {size}, [line.text for line in placed]


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


def drawn(setting: Setting) -> Image.Image:
    """The ink of a setting, white on black."""
    image = Image.new("L", (600, 1400))
    for line in setting.lines:
        font = typeface(line.size, line.weight)
        for text, left in line.parts():
            ImageDraw.Draw(image).text((left, line.baseline), text, fill=255, font=font, anchor="ls")
    return image


CODE = TextStyle(name="text", text="{code}", size=40, min_size=20, colour="ink", weight=600)


class TestACode:
    """It is read sign by sign, and typed: what a word's letters may do to each other its signs may not."""

    def test_no_two_signs_touch(self) -> None:
        ink = drawn(set_in("7R9P-N4VV", CODE))
        columns = [ink.crop((x, 0, x + 1, ink.height)).getbbox() is not None for x in range(ink.width)]
        runs = "".join("x" if one else " " for one in columns).split()
        assert len(runs) == len("7R9P-N4VV"), "as a word VV is one run, and read as W"

    @pytest.mark.parametrize("align", ["left", "centre", "right"])
    def test_stands_at_its_side_and_its_ink_is_where_it_is_said_to_be(self, align: str) -> None:
        setting = set_in("7R9P-N4VV", CODE, align=align)
        ink = setting.boxes["text"]
        free = {"left": ink.left - BOX.left, "right": BOX.right - ink.right}
        free["centre"] = abs(free["left"] - free["right"])
        assert free[align] <= 4
        assert drawn(setting).getbbox() == pytest.approx((ink.left, ink.top, ink.right, ink.bottom), abs=3)

    def test_is_smaller_rather_than_wider_than_its_room(self) -> None:
        narrow = Stack(BOX._replace(width=150), (CODE,))
        setting = set_stacks(ARCH, [narrow], {"text": "MMMM-WWWW"}, ARCH.colours)
        assert len(setting.lines) == 1 or setting.lines[0].size == CODE.min_size
        assert all(line.parts()[-1][1] < narrow.box.right for line in setting.lines)

    def test_words_are_set_as_words(self) -> None:
        assert set_in("VVWA").lines[0].parts() == [("VVWA", BOX.left)]
