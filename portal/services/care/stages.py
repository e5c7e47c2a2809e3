"""How far a client has come at a development: read off walk-ins, registrations, leads, showings and deals, and what a
person said of a lost one. Nothing of it is stored.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, String, and_, cast, func, literal, null, or_, select, type_coerce, union_all

from ...clock import day_start
from ...models import (
    CareContact,
    CareFile,
    CareLoss,
    Deal,
    Decision,
    Loan,
    LoanStep,
    Milestone,
    MilestoneKind,
    Showing,
    ShowingReview,
    Touch,
    TouchKind,
    Verdict,
    WalkInWithdrawal,
)
from ...models.base import Day
from ...models.care.contacts import standing
from ...models.loans.loans import paid_out
from ...rules.care.plan import Channel, Stage
from ...session import Session
from ...types import BigInt, UtcDateTime


class Standing(NamedTuple):
    """A client's stage, and since when he has stood there. `deal_id`: the purchase that it was read off."""

    stage: Stage
    since: datetime
    deal_id: int | None = None


_REACHED = {
    MilestoneKind.SUBSCRIBED: Stage.SUBSCRIBED,
    MilestoneKind.SIGNED: Stage.SIGNED,
    MilestoneKind.LOAN_RELEASED: Stage.LOAN_RELEASED,
    MilestoneKind.HANDED_OVER: Stage.HANDED_OVER,
}


def stage_of(session: Session, files: Collection[CareFile], side: int | None = None) -> dict[int, Standing]:
    """The stage of each file's client, by the file's id, as one side sees it: an agency, or None, the developer.

    Of several purchases the furthest counts, then the newest. Whoever visited has visited since the first time; who has
    not is counted from the newest touch or from the opening of the file, whichever is later.
    """
    opened = {file.id: file.opened_at for file in files}
    return stages(session, opened, session.listed(opened), side)


def stages(
    session: Session,
    opened: Mapping[int, datetime],
    which: Select[int],
    side: int | None = None,
    *,
    written: Mapping[int, datetime] | None = None,
) -> dict[int, Standing]:
    """`stage_of` for files whose ids a query finds; `opened`: when each of them was opened. All sources are asked at
    once. `written`: the first visit of each that a carer wrote down, where somebody has read them already."""
    found = {key: _Signs(visited=at) for key, at in (written or {}).items()}
    asked = union_all(*_bought(which), _lost(which, side), _visited(which, written is not None), _touched(which))
    for file_id, sign, at, day, deal_id in session.execute(asked):
        found.setdefault(file_id, _Signs()).add(sign, at or day_start(day), deal_id)
    unknown = _Signs()
    return {key: found.get(key, unknown).standing(at) for key, at in opened.items()}


@dataclass(slots=True)
class _Signs:
    """What shows how far one client is: the furthest step of his purchases with its instant and deal, when he was given
    up, when he was first there, and his newest touch."""

    deal: tuple[int, datetime, int] | None = None
    lost: datetime | None = None
    visited: datetime | None = None
    touched: datetime | None = None

    def add(self, sign: str, at: datetime, deal_id: int | None) -> None:
        if deal_id is not None:
            step = _ORDER.index(MilestoneKind(sign)), at, deal_id
            self.deal = step if self.deal is None else max(self.deal, step)
        elif sign == _LOST:
            self.lost = at
        elif sign == _TOUCHED:
            self.touched = at
        else:
            self.visited = at if self.visited is None else min(self.visited, at)

    def standing(self, opened_at: datetime) -> Standing:
        if self.deal is not None:
            step, at, deal_id = self.deal
            return Standing(_REACHED[_ORDER[step]], at, deal_id)
        if self.lost is not None and (self.touched is None or self.touched <= self.lost):
            return Standing(Stage.LOST, self.lost)
        if self.visited is not None:
            return Standing(Stage.VISITED, self.visited)
        return Standing(Stage.NOT_VISITED, max(opened_at, self.touched or opened_at))


_LOST, _VISITED, _TOUCHED = "lost", "visited", "touched"
_NO_DAY, _NO_DEAL = cast(null(), Day), cast(null(), BigInt)


def _bought(which: Select[int]) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """By milestones; that the bank paid, by the loan's own step as well, which is dated by the day."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    mine = CareFile.id.in_(which), Deal.cancelled_at.is_(None)
    kind = type_coerce(Milestone.kind, String)
    reached = (
        select(CareFile.id, kind, Milestone.at, _NO_DAY, Deal.id)
        .join(Deal, same)
        .join(Milestone, Milestone.deal_id == Deal.id)
        .where(*mine, Milestone.kind.in_(_REACHED))
    )
    released = literal(MilestoneKind.LOAN_RELEASED.value, String)
    paid = (
        select(CareFile.id, released, cast(null(), UtcDateTime), LoanStep.on_day, Deal.id)
        .join(Deal, same)
        .join(Loan, Loan.deal_id == Deal.id)
        .join(LoanStep, LoanStep.loan_id == Loan.id)
        .where(*mine, paid_out())
    )
    return reached, paid


def _lost(which: Select[int], side: int | None) -> Select[*tuple[Any, ...]]:
    own = CareLoss.agency_id.is_(None) if side is None else CareLoss.agency_id == side
    latest = select(func.max(CareLoss.id)).where(own, CareLoss.file_id.in_(which)).group_by(CareLoss.file_id)
    stmt = select(CareLoss.file_id, literal(_LOST, String), CareLoss.at, _NO_DAY, _NO_DEAL)
    return stmt.where(CareLoss.id.in_(latest), CareLoss.revived.is_(False))


def visits(which: Select[int], since: datetime | None = None) -> Select[int, datetime, int | None]:
    """Every visit of files whose ids a query finds: with a broker, by the client himself, or as a carer wrote down.

    Rows of file, instant, and the agency whose broker brought the client. A client may be named twice for one visit.
    """
    written = select(CareContact.file_id.label("id"), CareContact.at.label("at"), CareContact.agency_id).where(
        CareContact.file_id.in_(which), CareContact.channel == Channel.VISIT, standing()
    )
    came = [*_came(which), written]
    if since is not None:
        came = [stmt.where(stmt.selected_columns.at >= since) for stmt in came]
    every = union_all(*came).subquery()
    return select(every.c.id, every.c.at, every.c.agency_id)


def _came(which: Select[int]) -> tuple[Select[int, datetime, int | None], Select[int, datetime, int | None]]:
    """What shows by itself that a client was there: showings with a broker, and signing in at reception."""
    genuine = or_(
        and_(ShowingReview.id.is_(None), Showing.verdict != Verdict.REJECTED),
        ShowingReview.decision == Decision.GENUINE,
    )
    shown = (
        _with_touches(which, Showing.at)
        .add_columns(Showing.agency_id.label("agency_id"))
        .join(Showing, Showing.touch_id == Touch.id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .where(genuine)
    )
    walked_in = (
        _with_touches(which, Touch.at)
        .add_columns(cast(null(), BigInt).label("agency_id"))
        .outerjoin(WalkInWithdrawal, WalkInWithdrawal.touch_id == Touch.id)
        .where(Touch.kind == TouchKind.WALK_IN, WalkInWithdrawal.id.is_(None))
    )
    return shown, walked_in


def _visited(which: Select[int], without_written: bool) -> Select[*tuple[Any, ...]]:
    """When each client was first there."""
    every = (union_all(*_came(which)) if without_written else visits(which)).subquery()
    first = select(every.c.id, literal(_VISITED, String), func.min(every.c.at), _NO_DAY, _NO_DEAL)
    return first.group_by(every.c.id)


def _touched(which: Select[int]) -> Select[*tuple[Any, ...]]:
    every = _with_touches(which, Touch.at).subquery()
    newest = select(every.c.id, literal(_TOUCHED, String), func.max(every.c.at), _NO_DAY, _NO_DEAL)
    return newest.group_by(every.c.id)


def _with_touches(which: Select[int], at: Any) -> Select[int, datetime]:
    same = and_(Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id)
    return select(CareFile.id, at.label("at")).join(Touch, same).where(CareFile.id.in_(which))


_ORDER = tuple(_REACHED)
