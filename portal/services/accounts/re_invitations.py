"""Inviting the number of a closed account: who worked for an agency, or for us, before comes back as the same person.

Strikes and freezes stay with the person; what was done for the former agency, or as our employee, stays what it was.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from ...access.actor import Actor
from ...models import PARTNERS, AccountProposal, Agency, LinkEnd, PasswordLink, Person, ProposalState, Role
from ...rules.accounts.accounts import may_come_back
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from . import password_links, sign_in


def take_over(
    session: Session, actor: Actor, now: datetime, index: str, *, role: Role, name: str, agency_id: int | None
) -> Person | None:
    """Open a closed account again for the agency that invites the number now; None where no account of this number may
    be taken over: a partner's, and that of our former employee, who comes as a broker and in no other role.

    Its password of before is gone, and so are its ties to accounts elsewhere: a link, sent to the number, lets its
    owner choose another. Of several who invite at once one succeeds.
    """
    person = session.scalar(select(Person).where(Person.phone_index == index).with_for_update(of=Person))
    if person is None or person.active or not may_come_back(person.role, role) or _waits(session, person):
        return None
    before, former_role = person.agency_id, person.role
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
    sign_in.end_ties(session, actor, now, person.id)  # the number may be somebody else's by now
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CLOSED)
    was = {} if former_role in PARTNERS else {"former_role": former_role}
    audit.record(session, actor, now, "person_reinvited", person, before=before, after=agency_id, role=role, **was)
    tell(session, actor, now, "colleague_joined", person, Concerned(person.id, agency_id), role=role)
    return person


def _waits(session: Session, person: Person) -> bool:
    """Whether administrators have still to decide something about the account: another role, say, that would then be
    an agency's broker's."""
    of = AccountProposal
    waits = select(of.id).where(of.person_id == person.id, of.state == ProposalState.PROPOSED)
    return session.scalar(waits.limit(1)) is not None


def _closed() -> ColumnElement[bool]:
    closed_agencies = select(Agency.id).where(Agency.deactivated_at.is_not(None))
    return or_(Person.deactivated_at.is_not(None), Person.agency_id.in_(closed_agencies))
