"""A broker as whoever answers for him reads him: what came of his registrations, his strikes, his clients, his agency.

Counted over the last twelve months, over the rows that the reader may see: a principal sees what was done for the own
agency, and nothing that the broker did elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, select

from commissions.calendar import add_months

from ...access.actor import Actor
from ...access.care_scope import in_care
from ...access.scope import visible
from ...models import Deal, Person, Registration, Role, Showing, ShowingReview, Strike
from ...session import Session
from ..faces import faces
from ..penalties import strikes
from ..registrations import lists as registration_list
from ..registrations.lists import RegistrationRow
from ..showings import lists as showing_lists

MONTHS = 12
"""So far back it is counted."""

MOST = 8
"""Lines of each kind: the lists themselves are for reading."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of accepted registrations, how many were shown the site by a visit that counts, subscribed, and signed."""

    registered: int = 0
    shown: int = 0
    subscribed: int = 0
    signed: int = 0

    @property
    def deal_percent(self) -> int:
        """Of those who were shown the site, how many of a hundred subscribed."""
        return round(100 * self.subscribed / self.shown) if self.shown else 0


@dataclass(frozen=True, slots=True)
class BrokerRecord:
    """`since`: from when it is counted; `protected`: how many clients are protected for him now."""

    since: datetime
    conversion: Conversion
    protected: int
    standing: strikes.StrikeSummary
    strikes: Sequence[Strike]
    clients: Sequence[RegistrationRow]
    face_since: datetime | None


def record_of(session: Session, actor: Actor, now: datetime, broker: Person) -> BrokerRecord:
    """The record of one broker."""
    since = add_months(now, -MONTHS)
    protected = registration_list.registrations(session, actor, now, state=registration_list.RegistrationState.ACCEPTED)
    cares = in_care(Registration, Registration.broker_id, Registration.touch_id, broker.id)
    latest = registration_list.registrations(session, actor, now).where(cares)
    enrolled = faces.enrolment(session, broker.id)
    own = showing_lists.strikes(actor).where(Strike.broker_id == broker.id).order_by(Strike.id.desc()).limit(MOST)
    return BrokerRecord(
        since=since,
        conversion=conversions(session, actor, since, [broker]).get(broker.id, Conversion()),
        protected=_count(session, protected.where(cares)),
        standing=strikes.standing(session, broker.id, now),
        strikes=session.scalars(own).all(),
        clients=[
            registration_list.shown(session, actor, now, row)
            for row in session.scalars(latest.order_by(Registration.id.desc()).limit(MOST))
        ],
        face_since=enrolled.created_at if enrolled else None,
    )


def conversions(session: Session, actor: Actor, since: datetime, brokers: Sequence[Person]) -> dict[int, Conversion]:
    """What came of the brokers' accepted registrations since then, by the broker's id: one query for all of them."""
    shown = exists(
        select(Showing.id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .where(Showing.touch_id == Registration.touch_id, showing_lists.counts())
    )
    mine = visible(actor, Registration).where(
        Registration.broker_id.in_([one.id for one in brokers]),
        Registration.touch_id.is_not(None),
        Registration.at >= since,
    )
    counted = mine.with_only_columns(
        Registration.broker_id,
        func.count(),
        *(func.count().filter(came) for came in (shown, _deal(), _deal(Deal.signed_at.is_not(None)))),
    ).group_by(Registration.broker_id)
    return {row[0]: Conversion(*(int(figure) for figure in row[1:])) for row in session.execute(counted)}


def brokers_of(actor: Actor, *, find: str = "", agency_id: int | None = None) -> Select[Person]:
    """The brokers that the actor may see, by a part of their name, or of one agency."""
    stmt = visible(actor, Person).where(Person.role == Role.BROKER)
    if find.strip():
        stmt = stmt.where(Person.name.icontains(find.strip(), autoescape=True))
    return stmt if agency_id is None else stmt.where(Person.agency_id == agency_id)


def _deal(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    alive = (Deal.touch_id == Registration.touch_id, Deal.cancelled_at.is_(None))
    return exists(select(Deal.id).where(*alive, *more))


def _count(session: Session, stmt: Select[Registration]) -> int:
    return session.scalar(select(func.count()).select_from(stmt.with_only_columns(Registration.id).subquery())) or 0
