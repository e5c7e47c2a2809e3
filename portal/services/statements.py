"""Statements (对账单): an agency's lines until a month's end, frozen, numbered without gaps (rules 6.1).

What is booked: a statement moves what is payable from `accrued` to `payable`, and nothing else. A negative balance
is never moved, it stays in `accrued` until later lines outweigh it. So at every instant, for every agency,

    accrued = its lines that stand in no statement + what its latest statement carries on,

because a statement of lines L with opening O pays P and carries C, P + C = O + L: the lines it takes in are worth L,
the carried sum changes from O to C, and L + O - C = P is just what leaves the account. `ledger_checks` proves it.

A line that was posted after its month's statement goes to the month's next version, or to a later month's: whichever
is issued first. Issuing is one transaction at a time, so numbers have no gaps and no line stands twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select
from sqlalchemy.orm import Session, joinedload

from commissions import statement as rule
from commissions.calendar import add_months
from commissions.ledger import Transfer, accrued, payable
from commissions.refusal import Refusal

from ..access import scope
from ..access.actor import Actor
from ..clock import month_end, month_of, month_start
from ..models import Agency, CommissionLine, Deal, Statement, StatementLine
from . import audit, ledger, payouts
from .locks import wait_in_line


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """A month with lines that stand in no statement. `running`: more may still be posted in it."""

    month: str
    agencies: int
    lines: int
    lines_fen: int
    running: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agency's statement would say if it were issued now."""

    agency_id: int
    agency: str
    lines: int
    opening_fen: int
    lines_fen: int

    @property
    def payable_fen(self) -> int:
        return max(0, self.opening_fen + self.lines_fen)

    @property
    def carried_fen(self) -> int:
        return min(0, self.opening_fen + self.lines_fen)


@dataclass(frozen=True, slots=True)
class Preview:
    """A statement as it would be drawn up now, with its lines as they stand."""

    drawn: rule.Statement
    lines: Sequence[CommissionLine]


# What is to be issued


def open_months(session: Session, now: datetime) -> list[OpenMonth]:
    """The months with unstatemented lines, newest first, each with the lines posted in it."""
    oldest = session.scalar(select(func.min(CommissionLine.posted_at)).where(_open(), CommissionLine.posted_at <= now))
    if oldest is None:
        return []
    months = _months(oldest, now)
    month = case(*((CommissionLine.posted_at < month_end(one), one) for one in months), else_=months[-1])
    line = (
        select(month.label("month"), CommissionLine.agency_id, CommissionLine.amount_fen)
        .where(_open(), CommissionLine.posted_at <= now)
        .subquery()
        .c
    )
    rows = session.execute(
        select(line.month, func.count(line.agency_id.distinct()), func.count(), func.sum(line.amount_fen)).group_by(
            line.month
        )
    )
    running = month_of(now)
    found = [OpenMonth(name, agencies, lines, int(fen), name == running) for name, agencies, lines, fen in rows]
    return sorted(found, key=lambda one: one.month, reverse=True)


def drafts(session: Session, now: datetime, month: str) -> list[Draft]:
    """What would be issued for a month, agency by agency: all open lines posted before its end."""
    latest = _latest_statements()
    rows = session.execute(
        select(
            Agency.id,
            Agency.name,
            func.count(CommissionLine.id),
            func.coalesce(func.max(Statement.carried_fen), 0),
            func.sum(CommissionLine.amount_fen),
        )
        .join(Agency, Agency.id == CommissionLine.agency_id)
        .outerjoin(latest, latest.c.agency_id == Agency.id)
        .outerjoin(Statement, Statement.id == latest.c.statement_id)
        .where(_due(now, month))
        .group_by(Agency.id, Agency.name)
        .order_by(Agency.name)
    )
    return [Draft(key, name, lines, int(opening), int(fen)) for key, name, lines, opening, fen in rows]


def preview(session: Session, now: datetime, *, agency_id: int, month: str) -> Preview:
    """The statement that `issue_statement` would issue now. Raises its Refusals."""
    if month_start(month) > now:
        raise Refusal("month_not_begun")
    due = select(CommissionLine).where(CommissionLine.agency_id == agency_id, _due(now, month))
    lines = session.scalars(_explained(due)).all()
    if not lines:
        raise Refusal("nothing_to_issue")
    seen = [rule.StatementLine(line.id, line.agency_id, line.posted_at, line.amount_fen) for line in lines]
    return Preview(rule.draw_up(agency_id, month, seen, _carried(session, agency_id)), lines)


# Issuing


def issue_statement(session: Session, actor: Actor, now: datetime, *, agency_id: int, month: str) -> Statement:
    """Freeze an agency's open lines until a month's end, book what is payable, and request its payout.

    The running month may be issued early: what is posted later goes to its next version. Raises Refusal
    `nothing_to_issue` where no line is open, and `month_not_begun`.
    """
    wait_in_line(session, "issue")
    drawn = preview(session, now, agency_id=agency_id, month=month).drawn
    row = Statement(
        number=_next_number(session, month),
        agency_id=agency_id,
        month=month,
        version=1 + _count(session, Statement.month == month, Statement.agency_id == agency_id),
        opening_fen=drawn.opening_fen,
        lines_fen=drawn.lines_fen,
        total_fen=drawn.opening_fen + drawn.lines_fen,
        payable_fen=drawn.payable_fen,
        carried_fen=drawn.carried_fen,
        issued_by=actor.id,
        issued_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(StatementLine(line_id=line.line_id, statement_id=row.id) for line in drawn.lines)
    audit.record(session, actor, now, "statement_issued", row, number=row.number, payable_fen=row.payable_fen)
    if row.payable_fen:
        _book(session, actor, now, row)
        payouts.request_payout(session, actor, now, row)
    return row


def issue_all(session: Session, actor: Actor, now: datetime, *, month: str) -> list[Statement]:
    """Issue the month's statement of every agency with open lines, all or none.

    Raises the Refusals of `issue_statement`.
    """
    wait_in_line(session, "issue")
    agencies = [draft.agency_id for draft in drafts(session, now, month)]
    if not agencies:
        raise Refusal("nothing_to_issue")
    return [issue_statement(session, actor, now, agency_id=key, month=month) for key in agencies]


def transfer_reference(number: str) -> str:
    """The reference of the transfer that a statement of this number posts."""
    return f"statement:{number}"


def _book(session: Session, actor: Actor, now: datetime, row: Statement) -> None:
    reference = transfer_reference(row.number)
    debit, credit = accrued("agency", row.agency_id), payable("agency", row.agency_id)
    moved = Transfer(reference, debit, credit, row.payable_fen, f"payable of statement {row.number}")
    ledger.post(session, actor, now, reference=reference, transfers=[moved])


def _next_number(session: Session, month: str) -> str:
    """The month's next number, such as `2026-10-0001`; only for who waited in line."""
    return f"{month}-{1 + _count(session, Statement.month == month):04d}"


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Statement.id)).where(*conditions)) or 0


# Reading


def listing(actor: Actor, *, month: str = "", agency_id: int | None = None) -> Select[tuple[Statement]]:
    """The statements that the actor may see."""
    stmt = scope.visible(actor, Statement).options(joinedload(Statement.agency))
    if month:
        stmt = stmt.where(Statement.month == month)
    return stmt if agency_id is None else stmt.where(Statement.agency_id == agency_id)


def months(session: Session, actor: Actor) -> list[str]:
    """The months that the actor sees statements of, newest first, to choose from."""
    seen = scope.visible(actor, Statement).subquery().c.month
    return sorted(session.scalars(select(seen).distinct()), reverse=True)


def lines_of(session: Session, statement: Statement) -> Sequence[CommissionLine]:
    """A statement's lines in posting order, with what a page shows of them."""
    stands = select(StatementLine.line_id).where(StatementLine.statement_id == statement.id)
    return session.scalars(_explained(select(CommissionLine).where(CommissionLine.id.in_(stands)))).all()


def _explained(stmt: Select[tuple[CommissionLine]]) -> Select[tuple[CommissionLine]]:
    deal = joinedload(CommissionLine.deal)
    return stmt.options(deal.joinedload(Deal.development), deal.joinedload(Deal.owner)).order_by(
        CommissionLine.posted_at, CommissionLine.id
    )


def _open() -> ColumnElement[bool]:
    """A line stands in no statement yet."""
    return ~select(StatementLine.line_id).where(StatementLine.line_id == CommissionLine.id).exists()


def _due(now: datetime, month: str) -> ColumnElement[bool]:
    """An open line that the month's statement would take in now."""
    return and_(_open(), CommissionLine.posted_at < month_end(month), CommissionLine.posted_at <= now)


def _carried(session: Session, agency_id: int) -> int:
    """What the agency's latest statement carries on; zero before the first."""
    newest = select(Statement.carried_fen).where(Statement.agency_id == agency_id).order_by(Statement.id.desc())
    return session.scalar(newest.limit(1)) or 0


def _latest_statements() -> Subquery:
    """The id of each agency's latest statement."""
    newest = func.max(Statement.id).label("statement_id")
    return select(Statement.agency_id, newest).group_by(Statement.agency_id).subquery()


def _months(first: datetime, last: datetime) -> list[str]:
    """The months from one instant's to another's, in order."""
    months, start = [], month_start(month_of(first))
    while start <= last:
        months.append(month_of(start))
        start = add_months(start, 1)
    return months
