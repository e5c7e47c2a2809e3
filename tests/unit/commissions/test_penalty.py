"""Strikes, the freeze they bring, and its end to the instant."""

from datetime import datetime, timedelta

import pytest

from commissions.penalty import Freeze, PenaltyTerms, Strike, freeze_after, frozen_until, is_frozen


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


def strikes(*texts):
    return [Strike(number, at(text)) for number, text in enumerate(texts, 1)]


NOW = at("2026-01-31T10:00")
THREE = strikes("2025-06-01T10:00", "2025-12-01T10:00", "2026-01-31T10:00")
VOIDED, CONSUMED = Strike(9, at("2026-01-30T10:00"), voided=True), Strike(8, at("2026-01-30T10:00"), consumed=True)


@pytest.mark.parametrize(
    ("given", "consumed"),
    [
        ([], None),
        (THREE[:2], None),
        (THREE, (1, 2, 3)),
        (THREE[::-1], (1, 2, 3)),
        ([*THREE[1:], VOIDED], None),
        ([*THREE[1:], CONSUMED], None),
        (strikes("2025-01-31T10:00", "2025-12-01T10:00", "2026-01-31T10:00"), None),  # 12 months to the instant
        (strikes("2025-01-31T10:01", "2025-12-01T10:00", "2026-01-31T10:00"), (1, 2, 3)),
        ([*THREE, Strike(4, at("2025-05-01T10:00"))], (4, 1, 2)),  # the oldest three that count
        ([*THREE[:2], Strike(3, at("2026-02-01T10:00"))], None),  # not confirmed yet
    ],
)
def test_three_strikes_that_count_freeze_and_are_consumed(given, consumed):
    expected = consumed and Freeze(NOW, at("2026-02-28T10:00"), consumed)
    assert freeze_after(given, NOW) == expected


def test_the_figures_are_settings():
    terms = PenaltyTerms(strikes=2, strike_months=1, freeze_months=3)
    pair = strikes("2026-01-15T10:00", "2026-01-31T10:00")
    assert freeze_after(pair, NOW, terms) == Freeze(NOW, at("2026-04-30T10:00"), (1, 2))
    assert freeze_after(THREE, NOW, terms) is None


EARLY = Freeze(at("2026-01-01T00:00"), at("2026-02-01T00:00"), (1, 2, 3))
LATE = Freeze(at("2026-01-20T00:00"), at("2026-02-20T00:00"), (4, 5, 6))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (EARLY.starts_at - timedelta(microseconds=1), None),
        (EARLY.starts_at, EARLY.ends_at),
        (LATE.starts_at, LATE.ends_at),
        (EARLY.ends_at, LATE.ends_at),
        (LATE.ends_at, None),
    ],
)
def test_overlapping_freezes_end_at_the_later_end(now, until):
    assert frozen_until([EARLY, LATE], now) == frozen_until([LATE, EARLY], now) == until
    assert is_frozen([EARLY, LATE], now) is (until is not None)
