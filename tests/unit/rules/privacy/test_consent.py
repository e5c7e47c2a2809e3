"""Consent: per purpose, in the words of today, from its giving until its withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.privacy.consent import CURRENT_VERSION, Consent, Purpose, is_given, missing, opted_out

GIVEN_AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
CONSENT = Consent(Purpose.FACE_CLIENT, CURRENT_VERSION[Purpose.FACE_CLIENT], GIVEN_AT)
WITHDRAWN = replace(CONSENT, withdrawn_at=GIVEN_AT + HOUR)


@pytest.mark.parametrize(
    ("consents", "now", "expected"),
    [
        ([], GIVEN_AT, False),
        ([CONSENT], GIVEN_AT - INSTANT, False),
        ([CONSENT], GIVEN_AT, True),
        ([CONSENT], GIVEN_AT + 1000 * HOUR, True),
        ([WITHDRAWN], GIVEN_AT + HOUR - INSTANT, True),
        ([WITHDRAWN], GIVEN_AT + HOUR, False),
        ([WITHDRAWN, replace(CONSENT, given_at=GIVEN_AT + 2 * HOUR)], GIVEN_AT + 3 * HOUR, True),
        ([replace(CONSENT, version="0")], GIVEN_AT, False),
        ([replace(CONSENT, purpose=Purpose.FACE_BROKER)], GIVEN_AT, False),
    ],
    ids=["none", "before", "at once", "long after", "just before withdrawal", "at withdrawal", "given again",
         "to other words", "to another purpose"],
)  # fmt: skip
def test_is_given(consents: list[Consent], now: datetime, expected: bool) -> None:
    assert is_given(consents, Purpose.FACE_CLIENT, now) is expected


STOPS: dict[str, tuple[list[Consent], datetime, bool]] = {
    "never asked": ([], GIVEN_AT, False),
    "agreed": ([CONSENT], GIVEN_AT, False),
    "just before": ([WITHDRAWN], GIVEN_AT + HOUR / 2, False),
    "at the stop": ([WITHDRAWN], GIVEN_AT + HOUR, True),
    "another lead of before still stands": ([CONSENT, WITHDRAWN], GIVEN_AT + 2 * HOUR, True),
    "agreed anew": ([WITHDRAWN, replace(CONSENT, given_at=GIVEN_AT + HOUR)], GIVEN_AT + 2 * HOUR, False),
    "another purpose": ([replace(WITHDRAWN, purpose=Purpose.CONTACT)], GIVEN_AT + HOUR, False),
}


@pytest.mark.parametrize(("consents", "now", "expected"), STOPS.values(), ids=STOPS)
def test_who_said_stop(consents: list[Consent], now: datetime, expected: bool) -> None:
    assert opted_out(consents, Purpose.FACE_CLIENT, now) is expected


def test_says_which_purposes_lack_consent() -> None:
    purposes = (Purpose.FACE_BROKER, Purpose.FACE_CLIENT)
    assert missing([CONSENT], purposes, GIVEN_AT) == (Purpose.FACE_BROKER,)
    assert missing([], purposes, GIVEN_AT) == purposes


def test_every_purpose_has_its_words() -> None:
    assert set(CURRENT_VERSION) == set(Purpose)
