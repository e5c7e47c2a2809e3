"""Signing in and out, and the sessions that live in between.

The cookie holds a random secret; only its digest is stored. Every request loads its session and person again,
so that who is deactivated has lost access with the next request (rules 9).

A try goes in three steps, so that no writer waits for a password (`passwords`): look the account up, hold the password
against what rests there, and count what came of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from commissions.refusal import Refusal

from .. import crypto
from ..access.actor import Actor
from ..models import Person, SignInAttempt, WebSession
from ..rules.lockout import Limits, locked_until
from . import audit, contacts

_SEEN_EVERY = timedelta(minutes=5)
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Account:
    """Whose phone was typed: its index, and the password that rests there; None where nobody's does."""

    phone_index: str
    stored: str | None


def look_up(session: Session, now: datetime, *, phone: str, address: str, limits: Limits = _LIMITS) -> Account:
    """The account that a try is about. Raises Refusal: invalid_phone, and sign_in_locked, so that who is locked out
    costs no hashing."""
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    until = _locked_until(session, now, index, address, limits)
    if until is not None:
        raise Refusal("sign_in_locked", until=until)
    return Account(index, session.scalar(select(Person.password_hash).where(Person.phone_index == index)))


def sign_in(
    session: Session,
    now: datetime,
    account: Account,
    *,
    matched: bool,
    address: str,
    device: str,
    days: int,
    limits: Limits = _LIMITS,
) -> str | Refusal:
    """Count a try; open a session and return its secret, or return (not raise) why not. `matched`: the password was
    what rests there.

    A refusal is returned because the failed try must be stored by the same transaction.
    """
    index = account.phone_index
    # The account's row is locked, so that guesses sent at the same time are counted one after another.
    person = session.scalar(select(Person).where(Person.phone_index == index).with_for_update(of=Person))
    until = _locked_until(session, now, index, address, limits)
    if until is not None:
        return Refusal("sign_in_locked", until=until)
    succeeded = matched and person is not None and person.active and person.password_hash == account.stored
    session.add(SignInAttempt(phone_index=index, address=address, at=now, succeeded=succeeded))
    if not succeeded or person is None:
        return Refusal("sign_in_failed")
    return open_session(session, now, person, address=address, device=device, days=days)


def open_session(session: Session, now: datetime, person: Person, *, address: str, device: str, days: int) -> str:
    """Begin a session of a person and return the secret for the cookie."""
    secret = crypto.token(32)
    row = WebSession(
        token_digest=crypto.digest(secret),
        person_id=person.id,
        started_at=now,
        ends_at=now + timedelta(days=days),
        seen_at=now,
        address=address,
        device=device[:200],
    )
    session.add(row)
    audit.record(session, Actor.of(person, address), now, "signed_in", row)
    return secret


def find_session(session: Session, now: datetime, secret: str) -> WebSession | None:
    """The running session of an active person, or None."""
    row = session.scalar(select(WebSession).where(WebSession.token_digest == crypto.digest(secret)))
    if row is None or row.ended_at is not None or row.ends_at <= now or not row.person.active:
        return None
    return row


def seen_lately(row: WebSession, now: datetime) -> bool:
    """Whether `seen_at` is fresh enough not to be written again."""
    return now - row.seen_at < _SEEN_EVERY


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


def running_sessions(session: Session, now: datetime, person_id: int) -> list[WebSession]:
    """Where a person is signed in, the latest used first."""
    mine = select(WebSession).where(WebSession.person_id == person_id, _running(now))
    return list(session.scalars(mine.order_by(WebSession.seen_at.desc(), WebSession.id.desc())))


def _running(now: datetime) -> ColumnElement[bool]:
    return WebSession.ended_at.is_(None) & (WebSession.ends_at > now)


def _locked_until(session: Session, now: datetime, index: str, address: str, limits: Limits) -> datetime | None:
    since = now - timedelta(minutes=limits.minutes)
    success = (
        select(func.max(SignInAttempt.at))
        .where(SignInAttempt.phone_index == index, SignInAttempt.succeeded)
        .scalar_subquery()
    )
    failed = select(SignInAttempt.at).where(SignInAttempt.at > since, ~SignInAttempt.succeeded)
    account = session.scalars(
        failed.where(SignInAttempt.phone_index == index, SignInAttempt.at > func.coalesce(success, since))
    ).all()
    place = session.scalars(failed.where(SignInAttempt.address == address)).all()
    ends = (
        locked_until(account, limits.account, limits.minutes, now),
        locked_until(place, limits.address, limits.minutes, now),
    )
    return max((end for end in ends if end is not None), default=None)
