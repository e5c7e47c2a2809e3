"""Tax kept back from persons (劳务报酬, rules 6.6), posted beside what it is on.

As with commissions, the target is recomputed and the difference posted, in the transaction of what changed it: a
reward and its tax come together or not at all. A line's `window` names the month whose income it is, which stays the
month of the first line when a reward is taken back later, so that the tax of that very month is given back. Every
working-out is kept (`Withholding`), also one that changes no tax: a payout of a person waits for it.

Whoever adds to a person's income holds his row until the transaction ends, so that two rewards of one month are taxed
one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select

from commissions import withholding as rule
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Cause, Person, PostedLine, TaxedGoods, Withholding, WithholdingTable, payee_columns, person_payee
from ...session import Session
from .. import audit
from ..ledger.lines import NewLine, post_lines
from . import groups as tax_groups
from . import tables as tax_tables


def post_income(
    session: Session, actor: Actor, now: datetime, *, reference: str, lines: Sequence[NewLine]
) -> Sequence[PostedLine]:
    """`post_lines` for persons' income: what the tax of its months (`window`) changes by stands beside it.

    Raises Refusal `no_tax_table`, and what `post_lines` raises.
    """
    months = sorted({(line.payee, line.window) for line in lines if line.window})
    _hold(session, [payee for payee, _ in months])
    tax = [line for payee, month in months for line in _settle(session, now, payee, month, lines)]
    return post_lines(session, actor, now, reference=reference, lines=[*lines, *tax])


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Goods that count as a person's income of a month; of a negative value where they were taken back."""

    person_id: int
    month: str
    reference: str
    value_fen: int
    what: str


def count_goods(session: Session, actor: Actor, now: datetime, goods: Goods) -> TaxedGoods:
    """Count goods as income, once a reference, and post what the month's tax changes by.

    Tax on them is kept back from the month's cash as far as there is any. Raises Refusal `no_tax_table`.
    """
    payee = person_payee(goods.person_id)
    _hold(session, [payee])
    there = session.scalar(select(TaxedGoods).where(TaxedGoods.reference == goods.reference))
    if there is not None:
        return there
    row = _note(session, actor, now, goods)
    for line in _settle(session, now, payee, goods.month, ()):
        post_lines(session, actor, now, reference=line.reference, lines=[line])
    return row


def note_repaid(session: Session, actor: Actor, now: datetime, goods: Goods) -> None:
    """Note that a deduction which is about to be posted in a month repays goods, and is no loss of income.

    The goods left the income of their own month when they were charged back; the two must not lower it twice. The
    tax is worked out by the `post_income` that follows, once for both.
    """
    _hold(session, [person_payee(goods.person_id)])
    _note(session, actor, now, goods)


def _note(session: Session, actor: Actor, now: datetime, goods: Goods) -> TaxedGoods:
    row = TaxedGoods(**asdict(goods), counted_at=now, counted_by=actor.person_id)
    session.add(row)
    audit.record(session, actor, now, "goods_taxed", row, month=goods.month, value_fen=goods.value_fen)
    return row


def _hold(session: Session, payees: Iterable[str]) -> None:
    """Let nobody else add to these persons' income until the transaction ends; always in the same order."""
    ids = {payee_columns(payee)["person_id"] for payee in payees}
    session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True))


def _settle(session: Session, now: datetime, payee: str, month: str, coming: Sequence[NewLine]) -> Iterator[NewLine]:
    """Work out a month's tax with the lines that are coming, keep it, and yield the line of the difference."""
    person_id = payee_columns(payee)["person_id"]
    group, table = tax_groups.group_of(session, person_id, month), tax_tables.in_force(session, month)
    if table is None:
        raise Refusal("no_tax_table", month=month)
    coming_fen = sum(line.amount_fen for line in coming if (line.payee, line.window) == (payee, month))
    worked = tax_tables.parse(table.toml).withhold(group.cash_fen + coming_fen, group.goods_fen)
    kept = _keep(session, now, group, table, worked)
    delta_fen = group.posted_fen - worked.withheld_fen
    if delta_fen:
        yield NewLine(
            reference=f"tax:{person_id}:{month}:{kept.number}",
            payee=payee,
            cause=Cause.WITHHOLDING,
            amount_fen=delta_fen,
            summary=f"tax of person {person_id} for {month}",
            why=asdict(worked) | {"posted_fen": group.posted_fen, "table": table.version},
            window=month,
        )


def _keep(
    session: Session, now: datetime, group: tax_groups.Group, table: WithholdingTable, worked: rule.Withholding
) -> Withholding:
    of = Withholding
    before = select(func.max(of.number)).where(of.person_id == group.person_id, of.month == group.month)
    row = Withholding(
        person_id=group.person_id,
        month=group.month,
        number=1 + (session.scalar(before) or 0),
        table_id=table.id,
        cash_fen=worked.cash_fen,
        goods_fen=worked.goods_fen,
        taxable_fen=worked.taxable_fen,
        tax_fen=worked.tax_fen,
        withheld_fen=worked.withheld_fen,
        computed_at=now,
    )
    session.add(row)
    session.flush()
    return row
