"""People's accounts: opened, closed, reopened, and given a link for the first password (rules 9)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import Agency, FormerName, LinkEnd, PasswordLink, Person, Role
from ...rules.accounts.accounts import check_alone, check_closing, check_name, check_opening
from ...rules.accounts.password import check_password
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from ..hand_overs.telling import tell_of_leaving
from . import password_links, passwords, re_invitations, sign_in
from .password_links import LINK_DAYS, Link
from .passwords import NewPassword

LINK_LASTS = timedelta(days=LINK_DAYS)


class AccountState(StrEnum):
    """Where an account stands. Invited: nobody has chosen its password yet."""

    ACTIVE = "active"
    INVITED = "invited"
    DEACTIVATED = "deactivated"


def state_of(person: Person) -> AccountState:
    """Where this account stands."""
    if not person.active:
        return AccountState.DEACTIVATED
    return AccountState.ACTIVE if person.password_sealed else AccountState.INVITED


def people_list(
    session: Session, actor: Actor, *, q: str = "", role: Role | None = None, state: AccountState | None = None
) -> Select[Person]:
    """The people that the actor may see. `q` is a whole phone, or a part of a name."""
    stmt = accounts_of(actor, state)
    if q.strip():
        stmt = stmt.where(_named(session, q.strip()))
    return stmt if role is None else stmt.where(Person.role == role)


def accounts_of(actor: Actor, state: AccountState | None) -> Select[Person]:
    """The accounts that the actor may see, in a state or all."""
    stmt = scope.visible(actor, Person).where(accounts())
    return stmt if state is None else stmt.where(*_standing(state))


def accounts() -> ColumnElement[bool]:
    """For the database: people who may have an account. A programme is one of the payees and no person."""
    return Person.id.not_in(contacts.programmes_accounts())


def _named(session: Session, q: str) -> ColumnElement[bool]:
    """A phone is found by its blind index alone: nobody can search by a part of it."""
    try:
        return Person.phone_index == contacts.phone_index(session, contacts.parse_phone(q))
    except Refusal:  # no phone, so it is a name
        return Person.name.icontains(q, autoescape=True)


def _standing(state: AccountState) -> tuple[ColumnElement[bool], ...]:
    closed = Person.deactivated_at.is_not(None) | Person.agency.has(Agency.deactivated_at.is_not(None))
    if state is AccountState.DEACTIVATED:
        return (closed,)
    chosen = Person.password_sealed.is_not(None)
    return (~closed, chosen if state is AccountState.ACTIVE else ~chosen)


def open_agencies(session: Session) -> list[tuple[int, str]]:
    """The agencies that accounts can be opened in, by name: id and name."""
    active = select(Agency.id, Agency.name).where(Agency.deactivated_at.is_(None)).order_by(Agency.name)
    return [(key, name) for key, name in session.execute(active)]


def create_person(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    role: Role,
    name: str,
    phone: str,
    agency_id: int | None = None,
) -> Person:
    """Open an account without a password; `issue_link` lets its owner choose one.

    A principal opens accounts in the own agency whatever `agency_id` says. Raises Refusal: person_name, invalid_phone,
    phone_taken, role_not_yours_to_give, agency_needed; second_administrator_needed for an account that moves money.
    """
    check_opening(actor.role, role)
    check_alone(actor.role, role)
    return open_account(session, actor, now, role=role, name=name, phone=phone, agency_id=agency_id)


def refuse_invitation(session: Session, actor: Actor, now: datetime) -> Refusal:
    """What whoever invites is told of a number that has an account: one sentence, whosever it is; and it is written
    down who asked."""
    audit.record(session, actor, now, "invitation_refused", session.get_one(Person, actor.id))
    return Refusal("phone_not_invitable", field="phone")


def open_account(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    role: Role,
    name: str,
    phone: str,
    agency_id: int | None = None,
) -> Person:
    """`create_person` without asking who may: `account_proposals` opens what two administrators agreed on."""
    name = " ".join(name.split())
    check_name(name)
    number = contacts.parse_mobile(phone)
    index, agency_id = contacts.phone_index(session, number), _agency_for(session, actor, role, agency_id)
    again = re_invitations.take_over(session, actor, now, index, role=role, name=name.strip(), agency_id=agency_id)
    if again is not None:
        return again
    person = Person(
        role=role,
        name=name,
        phone_sealed=contacts.seal_phone(session, number),
        phone_index=index,
        agency_id=agency_id,
        created_at=now,
        created_by=actor.person_id,
    )
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        if "phone_index" in str(error.orig):  # both databases name the column or its constraint
            raise Refusal("phone_taken", field="phone") from error
        raise
    audit.record(session, actor, now, "person_created", person, role=role, agency_id=person.agency_id)
    return person


def _agency_for(session: Session, actor: Actor, role: Role, agency_id: int | None) -> int | None:
    if role not in {Role.PRINCIPAL, Role.BROKER}:
        return None
    return check_agency(session, actor.agency_id if actor.role is Role.PRINCIPAL else agency_id)


def check_agency(session: Session, agency_id: int | None) -> int:
    """The agency, which is there and open. Raises Refusal(agency_needed)."""
    agency = session.get(Agency, agency_id) if agency_id is not None else None
    if agency is None or agency.deactivated_at is not None:
        raise Refusal("agency_needed", field="agency")
    return agency.id


def deactivate_person(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Close an account: its sessions end now, and every later request of it is a stranger's. What it had in hand waits
    for a successor (`hand_overs`).

    Closing a closed account changes nothing. Raises Refusal: not_yourself, last_administrator.
    """
    if person.deactivated_at is not None:
        return
    check_closing(actor.person_id, person.id, person.role, _administrators_beside(session, person.id))
    closed = (
        update(Person)
        .where(Person.id == person.id, Person.deactivated_at.is_(None))
        .values(deactivated_at=now, deactivated_by=actor.person_id)
    )
    if session.execute(closed).rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        ended = sign_in.end_all(session, now, person.id)
        password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CLOSED)
        audit.record(session, actor, now, "person_deactivated", person, sessions_ended=ended)
        tell(session, actor, now, "account_closed", person, Concerned(agency=person.agency_id))
        tell_of_leaving(session, actor, now, person, person.agency_id)
    session.refresh(person)


def _administrators_beside(session: Session, person_id: int) -> int:
    """How many other administrators there are. Locks them, so that two cannot close each other at once."""
    active = select(Person.id).where(Person.role == Role.ADMINISTRATOR, Person.deactivated_at.is_(None))
    ids = session.scalars(active.order_by(Person.id).with_for_update()).all()
    return len(set(ids) - {person_id})


def reactivate_person(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Open a closed account again, with the password it had. Its old sessions and links stay ended.

    Raises Refusal: second_administrator_needed.
    """
    check_alone(actor.role, person.role)
    reopen_account(session, actor, now, person)


def reopen_account(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """`reactivate_person` without asking who may; an account that moves money rests afterwards."""
    if person.deactivated_at is None:
        return
    if actor.person_id is not None:
        person.rests_since = now
    person.deactivated_at = None
    person.deactivated_by = None
    # one that was being made while the account was closed
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CLOSED)
    audit.record(session, actor, now, "person_reactivated", person)
    tell(session, actor, now, "account_opened_again", person, Concerned(person.id, person.agency_id))


def is_phone_of(session: Session, person: Person, phone: str) -> bool:
    """Whether an account has this number. Raises Refusal(invalid_phone)."""
    return contacts.phone_index(session, contacts.parse_phone(phone)) == person.phone_index


def change_phone(
    session: Session, actor: Actor, now: datetime, person: Person, phone: str, *, reason: str = ""
) -> None:
    """Let a person sign in by another number, with the password of before, without asking who may.

    Raises Refusal: invalid_phone, phone_taken.
    """
    number = contacts.parse_mobile(phone)
    sealed, index = contacts.seal_phone(session, number), contacts.phone_index(session, number)
    changed = update(Person).where(Person.id == person.id).values(phone_sealed=sealed, phone_index=index)
    try:
        with session.begin_nested():
            session.execute(changed)
    except IntegrityError as error:
        if "phone_index" in str(error.orig):  # both databases name the column or its constraint
            raise Refusal("phone_taken", field="phone") from error
        raise
    begin_anew(session, actor, now, person)
    audit.record(session, actor, now, "person_phone_changed", person, **({"reason": reason} if reason else {}))
    tell(session, actor, now, "phone_changed", person, Concerned(person.id))


def change_name(session: Session, actor: Actor, now: datetime, person: Person, name: str, *, reason: str) -> None:
    """Let an account bear another name; the one of before is kept beside it, and can be erased."""
    session.add(FormerName(person_id=person.id, name=person.name, until=now))
    person.name = name
    audit.record(session, actor, now, "person_renamed", person, reason=reason)


def former_names(session: Session, person: Person) -> list[str]:
    """What an account's owner was called before, the latest first."""
    mine = select(FormerName.name).where(FormerName.person_id == person.id).order_by(FormerName.id.desc())
    return list(session.scalars(mine))


def change_role(session: Session, actor: Actor, now: datetime, person: Person, role: Role) -> None:
    """Let a member of the staff be something else here; for what two administrators agreed on."""
    before, person.role = person.role, role
    begin_anew(session, actor, now, person)
    audit.record(session, actor, now, "person_role_changed", person, before=before, role=role)
    tell(session, actor, now, "role_changed", person, Concerned(person.id), role=role)
    tell_of_leaving(session, actor, now, person, None)


def begin_anew(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Sessions and links of before end, and an account that moves money rests."""
    if actor.person_id is not None:
        person.rests_since = now
    session.flush()
    session.refresh(person)
    sign_in.end_all(session, now, person.id)
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CHANGED)


def issue_link(session: Session, actor: Actor, now: datetime, person: Person) -> Link:
    """A link by which the person chooses a password: the first, or another when it was forgotten.

    It ends the link that was made before. The present password keeps working until the link is used. Who asks for it
    hands it over: `account_links` sends it to its owner instead.
    Raises Refusal: second_administrator_needed; those of `make_link`.
    """
    check_alone(actor.role, person.role)
    return make_link(session, actor, now, person)


def make_link(session: Session, actor: Actor, now: datetime, person: Person, *, lasts: timedelta = LINK_LASTS) -> Link:
    """`issue_link` without asking who may: for what two administrators agreed on, and for who asks for his own.

    Raises Refusal: person_inactive; programme_no_account for a programme, which is no person.
    """
    if not person.active:
        raise Refusal("person_inactive")
    if contacts.is_programme(session, person):
        raise Refusal("programme_no_account")
    link = password_links.issue(session, now, person, by_id=actor.person_id, lasts=lasts)
    facts = {"until": link.until.isoformat(), "purpose": link.row.purpose, "link": link.row.id}
    audit.record(session, actor, now, "password_link_issued", person, **facts)
    tell(session, actor, now, "password_link_made", person, Concerned(person.id), until_at=link.until)
    return link


def person_of_link(session: Session, now: datetime, token: str) -> Person:
    """Whose link this is. Raises Refusal(link_invalid): made up, over, used, or of a closed account."""
    return password_links.find(session, now, token).person


def is_link_of_the_shell(session: Session, now: datetime, token: str) -> bool:
    """Whether who has the server made this link, and nobody of the portal. Raises Refusal(link_invalid)."""
    return password_links.find(session, now, token).issued_by is None


def choose_password(session: Session, person: Person, password: str, *, house: Iterable[str] = ()) -> NewPassword:
    """A new password, made ready to be set; an edge calls it before its transaction begins, for hashing takes long.

    `house` are the names of the owner of this portal: they are guessed first. Raises Refusal: those of
    `check_password`; passwords_busy.
    """
    names = (person.name, person.agency.name if person.agency else "", *house)
    check_password(password, contacts.open_phone(session, person).e164, names)
    return NewPassword(person.password_sealed, passwords.hash_password(password))


def use_link(session: Session, now: datetime, token: str, chosen: NewPassword, *, address: str) -> Person:
    """Set the password by a link, which is spent by it; other sessions end, and an account that moves money rests.

    Raises Refusal: link_invalid, also for the slower of two who use it at once.
    """
    link = password_links.find(session, now, token)
    password_links.spend(session, now, link)
    _set_password(session, Actor.of(link.person, address), now, link.person, chosen, code_if_raced="link_invalid")
    if link.issued_by is not None:  # from the shell it is the machine's owner who says whose the account is
        link.person.rests_since = now
    sign_in.end_all(session, now, link.person.id)
    return link.person


def change_password(
    session: Session, actor: Actor, now: datetime, person: Person, chosen: NewPassword, *, keep: int
) -> None:
    """Replace one's own password, which was asked for before; every session but `keep` ends.

    Raises Refusal: password_wrong, where it was replaced meanwhile.
    """
    _set_password(session, actor, now, person, chosen, code_if_raced="password_wrong")
    sign_in.end_all(session, now, person.id, but=keep)


def _set_password(
    session: Session, actor: Actor, now: datetime, person: Person, chosen: NewPassword, *, code_if_raced: str
) -> None:
    """Store a password, if the one it replaces is still the one that was looked at."""
    replaced = Person.password_sealed.is_not_distinct_from(chosen.replaces)
    new = {"password_sealed": passwords.seal(session, person.id, chosen.hashed), "password_set_at": now}
    stored = update(Person).where(Person.id == person.id, replaced).values(new)
    if not session.execute(stored).rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        raise Refusal(code_if_raced)
    session.refresh(person)
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CHANGED)
    audit.record(session, actor, now, "password_set", person)
    tell(session, actor, now, "password_changed", person, Concerned(person.id))


def reveal_phone(session: Session, actor: Actor, now: datetime, person: Person) -> contacts.Phone:
    """The phone in plain, with the deed written down."""
    audit.record(session, actor, now, "phone_revealed", person)
    return contacts.open_phone(session, person)


def end_sessions(session: Session, actor: Actor, now: datetime, person: Person, *, but: int | None = None) -> int:
    """Sign a person out everywhere, except in the session `but`; how many sessions that were."""
    ended = sign_in.end_all(session, now, person.id, but=but)
    audit.record(session, actor, now, "sessions_ended", person, count=ended)
    return ended
