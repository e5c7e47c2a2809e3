"""What may follow what in a deal (rules 1)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.plan import MILESTONES
from commissions.refusal import Refusal
from portal.rules.deals.milestones import CANCELLED, check_milestone, next_milestone

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def on(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


SUBSCRIBED = {"subscribed": on(1)}
SIGNED = SUBSCRIBED | {"signed": on(5)}
HANDED_OVER = SIGNED | {"loan_released": on(8), "handed_over": on(9)}

ALLOWED = [
    ({}, "subscribed", on(1)),
    (SUBSCRIBED, "signed", on(5)),
    (SUBSCRIBED, "signed", on(1)),
    (SUBSCRIBED, "cancelled", on(2)),
    (SIGNED, "loan_released", NOW),
    (SIGNED, "cancelled", on(6)),
    (HANDED_OVER, "cancelled", on(10)),
]

REFUSED = {
    "a step is skipped": (SUBSCRIBED, "handed_over", on(6), Refusal("milestone_order")),
    "without a subscription": ({}, "signed", on(6), Refusal("milestone_order")),
    "once is enough": (SIGNED, "signed", on(6), Refusal("milestone_repeated", at=on(5))),
    "nothing follows": (SIGNED | {CANCELLED: on(7)}, "loan_released", on(8), Refusal("deal_cancelled", at=on(7))),
    "cancelled once": (SIGNED | {CANCELLED: on(7)}, CANCELLED, on(8), Refusal("deal_cancelled", at=on(7))),
    "ahead": (SUBSCRIBED, "signed", NOW + timedelta(seconds=1), Refusal("milestone_ahead", field="at")),
    "before": (SIGNED, "loan_released", on(4), Refusal("milestone_before", field="at", since=on(5))),
    "cancelled before": (SIGNED, CANCELLED, on(4), Refusal("milestone_before", field="at", since=on(5))),
}


@pytest.mark.parametrize(("reached", "kind", "at"), ALLOWED)
def test_what_may_follow(reached: dict[str, datetime], kind: str, at: datetime) -> None:
    check_milestone(reached, kind, at, NOW)


@pytest.mark.parametrize(("reached", "kind", "at", "refusal"), REFUSED.values(), ids=REFUSED)
def test_what_may_not(reached: dict[str, datetime], kind: str, at: datetime, refusal: Refusal) -> None:
    with pytest.raises(Refusal) as caught:
        check_milestone(reached, kind, at, NOW)
    assert caught.value == refusal


steps = st.lists(st.tuples(st.sampled_from([*MILESTONES, CANCELLED]), st.integers(1, 31)), max_size=12)


@given(steps)
def test_whatever_is_tried_a_deal_goes_in_order(tried: list[tuple[str, int]]) -> None:
    """The kinds that got through are a beginning of the order, perhaps with a cancellation behind; time never turns."""
    reached: dict[str, datetime] = {}
    for kind, number in tried:
        try:
            check_milestone(reached, kind, on(number), NOW)
        except Refusal:
            continue
        reached[kind] = on(number)
    kinds = list(reached)
    assert [kind for kind in kinds if kind != CANCELLED] == list(MILESTONES[: len(kinds) - (CANCELLED in kinds)])
    assert CANCELLED not in kinds[:-1]
    assert list(reached.values()) == sorted(reached.values())
    assert (next_milestone(reached) is None) == (CANCELLED in kinds or len(kinds) == len(MILESTONES))
