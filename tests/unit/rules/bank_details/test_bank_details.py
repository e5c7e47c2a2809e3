"""Which words can be bank details, and whether their holder is who is paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from portal.adapters.sheets.spreadsheets import quoted
from portal.rules.bank_details.bank_details import BankDetails, check_details, holder_is
from tests.unit.adapters.sheets.test_spreadsheets import HOSTILE

GOOD = BankDetails("杭州安居房产经纪（上城）有限公司", "中国工商银行杭州西湖支行", "6222021234567890123")


def refusal_of(details: BankDetails) -> Refusal | None:
    try:
        check_details(details)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize("holder", [GOOD.holder, "陈静怡", "Müller & Co.", "O'Brien", "（香港）安居", "阿卜·买买提"])
def test_names_as_people_and_companies_bear_them(holder: str) -> None:
    assert refusal_of(BankDetails(holder, GOOD.bank, GOOD.account)) is None


TWO_LINES = "安居\nP-2026-01-0001-1,蒋,银行,6222,99999.00,x"


@pytest.mark.parametrize("word", [*HOSTILE, TWO_LINES, "a,b", "a;=b", 'a"b', "", "·"])
def test_no_formula_and_no_second_line_is_a_holder_or_a_bank(word: str) -> None:
    for field, details in (
        ("holder", BankDetails(word, GOOD.bank, GOOD.account)),
        ("bank", BankDetails(GOOD.holder, word, GOOD.account)),
    ):
        refusal = refusal_of(details)
        assert refusal is not None
        assert refusal.code in {"bank_words", "bank_words_begin"}
        assert refusal.facts["field"] == field


@pytest.mark.parametrize("account", ["", "1234567", "6222 0000 0000", "６２２２００００", "=6222000000", "1" * 31])
def test_an_account_is_digits(account: str) -> None:
    assert refusal_of(BankDetails("安居", "银行", account)) == Refusal("bank_account_wrong", field="account")


@given(st.text(max_size=12))
def test_what_is_let_in_needs_no_quotes_anywhere(word: str) -> None:
    if refusal_of(BankDetails(word, GOOD.bank, GOOD.account)) is None:
        assert quoted(word) == word
        assert len(word.splitlines()) == 1
        assert not set(word) & set(',;"\t')


@pytest.mark.parametrize(
    ("holder", "name", "company", "same"),
    [
        ("杭州安居房产经纪有限公司", "安居房产经纪", True, True),
        ("安居", "杭州安居房产经纪", True, True),
        ("ＡＢＣ 经纪 (杭州)", "abc经纪（杭州）", True, True),
        ("安心房产经纪", "安居房产经纪", True, False),
        ("安", "安居", True, False),
        ("陈静怡", "陈 静怡", False, True),
        ("陈静", "陈静怡", False, False),
    ],
)
def test_the_holder_is_who_is_paid(holder: str, name: str, company: bool, same: bool) -> None:
    assert holder_is(holder, name, company=company) is same


def test_an_account_is_shown_by_its_last_four_digits() -> None:
    assert (GOOD.last_four, GOOD.masked_account) == ("0123", "**** 0123")
