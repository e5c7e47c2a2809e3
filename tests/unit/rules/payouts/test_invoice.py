"""An invoice's check: what is read on it, tax numbers with their check sign, and the tax in a sum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.rules.payouts.invoice import RATES_BPS, check_invoice, is_tax_number, tax_fen

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RIGHT = {"invoiced_fen": 100_00, "read_fen": 100_00, "tax_number": "91330100MA2GYQ8X5J", "rate_bps": 600}


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("91330100MA2GYQ8X5J", True),
        ("91330100MA2GYQ8X5K", False),
        ("91330100MA2GYQ8X5I", False),  # no sign of the standard
        ("330100123456789", True),
        ("33010012345678901234", True),
        ("3301001234567890", False),
        ("９1330100MA2GYQ8X5J", False),
        ("", False),
    ],
)
def test_a_tax_number_proves_itself(number: str, right: bool) -> None:
    assert is_tax_number(number) is right


@given(place=st.integers(0, 17), other=st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_found(place: int, other: str) -> None:
    number = RIGHT["tax_number"]
    changed = number[:place] + other + number[place + 1 :]
    assert is_tax_number(changed) is (changed == number)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"read_fen": 100_01}, "invoice_read_differs"),
        ({"tax_number": "1"}, "tax_number_wrong"),
        ({"rate_bps": 601}, "tax_rate_unknown"),
    ],
)
def test_what_does_not_fit_is_named(wrong: dict[str, object], code: str) -> None:
    check_invoice(**RIGHT)
    with pytest.raises(Refusal, match=code):
        check_invoice(**RIGHT | wrong)


@pytest.mark.parametrize(
    ("whole", "bps", "tax"), [(106_00, 600, 6_00), (1_00, 100, 1), (36_000_00, 600, 2_037_74), (5, 0, 0)]
)
def test_the_tax_in_a_sum(whole: int, bps: int, tax: int) -> None:
    assert tax_fen(whole, bps) == tax


@given(whole=st.integers(0, 10**15), bps=st.sampled_from(RATES_BPS))
def test_tax_on_the_net_is_the_tax_within_a_fen(whole: int, bps: int) -> None:
    net = whole - tax_fen(whole, bps)
    assert abs(net * bps - tax_fen(whole, bps) * 10_000) <= 10_000
