"""Flags: who may ask, hold, answer and end, and when one ends by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.risk import flag
from portal.rules.risk.flag import FlagState, Standing

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
MONTH, TICK = timedelta(days=30), timedelta(microseconds=1)
BROKER, MANAGER, ANOTHER = 1, 2, 3
OPEN = Standing(FlagState.OPEN, frozenset({BROKER}))
ASKED = Standing(FlagState.ASKED, frozenset({BROKER}))
HELD = Standing(FlagState.ASKED, frozenset({BROKER}), held_by=MANAGER)
ENDED = Standing(FlagState.LET_GO, frozenset({BROKER}))

CASES: dict[str, tuple[Callable[[], None], str | None]] = {
    "asks": (lambda: flag.check_ask(OPEN, MANAGER, "为什么？"), None),
    "asks again": (lambda: flag.check_ask(ASKED, MANAGER, "为什么？"), None),
    "asks nothing": (lambda: flag.check_ask(OPEN, MANAGER, " "), "risk_words_needed"),
    "asks himself": (lambda: flag.check_ask(OPEN, BROKER, "为什么？"), "risk_concerns_you"),
    "asks too late": (lambda: flag.check_ask(ENDED, MANAGER, "为什么？"), "risk_ended"),
    "holds": (lambda: flag.check_hold(OPEN, MANAGER, "为什么？", 1), None),
    "holds without a word": (lambda: flag.check_hold(OPEN, MANAGER, "", 1), "risk_words_needed"),
    "holds nothing": (lambda: flag.check_hold(OPEN, MANAGER, "为什么？", 0), "risk_nothing_to_hold"),
    "holds twice": (lambda: flag.check_hold(HELD, ANOTHER, "为什么？", 1), "risk_held_already"),
    "answers": (lambda: flag.check_answer(ASKED, "因为"), None),
    "answers nothing": (lambda: flag.check_answer(ASKED, " "), "risk_answer_needed"),
    "answers unasked": (lambda: flag.check_answer(OPEN, "因为"), "risk_not_asked"),
    "answers too late": (lambda: flag.check_answer(ENDED, "因为"), "risk_ended"),
    "ends": (lambda: flag.check_end(OPEN, MANAGER, "查过了"), None),
    "ends without a word": (lambda: flag.check_end(OPEN, MANAGER, ""), "risk_reason_needed"),
    "frees what he held": (lambda: flag.check_end(HELD, MANAGER, "查过了"), "risk_held_by_you"),
    "frees what another one held": (lambda: flag.check_end(HELD, ANOTHER, "查过了"), None),
    "ends his own": (lambda: flag.check_end(OPEN, BROKER, "查过了"), "risk_concerns_you"),
}


@pytest.mark.parametrize(("deed", "said"), CASES.values(), ids=CASES)
def test_who_may_do_what(deed: Callable[[], None], said: str | None) -> None:
    if said is None:
        deed()
        return
    with pytest.raises(Refusal, match=said):
        deed()


@pytest.mark.parametrize(
    ("state", "later", "over"),
    [
        (FlagState.OPEN, MONTH - TICK, False),
        (FlagState.OPEN, MONTH, True),
        (FlagState.ANSWERED, MONTH, True),
        (FlagState.ASKED, 2 * MONTH, False),
        (FlagState.LET_GO, MONTH, False),
    ],
)
def test_a_flag_that_we_do_not_answer_ends(state: FlagState, later: timedelta, over: bool) -> None:
    assert flag.is_over(state, AT, AT + later) is over
