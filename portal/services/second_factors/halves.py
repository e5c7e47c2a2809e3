"""Half sign-ins: the password was right, the second factor is asked for. What holds one opens that page alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from ... import crypto
from ...models import HalfSignIn, Person
from ...session import Session
from ..contacts import vault_of

_LASTS = timedelta(minutes=10)
_KEPT = timedelta(days=1)
_PURPOSE = "half sign-in"


@dataclass(frozen=True, slots=True)
class HalfSecret:
    """What the browser holds between the password and the second factor."""

    secret: str


def begin(session: Session, now: datetime, person: Person) -> HalfSecret:
    """Begin a half sign-in. Yesterday's are forgotten."""
    secret = f"{person.id}.{crypto.token(32)}"
    session.execute(delete(HalfSignIn).where(HalfSignIn.begun_at < now - _KEPT))
    (digest, *_) = _digests(session, secret)
    session.add(HalfSignIn(token_digest=digest, person_id=person.id, begun_at=now, until=now + _LASTS))
    return HalfSecret(secret)


def find(session: Session, now: datetime, secret: str) -> HalfSignIn | None:
    """The half sign-in that a browser holds, while it lasts and its person may come in."""
    row = session.scalar(select(HalfSignIn).where(HalfSignIn.token_digest.in_(_digests(session, secret))))
    if row is None or secret.partition(".")[0] != str(row.person_id) or row.ended_at is not None or row.until <= now:
        return None
    begun_with_it = row.person.password_set_at is None or row.person.password_set_at <= row.begun_at
    return row if row.person.active and begun_with_it and not row.person.password_is_void else None


def end(session: Session, now: datetime, half: HalfSignIn) -> bool:
    """End it, once; False where another request was faster."""
    mine = update(HalfSignIn).where(HalfSignIn.id == half.id, HalfSignIn.ended_at.is_(None))
    return session.scalar(mine.values(ended_at=now).returning(HalfSignIn.id)) is not None


def holder_of(half: HalfSignIn) -> str:
    """Under what name challenges of passkeys are kept for it."""
    return f"half:{half.id}"


def _digests(session: Session, secret: str) -> list[str]:
    return vault_of(session).keyed_digests(secret, _PURPOSE)
