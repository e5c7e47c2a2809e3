"""What a statement says, as pages and documents read it: its lines, its sums by cause, and its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from ...models import Cause, Payout, PostedLine, Statement, StatementLine
from ...session import Session


@dataclass(frozen=True, slots=True)
class CauseSum:
    """The lines of one cause in a statement: how many, and their sum in fen."""

    cause: Cause
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a statement hangs together with: where its opening comes from, where its carried sum goes, and the other
    versions of its month, oldest first."""

    before: Statement | None
    after: Statement | None
    versions: Sequence[Statement]


def lines(statement: Statement, cause: Cause | None = None) -> Select[PostedLine]:
    """A statement's lines with all that explains them; a list brings its own order."""
    stmt = (
        select(PostedLine)
        .join(StatementLine, StatementLine.line_id == PostedLine.id)
        .where(StatementLine.statement_id == statement.id)
        .options(joinedload(PostedLine.plan_version), joinedload(PostedLine.milestone))
    )
    return stmt if cause is None else stmt.where(PostedLine.cause == cause)


def cause_sums(session: Session, statement: Statement) -> list[CauseSum]:
    """What each cause comes to, in the order of the causes."""
    rows = session.execute(
        select(PostedLine.cause, func.count(), func.sum(PostedLine.amount_fen))
        .join(StatementLine, StatementLine.line_id == PostedLine.id)
        .where(StatementLine.statement_id == statement.id)
        .group_by(PostedLine.cause)
    )
    found = {cause: CauseSum(cause, count, int(fen)) for cause, count, fen in rows}
    return [found[cause] for cause in Cause if cause in found]


def neighbours(session: Session, statement: Statement) -> Neighbours:
    """The statements that this one hangs together with."""
    own = select(Statement).where(Statement.payee == statement.payee)
    before = own.where(Statement.id < statement.id).order_by(Statement.id.desc()).limit(1)
    after = own.where(Statement.id > statement.id).order_by(Statement.id).limit(1)
    versions = own.where(Statement.month == statement.month).order_by(Statement.version)
    return Neighbours(session.scalar(before), session.scalar(after), session.scalars(versions).all())


def statement_of(session: Session, line: PostedLine) -> Statement | None:
    """The statement that a line stands in; None while it stands in none."""
    stands = select(StatementLine.statement_id).where(StatementLine.line_id == line.id)
    return session.scalar(select(Statement).where(Statement.id.in_(stands)))


def latest_payouts(session: Session, statement_ids: Sequence[int]) -> dict[int, Payout]:
    """The latest payout of each of these statements, by statement."""
    newest = select(func.max(Payout.id)).where(Payout.statement_id.in_(statement_ids)).group_by(Payout.statement_id)
    return {payout.statement_id: payout for payout in session.scalars(select(Payout).where(Payout.id.in_(newest)))}
