"""A design's faults: all of them at once, each at its line, and nobody's file costs much."""

import pytest

from referral.posters.design import DesignError
from referral.posters.design_file import MAX_BYTES, given, read_design
from referral.posters.design_lines import line_of
from tests.unit.referral.posters.test_poster import TOML

LINES = TOML.splitlines()


def faults_of(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(DesignError) as wrong:
        read_design(text)
    return [(line_of(text, fault.place, str(fault)), str(fault)) for fault in wrong.value.faults]


def line(words: str) -> int:
    return next(number for number, one in enumerate(LINES, 1) if words in one)


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("mark = [60", "mark = [5", "mark ="),
        ("qr = [60, 1400", "qr = [60, 1370", "qr ="),
        ('text = "{code}"', 'text = "code"', "[[stacks]]"),
        ('text = "{code}"', 'text = "{code"', 'text = "{code}"'),
        ("box = [160, 1100, 400, 180]", "box = [160, 1100, 400, 100]", "[[stacks]]"),
        ("#0f5e6e", "teal", "colours ="),
        ("margin = 40", "margin = 40.5", "margin ="),
        ("margin = 40", "margin = ", "margin ="),
        ("box = [40, 1380, 440, 440]", "box = [40, 1380, 440, 2000]", "panels ="),
    ],
)
def test_a_fault_has_its_line(old: str, new: str, at: str) -> None:
    assert old in TOML
    assert faults_of(TOML.replace(old, new))[0][0] == line(at)


def test_the_second_text_of_a_stack_is_told_from_the_first() -> None:
    wrong = TOML.replace('name = "b"\ntext = "{code}"\nsize = 40', 'name = "b"\ntext = "{code}"\nsize = "40"')
    assert faults_of(wrong)[0][0] == line('name = "b"') + 2
    small = TOML.replace('size = 40\nmin_size = 20\ncolour = "ink"\n', "@").rsplit("@", 1)
    last = 'size = 40\nmin_size = 9\ncolour = "ink"\n'
    wrong = small[0].replace("@", 'size = 40\nmin_size = 20\ncolour = "ink"\n') + last
    assert faults_of(wrong) == [(line('name = "b"'), "stack 1 (a, b), b: min_size must be from 16 px to its size")]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = TOML.replace("margin = 40", "margin = -1").replace('colour = "ink"', 'color = "pink"')
    told = [words for _line, words in faults_of(wrong)]
    assert len(told) == 5
    assert told[0].startswith("margin: it must be a whole number")
    wrong = TOML.replace("mark = [60, 1100", "mark = [5, 980").replace("400, 400]", "300, 301]")
    assert len(faults_of(wrong)) >= 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = " + "[" * 20_000, "it is no TOML"),
        ("a = " + "9" * 20_000, "it is no TOML"),
        ("#" * (MAX_BYTES + 1), "it is larger than"),
        (TOML.replace("size = 40", "size = 4000"), "it must be a whole number from 1 to 400"),
        (TOML + "[[bands]]\nbox = [0, 0, 1, 1]\ncolour = 'ink'\n" * 100, "bands: there are at most 24"),
        ("stacks = 3", "stacks: it must be a list of tables"),
        ("picture = 3", "picture: it must be a table"),
        ("words = { zh = 1 }", "words, zh: it must be a table of texts"),
        ("", "colours: it is missing"),
    ],
)
def test_nobodys_file_costs_much(text: str, complaint: str) -> None:
    assert any(complaint in words for _line, words in faults_of(text))


def test_the_designs_of_the_house_are_far_from_the_bounds() -> None:
    assert all(len(design.stacks) < 10 and len(design.panels) < 10 for design in given().values())


def test_a_table_of_its_own_and_a_long_text_have_their_lines() -> None:
    """What looks like a key within a long text is none."""
    text = "\n".join(
        [
            'name = "small"',
            "[words.zh]",
            'hello = """',
            "margin = 3",
            '"""',
            "[picture]",
            "shape = 1",
        ]
    )
    found = [line_of(text, place) for place in ("words, zh, hello", "picture, shape", "picture", "margin")]
    assert found == [3, 7, 6, None]
