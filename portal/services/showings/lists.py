"""Reading showings: the broker's own, reception's queue, one with what went before it."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import joinedload, undefer

from ...access import scope
from ...access.actor import Actor
from ...access.care_scope import in_care
from ...clock import day_start, local_day
from ...models import (
    Appeal,
    CaptureRequest,
    Decision,
    Development,
    Freeze,
    Person,
    Registration,
    Role,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    Verdict,
    Way,
)
from ...rules.partners.policy import Policy
from ...session import Session
from .. import contacts
from ..accounts.brokers import running_freeze
from ..claims import search_terms

WAITING = "waiting"
"""The state of what a person has still to look at: doubtful or rejected, and not reviewed. While the broker may still
answer a request for a new capture, and once he has, the showing does not wait, nor once a later visit counts. Who came
to the desk today stands on the board of arrivals instead (`arrivals`)."""

AT_RECEPTION = "at_reception"
"""How a check-in at reception stands that nobody has received yet; as a filter, today's."""

TODAY = "today"
"""The state of what was checked in since midnight, whatever came of it."""

OVERDUE = "overdue"
"""The state of what waits longer than its development's policy allows."""

CAPTURE_ASKED = "capture_asked"
"""The state of what the broker was asked to do again."""

REVIEWED = "reviewed"

SUPERSEDED = "superseded"
"""How a try stands that a later visit made needless to decide."""


def showings(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: str = "",
    development_id: int | None = None,
    find: str = "",
) -> Select[Showing]:
    """The showings that the actor may see, with all that a line of the list shows.

    `state` is a verdict (not reviewed since), WAITING, OVERDUE, CAPTURE_ASKED, REVIEWED, TODAY, AT_RECEPTION, or empty
    for all. `find` is the client's phone, last four digits or surname, or the broker's name. The order is the caller's.
    """
    stmt = (
        scope.visible(actor, Showing)
        .outerjoin(ShowingReview)
        .outerjoin(CaptureRequest, CaptureRequest.showing_id == Showing.id)
        .options(
            joinedload(Showing.touch),
            joinedload(Showing.development),
            joinedload(Showing.broker),
            joinedload(Showing.review),
            joinedload(Showing.strike),
            joinedload(Showing.capture_request),
            undefer(Showing.superseded),
        )
    )
    stmt = _in_state(session, now, stmt, state)
    if development_id is not None:
        stmt = stmt.where(Showing.development_id == development_id)
    if find:
        stmt = stmt.where(_matching(session, actor, find))
    return stmt


def _in_state(session: Session, now: datetime, stmt: Select[Showing], state: str) -> Select[Showing]:
    """Those of this state."""
    unreviewed = ShowingReview.id.is_(None)
    if state in (WAITING, OVERDUE):
        stmt = stmt.where(*_waits(now, day_start(local_day(now))))
        stmt = stmt if state == WAITING else stmt.where(_late(session, now))
    elif state == CAPTURE_ASKED:
        stmt = stmt.where(unreviewed, CaptureRequest.id.is_not(None))
    elif state == TODAY:
        stmt = stmt.where(Showing.at >= day_start(local_day(now)))
    elif state == AT_RECEPTION:
        stmt = stmt.where(unreviewed, ~Showing.superseded, at_the_desk(now))
    elif state == REVIEWED:
        stmt = stmt.where(~unreviewed)
    elif state:
        stmt = stmt.where(unreviewed, Showing.verdict == Verdict(state))
    return stmt


def to_review(actor: Actor, now: Any, today: datetime) -> Select[Showing]:
    """The showings that wait for a person's word at an instant of this day."""
    stmt = scope.visible(actor, Showing).outerjoin(ShowingReview)
    return stmt.outerjoin(CaptureRequest, CaptureRequest.showing_id == Showing.id).where(*_waits(now, today))


def _waits(now: Any, today: datetime) -> tuple[ColumnElement[bool], ...]:
    missed = CaptureRequest.answered_by.is_(None) & (CaptureRequest.answer_by <= now)
    asks = Showing.verdict != Verdict.VERIFIED, or_(CaptureRequest.id.is_(None), missed), ~at_the_desk(today)
    return ShowingReview.id.is_(None), ~Showing.superseded, *asks


def _matching(session: Session, actor: Actor, find: str) -> ColumnElement[bool]:
    """Whose showings are asked for. The client is found by the registration that the visit was made with."""
    registered = select(Registration.touch_id).where(search_terms.whose(session, actor, Registration, find))
    return or_(
        Showing.touch_id.in_(registered.where(Registration.touch_id.is_not(None))),
        Showing.broker.has(Person.name.icontains(find, autoescape=True)),
    )


def at_the_desk(now: datetime) -> ColumnElement[bool]:
    """A check-in at reception, made today."""
    return (Showing.way == Way.RECEPTION) & (Showing.at >= day_start(local_day(now)))


def counts() -> ColumnElement[bool]:
    """For the database, beside the showing's review: a visit that counts, verified or confirmed genuine."""
    verified = (Showing.verdict == Verdict.VERIFIED) & ShowingReview.id.is_(None)
    return or_(ShowingReview.decision == Decision.GENUINE, verified)


def _late(session: Session, now: datetime) -> ColumnElement[bool]:
    """Longer ago than a review may take, by each development's policy."""
    places = defaultdict(list)
    for key, policy in session.execute(select(Development.id, Development.policy)):
        places[Policy.of(policy).review_days].append(key)
    late = (
        Showing.development_id.in_(keys) & (Showing.at <= now - timedelta(days=days)) for days, keys in places.items()
    )
    return or_(false(), *late)


def state_of(showing: Showing) -> str:
    """How the showing stands: an upheld appeal, a person's decision, a later visit that counts, what a person asked
    for, the machine's verdict, in this order."""
    if showing.strike is not None and showing.strike.voided_at is not None:
        return "cleared"
    if showing.review is not None:
        decision = showing.review.decision
        return str(decision) if decision is Decision.INCONCLUSIVE else f"confirmed_{decision}"
    if showing.verdict is not Verdict.VERIFIED and showing.superseded:
        return SUPERSEDED
    if (asked := showing.capture_request) is not None:
        return "recaptured" if asked.answered_by is not None else CAPTURE_ASKED
    if showing.way is Way.RECEPTION and showing.verdict is Verdict.NEEDS_REVIEW:
        return AT_RECEPTION
    return str(showing.verdict)


def is_overdue(showing: Showing, now: datetime) -> bool:
    """Whether a person should have looked at the showing by now, by its development's policy."""
    asked = showing.capture_request
    waits = asked is None or (asked.answered_by is None and asked.answer_by <= now)
    late = now >= showing.at + timedelta(days=Policy.of(showing.development.policy).review_days)
    doubtful = showing.review is None and showing.verdict is not Verdict.VERIFIED and not showing.superseded
    return doubtful and waits and late


def client_name(session: Session, actor: Actor, named: Touch | Registration) -> str:
    """The client's name: in full for who registered him and for staff, masked for an agency's principal (rules 9)."""
    name = contacts.open_name(session, named.name_sealed)
    return contacts.mask_name(name) if actor.role is Role.PRINCIPAL else name


def client_phone(session: Session, registration: Registration) -> str:
    """The client's phone, masked: two of one surname are told apart by it."""
    return contacts.masked_phone(session, registration)


def registration_of(session: Session, showing: Showing) -> int | None:
    """The registration that the visit was made with, to check in with again."""
    return session.scalar(select(Registration.id).where(Registration.touch_id == showing.touch_id))


def earlier_visits(session: Session, showing: Showing) -> list[Showing]:
    """The client's visits in this development before this one, with whichever broker, the latest first."""
    return list(
        session.scalars(
            select(Showing)
            .join(Touch, Touch.id == Showing.touch_id)
            .where(
                Touch.client_id == showing.touch.client_id,
                Showing.development_id == showing.development_id,
                Showing.id < showing.id,
            )
            .options(joinedload(Showing.broker), joinedload(Showing.review), joinedload(Showing.capture_request))
            .order_by(Showing.id.desc())
        )
    )


def visits_of_resembling(session: Session, showing: Showing) -> list[Showing]:
    """The visits in this development of the other clients whose faces this one's resembled, the latest first."""
    others = showing.evidence.get("found", {}).get("other_clients", ())
    return list(
        session.scalars(
            select(Showing)
            .join(Touch, Touch.id == Showing.touch_id)
            .where(Touch.client_id.in_(others), Showing.development_id == showing.development_id)
            .options(joinedload(Showing.broker), joinedload(Showing.touch))
            .order_by(Showing.id.desc())
        )
    )


def ready_to_check_in(session: Session, actor: Actor, now: datetime, find: str = "") -> Select[Registration]:
    """The registrations of the clients in the actor's care whose protection still runs, so that a visit can be
    proved. `find` is the client's surname, name, last four digits or phone."""
    stmt = (
        scope.visible(actor, Registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(
            in_care(Registration, Registration.broker_id, Registration.touch_id, actor.id),
            Touch.retired_at.is_(None),
            or_(Touch.protected_until.is_(None), Touch.protected_until > now),
        )
        .options(joinedload(Registration.touch), joinedload(Registration.development), joinedload(Registration.client))
    )
    return stmt.where(search_terms.whose(session, actor, Registration, find)) if find else stmt


def strikes(actor: Actor, *, frozen_at: datetime | None = None) -> Select[Strike]:
    """The strikes that the actor may see, with their showings and brokers; of those alone who are frozen then."""
    stmt = scope.visible(actor, Strike).options(
        joinedload(Strike.broker),
        joinedload(Strike.freeze),
        joinedload(Strike.appeal).joinedload(Appeal.decision),
        joinedload(Strike.showing).options(
            joinedload(Showing.development), joinedload(Showing.touch), joinedload(Showing.review)
        ),
    )
    if frozen_at is None:
        return stmt
    return stmt.where(Strike.broker_id.in_(select(Freeze.broker_id).where(*running_freeze(frozen_at))))
