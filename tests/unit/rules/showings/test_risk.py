"""The order of the review queue (rules 3.4), as a table and as properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.showings.checkin import Code, Outcome, Reason
from portal.rules.showings.risk import MOST, REASONS, VERDICTS, Level, level_of, weigh

LATE = Reason(Code.REGISTERED_TOO_LATE)
ALIKE = Reason(Code.SEEN_UNDER_OTHER_CLIENT, {"similarity": 0.45, "threshold": 0.45})
THE_SAME = Reason(Code.SEEN_UNDER_OTHER_CLIENT, {"similarity": 1.0, "threshold": 0.45})
REUSED = Reason(Code.PHOTO_REUSED, {"by": "exact"}, hard=True)
ABSENT = Reason(Code.BROKER_ABSENT, {"similarity": 0.1, "threshold": 0.4})

CASES = {
    "nothing speaks against it": (Outcome.VERIFIED, [], 0, 0, Level.LOW),
    "late, of an honest broker": (Outcome.NEEDS_REVIEW, [LATE], 0, 10, Level.LOW),
    "late, of one with a strike": (Outcome.NEEDS_REVIEW, [LATE], 1, 25, Level.MEDIUM),
    "strikes beyond the second weigh nothing": (Outcome.NEEDS_REVIEW, [LATE], 9, 40, Level.MEDIUM),
    "somebody else's client, just alike": (Outcome.NEEDS_REVIEW, [ALIKE], 0, 30, Level.MEDIUM),
    "somebody else's client, the same picture": (Outcome.NEEDS_REVIEW, [THE_SAME], 0, 50, Level.MEDIUM),
    "unlike is not near": (Outcome.NEEDS_REVIEW, [ABSENT], 0, 20, Level.LOW),
    "a reused photo": (Outcome.REJECTED, [REUSED], 0, 60, Level.HIGH),
    "everything at once": (Outcome.REJECTED, [Reason(code) for code in Code], 5, MOST, Level.HIGH),
}


@pytest.mark.parametrize(("outcome", "reasons", "strikes", "points", "level"), CASES.values(), ids=CASES)
def test_the_figure(outcome: Outcome, reasons: list[Reason], strikes: int, points: int, level: Level) -> None:
    risk = weigh(outcome, reasons, strikes)
    assert (risk.points, risk.level) == (points, level)


def test_every_reason_and_verdict_has_its_weight() -> None:
    assert set(REASONS) == set(Code)
    assert set(VERDICTS) == set(Outcome)


def test_a_level_begins_at_its_figure() -> None:
    assert [level_of(points) for points in (0, 24, 25, 59, 60, 100)] == [
        *(Level.LOW, Level.LOW, Level.MEDIUM, Level.MEDIUM, Level.HIGH, Level.HIGH)
    ]


reasons = st.lists(
    st.builds(
        Reason,
        st.sampled_from(Code),
        st.fixed_dictionaries({}, optional={"similarity": st.floats(-1, 1), "threshold": st.floats(0.3, 0.9)}),
    ),
    unique_by=lambda reason: reason.code,
)


@given(st.sampled_from(Outcome), reasons, st.integers(0, 20))
def test_the_grounds_add_up_to_the_figure(outcome: Outcome, against: list[Reason], strikes: int) -> None:
    risk = weigh(outcome, against, strikes)
    assert risk.points == min(MOST, sum(ground.points for ground in risk.grounds))
    assert all(ground.points > 0 for ground in risk.grounds)
    assert [ground.points for ground in risk.grounds] == sorted((one.points for one in risk.grounds), reverse=True)


@given(st.sampled_from(Outcome), reasons, st.integers(0, 20), st.sampled_from(Code))
def test_more_against_it_never_stands_further_back(
    outcome: Outcome, against: list[Reason], strikes: int, code: Code
) -> None:
    here = weigh(outcome, against, strikes).points
    assert weigh(outcome, [*against, Reason(code)], strikes).points >= here
    assert weigh(outcome, against, strikes + 1).points >= here
    assert weigh(outcome, against[::-1], strikes).points == here
