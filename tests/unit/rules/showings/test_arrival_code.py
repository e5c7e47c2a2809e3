"""The one-time code: when a text may go out, and how often and how long it may be tried."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.showings.arrival_code import LIMITS, Issued, normalise, refuse_code, refuse_text, refuse_try, wrong

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def before(**gone: float) -> datetime:
    return NOW - timedelta(**gone)


TRIES = {
    "none was sent": (None, "code_not_sent"),
    "just sent": (Issued(NOW), None),
    "the last second": (Issued(before(minutes=9, seconds=59)), None),
    "the instant of expiry": (Issued(before(minutes=10)), "code_expired"),
    "used or replaced": (Issued(NOW, closed=True), "code_expired"),
    "a fifth try": (Issued(NOW, tries=4), None),
    "a sixth try": (Issued(NOW, tries=5, closed=True), "code_guessed_out"),
}


@pytest.mark.parametrize(("code", "expected"), TRIES.values(), ids=TRIES)
def test_what_may_be_tried(code: Issued | None, expected: str | None) -> None:
    refusal = refuse_try(NOW, code)
    assert (refusal.code if refusal else None) == expected


def test_a_wrong_try_says_how_many_are_left() -> None:
    assert [wrong(Issued(NOW, tries)).facts.get("left") for tries in (1, 4, 5)] == [4, 1, None]
    assert wrong(Issued(NOW, LIMITS.tries)).code == "code_guessed_out"


def test_another_code_waits_a_minute() -> None:
    refusal = refuse_code(NOW, Issued(before(seconds=59)))
    assert refusal
    assert (refusal.code, refusal.facts["try_again_at"]) == ("code_just_sent", NOW + timedelta(seconds=1))
    assert refuse_code(NOW, Issued(before(seconds=60))) is None
    assert refuse_code(NOW, None) is None


def test_two_texts_a_day_and_never_to_who_said_stop() -> None:
    assert refuse_text(NOW, opted_out=False, texts_today=1) is None
    full = refuse_text(NOW, opted_out=False, texts_today=2)
    midnight_in_shanghai = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
    assert full
    assert (full.code, full.facts["try_again_at"]) == ("texts_used_up", midnight_in_shanghai)
    stopped = refuse_text(NOW, opted_out=True, texts_today=0)
    assert stopped
    assert stopped.code == "client_opted_out"


@pytest.mark.parametrize("typed", ["012345", " 012 345 ", "012-345", "０１２３４５"])
def test_how_it_is_typed_does_not_matter(typed: str) -> None:
    assert normalise(typed) == "012345"
