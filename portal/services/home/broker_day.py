"""A broker's day: what may not be missed, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select
from sqlalchemy.orm import joinedload, undefer

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import PostedLine, Registration, Showing, Touch
from ...session import Session
from .. import contacts
from ..accounts import freezes
from ..faces import faces
from ..registrations import lists as registration_list
from ..registrations.lists import RegistrationRow
from ..risk import lists as risk_lists
from ..showings import capture_requests
from ..showings import lists as showing_lists
from ..statements import earnings
from ..statements.earnings import Summary

MOST = 5
"""Lines of each kind: home is for a look, the lists are for reading."""

ENDING = timedelta(days=7)
"""What ends later than this is not about to end."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A showing with its client's name."""

    showing: Showing
    client_name: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that waits for the broker, and how many of it: asked_again, questions, at_reception, ending,
    no_face."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class BrokerDay:
    """`visits` are today's showings, or the most recent ones when there was none today; `asked_again` those for which
    reception awaits a new capture, the next deadline first. `earned`: the commission of his own deals. `new`: he has
    registered nobody yet."""

    frozen_until: datetime | None
    ending: list[RegistrationRow]
    visits: list[Visit]
    visited_today: bool
    asked_again: list[Visit]
    earned: Summary
    to_do: list[ToDo]
    new: bool


def broker_day(session: Session, actor: Actor, now: datetime) -> BrokerDay:
    """The freeze, the protections that end next, and the showings."""
    visits, asked = _visits(session, actor), capture_requests.open_requests(session, actor, now)
    frozen_until = freezes.frozen_until(session, actor.id, now)
    today = [visit for visit in visits if visit.showing.at >= day_start(local_day(now))]
    counted = _counted(session, actor, now)
    return BrokerDay(
        frozen_until=frozen_until,
        ending=registration_list.ending_first(session, actor, now, MOST, now + ENDING),
        visits=today or visits,
        visited_today=bool(today),
        asked_again=[_visit(session, row) for row in asked],
        earned=earnings.summary(session, visible(actor, PostedLine), now),
        to_do=[] if frozen_until else _to_do(counted, len(asked)),
        new=not counted["registered"],
    )


def _counted(session: Session, actor: Actor, now: datetime) -> Mapping[str, int]:
    """How many of each thing there are of which the day says whether, or how many; in one query."""
    rows = {
        "questions": risk_lists.to_decide(actor),
        "at_reception": showing_lists.showings(session, actor, now, state=showing_lists.AT_RECEPTION),
        "ending": registration_list.registrations(session, actor, now, state=registration_list.ENDING),
        "faces": faces.in_force(actor.id),
        "registered": select(Registration).where(Registration.broker_id == actor.id).limit(1),
    }
    counts = [select(func.count()).select_from(one.with_only_columns(literal(1)).subquery()) for one in rows.values()]
    row = session.execute(select(*(one.scalar_subquery() for one in counts))).one()
    return dict(zip(rows, row, strict=True))


def _to_do(counted: Mapping[str, int], asked: int) -> list[ToDo]:
    """What waits, the most urgent first; nothing that he may not do just now."""
    found = (
        ToDo("asked_again", asked),
        *(ToDo(code, counted[code]) for code in ("questions", "at_reception", "ending")),
        ToDo("no_face", int(not counted["faces"])),
    )
    return [one for one in found if one.count]


def _visits(session: Session, actor: Actor) -> list[Visit]:
    latest = (
        visible(actor, Showing)
        .options(joinedload(Showing.touch).load_only(Touch.name_sealed), joinedload(Showing.development))
        .options(joinedload(Showing.review), joinedload(Showing.capture_request), joinedload(Showing.strike))
        .options(undefer(Showing.superseded))
        .order_by(Showing.at.desc(), Showing.id.desc())
        .limit(MOST)
    )
    return [_visit(session, row) for row in session.scalars(latest)]


def _visit(session: Session, row: Showing) -> Visit:
    return Visit(row, contacts.open_name(session, row.touch.name_sealed))
