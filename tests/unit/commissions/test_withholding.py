"""The tax on individuals: the given table, its edges, what holds for every table, and how a bad one is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.refusal import Refusal
from commissions.withholding import GIVEN, Bracket, Table, table_faults

SUMS = st.integers(0, 3_000_000_00)


@pytest.mark.parametrize(
    ("cash_fen", "tax_fen"),
    [
        (0, 0),
        (800_00, 0),
        (800_01, 0),  # a fifth of a fen
        (800_03, 1),  # three fifths
        (4_000_00, 640_00),
        (4_000_01, 640_00),
        (20_000_00, 3_200_00),
        (25_000_00, 4_000_00),  # 20,000 of taxable income: the last of its bracket
        (25_000_01, 4_000_00),
        (40_000_00, 7_600_00),
        (62_500_00, 13_000_00),
        (100_000_00, 25_000_00),
    ],
)
def test_the_given_table(cash_fen: int, tax_fen: int) -> None:
    assert GIVEN.withhold(cash_fen).tax_fen == tax_fen


@pytest.mark.parametrize(
    ("cash_fen", "goods_fen", "tax_fen", "withheld_fen"),
    [
        (0, 10_000_00, 1_600_00, 0),
        (1_000_00, 10_000_00, 1_760_00, 1_000_00),
        (20_000_00, 10_000_00, 5_200_00, 5_200_00),
        (-20_000_00, 10_000_00, 0, 0),
        (-5_000_00, 10_000_00, 800_00, 0),
    ],
)
def test_tax_on_goods_comes_out_of_the_cash_that_there_is(
    cash_fen: int, goods_fen: int, tax_fen: int, withheld_fen: int
) -> None:
    worked = GIVEN.withhold(cash_fen, goods_fen)
    assert (worked.tax_fen, worked.withheld_fen) == (tax_fen, withheld_fen)
    assert worked.uncollected_fen == tax_fen - withheld_fen


@given(SUMS, SUMS)
def test_more_pay_never_leaves_less(less_fen: int, more_fen: int) -> None:
    low, high = (GIVEN.withhold(fen) for fen in sorted((less_fen, more_fen)))
    assert low.tax_fen <= high.tax_fen
    assert low.net_fen <= high.net_fen


@given(SUMS, SUMS)
def test_tax_is_between_nothing_and_two_fifths_of_what_is_taxed(cash_fen: int, goods_fen: int) -> None:
    worked = GIVEN.withhold(cash_fen, goods_fen)
    assert 0 <= worked.withheld_fen <= worked.tax_fen <= worked.taxable_fen * 2 // 5 + 1
    assert worked.deducted_fen + worked.taxable_fen == cash_fen + goods_fen
    assert worked.withheld_fen <= cash_fen
    assert worked.tax_fen == GIVEN.withhold(goods_fen, cash_fen).tax_fen


@given(st.lists(st.integers(1, 60_000_00), max_size=8), st.randoms())
def test_differences_sum_to_the_tax_of_the_whole_in_any_order(rewards: list[int], random: object) -> None:
    random.shuffle(rewards)  # type: ignore[attr-defined]
    earned_fen = posted_fen = 0
    for reward_fen in rewards:
        earned_fen += reward_fen
        posted_fen += GIVEN.withhold(earned_fen).withheld_fen - posted_fen
    assert posted_fen == GIVEN.withhold(sum(rewards)).tax_fen


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that holds: bounds and rates that rise, and quick deductions that follow from them."""
    count = draw(st.integers(1, 6))
    bounds = sorted(draw(st.sets(st.integers(1, 10**6), min_size=count - 1, max_size=count - 1)))
    rates = sorted(draw(st.sets(st.integers(1, 100), min_size=count, max_size=count)))
    less, brackets = 0, []
    for place, rate in enumerate(rates):
        if place:
            less += bounds[place - 1] * (rate - rates[place - 1])  # of whole yuan and percents: no fen is rounded
        brackets.append(Bracket(bounds[place] * 100 if place < count - 1 else None, rate * 100, less))
    small, percent = draw(st.integers(0, 10**4)), draw(st.integers(0, 100))
    return Table(small * 100, small * percent, percent * 100, tuple(brackets))


@given(tables(), SUMS, SUMS)
def test_any_table_that_is_accepted_rises_and_is_written_and_read_back(
    table: Table, less_fen: int, more_fen: int
) -> None:
    assert Table.from_toml(table.to_toml()) == table
    low, high = (table.withhold(fen) for fen in sorted((less_fen, more_fen)))
    assert 0 <= low.tax_fen <= high.tax_fen
    assert 0 <= low.net_fen <= high.net_fen


def _bracket(number: int, **given: object) -> Table:
    """The given table with one bracket changed, past the checks."""
    table = object.__new__(Table)
    brackets = list(GIVEN.brackets)
    brackets[number - 1] = replace(brackets[number - 1], **given)  # type: ignore[arg-type]
    for name in ("small_up_to_fen", "small_deduct_fen", "deduct_bps"):
        object.__setattr__(table, name, getattr(GIVEN, name))
    object.__setattr__(table, "brackets", tuple(brackets))
    return table


def _jump(number: int) -> tuple[str, str]:
    return "tax_table_jump", f"brackets[{number}].less_fen"


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        (GIVEN, []),
        (_bracket(2, less_fen=2_000_01), [_jump(2), _jump(3)]),
        (_bracket(2, up_to_fen=20_000_00), [("tax_table_bounds", "brackets[2].up_to_fen"), _jump(3)]),
        (_bracket(2, rate_bps=2_000), [("tax_table_rates", "brackets[2].rate_bps")]),
        (_bracket(2, up_to_fen=None), [("tax_table_open", "brackets[2].up_to_fen")]),
        (_bracket(3, up_to_fen=90_000_00), [("tax_table_open", "brackets[3].up_to_fen")]),
        (_bracket(3, rate_bps=10_001), [("tax_table_value", "brackets[3].rate_bps")]),
        (_bracket(1, less_fen=True), [("tax_table_value", "brackets[1].less_fen")]),
    ],
)
def test_every_fault_is_named_with_its_place(table: Table, faults: list[tuple[str, str]]) -> None:
    assert [(fault.code, fault.facts["place"]) for fault in table_faults(table)] == faults


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (("deduct_bps = 2000", "deduct_bps = "), ("tax_table_syntax", "line 1")),
        (("deduct_bps = 2000", f"deduct_bps = {'9' * 5000}"), ("tax_table_syntax", "line 17")),
        (("deduct_bps", "deduct"), ("tax_table_key", "deduct")),
        (("rate_bps = 4000\n", ""), ("tax_table_key", "brackets[3].rate_bps")),
        (("less_fen", "lessen_fen"), ("tax_table_key", "brackets[1].lessen_fen")),
        (("small_deduct_fen = 80000", "small_deduct_fen = 90000"), ("tax_table_jump", "small_deduct_fen")),
        (("small_deduct_fen = 80000", 'small_deduct_fen = "800"'), ("tax_table_value", "small_deduct_fen")),
    ],
)
def test_a_text_that_is_no_table(change: tuple[str, str], refusal: tuple[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        Table.from_toml(GIVEN.to_toml().replace(*change))
    assert (refused.value.code, refused.value.facts["place"]) == refusal


def test_brackets_must_be_tables() -> None:
    with pytest.raises(Refusal, match="tax_table_value"):
        Table.from_toml("small_up_to_fen = 0\nsmall_deduct_fen = 0\ndeduct_bps = 0\nbrackets = 3\n")
