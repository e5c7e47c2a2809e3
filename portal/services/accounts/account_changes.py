"""What one administrator changes of an account that moves no money: name, phone, and where a partner works.

A person keeps one account for good, with strikes, freezes and what was done by it; registrations, showings and deals
stay with the agency for which they were made, whose principal hands the clients over (`hand_overs`). Who moves to
another agency sees that one's rows from then on.
"""

from dataclasses import dataclass
from datetime import datetime

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import PARTNERS, Person, Role
from ...rules.accounts.accounts import check_alone, check_name, check_partner_role, check_phone_alone
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from ..hand_overs.telling import tell_of_leaving
from . import links, people


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """How an account is to stand. Without `phone` the number stays; role and agency are a partner's alone."""

    name: str
    phone: str = ""
    role: Role | None = None
    agency_id: int | None = None


def change_account(
    session: Session,
    actor: Actor,
    now: datetime,
    person: Person,
    facts: AccountFacts,
    *,
    reason: str,
    tells_number: bool = False,
) -> None:
    """Change what differs; each change is written down with the reason, and the account is signed out where more than
    the name changed. `tells_number`: whether a number that the account leaves is told by text.

    Raises Refusal: second_administrator_needed, phone_by_two, person_name, programme_no_account, account_reason_needed,
    nothing_to_change, invalid_phone, phone_taken, role_not_yours_to_give, agency_needed.
    """
    check_alone(actor.role, person.role)
    if contacts.is_programme(session, person):
        raise Refusal("programme_no_account")
    if not reason.strip():
        raise Refusal("account_reason_needed", field="reason")
    former = contacts.open_phone(session, person)
    done = [
        _rename(session, actor, now, person, facts.name.strip(), reason.strip()),
        person.role in PARTNERS and _move(session, actor, now, person, facts, reason.strip()),
        bool(facts.phone.strip()) and _renumber(session, actor, now, person, facts.phone, reason.strip()),
    ]
    if not any(done):
        raise Refusal("nothing_to_change")
    if tells_number and done[-1]:
        links.tell_former_number(session, now, person, former)


def _rename(session: Session, actor: Actor, now: datetime, person: Person, name: str, reason: str) -> bool:
    check_name(name)
    if name == person.name:
        return False
    people.change_name(session, actor, now, person, name, reason=reason)
    return True


def _renumber(session: Session, actor: Actor, now: datetime, person: Person, phone: str, reason: str) -> bool:
    if people.is_phone_of(session, person, phone):
        return False
    check_phone_alone(actor.role, person.role)
    people.change_phone(session, actor, now, person, phone, reason=reason)
    return True


def _move(session: Session, actor: Actor, now: datetime, person: Person, facts: AccountFacts, reason: str) -> bool:
    """To another agency, or to another role in it."""
    role, agency_id = facts.role or person.role, facts.agency_id or person.agency_id
    check_partner_role(role)
    before = (person.role, person.agency_id)
    if (role, agency_id) == before:
        return False
    if agency_id != person.agency_id:
        people.check_agency(session, agency_id)
    person.role, person.agency_id = role, agency_id
    people.begin_anew(session, actor, now, person)
    audit.record(
        session, actor, now, "person_transferred", person, before=before[1], after=agency_id, role=role, reason=reason
    )
    if agency_id != before[1]:
        tell(session, actor, now, "colleague_left", person, Concerned(agency=before[1]))
    tell(session, actor, now, "colleague_joined", person, Concerned(person.id, agency_id), role=role)
    tell_of_leaving(session, actor, now, person, before[1])
    return True
