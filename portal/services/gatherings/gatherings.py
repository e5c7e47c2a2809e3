"""Gatherings: planned, moved, called off. Who said that he comes is told by text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import CareFile, Development, Gathering, GatheringGuest, GatheringMove, TextKind
from ...rules.gatherings.gathering import MOST_PLACES, GatheringKind, GatheringState, Times
from ...rules.messages.quiet_hours import earliest
from ...session import Session
from .. import audit
from ..messages import texts


@dataclass(frozen=True, slots=True)
class Wanted:
    """A gathering as it is planned."""

    kind: GatheringKind
    title: str
    place: str
    times: Times
    places: int
    with_gift: bool = False


def state_of(row: Gathering, now: datetime) -> GatheringState:
    """How a gathering stands."""
    return times_of(row).state(now, cancelled=row.cancelled_at is not None)


def times_of(row: Gathering) -> Times:
    """From when to when."""
    return Times(row.begins_at, row.ends_at)


def create(session: Session, actor: Actor, now: datetime, development: Development, wanted: Wanted) -> Gathering:
    """Plan a gathering.

    Raises Refusal: gathering_is_past, gathering_too_long, gathering_places_wrong (with the field).
    """
    wanted.times.checked(now)
    _check_places(wanted.places, 0)
    row = Gathering(
        development_id=development.id,
        kind=wanted.kind,
        title=wanted.title.strip(),
        place=wanted.place.strip(),
        begins_at=wanted.times.begins,
        ends_at=wanted.times.ends,
        places=wanted.places,
        with_gift=wanted.with_gift,
        created_at=now,
        created_by=actor.id,
    )
    session.add(row)
    audit.record(session, actor, now, "gathering_created", row, places=wanted.places)
    return row


def change(session: Session, actor: Actor, now: datetime, row: Gathering, wanted: Wanted) -> bool:
    """Change a gathering that has not begun; whether its time or place is another one, so that guests are told.

    Raises Refusal: gathering_cancelled, gathering_began; those of `create`, where places are fewer than were promised.
    """
    check_to_come(row, now)
    if wanted.times != times_of(row):
        wanted.times.checked(now)
    _check_places(wanted.places, row.taken)
    moved = wanted.times.begins != row.begins_at
    elsewhere = wanted.place.strip() != row.place
    if moved:
        session.add(
            GatheringMove(
                gathering_id=row.id, began_at=row.begins_at, begins_at=wanted.times.begins, at=now, by_id=actor.id
            )
        )
    holds = Gathering.id == row.id, Gathering.taken <= wanted.places, Gathering.cancelled_at.is_(None)
    values = {
        "kind": wanted.kind,
        "title": wanted.title.strip(),
        "place": wanted.place.strip(),
        "begins_at": wanted.times.begins,
        "ends_at": wanted.times.ends,
        "places": wanted.places,
        "with_gift": wanted.with_gift,
    }
    if session.scalar(update(Gathering).where(*holds).values(**values).returning(Gathering.id)) is None:
        session.refresh(row)  # somebody answered, or called it off, meanwhile
        check_to_come(row, now)
        _check_places(wanted.places, row.taken)
    session.refresh(row)
    audit.record(session, actor, now, "gathering_moved" if moved else "gathering_changed", row, places=row.places)
    return moved or elsewhere


def cancel(session: Session, actor: Actor, now: datetime, row: Gathering, reason: str) -> None:
    """Call a gathering off. Raises Refusal: gathering_cancelled, gathering_began, gathering_reason_missing."""
    if not reason.strip():
        raise Refusal("gathering_reason_missing", field="reason")
    check_to_come(row, now)
    stands = Gathering.id == row.id, Gathering.cancelled_at.is_(None)
    values = {"cancelled_at": now, "cancelled_by": actor.id, "cancel_reason": reason.strip()}
    done = session.scalar(update(Gathering).where(*stands).values(**values).returning(Gathering.id))
    session.refresh(row)
    if done is None:
        raise Refusal("gathering_cancelled")
    audit.record(session, actor, now, "gathering_cancelled", row)


def tell_guests(session: Session, now: datetime, row: Gathering) -> int:
    """Write down texts to who said that he comes: the card behind the link says what is new. How many there are."""
    coming = GatheringGuest.gathering_id == row.id, GatheringGuest.party > 0
    told = 0
    for guest in session.scalars(select(GatheringGuest).where(*coming).options(joinedload(GatheringGuest.file))):
        key = f"gathering-{guest.id}-{int(now.timestamp())}"
        told += not isinstance(text_guest(session, now, guest, key), Refusal)
    return told


def text_guest(session: Session, now: datetime, guest: GatheringGuest, key: str) -> Refusal | None:
    """Write down the text that brings a guest his card, by day; a refusal says why none may reach him."""
    gathering = guest.gathering
    said = {"development": gathering.development.name, "title": gathering.title, "token": guest.link_key}
    try:
        message = texts.enqueue(
            session,
            now,
            guest.file.client_id,
            TextKind.GATHERING,
            said,
            key=key,
            expires_at=max(gathering.begins_at, earliest(now)),
        )
    except Refusal as refusal:
        return refusal
    message.next_try_at = earliest(now)
    return None


def listed(actor: Actor, now: datetime, *, past: bool, development_id: int | None = None) -> Select[Gathering]:
    """The gatherings that are to come, the next first; or those that are over or called off, the newest first."""
    over = (Gathering.ends_at <= now) | Gathering.cancelled_at.is_not(None)
    stmt = visible(actor, Gathering).where(over if past else ~over).options(joinedload(Gathering.development))
    if development_id is not None:
        stmt = stmt.where(Gathering.development_id == development_id)
    order = Gathering.begins_at.desc() if past else Gathering.begins_at
    return stmt.order_by(order, Gathering.id)


def moves_of(session: Session, row: Gathering) -> Sequence[GatheringMove]:
    """When a gathering was moved, oldest first."""
    stmt = select(GatheringMove).where(GatheringMove.gathering_id == row.id).order_by(GatheringMove.id)
    return session.scalars(stmt).all()


def to_come(session: Session, now: datetime, file: CareFile) -> Sequence[GatheringGuest]:
    """To which gatherings a client is invited that are not over, the next first."""
    stmt = select(GatheringGuest).join(Gathering).where(GatheringGuest.file_id == file.id, Gathering.ends_at > now)
    loaded = joinedload(GatheringGuest.gathering)
    return session.scalars(stmt.options(loaded).order_by(Gathering.begins_at, Gathering.id)).all()


def check_to_come(row: Gathering, now: datetime) -> None:
    """Whether something may still be changed. Raises Refusal: gathering_cancelled, gathering_began."""
    state = state_of(row, now)
    if state is not GatheringState.TO_COME:
        raise Refusal("gathering_cancelled" if state is GatheringState.CANCELLED else "gathering_began")


def _check_places(places: int, taken: int) -> None:
    least = max(1, taken)
    if not least <= places <= MOST_PLACES:
        raise Refusal("gathering_places_wrong", field="places", least=least, most=MOST_PLACES)
