"""Whose account the employer's provider opens: the one that is tied, else the only one of the same address."""

import pytest

from commissions.refusal import Refusal
from portal.rules.company_sign_in.claims import Claims, Known, person_for

LIN = Claims("e-17", "lin@example.com", mail_verified=True)
ME, COLLEAGUE, BROKER = Known(1, staff=True), Known(2, staff=True), Known(3, staff=False)
TIED = Known(4, staff=True, tied=True)

CASES = {
    "tied before": (LIN, ME, [], 1),
    "tied before, whoever has the address now": (LIN, ME, [COLLEAGUE], 1),
    "tied before, and a broker now": (LIN, BROKER, [ME], "company_staff_only"),
    "found by the address": (LIN, None, [ME], 1),
    "found beside a broker of the same address": (LIN, None, [BROKER, ME], 1),
    "a broker's alone": (LIN, None, [BROKER], "company_account_unknown"),
    "nobody's": (LIN, None, [], "company_account_unknown"),
    "two people's": (LIN, None, [ME, COLLEAGUE], "company_account_unknown"),
    "tied to another": (LIN, None, [TIED], "company_tied_otherwise"),
    "not confirmed there": (Claims("e-17", "lin@example.com"), None, [ME], "company_mail_unconfirmed"),
    "without an address": (Claims("e-17"), None, [], "company_account_unknown"),
}


@pytest.mark.parametrize("case", CASES)
def test_whose_account_it_is(case: str) -> None:
    claims, tied, by_mail, expected = CASES[case]
    if isinstance(expected, int):
        assert person_for(claims, tied, by_mail).person_id == expected
        return
    with pytest.raises(Refusal) as refused:
        person_for(claims, tied, by_mail)
    assert refused.value.code == expected
