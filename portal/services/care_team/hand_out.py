"""Clients who came and are in nobody's care yet: reception hands them out, in turn or by hand; and files that carers
open themselves, for whom nobody brought, or for whom they registered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.care_scope import in_care
from ...models import CareAssignment, CareFile, Role, Showing, Touch, TouchKind
from ...session import Session
from .. import contacts
from ..care import assigning, files, scope
from . import rota

LATELY = timedelta(days=30)
"""So long a walk-in or a lead stands in the list; who came with a broker, for three days."""

_ARRIVED = timedelta(days=3)

MOST = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client who waits to be handed out, masked."""

    touch: Touch
    name: str
    phone: str


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """Who waits, who came last first."""
    stmt = _in_nobodys_care(now).options(joinedload(Touch.client), joinedload(Touch.development))
    rows = session.scalars(stmt.order_by(Touch.at.desc(), Touch.id.desc()).limit(MOST))
    return [
        Waiting(
            touch,
            contacts.mask_name(contacts.open_name(session, touch.name_sealed)),
            contacts.open_phone(session, touch.whom).masked,
        )
        for touch in rows
    ]


def hand_out(session: Session, actor: Actor, now: datetime, touch: Touch, *, to_id: int | None) -> CareAssignment:
    """Give the client whom a touch brought into somebody's care: who was chosen, or whose turn it is.

    Raises Refusal: those of `assigning.assign` and `rota.hand_out`.
    """
    file = files.open_for_touch(session, actor, now, touch)
    if to_id is None:
        return rota.hand_out(session, actor, now, file)
    return assigning.assign(session, actor, now, file, to_id, assigning.Why(assigning.BY_HAND, first=True))


def _in_nobodys_care(now: datetime) -> Select[Touch]:
    here = and_(CareFile.development_id == Touch.development_id, CareFile.client_id == Touch.client_id)
    given = select(CareAssignment.id).join(CareFile, CareFile.id == CareAssignment.file_id).where(here)
    arrived = select(Showing.id).where(Showing.touch_id == Touch.id, Showing.at > now - _ARRIVED)
    came = or_(
        and_(Touch.kind != TouchKind.REGISTRATION, Touch.at > now - LATELY),
        and_(Touch.kind == TouchKind.REGISTRATION, arrived.exists()),
    )
    return select(Touch).where(Touch.retired_at.is_(None), Touch.was_shown(), came, ~given.exists())


# Files that carers open themselves

MOST_OPENED = 500
"""So many files are opened at once; the rest with the next tap."""


def open_own(session: Session, actor: Actor, now: datetime, development_id: int, *, name: str, phone: str) -> CareFile:
    """Open the file of a client, into the care of the consultant who opens it.

    Raises Refusal: those of `files.open_by_hand`; care_file_elsewhere where another cares for the client already.
    """
    file = files.open_by_hand(session, actor, now, development_id, name=name, phone=phone)
    if actor.role is Role.CONSULTANT and files.carer(session, file) is None:
        assigning.assign(session, actor, now, file, actor.id, assigning.Why(assigning.OPENED, first=True))
    session.flush()
    if scope.find(session, actor, file.id) is None:
        carer = files.carer(session, file)
        raise Refusal("care_file_elsewhere", field="phone", carer=carer.name if carer else "")
    return file


def unopened(session: Session, actor: Actor) -> int:
    """How many clients a broker has registered, and in his care, whose file is not open."""
    return session.scalar(select(func.count()).select_from(_without_file(actor).subquery())) or 0


def open_registered(session: Session, actor: Actor, now: datetime) -> int:
    """Open them; how many it were."""
    rows = session.scalars(
        _without_file(actor).options(joinedload(Touch.client)).order_by(Touch.id).limit(MOST_OPENED)
    ).all()
    for touch in rows:
        files.open_for_touch(session, actor, now, touch)
    return len(rows)


def _without_file(actor: Actor) -> Select[Touch]:
    same = and_(CareFile.development_id == Touch.development_id, CareFile.client_id == Touch.client_id)
    his = in_care(Touch, Touch.person_id, Touch.id, actor.id) & (Touch.agency_id == actor.agency_id)
    living = (Touch.kind == TouchKind.REGISTRATION) & Touch.retired_at.is_(None) & Touch.was_shown()
    return select(Touch).where(his, living, ~select(CareFile.id).where(same).exists())
