"""Employees: how one is known, and what a company's discount takes off a price."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commissions.refusal import Refusal
from referral.employee import Discount, NoDiscount, Offer, parse_address, same_badge, take_off

COMPANY = Offer(100, owns=True, runs=True, checked=True)
DOMAINS = ("acme.cn", "xn--55qx5d.cn")


@pytest.mark.parametrize(
    ("price_fen", "rate_bps", "amount_fen"),
    [
        (2_000_000_00, 100, 20_000_00),
        (1_999_999_99, 100, 20_000_00),  # 19,999.9999
        (50, 100, 1),  # half a fen counts as one
        (49, 100, None),  # 0.49 of a fen is none
        (1, 9_999, None),  # nothing would be left
        (2_680_000_00, 250, 67_000_00),
        (33_333_33, 150, 500_00),  # 499.99995
    ],
)
def test_worked_figures(price_fen: int, rate_bps: int, amount_fen: int | None) -> None:
    offer = Offer(rate_bps, owns=True, runs=True, checked=True)
    wanted = NoDiscount.TOO_SMALL if amount_fen is None else Discount(price_fen, rate_bps, amount_fen)
    assert take_off(price_fen, offer) == wanted


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (None, NoDiscount.NO_COMPANY),
        (replace(COMPANY, owns=False, runs=False, checked=False), NoDiscount.OTHER_OWNER),
        (replace(COMPANY, runs=False, checked=False), NoDiscount.NOT_RUNNING),
        (replace(COMPANY, checked=False, used_up=True), NoDiscount.NOT_CHECKED),
        (replace(COMPANY, same_hand=True, used_up=True), NoDiscount.SAME_HAND),
        (replace(COMPANY, used_up=True), NoDiscount.USED_UP),
    ],
)
def test_why_there_is_none(offer: Offer | None, why: NoDiscount) -> None:
    assert take_off(2_000_000_00, offer) is why


@given(price_fen=some.integers(1, 10**13), rate_bps=some.integers(1, 9_999))
def test_amount_and_price_are_the_list_price(price_fen: int, rate_bps: int) -> None:
    found = take_off(price_fen, Offer(rate_bps, owns=True, runs=True, checked=True))
    if isinstance(found, Discount):
        assert found.amount_fen + found.price_fen == price_fen
        assert 0 < found.price_fen < price_fen
        assert abs(found.amount_fen * 20_000 - price_fen * rate_bps * 2) <= 10_000
        assert found.amount_fen * 20_000 - price_fen * rate_bps * 2 > -10_000, "a half goes up"
    else:
        exact = price_fen * rate_bps
        assert found is NoDiscount.TOO_SMALL
        assert exact < 5_000 or price_fen * 10_000 - exact <= 5_000


@given(price_fen=some.integers(1, 10**13), more_fen=some.integers(0, 10**9), rate_bps=some.integers(1, 9_999))
def test_who_lists_more_never_pays_less(price_fen: int, more_fen: int, rate_bps: int) -> None:
    offer = Offer(rate_bps, owns=True, runs=True, checked=True)
    low, high = (take_off(fen, offer) for fen in (price_fen, price_fen + more_fen))
    if isinstance(low, Discount) and isinstance(high, Discount):
        assert low.price_fen <= high.price_fen


@pytest.mark.parametrize(
    ("typed", "written", "mailbox", "masked"),
    [
        (" Wang.XM@Acme.CN ", "wang.xm@acme.cn", "wang.xm@acme.cn", "w***@acme.cn"),
        ("wang+home@acme.cn", "wang+home@acme.cn", "wang@acme.cn", "w***@acme.cn"),
        ("ｗａｎｇ＠ａｃｍｅ.cn", "wang@acme.cn", "wang@acme.cn", "w***@acme.cn"),
        ("wang_xm-1.o'neill@acme.cn", "wang_xm-1.o'neill@acme.cn", "wang_xm-1.o'neill@acme.cn", "w***@acme.cn"),
        ("wang@公司.cn", "wang@xn--55qx5d.cn", "wang@xn--55qx5d.cn", "w***@xn--55qx5d.cn"),
    ],
)
def test_addresses_are_read_as_people_type_them(typed: str, written: str, mailbox: str, masked: str) -> None:
    address = parse_address(typed, DOMAINS)
    assert (address.written, address.mailbox, address.masked) == (written, mailbox, masked)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("wang", "work_email_invalid"),
        ("@acme.cn", "work_email_invalid"),
        ("+x@acme.cn", "work_email_invalid"),
        ("a b@acme.cn", "work_email_invalid"),
        ("wang\r\nBcc: x@acme.cn", "work_email_invalid"),
        ("wang@evil.cn, x@acme.cn", "work_email_invalid"),
        ("<wang@acme.cn>", "work_email_invalid"),
        (f"{'w' * 65}@acme.cn", "work_email_invalid"),
        ("wang@..", "work_email_invalid"),
        ("wang@qq.com", "work_email_elsewhere"),
        ("wang@hr.acme.cn", "work_email_elsewhere"),
        ("wang@acme.cn.evil.com", "work_email_elsewhere"),
        ("wang@", "work_email_invalid"),
        ("=?utf-8?q?wang?=@acme.cn", "work_email_invalid"),  # a mail program would read wang@acme.cn
        ("=?utf-8?q?wang=2ea?=@acme.cn", "work_email_invalid"),
        ("=?x?q?a=0abcc=3ax?=@acme.cn", "work_email_invalid"),
        ("wang!elsewhere.cn@acme.cn", "work_email_invalid"),
        ("wang%elsewhere.cn@acme.cn", "work_email_invalid"),
        ("wang@acme..cn", "work_email_invalid"),
        (f"wang@{'a' * 64}.cn", "work_email_invalid"),
        ("wang..xm@acme.cn", "work_email_invalid"),
    ],
)
def test_what_is_no_address_of_the_company(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_address(typed, DOMAINS)
    assert (caught.value.code, caught.value.facts["field"]) == (code, "work_email")


@given(some.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        address = parse_address(typed, DOMAINS)
    except Refusal:
        return
    assert address.domain in DOMAINS
    assert address.written.isascii()
    assert address.written.isprintable()
    assert "=?" not in address.written
    assert parse_address(address.written, DOMAINS) == address


def test_a_badge_is_compared_without_what_people_vary() -> None:
    assert same_badge("Ａ 0042", "王 小明") == same_badge("a0042", "王小明")
    assert same_badge("a0042", "王小明") != same_badge("a004", "2王小明")
    assert same_badge("", "王小明") == same_badge("42", " ") == ""
