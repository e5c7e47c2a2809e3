"""Versions of the partner API as rules: which one a request is answered in, and until when."""

from datetime import UTC, datetime

import pytest

from commissions.refusal import Refusal
from portal.rules.partner_api import versions
from portal.rules.partner_api.versions import Standing

THREE = ("2026-01-01", "2026-04-01", "2027-01-01")
APRIL, ENDS = datetime(2026, 3, 31, 16, tzinfo=UTC), datetime(2027, 3, 31, 16, tzinfo=UTC)
BEFORE = datetime(2027, 3, 31, 15, 59, 59, tzinfo=UTC)


def test_a_version_ends_a_year_after_the_next_one_came() -> None:
    assert versions.standing("2026-01-01", THREE) == Standing("2026-01-01", APRIL, ENDS)
    assert versions.standing("2027-01-01", THREE) == Standing("2027-01-01")


@pytest.mark.parametrize(
    ("header", "pinned", "now", "expected"),
    [
        (None, "2026-01-01", BEFORE, "2026-01-01"),
        ("2026-04-01", "2026-01-01", BEFORE, "2026-04-01"),
        ("2026-01-01", "2027-01-01", BEFORE, "2026-01-01"),
        ("2026-04-01", "2026-01-01", ENDS, "2026-04-01"),
        (None, "2027-01-01", ENDS, "2027-01-01"),
    ],
)
def test_the_header_counts_before_the_key(header: str | None, pinned: str, now: datetime, expected: str) -> None:
    assert versions.asked(header, pinned, now, THREE).version == expected


@pytest.mark.parametrize(
    ("header", "now", "code"),
    [
        ("2026-02-01", BEFORE, "api_version_unknown"),
        ("", BEFORE, "api_version_unknown"),
        (None, ENDS, "api_version_over"),
        ("2026-01-01", ENDS, "api_version_over"),
    ],
)
def test_what_is_no_version_any_more(header: str | None, now: datetime, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        versions.asked(header, "2026-01-01", now, THREE)


def test_a_key_may_have_what_is_answered() -> None:
    assert [one.version for one in versions.open_versions(BEFORE, THREE)] == ["2027-01-01", "2026-04-01", "2026-01-01"]
    assert [one.version for one in versions.open_versions(ENDS, THREE)] == ["2027-01-01", "2026-04-01"]


def test_versions_are_days_in_their_order() -> None:
    assert list(versions.VERSIONS) == sorted(set(versions.VERSIONS))
    assert versions.VERSIONS[-1] == versions.LATEST
