"""What persons earned month by month, and the tax on it: the figures of postings, payouts, reports and the proof.

A group is a person and a calendar month of Asia/Shanghai (rules 6.6). A line belongs to the month that its `window`
names.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from ...models import Cause, Payout, PayoutState, PostedLine, Statement, StatementLine, TaxedGoods, Withholding
from ...session import Session

INCOME = (Cause.REWARD, Cause.ADJUSTMENT)
"""The causes of a person's lines that are taxed."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a person earned in a month, and the tax on it that was posted."""

    person_id: int
    month: str
    cash_fen: int
    goods_fen: int
    posted_fen: int


def group_of(session: Session, person_id: int, month: str) -> Group:
    """What a person earned in a month so far."""
    found = groups(session, month=month, person_id=person_id)
    return found[0] if found else Group(person_id, month, 0, 0, 0)


def groups(session: Session, *, month: str | None = None, person_id: int | None = None) -> list[Group]:
    """Every person's months (of one month, or of one person where asked), by month and person."""
    line, goods = PostedLine, TaxedGoods
    posted = (
        select(line.window, line.person_id, line.cause, func.sum(line.amount_fen))
        .where(_taxed(line), *_wanted({line.window: month, line.person_id: person_id}))
        .group_by(line.window, line.person_id, line.cause)
    )
    given = (
        select(goods.month, goods.person_id, func.sum(goods.value_fen))
        .where(*_wanted({goods.month: month, goods.person_id: person_id}))
        .group_by(goods.month, goods.person_id)
    )
    sums: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for window, person, cause, fen in session.execute(posted):
        sums[window or "", person or 0]["tax" if cause is Cause.WITHHOLDING else "cash"] += int(fen)
    for window, person, fen in session.execute(given):
        sums[window, person]["goods"] += int(fen)
    return [
        Group(person, window, fen["cash"], fen["goods"], -fen["tax"]) for (window, person), fen in sorted(sums.items())
    ]


def settled(
    session: Session, *, month: str | None = None, person_id: int | None = None
) -> dict[tuple[int, str], tuple[int, int]]:
    """What of persons' months was paid by the bank, after tax, and what stands in statements that pay nothing; by
    person and month."""
    line, paid = PostedLine, and_(Payout.statement_id == Statement.id, Payout.state == PayoutState.PAID)
    rows = session.execute(
        select(
            line.person_id,
            line.window,
            func.sum(case((Payout.id.is_not(None), line.amount_fen), else_=0)),
            func.sum(case((Statement.payable_fen == 0, line.amount_fen), else_=0)),
        )
        .join(StatementLine, StatementLine.line_id == line.id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .outerjoin(Payout, paid)
        .where(_taxed(line), *_wanted({line.window: month, line.person_id: person_id}))
        .group_by(line.person_id, line.window)
    )
    return {(person, window): (int(paid_fen), int(set_off_fen)) for person, window, paid_fen, set_off_fen in rows}


def latest(*, month: str | None = None, person_id: int | None = None) -> Select[Withholding]:
    """The tax of persons' months as it was worked out last."""
    of = Withholding
    return select(of).where(_is_latest(), *_wanted({of.month: month, of.person_id: person_id}))


@cache
def untaxed() -> Select[int]:
    """The statements with a person's income whose tax is not worked out on just that income, or not posted."""
    income, tax, goods, worked = aliased(PostedLine), aliased(PostedLine), TaxedGoods, Withholding
    cash_fen = _of_group(func.sum(income.amount_fen), income.cause.in_(INCOME), income.person_id, income.window)
    tax_fen = _of_group(func.sum(tax.amount_fen), tax.cause == Cause.WITHHOLDING, tax.person_id, tax.window)
    goods_fen = _of_group(func.sum(goods.value_fen), true(), goods.person_id, goods.month)
    worked_out = (
        exists()
        .where(worked.person_id == PostedLine.person_id, worked.month == PostedLine.window, _is_latest())
        .where(worked.cash_fen == cash_fen, worked.goods_fen == goods_fen, worked.withheld_fen == -tax_fen)
        .correlate(PostedLine)
    )
    taxed = PostedLine.person_id.is_not(None) & PostedLine.cause.in_((*INCOME, Cause.WITHHOLDING))
    return (
        select(StatementLine.statement_id)
        .join(PostedLine, PostedLine.id == StatementLine.line_id)
        .where(taxed, or_(PostedLine.window.is_(None), ~worked_out))
        .distinct()
    )


def _taxed(line: type[PostedLine]) -> ColumnElement[bool]:
    causes = line.cause.in_((*INCOME, Cause.WITHHOLDING))
    return and_(causes, line.person_id.is_not(None), line.window.is_not(None))


def _of_group(
    total: ColumnElement[int],
    which: ColumnElement[bool],
    person_id: SQLColumnExpression[Any],
    month: SQLColumnExpression[Any],
) -> ColumnElement[int]:
    """A total over the rows of the same person and month as a posted line."""
    same = and_(which, person_id == PostedLine.person_id, month == PostedLine.window)
    return select(func.coalesce(total, 0)).where(same).correlate(PostedLine).scalar_subquery()


def _is_latest() -> ColumnElement[bool]:
    later = aliased(Withholding)
    return ~exists().correlate(Withholding).where(
        later.person_id == Withholding.person_id,
        later.month == Withholding.month,
        later.number > Withholding.number,
    )


def _wanted(values: Mapping[Any, object]) -> Sequence[ColumnElement[bool]]:
    return [column == value for column, value in values.items() if value is not None]
