"""Touches: who holds a client in a development (rules 2.2, 2.3, 2.5).

Registrations, walk-ins and referral leads all take a client through `hold`, the one place where a touch is made.
Whoever is second learns it from the database's unique index, not from a look beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.dml import ReturningUpdate

from ...models import HOLDING, Agency, Development, FriendVisit, Person, Touch, TouchKind
from ...rules.deals.attribution import Touched
from ...rules.judgements.profile import DealFrom, Profile
from ...session import Session
from .. import contacts, timekeeping
from ..inserts import insert_unless_there


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTouch:
    """Who is to hold which client in which development until when; `name` is what the client was called.

    `holds` False: it runs until then and keeps nobody out, until its first showing takes the client (`visited`). `met`
    False: the client is new in this transaction, so that nobody can have a touch of him.
    """

    development: Development
    client_id: int
    kind: TouchKind
    person: Person
    agency: Agency | None = None
    name: str
    until: datetime
    holds: bool = True
    met: bool = True


def hold(session: Session, now: datetime, new: NewTouch) -> Touch | None:
    """Let a person's touch hold the client until then, or None when another holds it.

    A touch that has expired is retired in the same transaction, so at every instant at most one holds. A clock that is
    in doubt retires none (`timekeeping`).
    """
    if new.met:
        _retire_expired(session, timekeeping.trusted(session, now), new.development.id, new.client_id)
    values = {
        "development_id": new.development.id,
        "client_id": new.client_id,
        "kind": new.kind,
        "person_id": new.person.id,
        "agency_id": new.agency.id if new.agency else None,
        "name_sealed": contacts.seal_name(session, new.name),
        "at": now,
        "protected_until": new.until,
        "holds_from": now if new.holds else None,
    }
    key = insert_unless_there(session, Touch, ("development_id", "client_id"), HOLDING, **values)
    if key is None:
        return None
    return session.stored(Touch(id=key, **values), development=new.development, person=new.person, agency=new.agency)


def keep_place(
    session: Session, now: datetime, development: Development, person: Person, *, name: str, until: datetime
) -> Touch:
    """A masked registration's touch: it keeps its place in the order of first contact, and nobody out."""
    touch = Touch(
        development=development,
        client=None,
        kind=TouchKind.REGISTRATION,
        person=person,
        agency=person.agency,
        name_sealed=contacts.seal_name(session, name),
        at=now,
        protected_until=until,
        holds_from=None,
    )
    session.add(touch)
    session.flush()
    return touch


def holder(session: Session, development_id: int, client_id: int, now: datetime) -> Touch | None:
    """The touch that holds the client and has not expired, with its person and agency."""
    return holding(running(session, development_id, client_id, now))


def running(session: Session, development_id: int, client_id: int, now: datetime) -> Sequence[Touch]:
    """The client's touches that have not expired, whether they keep others out or not, the oldest first."""
    asked = {"development": development_id, "client": client_id, "now": timekeeping.trusted(session, now)}
    # What another transaction has changed since this session last looked is exactly what is asked for.
    return session.scalars(_running(), asked, execution_options={"populate_existing": True}).all()


@cache
def _running() -> Select[Touch]:
    protected = or_(Touch.protected_until.is_(None), Touch.protected_until > bindparam("now"))
    here = Touch.development_id == bindparam("development"), Touch.client_id == bindparam("client")
    stmt = select(Touch).where(*here, Touch.retired_at.is_(None), protected).order_by(Touch.id)
    return stmt.options(joinedload(Touch.person), joinedload(Touch.agency))


def holding(oldest_first: Sequence[Touch]) -> Touch | None:
    """Which of a client's running touches keeps others out: the one that holds, else the first that stands behind one
    that has ended, else a lead that stepped back."""
    holds = sorted((touch for touch in oldest_first if touch.holds_from is not None), key=_stands_behind)
    leads = (touch for touch in oldest_first if touch.kind is TouchKind.REFERRAL_LEAD)
    return next(iter(holds), None) or next(leads, None)


def _stands_behind(touch: Touch) -> bool:
    return touch.behind_id is not None


def visited(session: Session, touch: Touch, profile: Profile, at: datetime, *, again: bool) -> bool:
    """A showing that counts, or a visit that reception signed in: the touch protects for longer, from the visit on.

    Where the first showing decides it takes the client besides; False where somebody else's showing has him, so that
    this one takes nothing. `again`: the touch had such a visit before. `at` is the visit's instant.
    """
    if touch.holds_from is None and not _take(session, touch, at):
        return False
    if not again or profile.deal_from is DealFrom.LATEST:
        extend(session, touch, profile.shown_until(at))
    return True


def as_attributed(touch: Touch) -> Touched:
    """A touch as the rule of a deal's owner reads it."""
    return Touched(touch.id, touch.at, touch.protected_until, touch.holds_from)


def extend(session: Session, touch: Touch, until: datetime | None) -> bool:
    """Protect longer: to the instant, or for good (None, a deal). Never shortens. False when it no longer holds."""
    later = Touch.protected_until.is_not(None) if until is None else Touch.protected_until < until
    session.execute(
        update(Touch).where(Touch.id == touch.id, Touch.retired_at.is_(None), later).values(protected_until=until)
    )
    session.refresh(touch)
    return touch.retired_at is None


def _take(session: Session, touch: Touch, at: datetime) -> bool:
    """Let a waiting touch hold the client from its first showing on, unless another's showing was faster.

    A lead that nobody has signed in at the site keeps registrations out, and steps back before a showing.
    """
    _retire_expired(session, timekeeping.trusted(session, at), touch.development_id, touch.whose)
    came = exists().where(FriendVisit.touch_id == Touch.id)
    steps_back = (
        Touch.development_id == touch.development_id,
        Touch.client_id == touch.client_id,
        Touch.kind == TouchKind.REFERRAL_LEAD,
        Touch.retired_at.is_(None),
    )
    try:
        with session.begin_nested():
            session.execute(update(Touch).where(*steps_back, Touch.id != touch.id, ~came).values(holds_from=None))
            waits = Touch.id == touch.id, Touch.retired_at.is_(None), Touch.holds_from.is_(None)
            session.execute(update(Touch).where(*waits).values(holds_from=at))
    except IntegrityError:  # the unique index says who was first
        return False
    session.refresh(touch)
    return touch.holds_from is not None


def go_before(session: Session, touch: Touch, at: datetime) -> Sequence[Touch]:
    """Let a masked touch whose number was shown hold the client from that visit on: who came after it, and held him,
    stands behind it and holds again when it has ended. Who is behind it now.

    Whoever takes the client at the same instant is asked for again: the unique index lets one hold.
    """
    _retire_expired(session, timekeeping.trusted(session, at), touch.development_id, touch.whose)
    here = Touch.development_id == touch.development_id, Touch.client_id == touch.client_id, HOLDING
    while True:
        other = session.scalar(select(Touch).where(*here).execution_options(populate_existing=True))
        older = other is not None and other.id < touch.id  # one that waited, and whose visit came later
        try:
            with session.begin_nested():
                if other is not None and not older:
                    session.execute(update(Touch).where(Touch.id == other.id).values(behind_id=touch.id))
                waits = Touch.id == touch.id, Touch.retired_at.is_(None), Touch.holds_from.is_(None)
                behind_id = other.id if other is not None and older else None
                session.execute(update(Touch).where(*waits).values(holds_from=at, behind_id=behind_id))
        except IntegrityError:
            continue
        session.refresh(touch)
        if other is None or older:
            return ()
        session.refresh(other)
        return (other,)


def step_up(session: Session, development_id: int, client_id: int) -> None:
    """Nobody may hold the client any more: the first that stood behind one that has ended holds him again."""
    here = Touch.development_id == development_id, Touch.client_id == client_id, Touch.retired_at.is_(None)
    waits = select(Touch.id).where(*here, Touch.behind_id.is_not(None)).order_by(Touch.id).limit(1)
    first = session.scalar(waits)
    if first is not None and session.scalar(select(Touch.id).where(*here, HOLDING)) is None:
        session.execute(update(Touch).where(Touch.id == first).values(behind_id=None))


def _retire_expired(session: Session, now: datetime, development_id: int, client_id: int) -> None:
    ended = session.execute(_retiring(), {"now": now, "development": development_id, "client": client_id}).all()
    if ended:
        step_up(session, development_id, client_id)


@cache
def _retiring() -> ReturningUpdate[int]:
    over = Touch.retired_at.is_(None), Touch.protected_until <= bindparam("now")
    here = Touch.development_id == bindparam("development"), Touch.client_id == bindparam("client")
    return update(Touch).where(*here, *over).values(retired_at=bindparam("now")).returning(Touch.id)
