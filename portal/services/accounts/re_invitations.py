"""Inviting the number of a closed account: who worked for an agency before comes back as the same person.

Strikes and freezes stay with the person; what was done for the former agency stays with that one.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from ...access.actor import Actor
from ...models import PARTNERS, Agency, LinkEnd, PasswordLink, Person, Role
from .. import audit
from . import password_links, sign_in


def take_over(
    session: Session, actor: Actor, now: datetime, index: str, *, role: Role, name: str, agency_id: int | None
) -> Person | None:
    """Open the closed account of a partner again for the agency that invites the number now; None where no account of
    this number may be taken over.

    Its password of before is gone: a link, sent to the number, lets its owner choose another. Of several who invite at
    once one succeeds.
    """
    person = session.scalar(select(Person).where(Person.phone_index == index).with_for_update(of=Person))
    if person is None or person.active or not {person.role, role} <= PARTNERS:
        return None
    before = person.agency_id
    anew = {
        "role": role,
        "name": name,
        "agency_id": agency_id,
        "password_sealed": None,
        "password_set_at": None,
        "deactivated_at": None,
        "deactivated_by": None,
    }
    taken = update(Person).where(Person.id == person.id, Person.agency_id == before, _closed()).values(anew)
    if not session.execute(taken).rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        return None
    session.refresh(person)
    sign_in.end_all(session, now, person.id)
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CLOSED)
    audit.record(session, actor, now, "person_reinvited", person, before=before, after=agency_id, role=role)
    return person


def _closed() -> ColumnElement[bool]:
    closed_agencies = select(Agency.id).where(Agency.deactivated_at.is_not(None))
    return or_(Person.deactivated_at.is_not(None), Person.agency_id.in_(closed_agencies))
