"""The day at the site, as a desk sees it on its first page: who came, by what, and how it stands.

Counted over the rows that the reader may see: a principal's day is that of the own brokers, and has no walk-ins.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, undefer

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import Showing, ShowingReview, Touch
from ...session import Session
from ..registrations import lists as registrations
from ..registrations import walk_ins
from ..showings import lists as showing_lists

MOST = 6
"""So many of the latest visits are shown."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who came today: with a broker (`showing`), or as a walk-in."""

    at: datetime
    client_name: str
    development: str
    showing: Showing | None


@dataclass(frozen=True, slots=True)
class SiteDay:
    """Today so far: registrations that were accepted, visits with a broker and how many of them count, walk-ins."""

    registered: int
    shown: int
    counted: int
    walked_in: int
    latest: list[Visit]


def site_day(session: Session, actor: Actor, now: datetime) -> SiteDay:
    """Today so far, the latest visits first."""
    start = day_start(local_day(now))
    whose = Actor(actor.person_id, actor.role, actor.agency_id)
    total, counted, registered = session.execute(_figures(whose, start)).one()
    came = walk_ins.walk_ins_since(session, actor, start) if actor.staff else []
    walked = [one for one in came if not one.withdrawn]
    return SiteDay(
        registered=registered,
        shown=total,
        counted=counted,
        walked_in=len(walked),
        latest=sorted(
            [
                *(_visit(session, actor, row) for row in session.scalars(_latest(whose, start))),
                *(Visit(one.at, one.client_name, one.touch.development.name, None) for one in walked[:MOST]),
            ],
            key=lambda one: one.at,
            reverse=True,
        )[:MOST],
    )


@lru_cache(maxsize=256)
def _figures(actor: Actor, start: datetime) -> Select[Any]:
    """Showings, those of them that count, and accepted registrations: one query, put together once a day."""
    shown = visible(actor, Showing).outerjoin(ShowingReview).where(Showing.at >= start)
    accepted = select(func.count()).select_from(registrations.since(actor, start).subquery()).scalar_subquery()
    counts = func.count(), func.count().filter(showing_lists.counts()), accepted
    return shown.with_only_columns(*counts, maintain_column_froms=True)


@lru_cache(maxsize=256)
def _latest(actor: Actor, start: datetime) -> Select[Showing]:
    return (
        visible(actor, Showing)
        .where(Showing.at >= start)
        .options(
            joinedload(Showing.touch).load_only(Touch.name_sealed),
            joinedload(Showing.development),
            joinedload(Showing.broker),
            joinedload(Showing.review),
            joinedload(Showing.capture_request),
            joinedload(Showing.strike),
            undefer(Showing.superseded),
        )
        .order_by(Showing.at.desc(), Showing.id.desc())
        .limit(MOST)
    )


def _visit(session: Session, actor: Actor, row: Showing) -> Visit:
    return Visit(row.at, showing_lists.client_name(session, actor, row.touch), row.development.name, row)
