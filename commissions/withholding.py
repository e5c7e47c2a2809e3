"""Withholding (预扣预缴): the tax kept back from an individual's pay for services (劳务报酬, rules 6.6).

What a payee earns in one calendar month, in cash and in goods, is one **group**, and the tax is worked out on the
whole group each time: never on a single reward, or two small ones would be taxed less than a large one. What is
posted is the difference to what was posted before, so the order in which rewards come does not matter.

Tax on goods is kept back from the cash of the same group as far as there is any. What is left over is named
(`uncollected_fen`), because the developer still owes it to the authority. A group that falls to nothing or below,
because what was earned was taken back, is taxed at zero: it gives back all of its tax and no more, and no other month
is touched.

The table is data. Have a tax adviser confirm it before money moves.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from commissions.money import WHOLE_BPS, half_up
from commissions.refusal import Refusal

_WHOLE_SQUARED = WHOLE_BPS * WHOLE_BPS


@dataclass(frozen=True, slots=True)
class Bracket:
    """A step of the table: ``rate_bps`` of the taxable income less ``less_fen``, up to and including ``up_to_fen``
    of taxable income (None: without end). The sum taken off makes each step begin where the one before ends."""

    up_to_fen: int | None
    rate_bps: int
    less_fen: int = 0


@dataclass(frozen=True, slots=True)
class Withholding:
    """The tax of a group, worked out. ``taxable_fen`` is rounded for the reader; ``tax_fen`` is rounded once, of the
    exact figure. ``deduct_bps`` is None where the fixed sum was deducted; ``bracket`` is the step that was taken."""

    cash_fen: int
    goods_fen: int
    deduct_bps: int | None
    deducted_fen: int
    taxable_fen: int
    bracket: Bracket
    tax_fen: int
    withheld_fen: int

    @property
    def uncollected_fen(self) -> int:
        """The tax on goods that no cash of the group is there to pay."""
        return self.tax_fen - self.withheld_fen

    @property
    def net_fen(self) -> int:
        """The cash that reaches the payee."""
        return self.cash_fen - self.withheld_fen


@dataclass(frozen=True, slots=True)
class Table:
    """One version of the table: what is deducted first, then the brackets of what remains.

    A group up to ``small_up_to_fen`` is lessened by ``small_deduct_fen``, a larger one by ``deduct_bps`` of itself.

    Raises Refusal, each with its ``place``: ``tax_table_value``; ``tax_table_bounds`` and ``tax_table_rates`` where
    bounds or rates do not rise; ``tax_table_open`` unless the last bracket and it alone is open; ``tax_table_jump``
    where the tax would jump from one step to the next, which a quick deduction typed wrongly does; from TOML also
    ``tax_table_syntax`` and ``tax_table_key``.
    """

    small_up_to_fen: int
    small_deduct_fen: int
    deduct_bps: int
    brackets: tuple[Bracket, ...]

    def __post_init__(self) -> None:
        for fault in table_faults(self):
            raise fault

    def withhold(self, cash_fen: int, goods_fen: int = 0) -> Withholding:
        """The tax on a group of cash and goods (fen), and how much of it the cash can pay."""
        gross_fen = max(0, cash_fen + goods_fen)
        fixed = gross_fen <= self.small_up_to_fen
        exact = self._taxable(gross_fen, fixed)
        bracket = next(one for one in self.brackets if one.up_to_fen is None or exact <= one.up_to_fen * WHOLE_BPS)
        taxable_fen = half_up(exact, 1)
        tax_fen = (exact * bracket.rate_bps + _WHOLE_SQUARED // 2) // _WHOLE_SQUARED - bracket.less_fen
        return Withholding(
            cash_fen=cash_fen,
            goods_fen=goods_fen,
            deduct_bps=None if fixed else self.deduct_bps,
            deducted_fen=gross_fen - taxable_fen,
            taxable_fen=taxable_fen,
            bracket=bracket,
            tax_fen=tax_fen,
            withheld_fen=min(tax_fen, max(0, cash_fen)),
        )

    def _taxable(self, gross_fen: int, fixed: bool) -> int:
        """What is taxed, in ten-thousandths of a fen: exact, so that only the tax is rounded."""
        if fixed:
            return max(0, gross_fen - self.small_deduct_fen) * WHOLE_BPS
        return gross_fen * (WHOLE_BPS - self.deduct_bps)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The table that a TOML text describes; unknown keys are refused, so that a typo cannot change a tax."""
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also a number too long for Python, and brackets too deep
            _refuse_syntax(text, str(error))
        _check_keys(document, _HEAD | {"brackets"}, _HEAD | {"brackets"}, "")
        tables = document["brackets"]
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise _value_fault("brackets", "[[brackets]]")
        return cls(**{key: document[key] for key in _HEAD}, brackets=tuple(_brackets(tables)))

    def to_toml(self) -> str:
        """The table as the TOML that `from_toml` reads back to an equal one."""
        blocks = ["".join(f"{key} = {json.dumps(getattr(self, key))}\n" for key in sorted(_HEAD))]
        for bracket in self.brackets:
            entries = {"up_to_fen": bracket.up_to_fen, "rate_bps": bracket.rate_bps, "less_fen": bracket.less_fen}
            lines = (f"{key} = {value}\n" for key, value in entries.items() if value is not None)
            blocks.append(f"[[brackets]]\n{''.join(lines)}")
        return "\n".join(blocks)


# Checks: every fault, in the order of the table; building a table raises the first


def table_faults(table: Table) -> Iterator[Refusal]:
    """All that is wrong with a table, each with its place: for an editor, which marks every field."""
    head = [
        *_whole_faults(table.small_up_to_fen, "small_up_to_fen"),
        *_whole_faults(table.small_deduct_fen, "small_deduct_fen"),
        *_whole_faults(table.deduct_bps, "deduct_bps", most=WHOLE_BPS),
    ]
    values = [fault for number, one in enumerate(table.brackets, 1) for fault in _bracket_faults(one, number)]
    yield from head
    yield from values
    if not head and half_up(table.small_up_to_fen, table.deduct_bps) != table.small_deduct_fen:
        expected_fen = half_up(table.small_up_to_fen, table.deduct_bps)
        yield Refusal("tax_table_jump", place="small_deduct_fen", expected_fen=expected_fen)
    if not values:
        yield from _ladder_faults(table.brackets)


def _ladder_faults(brackets: tuple[Bracket, ...]) -> Iterator[Refusal]:
    """What is wrong between the brackets: bounds that do not rise, a missing end, a jump of the tax."""
    if not brackets or brackets[-1].up_to_fen is not None:
        yield Refusal("tax_table_open", place=f"brackets[{len(brackets)}].up_to_fen" if brackets else "brackets")
    before: Bracket | None = None
    for number, bracket in enumerate(brackets, 1):
        place = f"brackets[{number}]"
        bound = 0 if before is None else before.up_to_fen
        if bound is None:
            yield Refusal("tax_table_open", place=f"brackets[{number - 1}].up_to_fen")
            return
        if bracket.up_to_fen is not None and bracket.up_to_fen <= bound:
            yield Refusal("tax_table_bounds", place=f"{place}.up_to_fen", above_fen=bound)
        steeper_bps = bracket.rate_bps - (before.rate_bps if before else 0)
        if steeper_bps <= 0:
            yield Refusal("tax_table_rates", place=f"{place}.rate_bps")
            return
        expected_fen = half_up(bound, steeper_bps) + (before.less_fen if before else 0)
        if bracket.less_fen != expected_fen:
            yield Refusal("tax_table_jump", place=f"{place}.less_fen", expected_fen=expected_fen)
        before = bracket


def _bracket_faults(bracket: Bracket, number: int) -> Iterator[Refusal]:
    place = f"brackets[{number}]"
    if bracket.up_to_fen is not None:
        yield from _whole_faults(bracket.up_to_fen, f"{place}.up_to_fen")
    yield from _whole_faults(bracket.rate_bps, f"{place}.rate_bps", most=WHOLE_BPS)
    yield from _whole_faults(bracket.less_fen, f"{place}.less_fen")


def _whole_faults(value: object, place: str, *, most: int = 10**15) -> Iterator[Refusal]:
    if type(value) is not int or not 0 <= value <= most:  # a bool is an int to isinstance
        yield _value_fault(place, f"a whole number from 0 to {most}")


def _value_fault(place: str, expected: str) -> Refusal:
    return Refusal("tax_table_value", place=place, expected=expected)


# TOML in

_HEAD = {"small_up_to_fen", "small_deduct_fen", "deduct_bps"}


def _brackets(tables: list[Mapping[str, Any]]) -> Iterator[Bracket]:
    for number, table in enumerate(tables, 1):
        _check_keys(table, {"up_to_fen", "rate_bps", "less_fen"}, {"rate_bps"}, f"brackets[{number}].")
        yield Bracket(table.get("up_to_fen"), table["rate_bps"], table.get("less_fen", 0))


def _check_keys(table: Mapping[str, object], known: set[str], needed: set[str], within: str) -> None:
    wrong = sorted((table.keys() - known) | (needed - table.keys()))
    if wrong:
        raise Refusal("tax_table_key", place=f"{within}{wrong[0]}", known=", ".join(sorted(known)))


def _refuse_syntax(text: str, problem: str) -> NoReturn:
    """Say on which line TOML broke off; its parser tells it only inside the sentence, or that it was the end."""
    match = re.search(r"at line (\d+)", problem)
    line = int(match[1]) if match else max(1, len(text.splitlines()))
    raise Refusal("tax_table_syntax", place=f"line {line}", line=line)


GIVEN = Table(
    small_up_to_fen=4_000_00,
    small_deduct_fen=800_00,
    deduct_bps=2_000,
    brackets=(
        Bracket(20_000_00, 2_000),
        Bracket(50_000_00, 3_000, 2_000_00),
        Bracket(None, 4_000, 7_000_00),
    ),
)
"""The table of rules 6.6 (居民个人劳务报酬所得预扣预缴)."""
