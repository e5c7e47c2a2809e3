"""The figures by which tags set themselves and points are given, read off what happened; nothing of it is stored.

Each figure is one expression over `care_files`: a list is filtered by it, and a page reads it. A broker's figures know
only what his own agency did, and what was marked for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import (
    CareContact,
    CareFile,
    CareJudgement,
    CareNeeds,
    CareSighting,
    Decision,
    Lead,
    Showing,
    ShowingReview,
    Touch,
    TouchKind,
    Verdict,
    WalkInWithdrawal,
)
from ...models.care.contacts import stands
from ...rules.care.plan import Channel
from ...rules.care_files.facts import COUNTED, Fact, FileFacts
from ...session import Session
from ..care import scope


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened with a client, counted, and when he was last met, as far as the reader may know."""

    facts: FileFacts
    last: datetime | None


def facts_of(session: Session, actor: Actor, now: datetime, file_ids: Collection[int]) -> dict[int, FileFacts]:
    """The facts of `figures_of` alone."""
    return {key: one.facts for key, one in figures_of(session, actor, now, file_ids).items()}


def figures_of(session: Session, actor: Actor, now: datetime, file_ids: Collection[int]) -> dict[int, Figures]:
    """The figures of files, by the file's id."""
    expressions = {fact: _figure(actor, fact) for fact in Fact if fact is not Fact.DAYS_WITHOUT_CONTACT}
    columns = [figure.label(fact.value) for fact, figure in expressions.items()]
    newest = _newest_contact(actor).label("newest")
    today = local_day(now)
    found: dict[int, Figures] = {}
    stmt = select(CareFile.id, CareFile.opened_at, newest, *columns)
    for row in session.execute(stmt.where(CareFile.id.in_(session.listed(file_ids)))):
        kept: dict[Fact, int] = {fact: int(getattr(row, fact.value) or 0) for fact in expressions}
        kept[Fact.DAYS_WITHOUT_CONTACT] = max((today - local_day(row.newest or row.opened_at)).days, 0)
        found[row.id] = Figures(kept, row.newest)
    return found


def holds(actor: Actor, now: datetime, fact: Fact, at_least: int) -> ColumnElement[bool]:
    """Whether a file's figure is at least so large, inside a query over `care_files`."""
    if fact is Fact.DAYS_WITHOUT_CONTACT:
        before = day_start(local_day(now) - timedelta(days=at_least - 1))
        return func.coalesce(_newest_contact(actor), CareFile.opened_at) < before
    return func.coalesce(_figure(actor, fact), 0) >= at_least


def newest_contacts(session: Session, actor: Actor, file_ids: Any) -> dict[int, datetime]:
    """When each file's client was last met, as far as the actor may know; `file_ids`: a query for them, or the ids."""
    stmt = select(CareContact.file_id, func.max(CareContact.at)).where(
        CareContact.file_id.in_(file_ids), stands(), scope.readable(actor, CareContact)
    )
    return dict(session.execute(stmt.group_by(CareContact.file_id)).all())


def _newest_contact(actor: Actor) -> ColumnElement[Any]:
    return (
        select(func.max(CareContact.at))
        .where(CareContact.file_id == CareFile.id, stands(), scope.readable(actor, CareContact))
        .correlate(CareFile)
        .scalar_subquery()
    )


def _figure(actor: Actor, fact: Fact) -> ColumnElement[Any]:
    figure: ColumnElement[Any] = _FIGURES[fact](actor)
    return figure


def _sightings(behaviour: str) -> Any:
    def figure(actor: Actor) -> ColumnElement[Any]:
        undoing = aliased(CareSighting)
        undone = exists().where(undoing.undoes_id == CareSighting.id).correlate(CareSighting)
        return (
            select(func.count(CareSighting.id))
            .where(
                CareSighting.file_id == CareFile.id,
                CareSighting.behaviour == behaviour,
                CareSighting.undoes_id.is_(None),
                ~undone,
                scope.own_side(actor, CareSighting),
            )
            .correlate(CareFile)
            .scalar_subquery()
        )

    return figure


def _visits(actor: Actor) -> ColumnElement[Any]:
    """Visits with a broker, by oneself, and as a carer wrote down."""
    genuine = or_(
        and_(ShowingReview.id.is_(None), Showing.verdict != Verdict.REJECTED),
        ShowingReview.decision == Decision.GENUINE,
    )
    shown = (
        select(func.count(Showing.id))
        .join(Touch, Touch.id == Showing.touch_id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .where(_here(Touch), genuine, _known_to(actor, Showing))
        .correlate(CareFile)
        .scalar_subquery()
    )
    walked_in = (
        select(func.count(Touch.id))
        .outerjoin(WalkInWithdrawal, WalkInWithdrawal.touch_id == Touch.id)
        .where(_here(Touch), Touch.kind == TouchKind.WALK_IN, WalkInWithdrawal.id.is_(None), _known_to(actor, Touch))
        .correlate(CareFile)
        .scalar_subquery()
    )
    written = (
        select(func.count(CareContact.id))
        .where(
            CareContact.file_id == CareFile.id,
            CareContact.channel == Channel.VISIT,
            stands(),
            scope.readable(actor, CareContact),
        )
        .correlate(CareFile)
        .scalar_subquery()
    )
    return shown + walked_in + written


def _contacts(actor: Actor) -> ColumnElement[Any]:
    return (
        select(func.count(CareContact.id))
        .where(CareContact.file_id == CareFile.id, stands(), scope.readable(actor, CareContact))
        .correlate(CareFile)
        .scalar_subquery()
    )


def _mark(name: str) -> Any:
    def figure(actor: Actor) -> ColumnElement[Any]:
        return (
            select(case((getattr(CareJudgement, name), 1), else_=0))
            .where(CareJudgement.file_id == CareFile.id, scope.own_side(actor, CareJudgement))
            .order_by(CareJudgement.id.desc())
            .limit(1)
            .correlate(CareFile)
            .scalar_subquery()
        )

    return figure


def _needs(actor: Actor) -> ColumnElement[Any]:
    return (
        select(CareNeeds.known)
        .where(CareNeeds.file_id == CareFile.id, scope.own_side(actor, CareNeeds))
        .order_by(CareNeeds.id.desc())
        .limit(1)
        .correlate(CareFile)
        .scalar_subquery()
    )


def _touched(kind: TouchKind) -> Any:
    def figure(actor: Actor) -> ColumnElement[Any]:
        found = exists().where(_here(Touch), Touch.kind == kind, _known_to(actor, Touch)).correlate(CareFile)
        return cast(case((found, 1), else_=0), Integer)

    return figure


def _by_poster(actor: Actor) -> ColumnElement[Any]:
    """Came by a lead that names the poster's design; how a client of the developer's came is no agency's matter."""
    if not actor.staff:
        return literal(0)
    found = exists().where(_here(Lead), Lead.touch_id.is_not(None), Lead.design != "").correlate(CareFile)
    return cast(case((found, 1), else_=0), Integer)


def _here(model: Any) -> ColumnElement[bool]:
    return and_(model.development_id == CareFile.development_id, model.client_id == CareFile.client_id)


def _known_to(actor: Actor, model: Any) -> ColumnElement[bool]:
    """What the developer's people know, they know of everybody; an agency only of its own."""
    own: ColumnElement[bool] = model.id.is_not(None) if actor.staff else model.agency_id == actor.agency_id
    return own


_FIGURES: Mapping[Fact, Any] = {
    **{fact: _sightings(behaviour) for behaviour, fact in COUNTED.items()},
    Fact.VISITS: _visits,
    Fact.CONTACTS: _contacts,
    Fact.MONEY: _mark("money"),
    Fact.AUTHORITY: _mark("authority"),
    Fact.DESIRE: _mark("desire"),
    Fact.NEEDS_KNOWN: _needs,
    Fact.REGISTERED: _touched(TouchKind.REGISTRATION),
    Fact.WALKED_IN: _touched(TouchKind.WALK_IN),
    Fact.REFERRED: _touched(TouchKind.REFERRAL_LEAD),
    Fact.BY_POSTER: _by_poster,
}
