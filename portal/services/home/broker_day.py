"""A broker's day: what may not be missed, on one page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import Showing, Touch
from .. import contacts
from ..accounts import freezes
from ..registrations import lists as registration_list
from ..registrations.lists import Shown
from ..showings import capture_requests

MOST = 5
"""Lines of each kind: home is for a look, the lists are for reading."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A showing with its client's name."""

    showing: Showing
    client_name: str


@dataclass(frozen=True, slots=True)
class BrokerDay:
    """`visits` are today's showings, or the most recent ones when there was none today; `asked_again` those for which
    reception awaits a new capture, the next deadline first."""

    frozen_until: datetime | None
    ending: list[Shown]
    visits: list[Visit]
    visited_today: bool
    asked_again: list[Visit]


def broker_day(session: Session, actor: Actor, now: datetime) -> BrokerDay:
    """The freeze, the protections that end next, and the showings."""
    visits = _visits(session, actor)
    today = [visit for visit in visits if visit.showing.at >= day_start(local_day(now))]
    return BrokerDay(
        frozen_until=freezes.frozen_until(session, actor.id, now),
        ending=registration_list.ending_first(session, actor, now, MOST),
        visits=today or visits,
        visited_today=bool(today),
        asked_again=[_visit(session, row) for row in capture_requests.open_requests(session, actor, now)],
    )


def _visits(session: Session, actor: Actor) -> list[Visit]:
    latest = (
        visible(actor, Showing)
        .options(joinedload(Showing.touch).load_only(Touch.name_sealed), joinedload(Showing.development))
        .options(joinedload(Showing.review), joinedload(Showing.capture_request))
        .order_by(Showing.at.desc(), Showing.id.desc())
        .limit(MOST)
    )
    return [_visit(session, row) for row in session.scalars(latest)]


def _visit(session: Session, row: Showing) -> Visit:
    return Visit(row, contacts.open_name(session, row.touch.name_sealed))
