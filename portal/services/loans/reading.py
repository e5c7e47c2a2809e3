"""The loan table, read: how each loan stands today, by the pure rule over a few queries, however many there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import local_day
from ...models import (
    Deal,
    Loan,
    LoanNote,
    LoanPaper,
    LoanStep,
    LoanStepKind,
    Milestone,
    MilestoneKind,
    SigningDate,
)
from ...models.loans.loans import paid_out
from ...rules.loans.progress import LoanFacts, LoanState, Progress, progress
from ...rules.loans.stage import LoanStage
from ...rules.loans.terms import Paper, Terms
from ...session import Session
from . import loans
from . import terms as loan_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRow:
    """A deal with its loan, what holds there, and how it stands. `papers`: the newest row of each that was noted."""

    deal: Deal
    loan: Loan | None
    terms: Terms
    stands: Progress
    papers: Mapping[str, LoanPaper]
    risks: Sequence[LoanNote]
    signing_on: date
    agreed: bool

    @property
    def missing(self) -> list[Paper]:
        """The papers of the list that nobody has."""
        return [paper for paper in self.terms.papers if not (row := self.papers.get(paper.code)) or not row.brought]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFilter:
    """What the table is narrowed to; without a state to what is not over."""

    state: LoanState | None = None
    development_id: int | None = None
    bank: str = ""
    unit: str = ""


def deals_of(actor: Actor) -> Select[Deal]:
    """The deals whose loans somebody looks after or reads."""
    return visible(actor, Deal)


def rows(session: Session, now: datetime, stmt: Select[Deal], wanted: LoanFilter = LoanFilter()) -> list[LoanRow]:
    """The visible deals by urgency: refused loans, then late ones, then what is due soonest."""
    found = _rows(session, now, _narrowed(stmt, wanted))
    if wanted.state is not None:
        found = [row for row in found if row.stands.state is wanted.state]
    if wanted.bank:
        found = [row for row in found if row.loan is not None and row.loan.bank == wanted.bank]
    return sorted(found, key=lambda row: (row.stands.urgency, row.deal.id))


def every(session: Session, now: datetime, stmt: Select[Deal]) -> list[LoanRow]:
    """The visible deals with whatever became of their loans, by urgency."""
    return sorted(_rows(session, now, stmt), key=lambda row: (row.stands.urgency, row.deal.id))


def unsigned(session: Session, now: datetime, stmt: Select[Deal], development_id: int | None = None) -> list[LoanRow]:
    """The homes that are subscribed and not signed, by the day of their signing."""
    stmt = stmt.where(Deal.signed_at.is_(None), Deal.cancelled_at.is_(None))
    if development_id is not None:
        stmt = stmt.where(Deal.development_id == development_id)
    return sorted(_rows(session, now, stmt), key=lambda row: (row.signing_on, row.deal.id))


def of_deal(session: Session, now: datetime, deal: Deal) -> LoanRow:
    """How one deal's loan stands."""
    (row,) = _rows(session, now, select(Deal).where(Deal.id == deal.id))
    return row


def history(session: Session, deal: Deal) -> Sequence[Loan]:
    """Every loan of a deal, the newest first, with its steps."""
    stmt = select(Loan).where(Loan.deal_id == deal.id).options(selectinload(Loan.steps).joinedload(LoanStep.by))
    return session.scalars(stmt.order_by(Loan.number.desc())).all()


def loan_released() -> ColumnElement[bool]:
    """That a deal's money came: by the loan's dated step, or by the deal's milestone."""
    step = exists().where(LoanStep.loan_id == Loan.id, Loan.deal_id == Deal.id).where(paid_out())
    milestone = exists().where(Milestone.deal_id == Deal.id, Milestone.kind == MilestoneKind.LOAN_RELEASED)
    return step | milestone


def _narrowed(stmt: Select[Deal], wanted: LoanFilter) -> Select[Deal]:
    if wanted.development_id is not None:
        stmt = stmt.where(Deal.development_id == wanted.development_id)
    if wanted.unit:
        stmt = stmt.where(Deal.unit.contains(wanted.unit.strip(), autoescape=True))
    if wanted.state is LoanState.CANCELLED:
        return stmt.where(Deal.cancelled_at.is_not(None), exists().where(Loan.deal_id == Deal.id))
    stmt = stmt.where(Deal.cancelled_at.is_(None))
    if wanted.state is LoanState.RELEASED:
        return stmt.where(loan_released())
    newer = aliased(Loan)
    superseded = exists().where(newer.deal_id == Loan.deal_id, newer.number > Loan.number)
    cash = exists().where(Loan.deal_id == Deal.id, Loan.cash, ~superseded)
    return stmt.where(cash) if wanted.state is LoanState.CASH else stmt.where(~loan_released(), ~cash)


def _rows(session: Session, now: datetime, stmt: Select[Deal]) -> list[LoanRow]:
    ids = stmt.with_only_columns(Deal.id)
    deals = session.scalars(
        stmt.options(joinedload(Deal.development), selectinload(Deal.milestones)).execution_options(
            populate_existing=True
        )
    ).all()
    newest = {
        loan.deal_id: loan
        for loan in session.scalars(
            select(Loan)
            .where(Loan.deal_id.in_(ids))
            .options(selectinload(Loan.steps), joinedload(Loan.opener))
            .order_by(Loan.number)
            .execution_options(populate_existing=True)
        )
    }
    papers: dict[int, dict[str, LoanPaper]] = defaultdict(dict)
    for paper in session.scalars(_of(LoanPaper, ids).options(joinedload(LoanPaper.by))):
        papers[paper.deal_id][paper.code] = paper
    risks: dict[int, list[LoanNote]] = defaultdict(list)
    for note in session.scalars(
        _of(LoanNote, ids).where(LoanNote.settled_at.is_(None)).options(joinedload(LoanNote.by))
    ):
        risks[note.deal_id].append(note)
    agreed = {row.deal_id: row.on_day for row in session.scalars(_of(SigningDate, ids))}
    held = loan_terms.all_in_force(session)
    today = local_day(now)
    return [
        _row(
            deal,
            newest.get(deal.id),
            held.get(deal.development_id, held[None]),
            papers[deal.id],
            risks[deal.id],
            agreed,
            today,
        )
        for deal in deals
    ]


def _row(
    deal: Deal,
    loan: Loan | None,
    terms: Terms,
    papers: Mapping[str, LoanPaper],
    risks: Sequence[LoanNote],
    agreed: Mapping[int, date],
    today: date,
) -> LoanRow:
    subscribed = loans.subscribed_on(deal)
    return LoanRow(
        deal=deal,
        loan=loan,
        terms=terms,
        stands=progress(_facts(deal, loan, terms, papers, subscribed), terms, today),
        papers=papers,
        risks=risks,
        signing_on=agreed.get(deal.id, subscribed + timedelta(days=terms.sign_days)),
        agreed=deal.id in agreed,
    )


def _facts(deal: Deal, loan: Loan | None, terms: Terms, papers: Mapping[str, LoanPaper], subscribed: date) -> LoanFacts:
    counting = loans.reached(loan) if loan is not None else {}
    steps = {LoanStage(kind): step.on_day for kind, step in counting.items() if kind is not LoanStepKind.REFUSED}
    milestone = next((one.at for one in deal.milestones if one.kind is MilestoneKind.LOAN_RELEASED), None)
    if milestone is not None:
        steps.setdefault(LoanStage.RELEASED, local_day(milestone))
    refused = counting.get(LoanStepKind.REFUSED)
    brought = {code for code, paper in papers.items() if paper.brought}
    return LoanFacts(
        subscribed_on=subscribed,
        begun=loan is not None,
        cash=loan is not None and loan.cash,
        usual_to=loan.to_days if loan else None,
        missing=tuple(paper.code for paper in terms.papers if paper.code not in brought),
        steps={stage: day for stage, day in steps.items() if day is not None},
        refused_on=refused.on_day if refused else None,
        cancelled=deal.cancelled_at is not None,
    )


def _of(model: Any, ids: Select[int]) -> Any:
    return select(model).where(model.deal_id.in_(ids)).order_by(model.id)
