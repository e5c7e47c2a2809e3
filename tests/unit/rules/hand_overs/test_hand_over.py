"""Who may take over what another has in hand."""

from dataclasses import replace

import pytest

from commissions.refusal import Refusal
from portal.rules.hand_overs.hand_over import Successor, check

BROKERS = frozenset({"broker"})
NEXT = Successor(2, active=True, role="broker", agency_id=7)

CASES = {
    "of the same agency": ("left", NEXT, 7, None),
    "work of the staff": ("left", replace(NEXT, agency_id=None), None, None),
    "without a word why": (" ", NEXT, 7, ("hand_over_reason_needed", "reason")),
    "nobody": ("left", None, 7, ("successor_needed", "to")),
    "a closed account": ("left", replace(NEXT, active=False), 7, ("successor_needed", "to")),
    "another role": ("left", replace(NEXT, role="referrer"), 7, ("successor_needed", "to")),
    "another agency": ("left", replace(NEXT, agency_id=8), 7, ("successor_needed", "to")),
    "oneself": ("left", replace(NEXT, person_id=1), 7, ("successor_is_the_same", "to")),
}


@pytest.mark.parametrize(("reason", "to", "agency_id", "refused"), CASES.values(), ids=CASES)
def test_who_takes_over(
    reason: str, to: Successor | None, agency_id: int | None, refused: tuple[str, str] | None
) -> None:
    if refused is None:
        check(reason, 1, to, BROKERS, agency_id)
        return
    with pytest.raises(Refusal) as caught:
        check(reason, 1, to, BROKERS, agency_id)
    assert (caught.value.code, caught.value.facts["field"]) == refused
