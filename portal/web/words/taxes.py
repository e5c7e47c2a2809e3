"""The tax on a person's month in plain arithmetic: on a line, a certificate, and the table's worked examples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask_babel import gettext as _

from commissions.withholding import Bracket, Table, Withholding

from ...clock import month_of
from ...models import WithholdingTable
from ..components import money, month, percent

EXAMPLES_FEN = (800_00, 4_000_00, 20_000_00, 40_000_00, 100_000_00)
"""What the worked examples are about: nothing, both deductions, and every step of the given table."""

SAMPLES_FEN = (800_00, 4_000_00, 20_000_00, 50_000_00, 100_000_00)
"""Monthly incomes that a draft is tried on."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of two tables side by side; empty where one of them has none."""

    label: str
    now: str
    then: str

    @property
    def differs(self) -> bool:
        return self.now != self.then


def of_line(why: Mapping[str, Any]) -> Withholding:
    """The working-out that a posted line keeps."""
    facts = {name: why[name] for name in Withholding.__dataclass_fields__ if name != "bracket"}
    return Withholding(**facts, bracket=Bracket(**why["bracket"]))


def steps(worked: Withholding, label: str) -> Iterator[tuple[str, str]]:
    """The working-out step by step, each with its term: what was earned in a month, what is taxed, the tax."""
    earned = money(worked.cash_fen)
    if worked.goods_fen:
        earned = _("%(cash)s + goods worth %(goods)s", cash=earned, goods=money(worked.goods_fen))
    yield _("Earned in %(month)s", month=month(label)), earned
    yield _("Taxable"), taxable(worked)
    yield _("Tax"), tax(worked)
    if worked.uncollected_fen:
        said = _("%(amount)s: there is not enough cash to keep the rest back", amount=money(worked.withheld_fen))
        yield _("Kept back"), said


def taxable(worked: Withholding) -> str:
    """What is taxed, and how it comes from what was earned: `¥20,000.00 − 20% = ¥16,000.00`."""
    gross_fen = max(0, worked.cash_fen + worked.goods_fen)
    less = money(worked.deducted_fen) if worked.deduct_bps is None else percent(worked.deduct_bps)
    return f"{money(gross_fen)} − {less} = {money(worked.taxable_fen)}"


def tax(worked: Withholding) -> str:
    """The tax, and how it comes from what is taxed: `¥32,000.00 × 30% − ¥2,000.00 = ¥7,600.00`."""
    less = f" − {money(worked.bracket.less_fen)}" if worked.bracket.less_fen else ""
    return f"{money(worked.taxable_fen)} × {percent(worked.bracket.rate_bps)}{less} = {money(worked.tax_fen)}"


def deductions(table: Table) -> list[str]:
    """What is deducted first, in sentences."""
    small = {"bound": money(table.small_up_to_fen), "sum": money(table.small_deduct_fen)}
    return [
        _("A month of up to %(bound)s: %(sum)s is deducted.", **small),
        _("A larger one: %(percent)s of it is deducted.", percent=percent(table.deduct_bps)),
    ]


def compare(now: Table | None, then: Table) -> list[Compared]:
    """Two tables line by line: what is deducted first, then the steps."""
    left, right = ([] if now is None else _lines(now)), _lines(then)
    labels = [_("Small month"), _("Larger month")]
    labels += [_("Step %(number)s", number=number) for number in range(1, max(len(left), len(right)) - 1)]
    pairs = zip_longest(left, right, fillvalue="")
    return [Compared(label, *pair) for label, pair in zip(labels, pairs, strict=True)]


def _lines(table: Table) -> list[str]:
    steps = (f"{bracket(table, number)}: {rate(step)}" for number, step in enumerate(table.brackets))
    return [*deductions(table), *steps]


def bracket(table: Table, number: int) -> str:
    """The span of taxable income of a step, counted from 0."""
    low_fen, high_fen = table.brackets[number - 1].up_to_fen if number else 0, table.brackets[number].up_to_fen
    if high_fen is None:
        return _("above %(low)s", low=money(low_fen or 0))
    if not low_fen:
        return _("up to %(high)s", high=money(high_fen))
    return _("above %(low)s up to %(high)s", low=money(low_fen), high=money(high_fen))


def begins(version: WithholdingTable) -> str:
    """The month from which a version of the table holds."""
    return month(month_of(version.effective_from))


def rate(step: Bracket) -> str:
    """What a step takes: a rate, and what is taken off."""
    if not step.less_fen:
        return percent(step.rate_bps)
    return _("%(rate)s less %(sum)s", rate=percent(step.rate_bps), sum=money(step.less_fen))
