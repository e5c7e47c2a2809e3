"""Whom to tell of a weakness: RFC 9116, by mail where the operator gave an address, else by the page that says how."""

from datetime import datetime, timedelta

import pytest

from portal.clock import SHANGHAI
from portal.rules.security_txt import lines

HERE = "https://portal.example.com"
NOON = datetime(2026, 3, 10, 12, 0, 30, 999, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("contact", "reached"),
    [
        ("信息安全 security@lake.example.com，工作日 9-18 点", "mailto:security@lake.example.com"),
        ("a.b+c@x-y.cn", "mailto:a.b+c@x-y.cn"),
        ("前台 0571-0000 0000", f"{HERE}/privacy-notice"),
        ("", f"{HERE}/privacy-notice"),
    ],
)
def test_who_reports_reaches_the_operator(contact: str, reached: str) -> None:
    assert lines(contact, HERE, NOON)[0] == f"Contact: {reached}"


def test_it_ends_in_half_a_year_and_names_itself() -> None:
    assert lines("", HERE, NOON)[1:] == [
        "Expires: 2026-09-06T04:00:30Z",
        "Preferred-Languages: zh, en",
        f"Canonical: {HERE}/.well-known/security.txt",
    ]
    assert NOON + timedelta(days=180) == datetime(2026, 9, 6, 12, 0, 30, 999, tzinfo=SHANGHAI)
