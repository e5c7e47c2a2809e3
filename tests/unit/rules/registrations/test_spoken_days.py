"""What only looks like a day or a time is passed over, and the next one is taken."""

from datetime import date, time

import pytest

from portal.rules.registrations.spoken_days import take_day, take_time

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("2月30日 3月12日", date(2026, 3, 12)),
        ("13月1日", None),
        ("2月30日", None),
        ("2026年4月31日", None),
        ("3月9日", date(2027, 3, 9)),
        ("2025年3月9日", date(2025, 3, 9)),
    ],
)
def test_a_day_that_there_is(text: str, on: date | None) -> None:
    assert take_day(text, TODAY)[0] == on


@pytest.mark.parametrize(
    ("text", "at"), [("25:00 14:30", time(14, 30)), ("25:00", None), ("10:75", None), ("下午3点半", time(15, 30))]
)
def test_a_time_that_there_is(text: str, at: time | None) -> None:
    assert take_time(text)[0] == at
