"""Fen and basis points: the one rounding rule, and the one way to cut an amount into parts.

An amount is an ``int`` of fen (1 yuan = 100 fen), a rate an ``int`` of basis points (1 % = 100 bps).
There are no floats here: with whole-yuan prices half of all 2.5 % commissions are exact half-fen ties,
so "half up, once per figure" is part of the contract, not a detail.
"""

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

from commissions.refusal import Refusal

WHOLE_BPS = 10_000
"""100 % in basis points."""

MOST_FEN = 10**12
"""No price, line or fine is larger: ten thousand million yuan. Nine million such amounts still add up in 64 bits, and
the database refuses what is beyond."""

_YUAN = re.compile(r"(-?)([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.([0-9]{1,2}))?")


def half_up(amount_fen: int, rate_bps: int) -> int:
    """``rate_bps`` of ``amount_fen``, in fen, half up (rules, introduction).

    Only for amounts from zero up: a clawback is a difference of two rounded amounts, never a rounded
    negative, because languages and databases disagree on how to divide one.

    Raises ValueError for a negative amount or rate: that is a fault of the caller, not of a user.
    """
    if amount_fen < 0 or rate_bps < 0:
        raise ValueError(f"half_up rounds amounts from zero up, not {amount_fen} fen at {rate_bps} bps")
    return (amount_fen * rate_bps + WHOLE_BPS // 2) // WHOLE_BPS


def allocate(total_fen: int, shares_bps: Sequence[int]) -> tuple[int, ...]:
    """Cut ``total_fen`` into one part per share; the parts sum to the whole, to the fen (rules 5.6).

    It rounds the running total of the shares, and each part is the step from one running total to the
    next. So no part is negative, each is within a fen of its exact share, and a part depends only on
    the shares up to its own.

    Raises ValueError when the shares do not sum to 10,000 or the total is negative.
    """
    if sum(shares_bps) != WHOLE_BPS or min(shares_bps) < 0:
        raise ValueError(f"shares must sum to {WHOLE_BPS} bps, without negative ones: {list(shares_bps)}")
    running = [half_up(total_fen, share) for share in accumulate(shares_bps, initial=0)]
    return tuple(after - before for before, after in pairwise(running))


def part_of(total_fen: int, after_bps: int, share_bps: int) -> int:
    """The part of ``total_fen`` that a share brings which stands behind ``after_bps`` of others: a step of `allocate`.

    So the parts of one amount sum to it, to the fen, whoever works out which of them.
    """
    return half_up(total_fen, after_bps + share_bps) - half_up(total_fen, after_bps)


def parse_yuan(text: str) -> int:
    """The fen in an amount of yuan as people type it: ``1234``, ``1,234.5``, ``-1234.50``.

    Strict: at most two decimals, thousands separated everywhere or nowhere, no currency sign.
    Raises Refusal ``bad_amount`` with the text.
    """
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        raise Refusal("bad_amount", text=text)
    sign, yuan, fen = match.groups(default="")
    amount_fen = int(yuan.replace(",", "")) * 100 + int(fen.ljust(2, "0"))
    return -amount_fen if sign else amount_fen


def format_fen(amount_fen: int) -> str:
    """An amount as plain yuan with two decimals, ``-1234.50``: for files and explanations, not pages."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{yuan}.{fen:02d}"


def format_bps(rate_bps: int) -> str:
    """A rate as plain percent with two decimals, ``2.50 %``: for files and explanations, not pages."""
    percent, hundredths = divmod(rate_bps, 100)
    return f"{percent}.{hundredths:02d} %"
