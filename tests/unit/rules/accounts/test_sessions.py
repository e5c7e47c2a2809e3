"""How long a sign-in lives without being used."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.accounts.accounts import MONEY_ROLES
from portal.rules.accounts.sessions import Idle

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
IDLE = Idle(money_minutes=30, hours=12)


@pytest.mark.parametrize("role", sorted(MONEY_ROLES))
def test_whoever_moves_money_is_shown_out_after_minutes(role: str) -> None:
    assert IDLE.after(role) == timedelta(minutes=30)


def test_everybody_else_after_hours() -> None:
    assert "broker" not in MONEY_ROLES
    assert IDLE.after("broker") == timedelta(hours=12)


@pytest.mark.parametrize(("minutes", "over"), [(0, False), (29, False), (30, True), (31, True)])
def test_it_ends_at_the_minute(minutes: int, over: bool) -> None:
    assert IDLE.over(min(MONEY_ROLES), NOW - timedelta(minutes=minutes), NOW) is over


@pytest.mark.parametrize(
    ("idle", "every"),
    [
        (IDLE, timedelta(minutes=1)),
        (Idle(money_minutes=3), timedelta(seconds=6)),
        (Idle(money_minutes=600), timedelta(minutes=5)),
    ],
)
def test_it_is_noted_so_often_that_nobody_at_work_is_shown_out(idle: Idle, every: timedelta) -> None:
    assert idle.noted_every(min(MONEY_ROLES)) == every < idle.after(min(MONEY_ROLES))
