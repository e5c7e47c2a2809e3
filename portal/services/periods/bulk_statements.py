"""A chunk's statements: drawn up by the rule that draws up every statement, and written past the mapper.

What `issuing.issue_statement` and `payouts.request_payout` store of one payee is stored here of some hundred:
lines, transfers behind one block of the ledger, statements, payouts, and their audit entries.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select

from commissions import statement as rule
from commissions.ledger import accrued, counterpart, transfer

from ...access.actor import Actor
from ...clock import month_end
from ...models import Payout, PayoutState, PayoutStep, PostedLine, Statement, StatementLine, payee_columns
from ...session import Session
from ..bulk import insert_rows, note_many, take_ids, tell_many
from ..events.telling import Concerned
from ..ledger import posting
from ..ledger.lines import NewLine
from ..statements import issuing

_LATE = timedelta(days=1)
"""A line is posted at its request's instant and committed at most this much later, by a wide margin."""

_LINE = (
    "id",
    "reference",
    "agency_id",
    "cause",
    "amount_fen",
    "deal_id",
    "instalment",
    "rank",
    "window",
    "rate_bps",
    "plan_version_id",
    "why",
    "milestone_id",
    "batch_id",
    "posted_at",
)
_STATEMENT = (
    "id",
    "number",
    "agency_id",
    "month",
    "version",
    "opening_fen",
    "lines_fen",
    "total_fen",
    "payable_fen",
    "carried_fen",
    "issued_to",
    "issued_by",
    "issued_at",
)
_PAYOUT = ("id", "reference", "statement_id", "agency_id", "amount_fen", "approvals_needed", "state")
_STEP = ("payout_id", "state", "actor_id", "at", "note")


class OpenLine(NamedTuple):
    """A posted line that stands in no statement."""

    id: int
    payee: str
    posted_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chunk will write: new lines with their ids, and the statements that hold them and the open ones."""

    month: str
    new: Sequence[tuple[int, NewLine]]
    posted_at: datetime
    statements: Sequence[rule.Statement]


@dataclass(frozen=True, slots=True)
class Written:
    """What a chunk came to, by the period's columns of the same names."""

    posted: int = 0
    posted_fen: int = 0
    statements: int = 0
    lines: int = 0
    lines_fen: int = 0
    payable_fen: int = 0
    carried_fen: int = 0

    @classmethod
    def of(cls, row: Statement, lines: int) -> "Written":
        """One statement that was issued by itself."""
        return cls(
            statements=1,
            lines=lines,
            lines_fen=row.lines_fen,
            payable_fen=row.payable_fen,
            carried_fen=row.carried_fen,
        )

    def __add__(self, other: "Written") -> "Written":
        return Written(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def figures(self) -> dict[str, int]:
        """Every figure by its name."""
        return asdict(self)


# Drawing up


def draw_up(session: Session, now: datetime, payees: Sequence[str], month: str, new: Sequence[NewLine]) -> Drawn:
    """The statements that these payees are to get for a month: of what is open, and of the new lines.

    A line that the close itself finds belongs to the month it closes: it counts as posted at the month's last
    instant, while its ledger batch tells when it was written.
    """
    posted_at = min(now, month_end(month) - timedelta.resolution)
    keyed = list(zip(take_ids(session, PostedLine, len(new)) if new else (), new, strict=True))
    by_payee: defaultdict[str, list[rule.StatementLine]] = defaultdict(list)
    for line in open_lines(session, payees, month):
        by_payee[line.payee].append(rule.StatementLine(*line))
    for key, added in keyed:
        by_payee[added.payee].append(rule.StatementLine(key, added.payee, posted_at, added.amount_fen))
    carried = _carried(session, payees)
    drawn = [rule.draw_up(one, month, by_payee[one], carried.get(one, 0)) for one in payees if one in by_payee]
    return Drawn(month, keyed, posted_at, drawn)


def open_lines(session: Session, payees: Sequence[str], month: str) -> list[OpenLine]:
    """The payees' lines posted before a month's end that stand in no statement.

    A payee's earlier statements hold all that was posted until they were issued, so no older line is looked at: this
    costs the same however long the history is.
    """
    line, stands = PostedLine, StatementLine.line_id == PostedLine.id
    since: defaultdict[datetime | None, list[str]] = defaultdict(list)
    stated = _stated_until(session, payees)
    for payee in payees:
        since[stated.get(payee)].append(payee)
    spans = [
        and_(line.payee.in_(some), line.posted_at >= start) if start else line.payee.in_(some)
        for start, some in since.items()
    ]
    if not spans:
        return []
    rows = session.execute(
        select(line.id, line.payee, line.posted_at, line.amount_fen)
        .outerjoin(StatementLine, stands)
        .where(or_(*spans), line.posted_at < month_end(month), StatementLine.line_id.is_(None))
    )
    return [OpenLine(*row) for row in rows]


def _stated_until(session: Session, payees: Sequence[str]) -> dict[str, datetime]:
    """Until when all lines of a payee surely stand in a statement, for those who have any."""
    latest = select(Statement.payee, Statement.month, func.max(Statement.issued_at)).where(Statement.payee.in_(payees))
    until: dict[str, datetime] = {}
    for payee, month, issued_at in session.execute(latest.group_by(Statement.payee, Statement.month)):
        stated = min(month_end(month), issued_at) - _LATE
        until[payee] = max(until.get(payee, stated), stated)
    return until


def _carried(session: Session, payees: Sequence[str]) -> dict[str, int]:
    """What each payee's latest statement carries on."""
    newest = select(func.max(Statement.id)).where(Statement.payee.in_(payees)).group_by(Statement.payee)
    rows = session.execute(select(Statement.payee, Statement.carried_fen).where(Statement.id.in_(newest)))
    return dict(rows.all())


# Writing


def write(session: Session, actor: Actor, now: datetime, *, reference: str, drawn: Drawn) -> Written:
    """Write a chunk: its lines and statements behind one block of the ledger, and a payout for what is payable.

    Only for who waited in the line `issue`.
    """
    numbers = issuing.next_numbers(session, drawn.month, len(drawn.statements))
    numbered = list(zip(numbers, drawn.statements, strict=True))
    moved = [
        transfer(line.reference, counterpart(line.cause), accrued(line.payee), line.amount_fen, line.summary)
        for _key, line in drawn.new
    ]
    moved += [issuing.booking(number, str(one.payee), one.payable_fen) for number, one in numbered if one.payable_fen]
    if moved:
        batch_id = posting.post_many(session, actor, now, reference=reference, transfers=moved)
        _write_lines(session, batch_id, drawn)
    _write_statements(session, actor, now, drawn.month, numbered)
    return Written(
        posted=len(drawn.new),
        posted_fen=sum(line.amount_fen for _key, line in drawn.new),
        statements=len(numbered),
        lines=sum(len(one.lines) for one in drawn.statements),
        lines_fen=sum(one.lines_fen for one in drawn.statements),
        payable_fen=sum(one.payable_fen for one in drawn.statements),
        carried_fen=sum(one.carried_fen for one in drawn.statements),
    )


def _write_lines(session: Session, batch_id: int, drawn: Drawn) -> None:
    rows = (
        (
            key,
            line.reference,
            _agency(line.payee),
            line.cause,
            line.amount_fen,
            line.deal_id,
            line.instalment,
            line.rank,
            line.window,
            line.rate_bps,
            line.plan_version_id,
            line.why,
            line.milestone_id,
            batch_id,
            drawn.posted_at,
        )
        for key, line in drawn.new
    )
    insert_rows(session, PostedLine, _LINE, rows)


def _write_statements(
    session: Session, actor: Actor, now: datetime, month: str, numbered: Sequence[tuple[str, rule.Statement]]
) -> None:
    if not numbered:
        return
    keys = take_ids(session, Statement, len(numbered))
    payees = [str(one.payee) for _number, one in numbered]
    versions, names = _versions(session, payees, month), issuing.names(session, payees)
    insert_rows(
        session,
        Statement,
        _STATEMENT,
        (
            (
                key,
                number,
                _agency(str(one.payee)),
                month,
                1 + versions.get(str(one.payee), 0),
                one.opening_fen,
                one.lines_fen,
                one.opening_fen + one.lines_fen,
                one.payable_fen,
                one.carried_fen,
                names[str(one.payee)],
                actor.id,
                now,
            )
            for key, (number, one) in zip(keys, numbered, strict=True)
        ),
    )
    stands = ((line.line_id, key) for key, (_number, one) in zip(keys, numbered, strict=True) for line in one.lines)
    insert_rows(session, StatementLine, ("line_id", "statement_id"), stands)
    note_many(
        session,
        actor,
        now,
        "statement_issued",
        Statement,
        [
            (key, {"number": number, "payable_fen": one.payable_fen})
            for key, (number, one) in zip(keys, numbered, strict=True)
        ],
    )
    facts = (
        (key, Concerned(agency=_agency(str(one.payee))), {"month": month, "payable_fen": one.payable_fen})
        for key, (_number, one) in zip(keys, numbered, strict=True)
    )
    tell_many(session, actor, now, "statement_issued", Statement, facts)
    _write_payouts(session, actor, now, [(key, *one) for key, one in zip(keys, numbered, strict=True)])


def _write_payouts(
    session: Session, actor: Actor, now: datetime, issued: Sequence[tuple[int, str, rule.Statement]]
) -> None:
    """What `payouts.request_payout` does for a statement that was issued this moment."""
    paying = [one for one in issued if one[2].payable_fen]
    if not paying:
        return
    keys, limits = take_ids(session, Payout, len(paying)), session.limits
    sums = [(one.payable_fen, limits.approvals_needed(one.payable_fen)) for _, _, one in paying]
    rows = [
        (key, f"P-{number}-1", statement_id, _agency(str(one.payee)), *needs, PayoutState.REQUESTED)
        for key, (statement_id, number, one), needs in zip(keys, paying, sums, strict=True)
    ]
    insert_rows(session, Payout, _PAYOUT, rows)
    insert_rows(session, PayoutStep, _STEP, ((key, PayoutState.REQUESTED, actor.id, now, "") for key in keys))
    note_many(session, actor, now, "payout_requested", Payout, [(row[0], {"reference": row[1]}) for row in rows])


def _versions(session: Session, payees: Sequence[str], month: str) -> dict[str, int]:
    """How many statements of the month each payee has already."""
    there = select(Statement.payee, func.count()).where(Statement.payee.in_(payees), Statement.month == month)
    return dict(session.execute(there.group_by(Statement.payee)).all())


def _agency(payee: str) -> int:
    return payee_columns(payee)["agency_id"]
