"""Windows and months as Shanghai sees them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.calendar import (
    SHANGHAI,
    Bounds,
    Window,
    add_months,
    labeller,
    labels_ending_with,
    widest,
    window_bounds,
    window_label,
)
from commissions.refusal import Refusal

INSTANTS = st.integers(0, 75_000 * 24 * 60).map(lambda minutes: at("1992-01-01T00:00Z") + timedelta(minutes=minutes))


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("instant", "window", "label"),
    [
        ("2026-03-31T15:59:59+00:00", Window.MONTH, "2026-03"),
        ("2026-03-31T16:00:00+00:00", Window.MONTH, "2026-04"),  # midnight in Shanghai
        ("2026-03-31T23:59:59.999999+08:00", Window.QUARTER, "2026-Q1"),
        ("2026-04-01T00:00:00+08:00", Window.QUARTER, "2026-Q2"),
        ("2026-12-31T23:59:59+08:00", Window.YEAR, "2026"),
        ("2026-12-31T16:00:00Z", Window.YEAR, "2027"),
        ("2026-12-31T16:00:00Z", Window.QUARTER, "2027-Q1"),
        ("2026-03-31T16:00:00Z", Window.AGREEMENT, "agreement"),
    ],
)
def test_window_label(instant, window, label):
    assert window_label(at(instant), window) == label


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2026-02", "2026-02-01T00:00+08:00", "2026-03-01T00:00+08:00"),
        ("2026-12", "2026-12-01T00:00+08:00", "2027-01-01T00:00+08:00"),
        ("2026-Q4", "2026-10-01T00:00+08:00", "2027-01-01T00:00+08:00"),
        ("2026", "2026-01-01T00:00+08:00", "2027-01-01T00:00+08:00"),
    ],
)
def test_window_bounds(label, start, end):
    assert window_bounds(label) == Bounds(at(start), at(end))


def test_an_agreement_is_open_at_both_ends():
    assert window_bounds("agreement") == Bounds(None, None)


BAD_LABELS = ["", "2026-13", "2026-00", "2026-Q5", "2026-3", "26", "2026-Q", "month", "2026-03-01", "9999-12"]


@pytest.mark.parametrize("label", BAD_LABELS)
def test_window_bounds_refuses(label):
    with pytest.raises(Refusal) as refused:
        window_bounds(label)
    assert refused.value == Refusal("bad_window", label=label)


@given(INSTANTS, st.sampled_from([Window.MONTH, Window.QUARTER, Window.YEAR]))
def test_every_instant_lies_within_the_bounds_of_its_own_label(instant, window):
    start, end = window_bounds(window_label(instant, window))
    assert start <= instant < end
    assert window_label(end, window) != window_label(end - timedelta(microseconds=1), window)


@given(st.lists(INSTANTS), st.sampled_from(Window))
def test_a_labeller_says_of_each_instant_what_is_said_of_it_alone(instants, window):
    label_of = labeller(window)
    ends = [*window_bounds(window_label(instants[0], window))] if instants else []
    several = [*instants, *(at for at in ends if at is not None), *instants]
    assert [label_of(instant) for instant in several] == [window_label(instant, window) for instant in several]


@pytest.mark.parametrize(
    ("instant", "months", "later"),
    [
        ("2026-01-31T10:00+08:00", 1, "2026-02-28T10:00+08:00"),
        ("2028-01-31T10:00+08:00", 1, "2028-02-29T10:00+08:00"),
        ("2026-03-31T10:00+08:00", 1, "2026-04-30T10:00+08:00"),
        ("2026-12-15T10:00+08:00", 1, "2027-01-15T10:00+08:00"),
        ("2026-01-30T17:00+00:00", 1, "2026-02-28T01:00+08:00"),  # already the 31st in Shanghai
        ("2028-02-29T00:00+08:00", 12, "2029-02-28T00:00+08:00"),
        ("2026-03-31T10:00+08:00", -1, "2026-02-28T10:00+08:00"),
    ],
)
def test_add_months(instant, months, later):
    assert add_months(at(instant), months) == at(later)
    assert add_months(at(instant), months).tzinfo is SHANGHAI


def test_a_naive_instant_is_a_fault():
    with pytest.raises(ValueError, match="offset"):
        window_label(at("2026-03-01T00:00"), Window.MONTH)


@pytest.mark.parametrize(
    ("month", "labels"),
    [
        ("2026-02", ("2026-02",)),
        ("2026-03", ("2026-03", "2026-Q1")),
        ("2026-12", ("2026-12", "2026-Q4", "2026")),
    ],
)
def test_labels_ending_with(month, labels):
    assert labels_ending_with(month) == labels


@pytest.mark.parametrize("label", ["2026", "2026-Q1", "agreement", "2026-13"])
def test_only_a_month_ends_windows(label):
    with pytest.raises(Refusal, match="bad_window"):
        labels_ending_with(label)


def test_the_widest_window_holds_the_others() -> None:
    assert widest([Window.QUARTER, Window.AGREEMENT, Window.MONTH]) is Window.AGREEMENT
    assert widest([Window.QUARTER, Window.MONTH]) is Window.QUARTER
    assert widest([]) is Window.MONTH
