"""Tries to prove by a password who one is: counted, and turned away where there were too many (`rules.lockout`).

A browser in which somebody signed in holds a signed cookie that says so: an id, and a mark for each account. The mark
is bound to the instant when the account's password was set, so that another password makes every device a stranger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from commissions.refusal import Refusal

from ...models import Person, SignInAttempt, WebSession
from ...rules.accounts.lockout import Limits, Origin, Try, closed_until
from ...rules.networks import network_of
from ...session import Session
from .. import contacts

LIMITS = Limits()
_PURPOSE = "known device"
_MARK_DIGITS = 32


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """What a browser's signed cookie says: its id, and a mark for each account that it signed in to."""

    id: str
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody comes: address, the browser's own description, and its cookie where it has one."""

    address: str
    device: str
    known: KnownDevice | None = None


def mark_of(session: Session, person: Person) -> str:
    """What a device that signed in to this account holds, until another password is set."""
    return _marks_of(session, person)[0]


def origin_of(session: Session, person: Person | None, place: Place) -> Origin:
    """From where a try on this account comes. A device is known only where the account knows it."""
    network, known = network_of(place.address), place.known
    if person is None or known is None or known.marks.get(str(person.id)) not in _marks_of(session, person):
        return Origin(network)
    return Origin(network, known.id)


def origin_in_session(row: WebSession, address: str) -> Origin:
    """From where the password is asked for again, of somebody who is signed in: a session counts for itself alone."""
    return Origin(network_of(address), f"session {row.id}")


def _marks_of(session: Session, person: Person) -> list[str]:
    since = person.password_set_at.isoformat() if person.password_set_at else ""
    digests = contacts.vault_of(session).keyed_digests(f"{person.id}\0{since}", _PURPOSE)
    return [one[:_MARK_DIGITS] for one in digests]


def check_open(session: Session, now: datetime, phone_index: str, origin: Origin, limits: Limits = LIMITS) -> None:
    """Raises Refusal(sign_in_locked), with the instant when it opens again, where there were too many failed tries."""
    hour, span = timedelta(minutes=limits.account_minutes), timedelta(minutes=limits.minutes)
    tries = select(SignInAttempt).where(SignInAttempt.phone_index == phone_index, SignInAttempt.at > now - hour)
    of_account = [Try(row.at, Origin(row.network, row.device), row.succeeded) for row in session.scalars(tries)]
    of_network = session.scalars(
        select(SignInAttempt.at).where(
            SignInAttempt.network == origin.network,
            SignInAttempt.at > now - span,
            SignInAttempt.device.is_(None),
            ~SignInAttempt.succeeded,
        )
    ).all()
    until = closed_until(now, origin, of_account, of_network, limits)
    if until is not None:
        raise Refusal("sign_in_locked", until=until)


def note(session: Session, now: datetime, phone_index: str, origin: Origin, *, succeeded: bool) -> None:
    """Count a try."""
    session.add(
        SignInAttempt(
            phone_index=phone_index, network=origin.network, device=origin.device, at=now, succeeded=succeeded
        )
    )
