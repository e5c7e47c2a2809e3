"""Signing in and out, and the sessions that live in between.

The cookie holds a random secret with its person's number; only a keyed digest is stored, so that a row that somebody
wrote into the database, or gave to another person, opens nothing. Every request loads its session and person again, so
that who is deactivated has lost access with the next request (rules 9).

A try goes in three steps, so that no writer waits for a password (`passwords`): look the account up, hold the password
against what rests there, and count what came of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import joinedload, with_expression

from commissions.refusal import Refusal

from ... import crypto
from ...access.actor import Actor
from ...clock import local_day
from ...models import AccountTie, HalfSignIn, Person, WebSession, number_unread
from ...rules.accounts.lockout import Limits
from ...rules.accounts.sessions import Idle
from ...rules.provider_sign_in.claims import ProviderName
from ...session import Session
from .. import audit, contacts
from ..events.telling import Concerned, tell
from ..second_factors import halves, proving
from ..second_factors.halves import HalfSecret
from ..second_factors.proving import Given, Method
from . import passwords, sign_in_tries
from .sign_in_tries import LIMITS, Place

_IDLE = Idle()


class Ended(StrEnum):
    """Why a session runs no longer: it was signed out, here or from elsewhere; its days are over; nobody used it; the
    account was closed."""

    SIGNED_OUT = "signed_out"
    OVER = "over"
    IDLE = "idle"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose phone was typed, and the hash of the password there, opened and as it rests; None where there is none.

    It goes from one transaction into another, in which another index key may be in force: so it holds no index.
    """

    phone: contacts.Phone
    hashed: str | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a password that was typed: whether it is the one, and the hash that should rest from now on where
    that is another than does."""

    matched: bool
    renewed: str | None = None


def look_up(session: Session, now: datetime, place: Place, *, phone: str, limits: Limits = LIMITS) -> Account:
    """The account that a try is about. Raises Refusal: invalid_phone, and sign_in_locked, so that who is locked out
    costs no hashing."""
    number = contacts.parse_phone(phone)
    index = contacts.phone_index(session, number)
    person = session.scalar(select(Person).where(Person.phone_index == index))
    sign_in_tries.check_open(session, now, index, sign_in_tries.origin_of(session, person, place), limits)
    hashed = passwords.hash_of(session, person) if person else None
    return Account(number, hashed, person.password_sealed if person else None)


@dataclass(frozen=True, slots=True)
class SignInTerms:
    """On what terms a password lets somebody in: for how many days, after how few failed tries, and whether it is
    enough by itself where the company's account could be used."""

    days: int
    limits: Limits = LIMITS
    company_only: bool = False


def sign_in(
    session: Session,
    now: datetime,
    account: Account,
    place: Place,
    *,
    proof: Proof,
    terms: SignInTerms,
) -> str | HalfSecret | Refusal:
    """Count a try; open a session and return its secret, or return (not raise) why not. Who has a second factor is
    half signed in, and counts as come in only with it: a known password opens no further guesses.

    A refusal is returned because the failed try must be stored by the same transaction.
    """
    index = contacts.phone_index(session, account.phone)
    # The account's row is locked, so that guesses sent at the same time are counted one after another.
    person = session.scalar(select(Person).where(Person.phone_index == index).with_for_update(of=Person))
    origin = sign_in_tries.origin_of(session, person, place)
    try:
        sign_in_tries.check_open(session, now, index, origin, terms.limits)
    except Refusal as refusal:
        return refusal
    succeeded = proof.matched and person is not None and person.password_sealed == account.sealed
    halfway = succeeded and person is not None and person.active and proving.enrolled(session, person.id)
    if not halfway:
        sign_in_tries.note(session, now, index, origin, succeeded=succeeded)
    if not succeeded or person is None:
        if person is not None:
            _write_down_refusal(session, now, person, place, "password")
            _write_down_lock(session, now, person, place, terms.limits)
        return Refusal("sign_in_failed")
    if not person.active:  # who knows the password may know this, too
        return refuse_closed(session, now, person, place)
    if person.password_is_void:  # who knows it may know this, too
        return refuse_void(session, now, person, place)
    if terms.company_only and (kept_out := refuse_all_but_company(session, now, person, place)) is not None:
        return kept_out
    _seal_anew(session, person, account, proof)
    return admit(session, now, person, place, days=terms.days)


def admit(session: Session, now: datetime, person: Person, place: Place, *, days: int) -> str | HalfSecret:
    """Let in who proved the first factor: half, where there is a second one."""
    if proving.enrolled(session, person.id):
        return halves.begin(session, now, person)
    return _let_in(session, now, person, place, days=days)


def finish(
    session: Session, now: datetime, half: HalfSignIn, place: Place, *, given: Given, days: int, limits: Limits = LIMITS
) -> str | Refusal:
    """Count a try of the second factor; open the session and return its secret, or return (not raise) why not."""
    person = session.get_one(Person, half.person_id, with_for_update={"of": Person})  # one after another
    origin = sign_in_tries.origin_of(session, person, place)
    try:
        sign_in_tries.check_open(session, now, person.phone_index, origin, limits)
    except Refusal as refusal:
        return refusal
    method = proving.prove(session, now, person, halves.holder_of(half), given)
    if method is not None and not halves.end(session, now, half):
        return Refusal("half_over")
    sign_in_tries.note(session, now, person.phone_index, origin, succeeded=method is not None)
    if method is None:
        _write_down_refusal(session, now, person, place, "factor")
        _write_down_lock(session, now, person, place, limits)
        return Refusal("passkey_wrong") if given.passkey else Refusal("factor_wrong", field="code")
    if method is Method.RECOVERY:
        tell(session, Actor.of(person, place.address), now, "recovery_code_used", person, Concerned(person.id))
    return _let_in(session, now, person, place, days=days, by=method)


def _let_in(
    session: Session, now: datetime, person: Person, place: Place, *, days: int, by: Method = Method.PASSWORD
) -> str:
    tell_of_device(session, now, person, place)
    return open_session(session, now, person, address=place.address, device=place.device, days=days, by=by)


def tell_of_device(session: Session, now: datetime, person: Person, place: Place) -> None:
    """Tell of a device that the account does not know; the first of all is news to nobody."""
    if sign_in_tries.origin_of(session, person, place).device is not None:
        return
    if session.scalar(select(WebSession.id).where(WebSession.person_id == person.id).limit(1)) is not None:
        tell(session, Actor.of(person, place.address), now, "new_device", person, Concerned(person.id))


def refuse_closed(session: Session, now: datetime, person: Person, place: Place) -> Refusal:
    """Why a closed account is not let in; written down."""
    _write_down_refusal(session, now, person, place, "closed")
    return Refusal("account_closed" if person.deactivated_at is not None else "agency_closed")


def refuse_void(session: Session, now: datetime, person: Person, place: Place) -> Refusal:
    """Why an account is not let in whose owner said that somebody else was in it, and who chose no other password yet;
    written down."""
    _write_down_refusal(session, now, person, place, "password_void")
    return Refusal("password_void")


def end_ties(session: Session, actor: Actor, now: datetime, person_id: int, *which: ColumnElement[bool]) -> int:
    """Let accounts elsewhere open this one no longer (all, or `which`); how many those were. Who it was there is
    forgotten."""
    held = update(AccountTie).where(AccountTie.person_id == person_id, AccountTie.ended_at.is_(None), *which)
    forgotten = {"issuer": None, "subject_sealed": None, "openid_sealed": None}
    ended = session.execute(held.values(ended_at=now, ended_by=actor.person_id, **forgotten))
    return int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def refuse_all_but_company(session: Session, now: datetime, person: Person, place: Place) -> Refusal | None:
    """Why whom an account at the employer opens is let in by nothing else, written down; None for who has none."""
    if not _opened_by_company(session, person):
        return None
    _write_down_refusal(session, now, person, place, "company_only")
    return Refusal("company_sign_in_only")


def _opened_by_company(session: Session, person: Person) -> bool:
    """Whether an account at the employer opens this one."""
    tied = (
        AccountTie.person_id == person.id,
        AccountTie.provider == ProviderName.COMPANY,  # 企业微信 opens in its own client alone
        AccountTie.ended_at.is_(None),
    )
    return session.scalar(select(AccountTie.id).where(*tied)) is not None


def _write_down_refusal(session: Session, now: datetime, person: Person, place: Place, why: str) -> None:
    """That somebody was not let in to a known account; numbers that are nobody's are only counted."""
    audit.record(session, _nobody(place), now, "sign_in_refused", person, why=why)


def _write_down_lock(session: Session, now: datetime, person: Person, place: Place, limits: Limits) -> None:
    """That a wrong password was one too many."""
    try:
        origin = sign_in_tries.origin_of(session, person, place)
        sign_in_tries.check_open(session, now, person.phone_index, origin, limits)
    except Refusal as refusal:
        until = cast(datetime, refusal.facts["until"])
        audit.record(session, _nobody(place), now, "sign_in_locked", person, until=until.isoformat())
        once = f"sign_in_locked:{person.id}:{local_day(now)}"  # who guesses from many places tells of it once a day
        tell(session, _nobody(place), now, "sign_in_locked", person, Concerned(person.id, once=once), until_at=until)


def _nobody(place: Place) -> Actor:
    """Whoever tries, of whom only the address is known."""
    return Actor(None, None, address=place.address)


def _seal_anew(session: Session, person: Person, account: Account, proof: Proof) -> None:
    """Let the password rest by today's recipe and under today's key, where it does not."""
    hashed = proof.renewed or account.hashed
    newly = account.sealed is not None and contacts.vault_of(session).sealed_newly(account.sealed)
    if hashed is not None and (proof.renewed or not newly):
        person.password_sealed = passwords.seal(session, person.id, hashed)


def check_again(session: Session, now: datetime, row: WebSession, place: Place) -> None:
    """Raises Refusal(password_locked) where who is signed in typed too many wrong passwords when asked again."""
    origin = sign_in_tries.origin_in_session(row, place.address)
    try:
        sign_in_tries.check_open(session, now, row.person.phone_index, origin)
    except Refusal as refusal:
        raise Refusal("password_locked", field="old", until=refusal.facts["until"]) from refusal


def prove_again(session: Session, now: datetime, row: WebSession, place: Place, *, matched: bool) -> Refusal | None:
    """Count a password that was asked for again of somebody who is signed in; returns (not raises) why it will not do.

    So a session that was stolen, or left open, is not turned into the password by trying.
    """
    session.scalar(select(Person.id).where(Person.id == row.person_id).with_for_update(of=Person))  # one after another
    try:
        check_again(session, now, row, place)
    except Refusal as refusal:
        return refusal
    origin = sign_in_tries.origin_in_session(row, place.address)
    sign_in_tries.note(session, now, row.person.phone_index, origin, succeeded=matched)
    return None if matched else Refusal("password_wrong", field="old")


def prove_by_factor(session: Session, now: datetime, row: WebSession, place: Place, given: Given) -> Method | Refusal:
    """Count a second factor that was asked for again in a running session; by what it was proven, or why not."""
    session.scalar(select(Person.id).where(Person.id == row.person_id).with_for_update(of=Person))  # one after another
    try:
        check_again(session, now, row, place)
    except Refusal as refusal:
        return refusal
    method = proving.prove(session, now, row.person, f"session:{row.id}", given)
    origin = sign_in_tries.origin_in_session(row, place.address)
    sign_in_tries.note(session, now, row.person.phone_index, origin, succeeded=method is not None)
    return method or Refusal("factor_wrong", field="code")


def open_session(
    session: Session,
    now: datetime,
    person: Person,
    *,
    address: str,
    device: str,
    days: int,
    by: Method = Method.PASSWORD,
) -> str:
    """Begin a session of a person and return the secret for the cookie. `by`: the last thing that he proved it by."""
    secret = f"{person.id}.{crypto.token(32)}"
    row = WebSession(
        token_digest=_digests(session, secret)[0],
        person_id=person.id,
        started_at=now,
        ends_at=now + timedelta(days=days),
        seen_at=now,
        address=address,
        device=device[:200],
    )
    session.add(row)
    audit.record(session, Actor.of(person, address), now, "signed_in", row, by=by)
    return secret


def find_session(session: Session, now: datetime, secret: str, idle: Idle = _IDLE) -> WebSession | None:
    """The running session of an active person, or None."""
    row = _row_of(session, secret)
    return row if row is not None and why_ended(row, now, idle) is None else None


def session_before(session: Session, now: datetime, secret: str, idle: Idle = _IDLE) -> tuple[WebSession, Ended] | None:
    """The session that this secret opened and that has ended, and why; for who holds the secret still."""
    row = _row_of(session, secret)
    ended = why_ended(row, now, idle) if row is not None else None
    return (row, ended) if row is not None and ended is not None else None


def why_ended(row: WebSession, now: datetime, idle: Idle = _IDLE) -> Ended | None:
    """Why this session has ended, or None where it runs."""
    if not row.person.active:  # closing an account signs it out too, and is what its owner should read
        return Ended.CLOSED
    if row.ended_at is not None:
        return Ended.SIGNED_OUT
    if row.ends_at <= now:
        return Ended.OVER
    return Ended.IDLE if idle.over(row.person.role, row.seen_at, now) else None


def _row_of(session: Session, secret: str) -> WebSession | None:
    found = (session.scalar(_by_digest(), {"digest": one}) for one in _digests(session, secret))
    row = next((one for one in found if one is not None), None)
    return row if row is not None and secret.partition(".")[0] == str(row.person_id) else None


@cache
def _by_digest() -> Select[WebSession]:
    """Asked at every request, and so written once; with what the bell of every page says."""
    unread = number_unread(WebSession.person_id).scalar_subquery()
    return (
        select(WebSession)
        .options(joinedload(WebSession.person, innerjoin=True), with_expression(WebSession.unread, unread))
        .where(WebSession.token_digest == bindparam("digest"))
    )


def _digests(session: Session, secret: str) -> list[str]:
    return contacts.vault_of(session).keyed_digests(secret, "session")


def seen_lately(row: WebSession, now: datetime, idle: Idle = _IDLE) -> bool:
    """Whether `seen_at` is fresh enough not to be written again."""
    return now - row.seen_at < idle.noted_every(row.person.role)


def note_seen(session: Session, now: datetime, row_id: int) -> None:
    """Keep when the session was last used."""
    session.execute(update(WebSession).where(WebSession.id == row_id).values(seen_at=now))


def end_session(session: Session, actor: Actor, now: datetime, row: WebSession) -> None:
    """End a session: signing out, or revoking another device."""
    row.ended_at = now
    audit.record(session, actor, now, "session_ended", row)


def end_all(session: Session, now: datetime, person_id: int, *, but: int | None = None) -> int:
    """End every running session of a person, except the one named; how many those were."""
    running = (WebSession.person_id == person_id) & _running(now)
    if but is not None:
        running &= WebSession.id != but
    ended = session.execute(update(WebSession).where(running).values(ended_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def running_sessions(session: Session, now: datetime, person: Person, idle: Idle = _IDLE) -> list[WebSession]:
    """Where a person is signed in, the latest used first."""
    used = WebSession.seen_at > now - idle.after(person.role)
    mine = select(WebSession).where(WebSession.person_id == person.id, _running(now), used)
    return list(session.scalars(mine.order_by(WebSession.seen_at.desc(), WebSession.id.desc())))


def _running(now: datetime) -> ColumnElement[bool]:
    return WebSession.ended_at.is_(None) & (WebSession.ends_at > now)
