"""Which numbers are stored: those that a text reaches; and how one is shown without being told."""

import pytest

from commissions.refusal import Refusal
from portal.services.contacts import parse_mobile, parse_phone

TAKEN = {
    "13812345678": "138****5678",
    "138 1234-5678": "138****5678",
    "１３８１２３４５６７８": "138****5678",
    "+86 138 1234 5678": "138****5678",
    "19912345678": "199****5678",
    "+852 9123 4567": "+852 ****4567",
    "+1 (212) 555-0123": "+1 ****0123",
}
REFUSED = {
    "010-88886666": "phone_not_mobile",
    "0571 8765 4321": "phone_not_mobile",
    "+852 2123 4567": "phone_not_mobile",
    "4008001234": "phone_not_mobile",
    "13812345678a": "invalid_phone",
    "tel:13812345678": "invalid_phone",
    "1381234567": "invalid_phone",
    "": "invalid_phone",
}


@pytest.mark.parametrize(("typed", "masked"), TAKEN.items())
def test_a_mobile_number_is_taken_however_it_is_written(typed: str, masked: str) -> None:
    assert parse_mobile(typed).masked == masked


@pytest.mark.parametrize(("typed", "code"), REFUSED.items())
def test_what_no_text_reaches_is_not_stored(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_mobile(typed)
    assert refused.value == Refusal(code, field="phone")


def test_a_landline_that_was_stored_before_is_still_found() -> None:
    assert parse_phone("010-88886666").e164 == "+861088886666"
