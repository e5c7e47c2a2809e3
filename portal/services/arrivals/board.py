"""Who waits at reception (到场待接待): brokers who said that they are here with a client, until somebody receives them.

An arrival is a check-in at reception that nobody has decided. Its day over, it waits in the review queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import joinedload, undefer

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import Decision, Registration, Showing, ShowingReview, SiteScan, Touch, Way
from ...session import Session
from .. import contacts
from ..penalties import reviews
from ..showings import lists as showing_lists
from ..slots import lists as slot_lists
from ..slots.lists import Booked

RECEIVED_SHOWN = 8
"""Of those who were received, so many are shown."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A broker and client at the desk. `scanned`: the code at the site shows that they are here."""

    showing: Showing
    client_name: str
    client_phone: str
    registration_id: int | None
    scanned: bool

    def minutes(self, now: datetime) -> int:
        """How long they have been waiting."""
        return (now - self.showing.at) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Board:
    """Today's arrivals: who waits, longest first, who was received last, and who is booked for now or soon."""

    waiting: list[Arrival]
    received: list[Arrival]
    expected: list[Booked]

    def mark(self, now: datetime) -> str:
        """What a page that shows this already tells us, so that it is answered only when something has changed."""
        waits = "-".join(f"{one.showing.id}.{one.minutes(now)}.{one.scanned:d}" for one in self.waiting)
        booked = "-".join(f"{one.booking.id}.{one.state}" for one in self.expected)
        return f"{waits}_{'-'.join(str(one.showing.id) for one in self.received)}_{booked}"


def board(session: Session, actor: Actor, now: datetime, development_id: int | None) -> Board:
    """The board of a development, or of all."""
    waits = _arrivals(actor, now, development_id).where(_undecided()).order_by(Showing.at, Showing.id)
    done = (
        _arrivals(actor, now, development_id)
        .where(ShowingReview.decision == Decision.GENUINE)
        .order_by(ShowingReview.at.desc(), Showing.id.desc())
        .limit(RECEIVED_SHOWN)
    )
    expected = slot_lists.expected(session, actor, now, development_id)
    return Board(_shown(session, waits), _shown(session, done), expected)


def waiting(actor: Actor, now: datetime) -> Select[Showing]:
    """The showings of today that wait to be received."""
    return _arrivals(actor, now, None).where(_undecided())


def receive(session: Session, actor: Actor, now: datetime, showing: Showing) -> None:
    """Reception sees broker and client before the desk: the visit counts. Raises Refusal: no_arrival,
    already_received (a colleague was first)."""
    if showing.way is not Way.RECEPTION:
        raise Refusal("no_arrival")
    try:
        reviews.review_showing(session, actor, now, showing, decision=Decision.GENUINE, reason="")
    except Refusal as refusal:
        raise Refusal("already_received") if refusal.code == "already_reviewed" else refusal from refusal


def _undecided() -> ColumnElement[bool]:
    return and_(ShowingReview.id.is_(None), ~Showing.capture_request.has(), ~Showing.superseded)


def _arrivals(actor: Actor, now: datetime, development_id: int | None) -> Select[Showing]:
    stmt = visible(actor, Showing).outerjoin(ShowingReview).where(showing_lists.at_the_desk(now))
    return stmt if development_id is None else stmt.where(Showing.development_id == development_id)


def _shown(session: Session, stmt: Select[Showing]) -> list[Arrival]:
    rows = session.scalars(
        stmt.options(
            joinedload(Showing.touch).joinedload(Touch.client),
            joinedload(Showing.broker),
            joinedload(Showing.agency),
            joinedload(Showing.development),
            joinedload(Showing.review).joinedload(ShowingReview.reviewer),
            undefer(Showing.superseded),
        )
    ).all()
    scanned = set(session.scalars(select(SiteScan.showing_id).where(SiteScan.showing_id.in_([row.id for row in rows]))))
    registered = _registrations(session, rows)
    return [
        Arrival(
            row,
            contacts.open_name(session, row.touch.name_sealed),
            contacts.open_phone(session, row.touch.whom).masked,
            registered.get(row.touch_id),
            row.id in scanned,
        )
        for row in rows
    ]


def _registrations(session: Session, rows: Sequence[Showing]) -> dict[int, int]:
    """The registrations that these showings are of, by touch."""
    touches = [row.touch_id for row in rows]
    found = select(Registration.touch_id, Registration.id).where(Registration.touch_id.in_(touches))
    return {row.touch_id: row.id for row in session.execute(found)}
