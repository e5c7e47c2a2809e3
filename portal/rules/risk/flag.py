"""A flag over a partner's figure: how it stands, who may ask, answer, hold and end it. A person decides all of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal

ENDS_AFTER = timedelta(days=30)
"""So long a flag waits for our answer; then it ends by itself, and what it held is free."""


class FlagState(StrEnum):
    """How a flag stands."""

    OPEN = "open"
    """it waits for us"""
    ASKED = "asked"
    """the partner was asked and has not answered"""
    ANSWERED = "answered"
    """the partner has answered: it waits for us again"""
    LET_GO = "let_go"
    STRUCK = "struck"
    EXPIRED = "expired"


OURS = frozenset({FlagState.OPEN, FlagState.ANSWERED})
"""It is our turn."""

ENDED = frozenset({FlagState.LET_GO, FlagState.STRUCK, FlagState.EXPIRED})


class Deed(StrEnum):
    """What was done about a flag; each is a row that stays."""

    ASKED = "asked"
    HELD = "held"
    ANSWERED = "answered"
    LET_GO = "let_go"
    STRUCK = "struck"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a deed hangs on: the state, whom the flag concerns, who has held money because of it."""

    state: FlagState
    concerns: frozenset[int] = frozenset()
    held_by: int | None = None


def is_over(state: FlagState, since: datetime, now: datetime) -> bool:
    """Whether nobody of us has answered for so long that the flag ends."""
    return state in OURS and since + ENDS_AFTER <= now


def check_ask(standing: Standing, actor: int, words: str) -> None:
    """Let somebody ask the partner. Raises Refusal risk_ended, risk_concerns_you, risk_words_needed."""
    _check_hand(standing, actor)
    if not words.strip():
        raise Refusal("risk_words_needed", field="words")


def check_hold(standing: Standing, actor: int, words: str, affected: int) -> None:
    """Let somebody hold what is affected, and ask: who is held reads why. Raises Refusal as `check_ask`, and
    risk_nothing_to_hold, risk_held_already."""
    check_ask(standing, actor, words)
    if standing.held_by is not None:
        raise Refusal("risk_held_already")
    if not affected:
        raise Refusal("risk_nothing_to_hold", field="hold")


def check_answer(standing: Standing, words: str) -> None:
    """Let the partner answer, once a question. Raises Refusal risk_ended, risk_not_asked, risk_answer_needed."""
    if standing.state in ENDED:
        raise Refusal("risk_ended")
    if standing.state is not FlagState.ASKED:
        raise Refusal("risk_not_asked")
    if not words.strip():
        raise Refusal("risk_answer_needed", field="words")


def check_end(standing: Standing, actor: int, reason: str) -> None:
    """Let somebody end it. What one has held another one frees. Raises Refusal risk_ended, risk_concerns_you,
    risk_held_by_you, risk_reason_needed."""
    _check_hand(standing, actor)
    if standing.held_by == actor:
        raise Refusal("risk_held_by_you")
    if not reason.strip():
        raise Refusal("risk_reason_needed", field="reason")


def _check_hand(standing: Standing, actor: int) -> None:
    if standing.state in ENDED:
        raise Refusal("risk_ended")
    if actor in standing.concerns:
        raise Refusal("risk_concerns_you")
