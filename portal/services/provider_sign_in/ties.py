"""Accounts elsewhere that open accounts here: tied once, used to sign in, and parted again."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import IntegrityError

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...crypto import Vault
from ...models import STAFF, AccountTie, NoticeSettings, Person, TiedBy
from ...rules.accounts.accounts import MONEY_ROLES
from ...rules.provider_sign_in.claims import Claims, Issuer, Known, ProviderName, check_side, person_for
from ...session import Session
from .. import audit
from ..accounts import people, sign_in
from ..accounts.sign_in_tries import Place
from ..contacts import index_vault_of, vault_of
from ..events.telling import Concerned, tell
from ..notifications.addresses import address_index
from ..second_factors.halves import HalfSecret

_INDEX = "company identity"
SUBJECT = "account tie.subject"
OPENID = "account tie.openid"


def enter(
    session: Session, now: datetime, issuer: Issuer, claims: Claims, place: Place, *, days: int
) -> str | HalfSecret | Refusal:
    """Open a session for whom a provider names; its secret, or (returned, not raised) why there is none.
    Who has a second factor here is asked for it all the same.

    An account that is found by its mail address is tied here and now. Whom the employer says to have left loses access.
    """
    try:
        row = _tie_for(session, now, issuer, claims, place)
    except Refusal as refusal:
        return refusal
    person = row.person
    if not claims.active and person.active:
        try:
            close_by_employer(session, now, row)
        except Refusal:  # the last administrator cannot be shut out from outside
            return Refusal("company_inactive")
    if not person.active:
        return sign_in.refuse_closed(session, now, person, place)
    if person.password_is_void:  # until then the sign-in is open from which its owner said so, and no other
        return sign_in.refuse_void(session, now, person, place)
    row.used_at = now
    return sign_in.admit(session, now, person, place, days=days)


def tie(session: Session, actor: Actor, now: datetime, issuer: Issuer, claims: Claims) -> AccountTie:
    """Tie the own account to the one that was just signed in to elsewhere; again, it changes nothing.

    Raises Refusal: those of `check_side`, and tied_otherwise.
    """
    person = session.get_one(Person, actor.id)
    check_side(issuer.provider, staff=person.role in STAFF)
    standing = tie_of(session, person, issuer.provider)
    if standing is not None and standing.subject_index in _subject_indexes(session, issuer, claims.subject):
        return standing
    return _tie(session, actor, now, person, issuer, claims, TiedBy.BOTH)


def part(session: Session, actor: Actor, now: datetime, person: Person, provider: ProviderName) -> None:
    """Let the account elsewhere open this one no longer; sessions that are open stay. Who it was there is forgotten."""
    if not sign_in.end_ties(session, actor, now, person.id, AccountTie.provider == provider):
        return
    ended = "company_identity_ended" if provider.of_staff else "wechat_tie_ended"
    audit.record(session, actor, now, ended, person)
    tell(session, actor, now, ended, person, Concerned(person.id))


def close_by_employer(session: Session, now: datetime, row: AccountTie) -> None:
    """Close the account of whom the employer says to have left; a closed one stays closed.

    Raises Refusal(last_administrator).
    """
    people.deactivate_person(session, SYSTEM, now, row.person)


def tie_of(session: Session, person: Person, provider: ProviderName) -> AccountTie | None:
    """What opens this account at a provider."""
    return session.scalar(select(AccountTie).where(*_open_of(person.id, provider)))


def ties_of(session: Session, person: Person) -> dict[ProviderName, AccountTie]:
    """What opens this account elsewhere, by the provider."""
    mine = select(AccountTie).where(AccountTie.person_id == person.id, AccountTie.ended_at.is_(None))
    return {one.provider: one for one in session.scalars(mine.order_by(AccountTie.id))}


def by_subject(session: Session, issuer: Issuer, subject: str) -> AccountTie | None:
    """The tie of an account elsewhere."""
    mine = AccountTie.subject_index.in_(_subject_indexes(session, issuer, subject)), AccountTie.ended_at.is_(None)
    return session.scalar(select(AccountTie).where(*mine))


def all_ties(provider: ProviderName) -> Select[AccountTie]:
    """Every tie to a provider that holds, the oldest first."""
    held = AccountTie.provider == provider, AccountTie.ended_at.is_(None)
    return select(AccountTie).where(*held).order_by(AccountTie.id)


def by_mail(session: Session, mail: str) -> list[Person]:
    """Whoever confirmed this address here."""
    found = select(Person).join(NoticeSettings, NoticeSettings.person_id == Person.id)
    confirmed = NoticeSettings.mail_confirmed_at.is_not(None)
    return list(session.scalars(found.where(NoticeSettings.mail_index == address_index(session, mail), confirmed)))


def subject_index(session: Session, issuer: Issuer, subject: str) -> str:
    """By what an account elsewhere is found: a keyed digest."""
    return subject_index_under(index_vault_of(session), issuer.name, subject)


def subject_index_under(vault: Vault, issuer: str, subject: str) -> str:
    """`subject_index` under the index key of a vault."""
    return vault.keyed_digest(f"{issuer}\0{subject}", _INDEX)


def _subject_indexes(session: Session, issuer: Issuer, subject: str) -> list[str]:
    """Under every index key: a tie that does not say its subject yet cannot move by itself."""
    return index_vault_of(session).keyed_digests(f"{issuer.name}\0{subject}", _INDEX)


def _open_of(person_id: int, provider: ProviderName) -> tuple[ColumnElement[bool], ...]:
    return AccountTie.person_id == person_id, AccountTie.provider == provider, AccountTie.ended_at.is_(None)


def _tie_for(session: Session, now: datetime, issuer: Issuer, claims: Claims, place: Place) -> AccountTie:
    """The tie that the claims name, or that is made by them here and now. Raises those of `person_for`."""
    candidates = by_mail(session, claims.mail) if claims.mail and claims.mail_verified else []
    active = [one for one in candidates if one.active]
    known = [Known(one.id, one.role in STAFF, tie_of(session, one, issuer.provider) is not None) for one in active]
    # Only now the subject: whom another request has just tied is found, instead of seen as tied to somebody else.
    row = by_subject(session, issuer, claims.subject)
    if row is None and claims.formerly is not None:
        row = by_subject(session, issuer, claims.formerly)
    tied = Known(row.person_id, row.person.role in STAFF, tied=True) if row else None
    found = person_for(issuer.provider, claims, tied, known)
    if row is None:
        person = session.get_one(Person, found.person_id)
        return _tie(session, Actor.of(person, place.address), now, person, issuer, claims, TiedBy.MAIL)
    _write_down(session, row, issuer, claims)
    return row


def _tie(
    session: Session,
    actor: Actor,
    now: datetime,
    person: Person,
    issuer: Issuer,
    claims: Claims,
    tied_by: TiedBy,
) -> AccountTie:
    """Raises Refusal(tied_otherwise). The slower of two who tie the same finds it tied."""
    row = AccountTie(person_id=person.id, tied_by=tied_by, tied_at=now)
    _write_down(session, row, issuer, claims)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        standing = tie_of(session, person, issuer.provider)
        if standing is None or standing.subject_index != subject_index(session, issuer, claims.subject):
            raise Refusal("tied_otherwise") from error
        return standing
    if person.role in MONEY_ROLES:
        person.rests_since = now  # a new way in: time for its owner to notice, before it moves money
    tied = "company_identity_tied" if issuer.provider.of_staff else "wechat_tied"
    audit.record(session, actor, now, tied, person, tied_by=tied_by)
    tell(session, actor, now, tied, person, Concerned(person.id))
    return row


def _write_down(session: Session, row: AccountTie, issuer: Issuer, claims: Claims) -> None:
    """Who it is there, where that is not known yet, or not under this name any more."""
    vault, index = vault_of(session), subject_index(session, issuer, claims.subject)
    if row.subject_sealed is None or row.subject_index != index:
        row.provider, row.issuer, row.subject_index = issuer.provider, issuer.name, index
        row.subject_sealed = vault.seal_text(claims.subject, f"{SUBJECT}:{row.person_id}")
    if claims.openid is not None and row.openid_sealed is None:
        row.openid_sealed = vault.seal_text(claims.openid, f"{OPENID}:{row.person_id}")
