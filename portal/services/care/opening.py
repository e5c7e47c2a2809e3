"""Files that carers open themselves: a consultant for whom nobody brought, a broker for those whom he registered."""

from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope as access
from ...access.actor import Actor
from ...models import CareFile, Role, Touch, TouchKind
from ...session import Session
from . import assigning, files, scope

MOST = 500
"""So many files are opened at once; the rest with the next tap."""


def open_own(session: Session, actor: Actor, now: datetime, development_id: int, *, name: str, phone: str) -> CareFile:
    """Open the file of a client, into the care of the consultant who opens it.

    Raises Refusal: those of `files.open_by_hand`; care_file_elsewhere where another cares for the client already.
    """
    file = files.open_by_hand(session, actor, now, development_id, name=name, phone=phone)
    if actor.role is Role.CONSULTANT and files.carer(session, file) is None:
        assigning.assign(session, actor, now, file, actor.id, reason=assigning.OPENED)
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
    rows = session.scalars(_without_file(actor).options(joinedload(Touch.client)).order_by(Touch.id).limit(MOST)).all()
    for touch in rows:
        files.open_for_touch(session, actor, now, touch)
    return len(rows)


def _without_file(actor: Actor) -> Select[Touch]:
    same = and_(CareFile.development_id == Touch.development_id, CareFile.client_id == Touch.client_id)
    his = access.in_care(Touch, Touch.person_id, Touch.id, actor.id) & (Touch.agency_id == actor.agency_id)
    living = (Touch.kind == TouchKind.REGISTRATION) & Touch.retired_at.is_(None)
    return select(Touch).where(his, living, ~select(CareFile.id).where(same).exists())
