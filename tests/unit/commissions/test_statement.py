"""A month's lines, what is paid of them and what is carried on."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from commissions.statement import StatementLine, draw_up

MARCH = datetime.fromisoformat("2026-03-15T10:00+08:00")


def lines(*amounts):
    return [StatementLine(number, "A", MARCH, amount) for number, amount in enumerate(amounts, 1)]


@pytest.mark.parametrize(
    ("opening_fen", "amounts", "payable_fen", "carried_fen"),
    [
        (0, (), 0, 0),
        (0, (100, 50), 150, 0),
        (-40, (100, 50), 110, 0),
        (0, (100, -150), 0, -50),
        (-40, (-10,), 0, -50),
        (-40, (40,), 0, 0),
    ],
)
def test_a_negative_balance_is_carried_and_never_paid(opening_fen, amounts, payable_fen, carried_fen):
    statement = draw_up("A", "2026-03", lines(*amounts), opening_fen)
    assert (statement.payable_fen, statement.carried_fen) == (payable_fen, carried_fen)


def test_lines_stand_in_posting_order():
    given_lines = lines(1, 2, 3)
    assert draw_up("A", "2026-03", reversed(given_lines)).lines == tuple(given_lines)


def test_a_line_that_missed_its_month_stands_in_a_later_one():
    assert draw_up("A", "2026-04", lines(100)).payable_fen == 100


@pytest.mark.parametrize(
    ("line", "opening_fen", "refusal"),
    [
        (StatementLine(1, "A", MARCH, 5), 1, Refusal("opening_positive", opening_fen=1)),
        (StatementLine(7, "B", MARCH, 5), 0, Refusal("line_of_other_payee", line_id=7)),
        (
            StatementLine(7, "A", datetime.fromisoformat("2026-03-31T16:00+00:00"), 5),
            0,
            Refusal("line_of_later_month", line_id=7),
        ),
        (StatementLine(3, "A", MARCH, 5), 0, Refusal("line_twice", line_id=3)),
    ],
)
def test_what_does_not_belong_is_refused(line, opening_fen, refusal):
    with pytest.raises(Refusal) as refused:
        draw_up("A", "2026-03", [*lines(1, 2, 3), line], opening_fen)
    assert refused.value == refusal


@given(st.lists(st.lists(st.integers(-1000, 1000), max_size=5), max_size=6))
def test_over_months_what_is_paid_and_still_carried_is_what_was_posted(months):
    paid_fen, carried_fen = 0, 0
    for amounts in months:
        statement = draw_up("A", "2026-03", lines(*amounts), carried_fen)
        paid_fen += statement.payable_fen
        carried_fen = statement.carried_fen
    assert paid_fen + carried_fen == sum(map(sum, months))
