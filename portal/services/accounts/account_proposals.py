"""Accounts that move money take two: one administrator proposes, another confirms (rules 6.2).

Finance, approver, cashier and administrator are the hands that money passes through. Whoever could open their accounts
alone, or get their links, would be all of them. Closing one stays the deed of one person: to stop is safe.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import AccountChange, AccountProposal, Person, ProposalState, Role
from ...rules.accounts.accounts import (
    MONEY_ROLES,
    PHONE_BY_TWO,
    STAFF_ROLES,
    check_name,
    check_not_own,
    check_opening,
    check_second,
)
from ...session import Session
from .. import audit, contacts, proposals
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import links as account_links
from . import people

# Proposing


def propose_opening(
    session: Session, actor: Actor, now: datetime, *, role: Role, name: str, phone: str, note: str = ""
) -> AccountProposal:
    """Propose a new account. Raises Refusal: role_not_yours_to_give, invalid_phone, phone_taken, proposal_waits,
    no_second_administrator."""
    check_opening(actor.role, role)
    if role not in STAFF_ROLES:
        raise Refusal("role_not_yours_to_give", field="role")
    facts = {"role": role, "name": name.strip(), **_free_phone(session, phone)}
    return _propose(session, actor, now, AccountChange.OPEN, None, note, facts)


def propose_link(session: Session, actor: Actor, now: datetime, person: Person, note: str = "") -> AccountProposal:
    """Propose that an account gets a link to choose a password.

    Raises Refusal: person_inactive, proposal_waits, no_second_administrator.
    """
    if not person.active:
        raise Refusal("person_inactive")
    return _propose(session, actor, now, AccountChange.LINK, person, note, {})


def propose_reopening(session: Session, actor: Actor, now: datetime, person: Person, note: str = "") -> AccountProposal:
    """Propose to open a closed account again. Raises Refusal: person_active, proposal_waits,
    no_second_administrator."""
    if person.deactivated_at is None:
        raise Refusal("person_active")
    return _propose(session, actor, now, AccountChange.REOPEN, person, note, {})


def propose_phone(
    session: Session, actor: Actor, now: datetime, person: Person, phone: str, note: str = ""
) -> AccountProposal:
    """Propose that a member of the staff signs in by another number.

    Raises Refusal: not_staff, invalid_phone, phone_taken, proposal_waits, no_second_administrator.
    """
    if person.role not in PHONE_BY_TWO:
        raise Refusal("phone_alone")
    return _propose(session, actor, now, AccountChange.PHONE, person, note, _free_phone(session, phone))


def propose_role(
    session: Session, actor: Actor, now: datetime, person: Person, role: Role, note: str = ""
) -> AccountProposal:
    """Propose that a member of the staff is something else here.

    Raises Refusal: not_staff, role_not_yours_to_give, role_unchanged, proposal_waits, no_second_administrator.
    """
    _check_staff(person)
    if role not in STAFF_ROLES:
        raise Refusal("role_not_yours_to_give", field="role")
    if role is person.role:
        raise Refusal("role_unchanged", field="role")
    return _propose(session, actor, now, AccountChange.ROLE, person, note, {"role": role})


def propose_name(
    session: Session, actor: Actor, now: datetime, person: Person, name: str, note: str = ""
) -> AccountProposal:
    """Propose that an account that moves money bears another name: what it did and does is read under that name.

    Raises Refusal: name_alone, person_name, nothing_to_change, proposal_waits, no_second_administrator.
    """
    _check_named_by_two(person)
    check_name(name.strip())
    if name.strip() == person.name:
        raise Refusal("nothing_to_change", field="name")
    return _propose(session, actor, now, AccountChange.NAME, person, note, {"name": name.strip()})


def _check_named_by_two(person: Person) -> None:
    if person.role not in MONEY_ROLES:
        raise Refusal("name_alone")


def _check_staff(person: Person) -> None:
    """Partners and referrers hang on agencies, codes and payees: they stay what they are."""
    if person.role not in STAFF_ROLES:
        raise Refusal("not_staff")


def _free_phone(session: Session, phone: str) -> dict[str, Any]:
    """A number that no account has yet. Raises Refusal: invalid_phone, phone_taken."""
    number = contacts.parse_mobile(phone)
    index = contacts.phone_index(session, number)
    if session.scalar(select(Person.id).where(Person.phone_index == index)) is not None:
        raise Refusal("phone_taken", field="phone")
    return {"phone_sealed": contacts.seal_phone(session, number), "phone_index": index}


def _propose(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: AccountChange,
    person: Person | None,
    note: str,
    facts: Mapping[str, Any],
) -> AccountProposal:
    check_second(len(_confirmers(session, actor, person)))
    of = AccountProposal
    key = insert_unless_there(
        session,
        of,
        (),  # of an account a change of a kind waits once, and of a number
        kind=kind,
        person_id=person.id if person else None,
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
        **facts,
    )
    if key is None:
        raise Refusal("proposal_waits")
    row = session.get_one(of, key)
    audit.record(session, actor, now, "account_change_proposed", row, kind=kind, person=row.person_id, role=row.role)
    tell(session, actor, now, "account_change_waits", row, Concerned(), change=kind)
    return row


def _confirmers(session: Session, actor: Actor, person: Person | None) -> list[int]:
    """The administrators who could confirm: not who proposes, not whom it is about, and not who never signed in."""
    active = select(Person.id).where(
        Person.role == Role.ADMINISTRATOR, Person.deactivated_at.is_(None), Person.password_sealed.is_not(None)
    )
    return list(session.scalars(active.where(Person.id.not_in([actor.id, person.id if person else 0]))))


def may_propose(session: Session, actor: Actor, person: Person | None = None) -> bool:
    """Whether there is somebody who could confirm what this actor proposes."""
    return bool(_confirmers(session, actor, person))


# Deciding


def confirm(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal: AccountProposal,
    *,
    by_text: bool,
    tells_number: bool = False,
) -> None:
    """Confirm another administrator's proposal: it is done at once.

    `by_text`: whether links go out by text. Where none do, a new account has no link yet: the shell makes one.
    `tells_number`: whether a number that an account leaves is told by text.
    Raises Refusal: own_proposal, own_account, account_rests, proposal_decided; link_by_shell for a link that no text
    would take; and those of what is done.
    """
    check_hand(actor, proposal)
    session.refresh(proposal, with_for_update=True)  # whoever else decides comes before or after
    if not proposal.open:
        raise Refusal("proposal_decided")
    former = contacts.open_phone(session, _owner(proposal)) if proposal.kind is AccountChange.PHONE else None
    _DONE[proposal.kind](session, actor, now, proposal, by_text)
    if former is not None and tells_number:
        account_links.tell_former_number(session, now, _owner(proposal), former)
    session.flush()
    proposals.confirm(session, actor, now, proposal)
    audit.record(session, actor, now, "account_change_confirmed", proposal, kind=proposal.kind)
    _tell_outcome(session, actor, now, proposal)


def check_hand(actor: Actor, proposal: AccountProposal) -> None:
    """Refuse who may not confirm it, so that a page can say so beforehand.

    Raises Refusal: own_proposal, own_account.
    """
    proposals.check_another_person(actor, proposal)
    check_not_own(actor.id, proposal.person_id)


def refuse(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, reason: str) -> None:
    """Refuse another administrator's proposal; whose account it is about may do so too.

    Raises the Refusals of `proposals.refuse`.
    """
    proposals.refuse(session, actor, now, proposal, reason)
    audit.record(session, actor, now, "account_change_refused", proposal, kind=proposal.kind)
    _tell_outcome(session, actor, now, proposal)


def _tell_outcome(session: Session, actor: Actor, now: datetime, proposal: AccountProposal) -> None:
    """Who proposed it learns what became of it. Whose account it is, is told of what was done to it."""
    whom, facts = Concerned(proposal.proposed_by), {"change": proposal.kind, "outcome": proposal.state}
    tell(session, actor, now, "account_change_decided", proposal, whom, **facts)


def withdraw(session: Session, actor: Actor, now: datetime, proposal: AccountProposal) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, proposal)
    audit.record(session, actor, now, "account_change_withdrawn", proposal, kind=proposal.kind)


def _open(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, by_text: bool) -> None:
    assert proposal.role is not None  # the database sees to it
    person = people.open_account(
        session, actor, now, role=proposal.role, name=proposal.named, phone=_phone(session, proposal)
    )
    proposal.opened_id = person.id
    session.flush()  # the database looks for it before a link may be made
    if by_text:
        account_links.send(session, now, people.make_link(session, actor, now, person))


def _link(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, by_text: bool) -> None:
    if not by_text:
        raise Refusal("link_by_shell")
    account_links.send(session, now, people.make_link(session, actor, now, _owner(proposal)))


def _reopen(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, _by_text: bool) -> None:
    people.reopen_account(session, actor, now, _owner(proposal))


def _change_phone(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, _by_text: bool) -> None:
    people.change_phone(session, actor, now, _owner(proposal), _phone(session, proposal))


def _change_role(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, _by_text: bool) -> None:
    assert proposal.role is not None  # the database sees to it
    _check_staff(_owner(proposal))  # who was closed meanwhile may have come back as an agency's broker
    people.change_role(session, actor, now, _owner(proposal), proposal.role)


def _change_name(session: Session, actor: Actor, now: datetime, proposal: AccountProposal, _by_text: bool) -> None:
    """The account stays signed in and does not rest: who can come in is who could before."""
    _check_named_by_two(_owner(proposal))
    assert proposal.name is not None  # the database sees to it
    people.change_name(session, actor, now, _owner(proposal), proposal.name, reason=proposal.note)


_DONE: Mapping[AccountChange, Callable[[Session, Actor, datetime, AccountProposal, bool], None]] = {
    AccountChange.OPEN: _open,
    AccountChange.LINK: _link,
    AccountChange.REOPEN: _reopen,
    AccountChange.PHONE: _change_phone,
    AccountChange.ROLE: _change_role,
    AccountChange.NAME: _change_name,
}


def _owner(proposal: AccountProposal) -> Person:
    assert proposal.person is not None  # the database sees to it
    return proposal.person


def _phone(session: Session, proposal: AccountProposal) -> str:
    return contacts.open_phone(session, proposal).e164


# Reading


def listing(actor: Actor, state: ProposalState | None = None) -> Select[AccountProposal]:
    """The proposals that the actor may see, with all that the list shows."""
    of = AccountProposal
    stmt = scope.visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.person))
    return stmt if state is None else stmt.where(of.state == state)


def to_confirm(actor: Actor) -> Select[AccountProposal]:
    """The proposals of others that wait and that the actor may confirm."""
    of = AccountProposal
    return scope.visible(actor, of).where(
        of.state == ProposalState.PROPOSED,
        of.proposed_by != actor.id,
        or_(of.person_id.is_(None), of.person_id != actor.id),
    )


def waiting_for(session: Session, person: Person) -> list[AccountProposal]:
    """What waits to be confirmed about one account."""
    of = AccountProposal
    stmt = select(of).where(of.person_id == person.id, of.state == ProposalState.PROPOSED).order_by(of.id)
    return list(session.scalars(stmt.options(joinedload(of.proposer))))
