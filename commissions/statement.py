"""Statements (对账单): one payee's lines of one month and what was carried over, frozen (rules 6.1)."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from commissions.calendar import window_bounds
from commissions.refusal import Refusal


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A posted line as a statement sees it; ``amount_fen`` is signed."""

    line_id: int
    payee: Hashable
    posted_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a payee is told and paid for one month.

    ``opening_fen`` (never positive) was carried in, ``lines_fen`` is the sum of the lines; their sum is
    paid if positive (``payable_fen``) and carried to the next statement if negative (``carried_fen``).
    """

    payee: Hashable
    month: str
    opening_fen: int
    lines: tuple[StatementLine, ...]
    lines_fen: int
    payable_fen: int
    carried_fen: int


def draw_up(payee: Hashable, month: str, lines: Iterable[StatementLine], opening_fen: int = 0) -> Statement:
    """The statement of ``payee`` for ``month`` (``2026-03``), its lines in posting order.

    A line goes by the instant it was posted at, wherever its deal was signed: it stands in its month's
    statement, or in a later one if that was issued before the line came. A negative balance is carried
    forward, never collected.

    Raises Refusal ``opening_positive`` (a credit would have been paid), ``line_of_other_payee``,
    ``line_of_later_month`` and ``line_twice``, with the line's id; ``bad_window`` for what is no month.
    """
    if opening_fen > 0:
        raise Refusal("opening_positive", opening_fen=opening_fen)
    ordered = tuple(sorted(lines, key=lambda line: (line.posted_at, line.line_id)))
    _check_lines(ordered, payee, month)
    lines_fen = sum(line.amount_fen for line in ordered)
    balance_fen = opening_fen + lines_fen
    return Statement(
        payee=payee,
        month=month,
        opening_fen=opening_fen,
        lines=ordered,
        lines_fen=lines_fen,
        payable_fen=max(0, balance_fen),
        carried_fen=min(0, balance_fen),
    )


def _check_lines(lines: Iterable[StatementLine], payee: Hashable, month: str) -> None:
    seen: set[int] = set()
    end = window_bounds(month).end
    for line in lines:
        if line.payee != payee:
            raise Refusal("line_of_other_payee", line_id=line.line_id)
        if end is not None and line.posted_at >= end:
            raise Refusal("line_of_later_month", line_id=line.line_id)
        if line.line_id in seen:
            raise Refusal("line_twice", line_id=line.line_id)
        seen.add(line.line_id)
