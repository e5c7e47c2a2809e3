"""How far a client has come at a development: read off walk-ins, registrations, leads, showings and deals, and what a
person said of a lost one. Nothing of it is stored.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, cast, func, null, or_, select, union_all

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
from ...models.care.contacts import standing
from ...models.loans.loans import paid_out
from ...rules.care.plan import Channel, Stage
from ...session import Session
from ...types import BigInt


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
    """`stage_of` for files whose ids a query finds; `opened`: when each of them was opened. A query for each source.
    `written`: the first visit of each that a carer wrote down, where somebody has read them already."""
    bought, lost = _deals(session, which), _losses(session, which, side)
    visited, touched = _visits(session, which, written), _touches(session, which)
    return {
        key: _standing(at, bought.get(key), lost.get(key), visited.get(key), touched.get(key))
        for key, at in opened.items()
    }


def _standing(
    opened_at: datetime, deal: Standing | None, lost: datetime | None, visit: datetime | None, touch: datetime | None
) -> Standing:
    if deal is not None:
        return deal
    if lost is not None and (touch is None or touch <= lost):
        return Standing(Stage.LOST, lost)
    if visit is not None:
        return Standing(Stage.VISITED, visit)
    return Standing(Stage.NOT_VISITED, max(opened_at, touch or opened_at))


def _deals(session: Session, which: Select[int]) -> dict[int, Standing]:
    """By milestones; that the bank paid, by the loan's own step as well, which is dated by the day."""
    stmt = (
        select(CareFile.id, Deal.id, Milestone.kind, Milestone.at)
        .join(Deal, and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id))
        .join(Milestone, Milestone.deal_id == Deal.id)
        .where(CareFile.id.in_(which), Deal.cancelled_at.is_(None), Milestone.kind.in_(_REACHED))
    )
    paid = (
        select(CareFile.id, Deal.id, LoanStep.on_day)
        .join(Deal, and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id))
        .join(Loan, Loan.deal_id == Deal.id)
        .join(LoanStep, LoanStep.loan_id == Loan.id)
        .where(CareFile.id.in_(which), Deal.cancelled_at.is_(None), paid_out())
    )
    reached = [
        *session.execute(stmt),
        *((key, deal, MilestoneKind.LOAN_RELEASED, day_start(day)) for key, deal, day in session.execute(paid) if day),
    ]
    found: dict[int, tuple[int, datetime, int]] = {}
    for file_id, deal_id, kind, at in reached:
        found[file_id] = max(found.get(file_id, _NOWHERE), (_ORDER.index(kind), at, deal_id))
    return {key: Standing(_REACHED[_ORDER[step]], at, deal_id) for key, (step, at, deal_id) in found.items()}


def _losses(session: Session, which: Select[int], side: int | None) -> dict[int, datetime]:
    own = CareLoss.agency_id.is_(None) if side is None else CareLoss.agency_id == side
    latest = select(func.max(CareLoss.id)).where(own, CareLoss.file_id.in_(which)).group_by(CareLoss.file_id)
    stmt = select(CareLoss.file_id, CareLoss.at).where(CareLoss.id.in_(latest), CareLoss.revived.is_(False))
    return dict(session.execute(stmt).all())


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


def _visits(session: Session, which: Select[int], written: Mapping[int, datetime] | None) -> dict[int, datetime]:
    """When each client was first there."""
    every = (visits(which) if written is None else union_all(*_came(which))).subquery()
    first = dict(session.execute(select(every.c.id, func.min(every.c.at)).group_by(every.c.id)).all())
    for key, at in (written or {}).items():
        first[key] = min(at, first.get(key, at))
    return first


def _touches(session: Session, which: Select[int]) -> dict[int, datetime]:
    newest = _with_touches(which, func.max(Touch.at)).group_by(CareFile.id)
    return dict(session.execute(newest).all())


def _with_touches(which: Select[int], at: Any) -> Select[int, datetime]:
    same = and_(Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id)
    return select(CareFile.id, at.label("at")).join(Touch, same).where(CareFile.id.in_(which))


_ORDER = tuple(_REACHED)
_NOWHERE = (-1, datetime.min.replace(tzinfo=UTC), 0)
