"""What keeps a name although it was asked to be erased, and until when (ADR 53)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commissions.refusal import Refusal
from portal.rules.erasure import grounds as rule
from portal.rules.erasure.grounds import Ground, Hold

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
DAY = timedelta(days=1)

TOUCHES = {
    "protected until then": (NOW + DAY, False, Hold(Ground.PROTECTION, NOW + DAY)),
    "over at the instant itself": (NOW, False, None),
    "somebody came after": (NOW + DAY, True, None),
    "for good: its deal holds it": (None, False, None),
}


@pytest.mark.parametrize(("until", "retired", "hold"), TOUCHES.values(), ids=TOUCHES)
def test_a_contact_holds_while_it_protects(until: datetime | None, retired: bool, hold: Hold | None) -> None:
    assert rule.hold_of_touch(NOW, until, retired=retired) == hold


DEALS = {
    "running": (None, Hold(Ground.DEAL, None)),
    "ended yesterday": (NOW - DAY, Hold(Ground.DEAL_RECORD, datetime(2029, 3, 9, 16, tzinfo=UTC))),
    "ended on a leap day": (
        datetime(2024, 2, 29, 2, tzinfo=UTC), Hold(Ground.DEAL_RECORD, datetime(2027, 3, 1, 16, tzinfo=UTC))
    ),
    "ended three years ago": (datetime(2023, 3, 8, 2, tzinfo=UTC), None),
}  # fmt: skip


@pytest.mark.parametrize(("ended_at", "hold"), DEALS.values(), ids=DEALS)
def test_a_deal_holds_for_three_years_after_its_end(ended_at: datetime | None, hold: Hold | None) -> None:
    assert rule.hold_of_deal(NOW, ended_at=ended_at) == hold


def test_the_books_hold_for_thirty_years_from_the_end_of_the_year() -> None:
    assert rule.hold_of_books(NOW, None) is None
    assert rule.hold_of_books(NOW, date(2026, 1, 5)) == Hold(Ground.BOOKS, datetime(2056, 12, 31, 16, tzinfo=UTC))
    assert rule.hold_of_books(NOW, date(1990, 1, 5)) is None


def test_of_a_ground_the_longest_counts_and_the_first_end_is_looked_at() -> None:
    holds = [Hold(Ground.DEAL_RECORD, NOW + 2 * DAY), Hold(Ground.PROTECTION, NOW + 3 * DAY)]
    longest = rule.longest([*holds, Hold(Ground.PROTECTION, NOW + DAY)])
    assert longest == [holds[1], holds[0]]
    assert rule.longest([Hold(Ground.DEAL, None), Hold(Ground.DEAL, NOW)]) == [Hold(Ground.DEAL, None)]
    assert rule.look_again(NOW, longest) == NOW + 2 * DAY
    assert rule.look_again(NOW, [Hold(Ground.DEAL, None)]) == NOW + DAY
    assert rule.look_again(NOW, []) is None


def test_fifteen_days_and_no_open_account() -> None:
    assert rule.due_at(NOW) == NOW + 15 * DAY
    rule.check_may_ask(person_left=True)
    with pytest.raises(Refusal, match="erasure_account_open"):
        rule.check_may_ask(person_left=False)
