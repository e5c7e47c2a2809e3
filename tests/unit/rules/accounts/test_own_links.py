"""When a link goes out that somebody asked for on the sign-in page."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.accounts.accounts import MONEY_ROLES, own_link_goes_out

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)

ASKED = {
    "never": ([], True),
    "a minute ago": ([1], False),
    "two minutes ago": ([2], True),
    "twice": ([2, 30], True),
    "three times": ([10, 20, 30], False),
}


@pytest.mark.parametrize(("minutes", "goes"), ASKED.values(), ids=ASKED)
def test_when_a_link_goes_out(minutes: list[int], goes: bool) -> None:
    asked = [NOW - timedelta(minutes=ago) for ago in minutes]
    assert own_link_goes_out(NOW, "broker", asked) is goes
    assert not any(own_link_goes_out(NOW, role, asked) for role in MONEY_ROLES)
