"""What may be promised, and what may be kept."""

from dataclasses import replace
from datetime import date

import pytest

from commissions.refusal import Refusal
from portal.rules.promises.promise import (
    MOST_FEN,
    MOST_MONTHS,
    PromiseKind,
    PromiseState,
    Wanted,
    check,
    check_keeping,
    needs_second,
)

TODAY = date(2026, 6, 10)
FEE = Wanted(kind=PromiseKind.FEE_RELIEF, worth_fen=3600_00, months=12, due_on=TODAY)

WRONG = {
    "worth nothing": (replace(FEE, worth_fen=0), "promise_worth_wrong"),
    "worth too much": (replace(FEE, worth_fen=MOST_FEN + 1), "promise_worth_wrong"),
    "a fee without months": (replace(FEE, months=None), "promise_months_wrong"),
    "a fee of too many months": (replace(FEE, months=MOST_MONTHS + 1), "promise_months_wrong"),
    "a gift that is nothing": (replace(FEE, kind=PromiseKind.GIFT, item=" "), "promise_item_needed"),
    "a day that is over": (replace(FEE, due_on=date(2026, 6, 9)), "promise_due_over"),
}


@pytest.mark.parametrize(("wanted", "code"), WRONG.values(), ids=WRONG)
def test_what_may_not_be_promised(wanted: Wanted, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        check(wanted, TODAY)


@pytest.mark.parametrize(
    "wanted", [FEE, replace(FEE, kind=PromiseKind.GIFT, item="Tea"), replace(FEE, kind=PromiseKind.REFUND, months=None)]
)
def test_what_may_be_promised(wanted: Wanted) -> None:
    check(wanted, TODAY)


@pytest.mark.parametrize(("worth_fen", "second"), [(5000_00, False), (5000_01, True)])
def test_above_the_limit_it_takes_two(worth_fen: int, second: bool) -> None:
    assert needs_second(worth_fen, 5000) is second


KEEPING = [
    (PromiseState.KEPT, True, "promise_over"),
    (PromiseState.WITHDRAWN, True, "promise_over"),
    (PromiseState.PROPOSED, True, "promise_not_allowed"),
    (PromiseState.REFUSED, True, "promise_not_allowed"),
    (PromiseState.OPEN, False, "promise_not_confirmed"),
    (PromiseState.LATE, True, None),
    (PromiseState.OPEN, True, None),
]


@pytest.mark.parametrize(("state", "confirmed", "code"), KEEPING)
def test_what_may_be_kept(state: PromiseState, confirmed: bool, code: str | None) -> None:
    if code is None:
        check_keeping(state, confirmed=confirmed)
        return
    with pytest.raises(Refusal, match=code):
        check_keeping(state, confirmed=confirmed)
