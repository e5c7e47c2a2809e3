"""By when a complaint is answered, and what may be done with one."""

from datetime import datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.clock import SHANGHAI
from portal.rules.aftercare.complaint import (
    REOPENED_WITHIN,
    SILENT_AFTER,
    AnswerClock,
    ComplaintState,
    Standing,
    StepKind,
    after,
)

JUNE = datetime(2026, 6, 1, tzinfo=SHANGHAI)
S, K = ComplaintState, StepKind


def at(text: str) -> datetime:
    """`1 20:30` is half past eight in the evening of 1 June."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return JUNE + timedelta(days=int(day) - 1, hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("clock", "came", "due"),
    [
        pytest.param(AnswerClock(), "1 10:00", "1 12:00", id="by day: two hours"),
        pytest.param(AnswerClock(), "1 19:00", "1 21:00", id="until the last minute of the day"),
        pytest.param(AnswerClock(), "1 20:30", "2 09:30", id="half an hour today, the rest tomorrow"),
        pytest.param(AnswerClock(), "1 23:00", "2 10:00", id="at night it waits for the morning"),
        pytest.param(AnswerClock(), "2 03:00", "2 10:00", id="before dawn too"),
        pytest.param(AnswerClock(), "1 21:00", "2 10:00", id="the closing hour is closed"),
        pytest.param(AnswerClock(), "1 08:00", "1 10:00", id="the opening hour is open"),
        pytest.param(AnswerClock(120, 0, 24), "1 23:00", "2 01:00", id="always"),
        pytest.param(AnswerClock(120, 9, 9), "1 23:00", "2 01:00", id="from nine to nine is always"),
        pytest.param(AnswerClock(120, 18, 2), "2 01:00", "2 19:00", id="past midnight: one hour of yesterday's"),
        pytest.param(AnswerClock(60, 18, 2), "2 00:30", "2 01:30", id="past midnight, in time"),
        pytest.param(AnswerClock(1500, 9, 21), "1 09:00", "3 10:00", id="longer than two days of service"),
    ],
)
def test_clock(clock: AnswerClock, came: str, due: str) -> None:
    assert clock.due_at(at(came)) == at(due)


SINCE, DUE = at("1 10:00"), at("1 12:00")


@pytest.mark.parametrize(
    ("state", "kind", "now", "then"),
    [
        (S.OPEN, K.ANSWERED, "1 11:00", S.ANSWERED),
        (S.OPEN, K.ANSWERED, "3 11:00", S.ANSWERED),
        (S.ASKED, K.ANSWERED, "1 11:00", S.ASKED),
        (S.OPEN, K.OFFERED, "1 11:00", S.OPEN),
        (S.CLOSED, K.NOTED, "1 11:00", S.CLOSED),
        (S.OPEN, K.ESCALATED, "1 12:00", S.OPEN),
        (S.OPEN, K.ESCALATED, "1 11:59", "complaint_not_late"),
        (S.ANSWERED, K.ESCALATED, "1 12:00", "complaint_not_late"),
        (S.OPEN, K.ASKED, "1 11:00", "complaint_not_answered"),
        (S.ANSWERED, K.ASKED, "1 11:00", S.ASKED),
        (S.OPEN, K.SETTLED, "1 11:00", S.CLOSED),
        (S.ASKED, K.SETTLED, "1 11:00", S.CLOSED),
        (S.CLOSED, K.SETTLED, "1 11:00", "complaint_closed"),
        (S.CLOSED, K.ANSWERED, "1 11:00", "complaint_closed"),
        (S.ASKED, K.REOPENED, "1 11:00", S.OPEN),
        (S.OPEN, K.REOPENED, "1 11:00", "complaint_open_already"),
        (S.CLOSED, K.REOPENED, "9 10:00", S.OPEN),
        (S.ANSWERED, K.CLOSED_UNANSWERED, "29 10:00", "complaint_not_answered"),
        (S.ASKED, K.CLOSED_UNANSWERED, "15 09:59", "complaint_waits_for_client"),
        (S.ASKED, K.CLOSED_UNANSWERED, "15 10:00", S.CLOSED),
    ],
)
def test_steps(state: ComplaintState, kind: StepKind, now: str, then: ComplaintState | str) -> None:
    standing = Standing(state, SINCE, DUE)
    if isinstance(then, ComplaintState):
        assert after(standing, kind, at(now)) is then
        return
    with pytest.raises(Refusal) as refused:
        after(standing, kind, at(now))
    assert refused.value.code == then


def test_an_old_one_is_another_one() -> None:
    closed = Standing(S.CLOSED, SINCE, DUE)
    assert after(closed, K.REOPENED, SINCE + REOPENED_WITHIN - timedelta(seconds=1)) is S.OPEN
    with pytest.raises(Refusal, match="complaint_too_old"):
        after(closed, K.REOPENED, SINCE + REOPENED_WITHIN)
    assert SILENT_AFTER < REOPENED_WITHIN


def test_late_is_derived() -> None:
    assert not Standing(S.OPEN, SINCE, DUE).late(at("1 11:59"))
    assert Standing(S.OPEN, SINCE, DUE).late(DUE)
    assert not Standing(S.ANSWERED, SINCE, DUE).late(at("9 00:00"))
