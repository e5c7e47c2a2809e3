"""Accounts at the employer that open accounts here: tied once, used to sign in, and parted again."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...models import STAFF, CompanyIdentity, NoticeSettings, Person, TiedBy
from ...rules.accounts.accounts import MONEY_ROLES
from ...rules.company_sign_in.claims import Claims, Known, person_for
from ...session import Session
from .. import audit
from ..accounts import people, sign_in
from ..accounts.sign_in_tries import Place
from ..contacts import vault_of
from ..events.telling import Concerned, tell
from ..notifications.addresses import address_index
from ..second_factors.halves import HalfSecret

_SUBJECT = "company identity"


def enter(
    session: Session, now: datetime, issuer: str, claims: Claims, place: Place, *, days: int
) -> str | HalfSecret | Refusal:
    """Open a session for whom the employer's provider names; its secret, or (returned, not raised) why there is none.
    Who has a second factor here is asked for it all the same.

    An account that is found by its mail address is tied here and now. Whom the employer says to have left loses access.
    """
    try:
        person = _person_of(session, now, issuer, claims, place)
    except Refusal as refusal:
        return refusal
    if not claims.active and person.active:
        try:
            _close(session, now, person)
        except Refusal:  # the last administrator cannot be shut out from outside
            return Refusal("company_inactive")
    if not person.active:
        return sign_in.refuse_closed(session, now, person, place)
    session.execute(update(CompanyIdentity).where(*_open_of(person.id)).values(used_at=now))
    return sign_in.admit(session, now, person, place, days=days)


def tie(session: Session, actor: Actor, now: datetime, issuer: str, claims: Claims) -> CompanyIdentity:
    """Tie the own account to the one that was just signed in to at the employer; again, it changes nothing.

    Raises Refusal: company_staff_only, company_tied_otherwise.
    """
    person = session.get_one(Person, actor.id)
    if person.role not in STAFF:
        raise Refusal("company_staff_only")
    index = subject_index(session, issuer, claims.subject)
    standing = identity_of(session, person)
    if standing is not None and standing.subject_index == index:
        return standing
    return _tie(session, actor, now, person, index, TiedBy.BOTH)


def part(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Let the account at the employer open this one no longer; sessions that are open stay."""
    ended = update(CompanyIdentity).where(*_open_of(person.id)).values(ended_at=now, ended_by=actor.person_id)
    if session.execute(ended).rowcount:  # type: ignore[attr-defined]  # an UPDATE counts its rows
        audit.record(session, actor, now, "company_identity_ended", person)
        tell(session, actor, now, "company_identity_ended", person, Concerned(person.id))


def close_by_employer(session: Session, now: datetime, identity: CompanyIdentity) -> None:
    """Close the account of whom the employer says to have left; a closed one stays closed.

    Raises Refusal(last_administrator).
    """
    _close(session, now, identity.person)


def identity_of(session: Session, person: Person) -> CompanyIdentity | None:
    """What opens this account at the employer."""
    return session.scalar(select(CompanyIdentity).where(*_open_of(person.id)))


def by_subject(session: Session, issuer: str, subject: str) -> CompanyIdentity | None:
    """The tie of an account at the employer."""
    index = subject_index(session, issuer, subject)
    return session.scalar(
        select(CompanyIdentity).where(CompanyIdentity.subject_index == index, CompanyIdentity.ended_at.is_(None))
    )


def all_ties() -> Select[CompanyIdentity]:
    """Every tie that holds, the oldest first."""
    return select(CompanyIdentity).where(CompanyIdentity.ended_at.is_(None)).order_by(CompanyIdentity.id)


def by_mail(session: Session, mail: str) -> list[Person]:
    """Whoever confirmed this address here."""
    found = select(Person).join(NoticeSettings, NoticeSettings.person_id == Person.id)
    confirmed = NoticeSettings.mail_confirmed_at.is_not(None)
    return list(session.scalars(found.where(NoticeSettings.mail_index == address_index(session, mail), confirmed)))


def subject_index(session: Session, issuer: str, subject: str) -> str:
    """By what an account at the employer is found: a keyed digest."""
    return vault_of(session).keyed_digest(f"{issuer}\0{subject}", _SUBJECT)


def _open_of(person_id: int) -> tuple[ColumnElement[bool], ...]:
    return (CompanyIdentity.person_id == person_id, CompanyIdentity.ended_at.is_(None))


def _person_of(session: Session, now: datetime, issuer: str, claims: Claims, place: Place) -> Person:
    """Whose account the claims open, tied to them from now on. Raises those of `person_for`."""
    identity = by_subject(session, issuer, claims.subject)
    tied = Known(identity.person_id, identity.person.role in STAFF, tied=True) if identity else None
    candidates = by_mail(session, claims.mail) if tied is None and claims.mail and claims.mail_verified else []
    active = [one for one in candidates if one.active]
    known = [Known(one.id, one.role in STAFF, identity_of(session, one) is not None) for one in active]
    found = person_for(claims, tied, known)
    person = session.get_one(Person, found.person_id)
    if tied is None:
        index = subject_index(session, issuer, claims.subject)
        _tie(session, Actor.of(person, place.address), now, person, index, TiedBy.MAIL)
    return person


def _tie(session: Session, actor: Actor, now: datetime, person: Person, index: str, tied_by: TiedBy) -> CompanyIdentity:
    """Raises Refusal(company_tied_otherwise). The slower of two who tie the same finds it tied."""
    row = CompanyIdentity(person_id=person.id, subject_index=index, tied_by=tied_by, tied_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        standing = identity_of(session, person)
        if standing is None or standing.subject_index != index:
            raise Refusal("company_tied_otherwise") from error
        return standing
    if person.role in MONEY_ROLES:
        person.rests_since = now  # a new way in: time for its owner to notice, before it moves money
    audit.record(session, actor, now, "company_identity_tied", person, tied_by=tied_by)
    tell(session, actor, now, "company_identity_tied", person, Concerned(person.id))
    return row


def _close(session: Session, now: datetime, person: Person) -> None:
    people.deactivate_person(session, SYSTEM, now, person)
