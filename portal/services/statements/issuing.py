"""Statements (对账单): a payee's lines until a month's end, frozen, numbered without gaps (rules 6.1).

What is booked: a statement moves what is payable from `accrued` to `payable`, and nothing else. A negative balance
is never moved, it stays in `accrued` until later lines outweigh it. So at every instant, for every payee,

    accrued = its lines that stand in no statement + what its latest statement carries on,

because a statement of lines L with opening O pays P and carries C, P + C = O + L: the lines it takes in are worth L,
the carried sum changes from O to C, and L + O - C = P is just what leaves the account. `settlement_checks` proves it.

A line that was posted after its month's statement goes to the month's next version, or to a later month's: whichever
is issued first. Issuing is one transaction at a time, so numbers have no gaps and no line stands twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select

from commissions import statement as rule
from commissions.calendar import add_months
from commissions.ledger import Transfer, accrued, payable
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...clock import month_end, month_of, month_start
from ...models import Agency, Person, PostedLine, Statement, StatementLine, agency_payee, payee_columns, person_payee
from ...session import Session, each_value
from .. import audit
from ..events.telling import Concerned, tell
from ..ledger import posting
from ..locks import wait_in_line
from ..partners import partners
from ..payouts import payouts
from ..rewards import payments as reward_payments


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """A month with lines that stand in no statement. `running`: more may still be posted in it."""

    month: str
    payees: int
    lines: int
    lines_fen: int
    running: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What a payee's statement would say if it were issued now."""

    payee: str
    name: str
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
    lines: Sequence[PostedLine]


# What is to be issued


def open_months(session: Session, now: datetime) -> list[OpenMonth]:
    """The months with unstatemented lines, newest first, each with the lines posted in it."""
    oldest = session.scalar(select(func.min(PostedLine.posted_at)).where(_open(), PostedLine.posted_at <= now))
    if oldest is None:
        return []
    months = _months(oldest, now)
    month = case(*((PostedLine.posted_at < month_end(one), one) for one in months), else_=months[-1])
    line = (
        select(month.label("month"), PostedLine.payee, PostedLine.amount_fen)
        .where(_open(), PostedLine.posted_at <= now)
        .subquery()
        .c
    )
    rows = session.execute(
        select(line.month, func.count(line.payee.distinct()), func.count(), func.sum(line.amount_fen)).group_by(
            line.month
        )
    )
    running = month_of(now)
    found = [OpenMonth(name, payees, lines, int(fen), name == running) for name, payees, lines, fen in rows]
    return sorted(found, key=lambda one: one.month, reverse=True)


def drafts(session: Session, now: datetime, month: str) -> list[Draft]:
    """What would be issued for a month, payee by payee: all open lines posted before its end."""
    latest, name = _latest_statements(), func.coalesce(Agency.name, Person.name).label("name")
    rows = session.execute(
        select(
            PostedLine.payee,
            name,
            func.count(PostedLine.id),
            func.coalesce(func.max(Statement.carried_fen), 0),
            func.sum(PostedLine.amount_fen),
        )
        .outerjoin(Agency, Agency.id == PostedLine.agency_id)
        .outerjoin(Person, Person.id == PostedLine.person_id)
        .outerjoin(latest, latest.c.payee == PostedLine.payee)
        .outerjoin(Statement, Statement.id == latest.c.statement_id)
        .where(_due(now, month))
        .group_by(PostedLine.payee, name)
        .order_by(name, PostedLine.payee)
    )
    return [Draft(key, name, lines, int(opening), int(fen)) for key, name, lines, opening, fen in rows]


def preview(session: Session, now: datetime, *, payee: str, month: str) -> Preview:
    """The statement that `issue_statement` would issue now. Raises its Refusals."""
    if month_start(month) > now:
        raise Refusal("month_not_begun")
    due = select(PostedLine).where(PostedLine.payee == payee, _due(now, month))
    lines = session.scalars(_in_order(due)).all()
    if not lines:
        raise Refusal("nothing_to_issue")
    seen = [rule.StatementLine(line.id, line.payee, line.posted_at, line.amount_fen) for line in lines]
    return Preview(rule.draw_up(payee, month, seen, _carried(session, payee)), lines)


# Issuing


def issue_statement(session: Session, actor: Actor, now: datetime, *, payee: str, month: str) -> Statement:
    """Freeze a payee's open lines until a month's end, book what is payable, and request its payout.

    The running month may be issued early: what is posted later goes to its next version. Raises Refusal
    `nothing_to_issue` where no line is open, and `month_not_begun`.
    """
    wait_in_line(session, "issue")
    drawn = preview(session, now, payee=payee, month=month).drawn
    row = Statement(
        number=next_numbers(session, month, 1)[0],
        **payee_columns(payee),
        month=month,
        version=1 + _count(session, Statement.month == month, Statement.payee == payee),
        opening_fen=drawn.opening_fen,
        lines_fen=drawn.lines_fen,
        total_fen=drawn.opening_fen + drawn.lines_fen,
        payable_fen=drawn.payable_fen,
        carried_fen=drawn.carried_fen,
        issued_to=names(session, [payee])[payee],
        issued_by=actor.id,
        issued_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(StatementLine(line_id=line.line_id, statement_id=row.id) for line in drawn.lines)
    audit.record(session, actor, now, "statement_issued", row, number=row.number, payable_fen=row.payable_fen)
    whom = Concerned(row.person_id, row.agency_id)
    tell(session, actor, now, "statement_issued", row, whom, month=month, payable_fen=row.payable_fen)
    if row.payable_fen:
        _book(session, actor, now, row)
        payouts.request_payout(session, actor, now, row)
    reward_payments.follow_statement(session, actor, now, row)
    return row


def issue_all(session: Session, actor: Actor, now: datetime, *, month: str) -> list[Statement]:
    """Issue the month's statement of every payee with open lines, all or none.

    Raises the Refusals of `issue_statement`.
    """
    wait_in_line(session, "issue")
    payees = [draft.payee for draft in drafts(session, now, month)]
    if not payees:
        raise Refusal("nothing_to_issue")
    return [issue_statement(session, actor, now, payee=payee, month=month) for payee in payees]


def transfer_reference(number: str) -> str:
    """The reference of the transfer that a statement of this number posts."""
    return f"statement:{number}"


def _book(session: Session, actor: Actor, now: datetime, row: Statement) -> None:
    moved = booking(row.number, row.payee, row.payable_fen)
    posting.post(session, actor, now, reference=moved.reference, transfers=[moved])


def booking(number: str, payee: str, payable_fen: int) -> Transfer:
    """The transfer by which a statement books what is payable."""
    why = f"payable of statement {number}"
    return Transfer(transfer_reference(number), accrued(payee), payable(payee), payable_fen, why)


def names(session: Session, payees: Sequence[str]) -> dict[str, str]:
    """What payees are called now, each by its code."""
    columns = [payee_columns(payee) for payee in payees]
    agencies = select(Agency.id, Agency.name).where(Agency.id.in_([one.get("agency_id") for one in columns]))
    persons = select(Person.id, Person.name).where(Person.id.in_([one.get("person_id") for one in columns]))
    found = {agency_payee(key): name for key, name in session.execute(agencies)}
    return found | {person_payee(key): name for key, name in session.execute(persons)}


def next_numbers(session: Session, month: str, count: int) -> list[str]:
    """The month's next numbers, such as `2026-10-0001`; only for who waited in line."""
    issued = _count(session, Statement.month == month)
    return [f"{month}-{issued + place:04d}" for place in range(1, count + 1)]


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Statement.id)).where(*conditions)) or 0


# Reading


def listing(actor: Actor, *, month: str = "", agency_id: int | None = None, find: str = "") -> Select[Statement]:
    """The statements that the actor may see; `find` is a number, or a part of the payee's name."""
    stmt = scope.visible(actor, Statement)
    if month:
        stmt = stmt.where(Statement.month == month)
    if find.strip():
        stmt = stmt.where((Statement.number == find.strip()) | partners.payee_named(Statement, find))
    return stmt if agency_id is None else stmt.where(Statement.payee == agency_payee(agency_id))


def months(session: Session, actor: Actor) -> list[str]:
    """The months that the actor sees statements of, newest first, to choose from."""
    return each_value(session, Statement.month, scope.visible(actor, Statement).whereclause)[::-1]


def lines_of(session: Session, statement: Statement) -> Sequence[PostedLine]:
    """A statement's lines in posting order."""
    stands = select(StatementLine.line_id).where(StatementLine.statement_id == statement.id)
    return session.scalars(_in_order(select(PostedLine).where(PostedLine.id.in_(stands)))).all()


def _in_order(stmt: Select[PostedLine]) -> Select[PostedLine]:
    return stmt.order_by(PostedLine.posted_at, PostedLine.id)


def _open() -> ColumnElement[bool]:
    """A line stands in no statement yet."""
    return ~select(StatementLine.line_id).where(StatementLine.line_id == PostedLine.id).exists()


def _due(now: datetime, month: str) -> ColumnElement[bool]:
    """An open line that the month's statement would take in now."""
    return and_(_open(), PostedLine.posted_at < month_end(month), PostedLine.posted_at <= now)


def _carried(session: Session, payee: str) -> int:
    """What the payee's latest statement carries on; zero before the first."""
    newest = select(Statement.carried_fen).where(Statement.payee == payee).order_by(Statement.id.desc())
    return session.scalar(newest.limit(1)) or 0


def _latest_statements() -> Subquery:
    """The id of each payee's latest statement."""
    newest = func.max(Statement.id).label("statement_id")
    return select(Statement.payee, newest).group_by(Statement.payee).subquery()


def _months(first: datetime, last: datetime) -> list[str]:
    """The months from one instant's to another's, in order."""
    months, start = [], month_start(month_of(first))
    while start <= last:
        months.append(month_of(start))
        start = add_months(start, 1)
    return months
