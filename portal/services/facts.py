"""The register of facts: what money rests on, entered by its digest in the transaction that records it.

Which rows are facts is said here once (`KINDS`). Whatever way they come, through the mapper, `insert_unless_there` or
`insert_rows`, they are noted, and just before the commit they are entered behind the chain's head: by then every other
lock is held, so that whoever waits for the head waits for nothing else. What counts of a fact is read back from the
database, by the same query that the proof uses (`fact_checks`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    case,
    cast,
    event,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import SessionTransaction

from commissions import facts as rule

from ..access.actor import Actor
from ..models import (
    Adjustment,
    AdjustmentState,
    AppealDecision,
    Attribution,
    Base,
    Corrected,
    CorrectedFact,
    Correction,
    Deal,
    DealMove,
    DealPart,
    Dispute,
    DisputeStep,
    FactEntry,
    Freeze,
    Invoice,
    Milestone,
    MilestoneKind,
    Period,
    PeriodState,
    PlanAcceptance,
    PlanVersion,
    PostedLine,
    RewardPlanVersion,
    ShowingReview,
    Statement,
    StatementLine,
    StatementPaper,
    Strike,
    TaxedGoods,
    WindowSeal,
    WithholdingTable,
)
from ..session import Session
from . import audit
from .locks import wait_in_line

_NOTED = "facts noted"
"""Where a session keeps what it has recorded and not entered yet: ids by kind."""
_AT_ONCE = 5_000


class Kind(NamedTuple):
    """One kind of fact: the table whose new rows are such facts, and what counts of them.

    `stmt` brings the fact's key first; rows of one key follow each other and make one fact. `ripe`: a row that is not
    a fact from its beginning is one from then on.
    """

    model: type[Base]
    stmt: Select[Any]
    by: str = "id"
    ripe: Callable[[Any], bool] | None = None

    @property
    def key(self) -> ColumnElement[int]:
        """The column that says which fact it is."""
        column: ColumnElement[int] = self.model.__table__.c[self.by]
        return column


def _first(what: Corrected, deal_id: SQLColumnExpression[int]) -> ColumnElement[str]:
    """What stood of a deal before anybody corrected it; nothing where nobody did."""
    of = CorrectedFact.__table__.alias()
    mine = select(of.c.before).where(of.c.deal_id == deal_id, of.c.what == what.value)
    return mine.order_by(of.c.id).limit(1).scalar_subquery()


def _columns(model: type[Base], *names: str) -> Select[*tuple[Any, ...]]:
    """These columns of every row, by its id."""
    table = model.__table__
    return select(table.c.id, *(table.c[name] for name in names)).order_by(table.c.id)


def _opened(column: str) -> ColumnElement[int]:
    """Whose a deal was when it was opened, before a person gave it to somebody else."""
    of = DealMove.__table__.alias()
    mine = of.c.deal_id == Deal.id
    before = select(of.c[f"from_{column}"]).where(mine).order_by(of.c.id).limit(1).scalar_subquery()
    there = select(of.c.id).where(mine).exists()
    return case((there, before), else_=Deal.__table__.c[column])


def _deals() -> Select[*tuple[Any, ...]]:
    """A deal as it was opened: its price as it was before any correction, its owner before any move."""
    opened_fen = func.coalesce(cast(_first(Corrected.PRICE, Deal.id), BigInteger), Deal.price_fen)
    owner = (_opened("touch_id"), _opened("owner_id"), _opened("agency_id"))
    whose = (Deal.development_id, Deal.client_id, Deal.unit, *owner)
    return select(Deal.id, *whose, opened_fen, Deal.created_at, Deal.created_by).order_by(Deal.id)


def _in_parts() -> ColumnElement[bool]:
    of = DealPart.__table__.alias()
    return select(of.c.id).where(of.c.deal_id == Deal.id).exists()


def _before_parts() -> ColumnElement[int]:
    """The plan version that a deal kept before a person gave it away or split it; nothing where it was nobody's."""
    of = DealPart.__table__.alias()
    mine = select(of.c.plan_version_id).where(of.c.deal_id == Deal.id, of.c.opening)
    return mine.order_by(of.c.id).limit(1).scalar_subquery()


def _milestones() -> Select[*tuple[Any, ...]]:
    """A milestone; a signing with the plan version that it fixed."""
    step = Milestone
    first = cast(_first(Corrected.PLAN, step.deal_id), BigInteger)
    fixed = func.coalesce(first, case((_in_parts(), _before_parts()), else_=Deal.plan_version_id))
    version = case((step.kind == MilestoneKind.SIGNED, fixed))
    columns = (step.id, step.deal_id, step.kind, step.at, step.note, step.recorded_at, step.recorded_by, version)
    return select(*columns).join(Deal, Deal.id == step.deal_id).order_by(step.id)


def _corrections() -> Select[*tuple[Any, ...]]:
    fact, made = CorrectedFact, Correction
    columns = (fact.id, fact.deal_id, fact.what, fact.before, fact.after)
    why = (made.id, made.reason, made.made_by, made.made_at)
    return select(*columns, *why).join(made, made.id == fact.correction_id).order_by(fact.id)


def _disputes() -> Select[*tuple[Any, ...]]:
    step = DisputeStep
    columns = (step.id, step.state, step.words, step.actor_id, step.at, Dispute.line_id, Dispute.statement_id)
    return select(*columns).join(Dispute, Dispute.id == step.dispute_id).order_by(step.id)


def _statements() -> Select[*tuple[Any, ...]]:
    """A statement with each of its lines."""
    own = [column for column in Statement.__table__.c if column.name not in ("id", "payee")]
    stmt = select(Statement.id, *own, StatementLine.line_id)
    stmt = stmt.outerjoin(StatementLine, StatementLine.statement_id == Statement.id)
    return stmt.order_by(Statement.id, StatementLine.line_id)


def _lines() -> Select[Any]:
    """The lines of one batch of the ledger, with all their reasons."""
    own = [column for column in PostedLine.__table__.c if column.name not in ("batch_id", "payee")]
    return select(PostedLine.batch_id, *own).order_by(PostedLine.batch_id, PostedLine.id)


def _reward_plans() -> Select[Any]:
    """A reward plan's version; what is of all developments reads as it was entered before there were others."""
    of = RewardPlanVersion.__table__.c
    own = of.toml + literal("\n# development ") + cast(of.development_id, String)
    facts = (of.effective_from, of.published_at, of.published_by)
    return select(of.id, of.audience, of.version, func.coalesce(own, of.toml), *facts).order_by(of.id)


_PLAN = ("version", "toml", "effective_from", "published_at", "published_by")
_ASKED = ("agency_id", "person_id", "amount_fen", "reason", "file_name", "deal_id", "proposed_by", "proposed_at")
_SENT = ("statement_id", "agency_id", "number", "amount_fen", "invoiced_on", "digest", "sent_by", "sent_at")
_MOVED = (
    *("deal_id", "from_touch_id", "from_owner_id", "from_agency_id"),
    *("to_touch_id", "to_owner_id", "to_agency_id", "reason", "decided_by", "at"),
)
_PART = (
    *("deal_id", "move_id", "agency_id", "owner_id", "touch_id", "plan_version_id"),
    *("after_bps", "share_bps", "opening", "since"),
)
_CLOSED = ("month", "started_by", "started_at", "closed_at")

KINDS: Mapping[str, Kind] = {
    "plan": Kind(PlanVersion, _columns(PlanVersion, "name", *_PLAN)),
    "reward_plan": Kind(RewardPlanVersion, _reward_plans()),
    "plan_acceptance": Kind(PlanAcceptance, _columns(PlanAcceptance, "referrer_id", "version_id", "at")),
    "tax_table": Kind(WithholdingTable, _columns(WithholdingTable, *_PLAN)),
    "deal": Kind(Deal, _deals()),
    "deal_move": Kind(DealMove, _columns(DealMove, *_MOVED)),
    "deal_part": Kind(DealPart, _columns(DealPart, *_PART)),
    "attribution": Kind(Attribution, _columns(Attribution, "deal_id", "touch_id", "why", "at")),
    "milestone": Kind(Milestone, _milestones()),
    "correction": Kind(CorrectedFact, _corrections()),
    "review": Kind(ShowingReview, _columns(ShowingReview, "showing_id", "decision", "reviewer_id", "at")),
    "strike": Kind(Strike, _columns(Strike, "showing_id", "broker_id", "confirmed_by", "confirmed_at")),
    "freeze": Kind(Freeze, _columns(Freeze, "broker_id", "starts_at", "ends_at")),
    "appeal": Kind(AppealDecision, _columns(AppealDecision, "appeal_id", "outcome", "decided_by", "decided_at")),
    "goods": Kind(TaxedGoods, _columns(TaxedGoods, "reference", "person_id", "month", "value_fen")),
    "adjustment": Kind(
        Adjustment,
        _columns(Adjustment, *_ASKED, "state", "decided_by", "decided_at"),
        ripe=lambda row: row.state is not AdjustmentState.PROPOSED,
    ),
    "invoice": Kind(Invoice, _columns(Invoice, *_SENT)),
    "dispute": Kind(DisputeStep, _disputes()),
    "seal": Kind(WindowSeal, _columns(WindowSeal, "agency_id", "label", "sealed_at", "sealed_by")),
    "period": Kind(Period, _columns(Period, *_CLOSED), ripe=lambda row: row.state is PeriodState.CLOSED),
    "lines": Kind(PostedLine, _lines(), by="batch_id"),
    "statement": Kind(Statement, _statements()),
    "paper": Kind(StatementPaper, _columns(StatementPaper, "statement_id", "kind", "language", "digest", "size")),
}
"""Everything that is a fact, in the order in which the facts of one transaction are entered."""

RIPE: Mapping[str, ColumnElement[bool]] = {
    "adjustment": Adjustment.state != AdjustmentState.PROPOSED,
    "period": Period.state == PeriodState.CLOSED,
}
"""`Kind.ripe`, for the database."""

_OF: Mapping[type[Base], str] = {kind.model: name for name, kind in KINDS.items()}


# Noting


def note(session: Session, model: type[Base], keys: Collection[int]) -> None:
    """Note that rows were recorded past the mapper; a table that holds no facts is let pass."""
    if (name := _OF.get(model)) is not None:
        _noted(session)[name].update(keys)


def noting(
    session: Session, model: type[Base], columns: Sequence[str], rows: Iterator[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    """The rows, each noted as it passes: for who inserts them without holding them in memory."""
    name = _OF.get(model)
    if name is None:
        yield from rows
        return
    place, noted = columns.index(KINDS[name].by), _noted(session)[name]
    for row in rows:
        noted.add(row[place])
        yield row


def _noted(session: Session) -> defaultdict[str, set[int]]:
    found: defaultdict[str, set[int]] = session.info.setdefault(_NOTED, defaultdict(set))
    return found


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _context: object) -> None:
    for row in session.new:
        name = _OF.get(type(row))
        if name is not None and KINDS[name].ripe is None:
            _noted(session)[name].add(getattr(row, KINDS[name].by))
    for row in (*session.new, *session.dirty):
        name = _OF.get(type(row))
        if name is not None and (ripe := KINDS[name].ripe) is not None and ripe(row):
            _noted(session)[name].add(row.id)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:  # what a savepoint undid is not found when it is looked for
        session.info.pop(_NOTED, None)


# Entering


@event.listens_for(Session, "before_commit")
def _enter_noted(session: Session) -> None:
    if not session.in_nested_transaction():  # a savepoint's end decides nothing
        enter(session)


def enter(session: Session) -> int:
    """Enter what this session has recorded and not entered yet; how much that was. A commit does it by itself."""
    session.flush()
    noted: Mapping[str, set[int]] = session.info.pop(_NOTED, {})
    if not noted:
        return 0
    wait_in_line(session, "facts")
    last, entered = head(session), 0
    for name in KINDS:
        ids = sorted(noted.get(name, ()))
        for first in range(0, len(ids), _AT_ONCE):
            entries = []
            for key, rows in _rows(session, name, ids[first : first + _AT_ONCE]):
                last = rule.enter(name, key, rule.digest_of(rows), last)
                entries.append(dict(zip(("id", "kind", "row_id", "digest", "hash"), last, strict=True)))
            if entries:
                session.execute(insert(FactEntry), entries)
            entered += len(entries)
    return entered


def take_over(session: Session, actor: Actor, now: datetime) -> int:
    """Enter the facts of every kind that the register does not know yet, as they stand now: how much that was.

    It is the starting point of what the register proves, once after an upgrade, and is written down as such.
    """
    enter(session)
    known = set(session.scalars(select(FactEntry.kind).distinct()))
    for name, kind in KINDS.items():
        if name not in known:
            keys = select(kind.key).distinct().where(RIPE.get(name, literal(value=True)))
            note(session, kind.model, session.scalars(keys).all())
    entered = enter(session)
    if entered:
        last = head(session)
        audit.record(session, actor, now, "facts_taken_over", "ledger", facts=entered, head=last.hash if last else "")
    return entered


def head(session: Session) -> rule.Entry | None:
    """The last entry of the register."""
    row = session.execute(
        select(FactEntry.id, FactEntry.kind, FactEntry.row_id, FactEntry.digest, FactEntry.hash)
        .order_by(FactEntry.id.desc())
        .limit(1)
    ).first()
    return None if row is None else rule.Entry(*row)


def _rows(session: Session, name: str, keys: Sequence[int]) -> Iterator[tuple[int, Iterator[Sequence[Any]]]]:
    kind = KINDS[name]
    stmt = kind.stmt.where(kind.key.in_(keys), RIPE.get(name, literal(value=True)))
    for key, rows in groupby(session.execute(stmt), key=lambda row: row[0]):
        yield key, iter(rows)
