"""What was posted about a payment's deals since: cancelled, corrected, moved, forfeited, re-ranked, taken back.

A statement pays the lines that stand in it. What takes something back from one of its deals later, or corrects it,
stands in no statement up to this one: so the payment knows nothing of it, and a person has to look before the money
goes (rules 6.2), until a later statement has made up for it. The lines are the measure, not the event: they say what it
changes, and what changes nothing holds nothing. What one event posted is called by its ledger batch, `change:12`, and
released together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, cast, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from commissions.payout import Change

from ...models import Cause, LedgerBatch, Payout, Person, PostedLine, Statement, StatementLine
from ...models.base import Code
from ...session import Session

TAKES_BACK = (Cause.CLAWBACK, Cause.FORFEITURE, Cause.CORRECTION, Cause.RE_RANK)
"""The causes that a payment must know of, the gravest first: an event with several is called by the first of them.
Top-ups and further instalments are earned besides, and hold nothing."""


@dataclass(frozen=True, slots=True)
class ChangedDeal:
    """A line that was posted about a deal of a payment since, when, and by whose deed; `cause` as it is released by."""

    cause: str
    line: PostedLine
    at: datetime
    by: Person | None


def by_statement(session: Session, ids: Sequence[int]) -> Mapping[int, Mapping[str, Change]]:
    """What was posted since about the deals of these statements, by the name of its event."""
    found: defaultdict[int, defaultdict[str, list[tuple[Cause, int]]]] = defaultdict(lambda: defaultdict(list))
    for statement_id, name, _key, cause, amount_fen in _rows(session, ids):
        found[statement_id][name].append((cause, amount_fen))
    return {key: {name: _change(lines) for name, lines in events.items()} for key, events in found.items()}


def of_payout(session: Session, payout: Payout) -> list[ChangedDeal]:
    """What was posted since about a payment's deals, the oldest first, for who decides."""
    names = {key: name for _statement, name, key, _cause, _fen in _rows(session, [payout.statement_id])}
    rows = session.execute(
        select(PostedLine, LedgerBatch.at, Person)
        .join(LedgerBatch, LedgerBatch.id == PostedLine.batch_id)
        .outerjoin(Person, Person.id == LedgerBatch.actor_id)
        .where(PostedLine.id.in_(names) if names else false())
        .order_by(PostedLine.id)
    )
    return [ChangedDeal(names[line.id], line, at, by) for line, at, by in rows]


def later_lines() -> tuple[Select[int, str], Select[int, str]]:
    """The events that posted about deals, and about rewards, of statements since: by statement, called `change:12`."""
    return _of_deals(), _of_rewards()


def _rows(session: Session, ids: Sequence[int]) -> Iterable[tuple[int, str, int, Cause, int]]:
    """Every such line of these statements once: statement, event, line, cause and fen."""
    if ids:
        for stmt in later_lines():
            yield from session.execute(_with_lines(stmt).where(StatementLine.statement_id.in_(ids)))


@cache
def _with_lines(stmt: Select[int, str]) -> Select[int, str, int, Cause, int]:
    return stmt.add_columns(PostedLine.id, PostedLine.cause, PostedLine.amount_fen)


def _change(lines: Sequence[tuple[Cause, int]]) -> Change:
    causes = {cause for cause, _fen in lines}
    what = next((one for one in TAKES_BACK if one in causes), Cause.REWARD)
    return Change(what.value, sum(fen for _cause, fen in lines))


# What is written once: to write them costs more than to ask, and every page of money asks


@cache
def _of_deals() -> Select[int, str]:
    stated = aliased(PostedLine)
    same = and_(PostedLine.deal_id == stated.deal_id, PostedLine.payee == stated.payee)
    return _since(stated, same).where(
        or_(
            PostedLine.cause.in_((Cause.CLAWBACK, Cause.CORRECTION)),
            and_(PostedLine.cause == Cause.FORFEITURE, _net_fen(Cause.FORFEITURE) < 0),
            and_(PostedLine.cause == Cause.RE_RANK, _net_fen(Cause.TOP_UP, Cause.RE_RANK) < 0),
        )
    )


def _net_fen(*causes: Cause) -> ScalarSelect[int]:
    """What lines of these causes come to for a line's deal since: what was given back again takes nothing."""
    other = aliased(PostedLine)
    same = (other.deal_id == PostedLine.deal_id, other.payee == PostedLine.payee, other.cause.in_(causes))
    net = select(func.sum(other.amount_fen)).where(*same, ~_made_up_for(other))
    return net.correlate(PostedLine).scalar_subquery()


def _made_up_for(line: type[PostedLine]) -> ColumnElement[bool]:
    """A line that stands in a statement, where that or one behind it carries nothing on. A statement that is paid does
    not: so this is true of whatever it and those before it hold."""
    known, last = aliased(StatementLine), aliased(Statement)
    stands = select(known.line_id).where(
        known.line_id == line.id,
        last.payee == line.payee,
        last.id >= known.statement_id,
        last.carried_fen == 0,
    )
    return stands.correlate(line).exists()


@cache
def _of_rewards() -> Select[int, str]:
    """Rewards in money that were taken back: a friend's deal was cancelled, or ranks lower."""
    stated = aliased(PostedLine)
    reward, its = (line.why["reward_id"].as_integer() for line in (PostedLine, stated))
    same = and_(PostedLine.payee == stated.payee, reward == its)
    return _since(stated, same).where(PostedLine.cause == Cause.REWARD, PostedLine.amount_fen < 0)


def _since(stated: type[PostedLine], same: ColumnElement[bool]) -> Select[int, str]:
    """Lines about the same as a statement's own, that no statement has made up for."""
    name = (literal("change:") + cast(PostedLine.batch_id, Code)).label("cause")
    return (
        select(StatementLine.statement_id, name)
        .select_from(StatementLine)
        .join(stated, stated.id == StatementLine.line_id)
        .join(PostedLine, same)
        .where(~_made_up_for(PostedLine))
        .distinct()
    )
