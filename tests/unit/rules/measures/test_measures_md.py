"""The tables of docs/measures.md, run; and what holds of any board."""

import re
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.clock import day_start
from portal.rules.measures.board import COSTS, Aim, Board, Figure, Measure, score, tenths, total, value
from portal.rules.measures.board_toml import (
    board_from_toml,
    board_to_toml,
    given_text,
    read_target,
    target_text,
)
from portal.rules.measures.months import corrections, late_from, missing, opens_with, over

PAGE = (Path(__file__).parents[4] / "docs" / "measures.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\*\[(\w+)\]\*.*\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
GIVEN = board_from_toml(given_text())

weights = st.permutations((25, 20, 30, 25))
aims = st.builds(Aim, st.integers(1, 10_000), st.just(25), st.integers(0, 100), st.integers(100, 200))
boards = st.tuples(weights, st.lists(aims, min_size=4, max_size=4)).map(
    lambda drawn: Board(
        {
            measure: Aim(aim.target, weight, aim.low, aim.high)
            for measure, weight, aim in zip(Measure, *drawn, strict=True)
        }
    )
)
figures = st.builds(Figure, st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**6))


def rows(name: str) -> list[tuple[str, ...]]:
    """The cells of every row under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for match in TABLE.finditer(PAGE)
        if match[1] == name
        for row in match[2].splitlines()
    ]
    assert found, f"docs/measures.md has no table [{name}]"
    return found


def figure(text: str) -> Figure:
    """`20/100`; nothing, or a dash, where nothing was measured."""
    part, _slash, whole = text.strip("–").partition("/")
    return Figure(int(part), int(whole)) if part else Figure()


def shown(points: Fraction | None) -> str:
    return "" if points is None else f"{tenths(points) / 10:g}"


@pytest.mark.parametrize(("measure", "part", "whole", "said"), rows("values"))
def test_values(measure: str, part: str, whole: str, said: str) -> None:
    found = value(Measure(measure), figure(f"{part}/{whole}"))
    assert ("" if found is None else str(found)) == said


@pytest.mark.parametrize(("measure", "part", "whole", "points"), rows("scores"))
def test_scores(measure: str, part: str, whole: str, points: str) -> None:
    one = Measure(measure)
    assert shown(score(one, GIVEN.aims[one], figure(f"{part}/{whole}"))) == points


@pytest.mark.parametrize("row", rows("totals"))
def test_totals(row: tuple[str, ...]) -> None:
    found = total(GIVEN, {measure: figure(cell) for measure, cell in zip(Measure, row[:4], strict=True)})
    assert (shown(found.points), str(found.measured)) == row[4:]
    assert found.unmeasured == 100 - int(row[5])


@pytest.mark.parametrize(("line", "by", "answer"), rows("texts"))
def test_texts(line: str, by: str, answer: str) -> None:
    text = given_text().replace(line, by, 1)
    if answer.isdigit():
        assert board_from_toml(text).aims[Measure.AGENCIES].target == int(answer)
        return
    with pytest.raises(Refusal) as refused:
        board_from_toml(text)
    code, _blank, place = answer.partition(" ")
    assert (refused.value.code, refused.value.facts.get("place", "")) == (code, place)


@pytest.mark.parametrize(("sealed", "now", "answer"), rows("corrections"))
def test_corrections(sealed: str, now: str, answer: str) -> None:
    found = corrections({Measure.AGENCIES: figure(sealed)}, {Measure.AGENCIES: figure(now)})
    said = [(one.was, one.now) for one in found]
    assert said == ([(figure(sealed), figure(now))] if answer else [])
    assert answer in ("", f"{sealed} → {now}")


@pytest.mark.parametrize(("delivered", "wanted"), rows("missing"))
def test_missing(delivered: str, wanted: str) -> None:
    def read(text: str) -> list[tuple[int | None, Measure]]:
        pairs = [one.split() for one in text.split(", ") if one]
        return [(None if key == "all" else int(key), Measure(name)) for key, name in pairs]

    assert list(missing([1, 2], set(read(delivered)))) == read(wanted)


def test_what_a_board_must_have() -> None:
    for text in ("", "agencies = 1\n"):
        with pytest.raises(Refusal, match="measure_board_wrong"):
            board_from_toml(text)
    plain = "\n".join(line for line in given_text().splitlines() if line[:4] not in ("low ", "high"))
    assert board_from_toml(plain) == GIVEN
    assert [read_target(one, "1,200.50") for one in (Measure.OWN_MEDIA, Measure.WECHAT)] == [120_050, None]


def test_when_a_month_is_over() -> None:
    ends = late_from("2026-11")
    assert ends == day_start(ends.date().replace(month=12, day=3))
    assert [over("2026-11", at) for at in (day_start(ends.date().replace(day=1)), ends)] == [True, True]
    assert not over("2026-12", ends)
    assert [opens_with(at) for at in (ends - timedelta(seconds=1), ends)] == ["2026-11", "2026-12"]


@given(boards)
def test_a_board_reads_back(board: Board) -> None:
    assert board_from_toml(board_to_toml(board)) == board
    for measure, aim in board.aims.items():
        assert read_target(measure, target_text(measure, aim.target)) == aim.target


@given(st.sampled_from(Measure), aims, figures, st.integers(1, 1000))
def test_points(measure: Measure, aim: Aim, one: Figure, more: int) -> None:
    """They keep between nothing and the high edge, do not depend on the size of the whole, and never fall where the
    figure is better."""
    points = score(measure, aim, one)
    assert (points is not None) == one.measured
    if points is None or one.part is None or one.whole is None:
        return
    assert points == 0 or aim.low <= points <= aim.high
    assert score(measure, aim, Figure(one.part * more, one.whole * more)) == points
    larger = score(measure, aim, Figure(one.part + more, one.whole))
    assert larger is not None
    assert larger <= points if measure in COSTS else larger >= points


@given(boards, st.lists(figures, min_size=4, max_size=4))
def test_totals_are_means(board: Board, drawn: list[Figure]) -> None:
    """A total lies between its points, and what nobody measured changes nothing in it."""
    said = dict(zip(Measure, drawn, strict=True))
    measured = {measure: one for measure, one in said.items() if one.measured}
    points = [score(measure, board.aims[measure], one) for measure, one in measured.items()]
    found = total(board, said)
    assert found == total(board, measured)
    assert (found.points is None) == (not measured)
    known = [one for one in points if one is not None]
    assert found.points is None or min(known) <= found.points <= max(known)


@given(figures, figures, figures)
def test_figures_add_up(one: Figure, two: Figure, three: Figure) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Figure() == one
