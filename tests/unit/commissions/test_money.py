"""Rounding, cutting and writing amounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.money import WHOLE_BPS, allocate, format_bps, format_fen, half_up, parse_yuan
from commissions.refusal import Refusal

FEN = st.integers(0, 10**15)


@st.composite
def shares(draw):
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE_BPS), max_size=5)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, WHOLE_BPS], strict=True)]


@pytest.mark.parametrize(
    ("amount_fen", "rate_bps", "expected"),
    [
        (200_000_000, 180, 3_600_000),
        (0, 180, 0),
        (1, 5_000, 1),  # half a fen goes up
        (1, 4_999, 0),
        (3, 5_000, 2),  # half-even would also say 2, but
        (5, 5_000, 3),  # here it would say 2
        (100, 10_000, 100),
        (20, 250, 1),
        (60, 250, 2),
    ],
)
def test_half_up(amount_fen, rate_bps, expected):
    assert half_up(amount_fen, rate_bps) == expected


@pytest.mark.parametrize(("amount_fen", "rate_bps"), [(-1, 180), (1, -180)])
def test_half_up_refuses_to_round_a_negative(amount_fen, rate_bps):
    with pytest.raises(ValueError, match="from zero up"):
        half_up(amount_fen, rate_bps)


@pytest.mark.parametrize(
    ("total_fen", "shares_bps", "parts"),
    [
        (3_333_333, (3333, 3333, 3334), (1_111_000, 1_111_000, 1_111_333)),  # rules 5.6
        (1, (5000, 5000), (1, 0)),
        (3, (2500, 2500, 2500, 2500), (1, 1, 0, 1)),
        (100, (10_000,), (100,)),
        (100, (0, 10_000), (0, 100)),
        (0, (5000, 5000), (0, 0)),
    ],
)
def test_allocate(total_fen, shares_bps, parts):
    assert allocate(total_fen, shares_bps) == parts


@given(FEN, shares())
def test_parts_sum_to_the_whole_and_stay_within_a_fen_of_their_share(total_fen, shares_bps):
    parts = allocate(total_fen, shares_bps)
    assert sum(parts) == total_fen
    assert all(part >= 0 for part in parts)
    errors = [part * WHOLE_BPS - total_fen * share for part, share in zip(parts, shares_bps, strict=True)]
    assert all(abs(error) <= WHOLE_BPS for error in errors)


@pytest.mark.parametrize("shares_bps", [(5000, 4999), (5000, 5001), (11_000, -1000)])
def test_allocate_refuses_shares_that_are_not_the_whole(shares_bps):
    with pytest.raises(ValueError, match="shares must sum"):
        allocate(100, shares_bps)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234", 123_400),
        ("1,234.5", 123_450),
        (" 0.01 ", 1),
        ("-1234.50", -123_450),
        ("2,000,000.00", 200_000_000),
        ("0", 0),
    ],
)
def test_parse_yuan(text, fen):
    assert parse_yuan(text) == fen


BAD_YUAN = [
    "",
    "1.234",
    "1,23",
    "12,34,567",
    "1e3",
    "¥5",
    "5.",
    ".5",
    "--5",
    "+5",
    "1 000",
    "NaN",
    "\uff15",
    "1\n2",
]


@pytest.mark.parametrize("text", BAD_YUAN)
def test_parse_yuan_refuses(text):
    with pytest.raises(Refusal) as refused:
        parse_yuan(text)
    assert refused.value == Refusal("bad_amount", text=text)


@given(st.integers(-(10**16), 10**16))
def test_an_amount_survives_being_written_and_read(amount_fen):
    assert parse_yuan(format_fen(amount_fen)) == amount_fen


@pytest.mark.parametrize(("rate_bps", "text"), [(180, "1.80 %"), (5, "0.05 %"), (10_000, "100.00 %")])
def test_format_bps(rate_bps, text):
    assert format_bps(rate_bps) == text
