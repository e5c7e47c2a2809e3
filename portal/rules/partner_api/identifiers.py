"""What a record is called outside: a prefix that says what it is, and letters that say nothing.

They are made of the record's number and stay the same for ever; whoever guesses one sees a record only if it is his.
"""

from enum import StrEnum

from sqids import Sqids

_LETTERS = Sqids("V7k3QmZx0bTfWn5RyJcLhGd8S1aPu9DeKoBt6ErNwvA2gMsYqXiHjCz4FUpl", min_length=10)
"""The order of the letters is part of every identifier that was ever handed out: it never changes."""


class Prefix(StrEnum):
    """What an identifier is one of."""

    DEVELOPMENT = "dev"
    BROKER = "brk"
    REGISTRATION = "reg"
    AGREEMENT = "agr"
    DEAL = "deal"
    STATEMENT = "stm"
    EVENT = "evt"
    SHOWING = "shw"
    VISIT = "vis"
    CONFLICT = "cas"
    STRIKE = "stk"
    APPEAL = "apl"
    LINE = "lin"
    INVOICE = "inv"
    DISPUTE = "dsp"
    PAYOUT = "pay"
    WEBHOOK = "wh"
    PLAN = "pln"


def identifier(prefix: Prefix, number: int) -> str:
    """How a record is called outside: `reg_…`."""
    return f"{prefix}_{_LETTERS.encode([number])}"


def number_of(prefix: Prefix, text: str) -> int | None:
    """The number behind an identifier; None where it is none of this kind, or is not written as we write it."""
    head, _underscore, rest = text.partition("_")
    numbers = _LETTERS.decode(rest) if head == prefix else []
    if len(numbers) != 1 or numbers[0] >= 2**63 or identifier(prefix, numbers[0]) != text:
        return None
    return numbers[0]
