"""When a code is sent to a number that somebody typed, and whether what was typed counts."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.messages.phone_code import SentToday, check_sending, refuse_try, wrong
from portal.rules.showings.arrival_code import Issued

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 5, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

SENDING = {
    "the first": (None, SentToday(), None),
    "the third": (Issued(NOW - MINUTE), SentToday(2, 2, 2), None),
    "a second too soon": (Issued(NOW - MINUTE + timedelta(seconds=1)), SentToday(1, 1, 1), "code_just_sent"),
    "a fourth to the number": (Issued(NOW - MINUTE), SentToday(3, 3, 3), "codes_used_up"),
    "the last from the network": (None, SentToday(0, 29, 29), None),
    "one more from the network": (None, SentToday(0, 30, 30), "codes_from_here"),
    "the last of the page": (None, SentToday(0, 0, 149), None),
    "one more of the page": (None, SentToday(0, 0, 150), "codes_of_page"),
    "the network before the number": (Issued(NOW), SentToday(3, 30, 30), "codes_from_here"),
    "the page before the network": (Issued(NOW), SentToday(3, 30, 150), "codes_of_page"),
}


@pytest.mark.parametrize(("latest", "sent", "code"), SENDING.values(), ids=SENDING)
def test_few_codes_are_sent(latest: Issued | None, sent: SentToday, code: str | None) -> None:
    if code is None:
        check_sending(NOW, latest, sent, 150)
        return
    with pytest.raises(Refusal) as refused:
        check_sending(NOW, latest, sent, 150)
    assert refused.value.code == code
    assert code == "code_just_sent" or refused.value.facts["try_again_at"] == MIDNIGHT


TRIES = {
    "none was sent": (None, "number_code_over"),
    "fresh": (Issued(NOW), None),
    "at its last instant": (Issued(NOW - 10 * MINUTE + timedelta(seconds=1)), None),
    "over": (Issued(NOW - 10 * MINUTE), "number_code_over"),
    "replaced": (Issued(NOW, closed=True), "number_code_over"),
    "guessed at five times": (Issued(NOW, tries=5, closed=True), "number_code_guessed_out"),
}


@pytest.mark.parametrize(("issued", "code"), TRIES.values(), ids=TRIES)
def test_what_is_typed_counts_for_a_while(issued: Issued | None, code: str | None) -> None:
    refusal = refuse_try(NOW, issued)
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(("tries", "code"), [(1, "code_wrong"), (4, "code_wrong"), (5, "number_code_guessed_out")])
def test_a_wrong_code_says_how_many_tries_are_left(tries: int, code: str) -> None:
    refusal = wrong(Issued(NOW, tries))
    assert refusal.code == code
    assert refusal.facts.get("left") == (5 - tries if code == "code_wrong" else None)
