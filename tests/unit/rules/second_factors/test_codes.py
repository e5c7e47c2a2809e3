"""Six digits by time, and recovery codes as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.second_factors import codes

AT = datetime(2026, 11, 30, 4, 0, 10, tzinfo=UTC)


def test_a_clock_may_be_half_a_minute_off_and_no_more() -> None:
    here = codes.step_of(AT)
    assert codes.steps_near(AT) == (here, here - 1, here + 1)
    assert codes.step_of(AT + timedelta(seconds=20)) == here + 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("12345", None),
        ("1234567", None),
        ("１２３４５６", None),
        ("", None),
    ],
)
def test_digits_are_read_however_they_are_grouped(typed: str, read: str | None) -> None:
    assert codes.digits_of(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ABCD-EFGH-JKLM", "ABCDEFGHJKLM"),
        ("abcd efgh jklm", "ABCDEFGHJKLM"),
        ("ABCD—EFGH–JKLM", "ABCDEFGHJKLM"),
        ("ABCD-EFGH-JKL", None),
        ("ABCD-EFGH-JKL0", None),
        ("123456", None),
    ],
)
def test_recovery_codes_are_read_as_people_write_them(typed: str, read: str | None) -> None:
    assert codes.recovery_code_of(typed) == read


def test_a_code_as_it_is_shown_is_read_again() -> None:
    code = codes.RECOVERY_LETTERS[: codes.RECOVERY_LENGTH]
    assert codes.recovery_code_of(codes.as_shown(code)) == code
