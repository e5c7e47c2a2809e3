"""What is promised to a client in writing: what may be promised, and how a promise stands (docs/loans.md)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commissions.refusal import Refusal

MOST_MONTHS = 120
MOST_FEN = 10_000_000_00


class PromiseKind(StrEnum):
    """What is promised."""

    DISCOUNT = "discount"
    FEE_RELIEF = "fee_relief"
    GIFT = "gift"
    REFUND = "refund"
    OTHER = "other"


class PromiseState(StrEnum):
    """How a promise stands, what is to be done first."""

    LATE = "late"
    PROPOSED = "proposed"
    OPEN = "open"
    KEPT = "kept"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OWED = (PromiseState.LATE, PromiseState.OPEN)
"""What the house still has to do."""

IN_KIND = (PromiseKind.FEE_RELIEF, PromiseKind.GIFT)
"""What is kept by a voucher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """`needs_second`: it is worth more than one person may promise; `allowed`: what the second person said."""

    due_on: date
    needs_second: bool = False
    allowed: bool | None = None
    kept: bool = False
    withdrawn: bool = False


def state_of(facts: PromiseFacts, today: date) -> PromiseState:
    """How a promise stands. On its last day it is not late yet."""
    if facts.kept:
        return PromiseState.KEPT
    if facts.withdrawn:
        return PromiseState.WITHDRAWN
    if facts.needs_second and not facts.allowed:
        return PromiseState.PROPOSED if facts.allowed is None else PromiseState.REFUSED
    return PromiseState.LATE if today > facts.due_on else PromiseState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A promise as it is to be made: its worth, for a property fee its months, for a gift what it is."""

    kind: PromiseKind
    worth_fen: int
    months: int | None = None
    item: str = ""
    due_on: date


def check(wanted: Wanted, today: date) -> None:
    """Refuse a promise that says too little, or what cannot be.

    Raises Refusal: promise_worth_wrong, promise_months_wrong, promise_item_needed, promise_due_over.
    """
    if not 0 < wanted.worth_fen <= MOST_FEN:
        raise Refusal("promise_worth_wrong", most_fen=MOST_FEN, field="worth")
    if wanted.kind is PromiseKind.FEE_RELIEF and not 0 < (wanted.months or 0) <= MOST_MONTHS:
        raise Refusal("promise_months_wrong", most=MOST_MONTHS, field="months")
    if wanted.kind is PromiseKind.GIFT and not wanted.item.strip():
        raise Refusal("promise_item_needed", field="item")
    if wanted.due_on < today:
        raise Refusal("promise_due_over", field="due_on")


def needs_second(worth_fen: int, alone_yuan: int) -> bool:
    """Whether one person alone may not promise so much."""
    return worth_fen > alone_yuan * 100


def check_keeping(state: PromiseState, *, confirmed: bool) -> None:
    """Refuse to note as kept what is not owed, or what its client has not confirmed.

    Raises Refusal: promise_over, promise_not_allowed, promise_not_confirmed.
    """
    if state in (PromiseState.KEPT, PromiseState.WITHDRAWN):
        raise Refusal("promise_over")
    if state not in OWED:
        raise Refusal("promise_not_allowed")
    if not confirmed:
        raise Refusal("promise_not_confirmed")
