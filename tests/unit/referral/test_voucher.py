"""Rules 7.4: what a voucher's code says, and what a try to redeem it means."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from referral import code as codes
from referral import voucher as rule
from referral.rewards.reward_plan import Kind
from referral.voucher import REPEAT, Attempt, Redeemed, Verdict, Voucher, VoucherState

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
OPEN = Voucher(Kind.GIFT, 1, "云栖里", VoucherState.OPEN, NOW + timedelta(days=1))
TRY = Attempt(development_id=1, by_id=7, key="page-1")
DONE = replace(OPEN, state=VoucherState.REDEEMED, redeemed=Redeemed(NOW, "云栖里", 7, "何敏", "page-1"))


def answer(action: Callable[[], str]) -> str:
    """What an action says, or the code of its refusal."""
    try:
        return action()
    except Refusal as refusal:
        return refusal.code


@given(st.integers(0, 2**32), st.binary(min_size=64, max_size=64))
def test_a_payload_is_read_back_and_fits_version_five(seed: int, signature: bytes) -> None:
    code = codes.mint(Random(seed).randrange)
    text = rule.payload(code, signature)
    assert rule.read(text) == rule.Scanned(code, signature)
    assert len(text) <= 122, "what version 5 holds at correction M, in capitals and digits"


@given(st.text(max_size=60))
def test_any_other_text_is_a_code_or_refused(text: str) -> None:
    def code() -> str:
        return rule.read(text).code

    assert answer(code) == "voucher_mistyped" or codes.check(code())


@pytest.mark.parametrize(
    ("voucher", "attempt", "after", "said"),
    [
        (OPEN, TRY, timedelta(0), Verdict.REDEEM),
        (OPEN, TRY, timedelta(days=1), "voucher_expired"),
        (OPEN, replace(TRY, development_id=2), timedelta(0), "voucher_elsewhere"),
        (replace(OPEN, state=VoucherState.REVOKED), TRY, timedelta(0), "voucher_revoked"),
        (replace(OPEN, kind=Kind.FEE_RELIEF, months_left=12), TRY, timedelta(0), "voucher_per_bill"),
        (DONE, TRY, timedelta(days=9), Verdict.ALREADY_DONE),
        (DONE, replace(TRY, key="page-2"), REPEAT - timedelta.resolution, Verdict.ALREADY_DONE),
        (DONE, replace(TRY, key="page-2"), REPEAT, "voucher_redeemed"),
        (DONE, replace(TRY, key="page-2", by_id=8), timedelta(0), "voucher_redeemed"),
        (DONE, replace(TRY, by_id=8), timedelta(0), "voucher_redeemed"),
        (replace(OPEN, held=True), TRY, timedelta(0), "voucher_held"),
    ],
)
def test_what_a_try_means(voucher: Voucher, attempt: Attempt, after: timedelta, said: str) -> None:
    assert answer(lambda: rule.judge(voucher, attempt, NOW + after)) == said


RELIEF = replace(OPEN, kind=Kind.FEE_RELIEF, months_left=12)


@pytest.mark.parametrize(
    ("voucher", "development_id", "months", "said"),
    [
        (RELIEF, 1, 1, "11"),
        (RELIEF, 1, 12, "0"),
        (RELIEF, 1, 13, "relief_exceeded"),
        (RELIEF, 1, 0, "relief_not_positive"),
        (RELIEF, 2, 1, "voucher_elsewhere"),
        (OPEN, 1, 1, "not_fee_relief"),
        (replace(RELIEF, months_left=None), 1, 1, "not_fee_relief"),
        (replace(RELIEF, state=VoucherState.REDEEMED), 1, 1, "relief_exceeded"),
        (replace(RELIEF, state=VoucherState.REVOKED), 1, 1, "voucher_revoked"),
        (replace(RELIEF, held=True), 1, 1, "voucher_held"),
    ],
)
def test_what_a_bill_takes_of_the_months(voucher: Voucher, development_id: int, months: int, said: str) -> None:
    assert answer(lambda: str(rule.relieve(voucher, development_id, months, NOW))) == said


def test_the_server_signs_a_voucher_as_nothing_else() -> None:
    assert rule.signed_bytes("8V7FXY2E").endswith(b"8V7FXY2E")
    assert rule.signed_bytes("8V7FXY2E") != b"8V7FXY2E"


@pytest.mark.parametrize("signature", ["é", "ß", "中文", "1", "\ud7ff" * 8, "AAAA\x00"])
def test_a_signature_in_other_letters_is_mistyped(signature: str) -> None:
    assert answer(lambda: rule.read(f"VCH:8V7FXY2E:{signature}").code) == "voucher_mistyped"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2026-04", "2026-04"),
        (" ２０２６－０４ ", "2026-04"),
        ("2026\u201304", "2026-04"),
        ("2026 \u2212 04\u200b", "2026-04"),
        ("a-1", "A-1"),
        ("\u200b ", "bill_number_wrong"),
        ("\ufdfa" * 20, "bill_number_wrong"),
    ],
)
def test_a_bill_has_one_number(typed: str, number: str) -> None:
    assert answer(lambda: rule.bill_number(typed)) == number


@pytest.mark.parametrize(
    ("months", "amount_fen", "said"),
    [(1, 1, ""), (2, 1_000_000, ""), (1, 0, "price_not_positive"), (1, 500_001, "bill_too_large")],
)
def test_a_bill_is_within_what_its_months_can_come_to(months: int, amount_fen: int, said: str) -> None:
    assert answer(lambda: rule.check_amount(months, amount_fen, most_fen=500_000) or "") == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, "2026-03-10"),
        (date(2026, 3, 9), "parking_in_past"),
        (date(2026, 3, 10), "2026-03-10"),
        (date(2027, 3, 10), "2027-03-10"),
        (date(2027, 3, 11), "parking_too_late"),
        (date(9998, 12, 31), "parking_too_late"),
    ],
)
def test_parking_begins_today_or_soon(asked: date | None, said: str) -> None:
    assert answer(lambda: rule.first_day(asked, date(2026, 3, 10), most_days=365).isoformat()) == said


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 30), 24, date(2028, 11, 30)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 11, 15), 1, date(2026, 12, 15)),
    ],
)
def test_months_end_with_their_last_day(day: date, months: int, later: date) -> None:
    assert rule.months_later(day, months) == later
