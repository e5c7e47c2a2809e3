"""Lines break where Chinese and English readers expect it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.drawing.typeset import break_lines, clean, cut, parts_a_clause


def cells(text: str) -> float:
    """Chinese signs two wide, the others one."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("湖边的家", 20, ["湖边的家"]),
        ("湖边的家等你来", 12, ["湖边的家", "等你来"]),
        ("湖边的家，等你来", 6, ["湖边的", "家，", "等你来"]),
        ("住进森林里，离地铁只有三百米", 20, ["住进森林里，", "离地铁只有三百米"]),
        ("我在这里住了三年，越住越喜欢", 20, ["我在这里住了三年，", "越住越喜欢"]),
        ("三面环山，一面朝你", 12, ["三面环山，", "一面朝你"]),
        ("把最好的风景留给最亲的人", 16, ["把最好的风景", "留给最亲的人"]),
        ("四面环湖的低密社区离地铁站 600 米", 20, ["四面环湖的低密社区", "离地铁站 600 米"]),
        ("青石科技员工专享，购房再减 1.5%", 20, ["青石科技员工专享，", "购房再减 1.5%"]),
        ("下班坐地铁回 Lake House 看书", 18, ["下班坐地铁回", "Lake House 看书"]),
        ("三至四房均价三万元起", 12, ["三至四房", "均价三万元起"]),
        ("Live next door to people you like", 20, ["Live next door", "to people you like"]),
        ("他说《湖边》好", 6, ["他说", "《湖", "边》好"]),
        ("a quiet lake side", 9, ["a quiet", "lake side"]),
        ("incomprehensible", 6, ["incomp", "rehens", "ible"]),
        ("距地铁80分钟", 7, ["距地铁", "80分钟"]),
        ("先\n后", 20, ["先", "后"]),
        ("", 20, []),
    ],
)
def test_breaks(text, width, lines):
    assert break_lines(text, width, cells) == lines


texts = st.text(alphabet="湖边的家，。《》（ab cd\n𠮷1", max_size=60).map(clean)
widths = st.integers(8, 40)


@given(texts, widths)
def test_nothing_is_lost_and_nothing_is_too_wide(text, width):
    lines = break_lines(text, width, cells)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cells(line) <= width for line in lines)


@given(texts, widths, st.integers(1, 3))
def test_what_is_cut_says_so(text, width, max_lines):
    lines = cut(text, max_lines, width, cells)
    assert len(lines) <= max_lines
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split()) or lines[-1].endswith("…")


CUT = {
    "a last line that was whole has no stop before the ellipsis": ("湖边的家。\n等你来。", 1, ["湖边的家…"]),
    "the lines before it break by meaning": (
        "湖边低密的社区，一应俱全，生活从容。\n等你来",
        2,
        ["湖边低密的社区，", "一应俱全，生活从容…"],
    ),
}


@pytest.mark.parametrize(("text", "most", "lines"), CUT.values(), ids=CUT)
def test_what_was_left_out_is_cut_off_well(text, most, lines):
    assert cut(text, most, 22, cells) == lines


@pytest.mark.parametrize(
    ("lines", "text", "parts"),
    [
        (["住进森林里，离", "地铁只有三百米"], "住进森林里，离地铁只有三百米", True),
        (["住进森林里，", "离地铁只有三百米"], "住进森林里，离地铁只有三百米", False),
        (["把最好的风景", "留给最亲的人"], "把最好的风景留给最亲的人", False),
        (["好邻居", "值得做，", "一辈子"], "好邻居\n值得做，一辈子", False),
    ],
)
def test_a_parted_clause_is_seen(lines, text, parts):
    assert parts_a_clause(lines, text) is parts


def test_controls_and_odd_spaces_are_cleaned():
    assert clean("a\u200b\u202e b\u3000\tc\n\n d\x00") == "a b c\nd"
