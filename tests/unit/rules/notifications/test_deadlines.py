"""When somebody is told by time alone, as cases."""

from datetime import UTC, datetime, timedelta

import pytest

from commissions.payout import Check
from portal.rules.notifications.concerned import may_follow
from portal.rules.notifications.deadlines import (
    HOLDS_TOLD,
    PAPERS,
    PROTECTION,
    VOUCHERS,
    Queue,
    mark,
    once,
    once_today,
)
from portal.rules.notifications.kind import Kind, Page, Topic, Whom
from portal.rules.notifications.kinds import KINDS
from portal.services.notifications.words.money import WORDS

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)

CASES = {
    "two days and a second: not yet": (2 * DAY + SECOND, PROTECTION, None),
    "just two days": (2 * DAY, PROTECTION, 48 * HOUR),
    "between the two": (7 * HOUR, PROTECTION, 48 * HOUR),
    "six hours": (6 * HOUR, PROTECTION, 6 * HOUR),
    "a second before": (SECOND, PROTECTION, 6 * HOUR),
    "over": (timedelta(0), PROTECTION, None),
    "a paper, 31 days before": (31 * DAY, PAPERS, None),
    "30 days": (30 * DAY, PAPERS, 30 * DAY),
    "10 days": (10 * DAY, PAPERS, 10 * DAY),
    "a voucher, 14 days before": (14 * DAY, VOUCHERS, 14 * DAY),
    "3 days": (3 * DAY, VOUCHERS, 3 * DAY),
}


@pytest.mark.parametrize(("left", "marks", "expected"), CASES.values(), ids=CASES)
def test_which_telling_it_is_time_for(
    left: timedelta, marks: tuple[timedelta, ...], expected: timedelta | None
) -> None:
    assert mark(left, marks) == expected


def test_each_telling_of_an_end_has_a_name_of_its_own() -> None:
    names = {once("x", 7, one, "2026-12-01") for marks in (PROTECTION, PAPERS, VOUCHERS) for one in marks}
    assert names == {f"x:7:{n}:2026-12-01" for n in (48, 6, 30, 10, 14, 3)}


def test_a_queue_is_told_of_once_a_day_from_nine_in_the_morning_on() -> None:
    morning = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # nine in Shanghai
    assert once_today(Queue.APPEALS, morning - SECOND) is None
    assert once_today(Queue.APPEALS, morning) == once_today(Queue.APPEALS, morning + 14 * HOUR)
    assert once_today(Queue.APPEALS, morning) == "appeals_are_late:2026-03-10"


def test_every_queue_is_a_kind_and_every_hold_that_is_told_of_has_its_words() -> None:
    assert set(Queue) <= KINDS.keys()
    terms = WORDS["payout_held"][None].terms
    assert [set(HOLDS_TOLD) ^ terms[name].keys() for name in ("hold", "lifts")] == [set(), set()]
    assert set(Check) - set(HOLDS_TOLD) == {Check.ACCOUNT_APPROVED, Check.INVOICE_EQUAL}


FOLLOWS = {
    "who is there": (True, 3, 3, True),
    "who has left": (True, 3, 4, False),
    "who is of no agency any more": (True, 3, None, False),
    "what is of no agency": (True, None, None, True),
    "what goes with the person": (False, 3, 4, True),
}


@pytest.mark.parametrize(("while_there", "agency", "own", "expected"), FOLLOWS.values(), ids=FOLLOWS)
def test_a_page_of_an_agency_opens_while_one_belongs_to_it(
    while_there: bool, agency: int | None, own: int | None, expected: bool
) -> None:
    kind = Kind("deals", (Whom.PERSON,), Topic.DEALS, Page("x"), while_there=while_there)
    assert may_follow(kind, agency, own) is expected
