"""The one-time code on the client's own phone: drawn, texted, and tried (rules 3.2)."""

import hmac
import secrets
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import ArrivalCode, TextKind, Touch
from ...rules.showings import arrival_code as rule
from ...rules.showings.arrival_code import LIMITS, Issued
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..contacts import vault_of
from ..messages import texts

_DIGEST = "arrival.code"


def send_code(session: Session, actor: Actor, now: datetime, touch: Touch) -> ArrivalCode:
    """Draw a code and text it to the client's registered phone; an earlier one no longer counts.

    Raises Refusal: code_just_sent, client_opted_out, texts_used_up.
    """
    latest = _lock_latest(session, touch)
    if refusal := rule.refuse_code(now, _issued(latest)):
        raise refusal
    expires_at = now + LIMITS.lives
    code = f"{secrets.randbelow(10**rule.DIGITS):0{rule.DIGITS}d}"
    message = texts.enqueue(
        session,
        now,
        touch.whose,
        TextKind.ARRIVAL_CODE,
        {"code": code, "development": touch.development.name},
        key=f"arrival-code-{touch.id}-{int(now.timestamp())}",
        expires_at=expires_at,
    )
    if latest is not None and latest.closed_at is None:
        latest.closed_at = now
        session.flush()
    row = ArrivalCode(
        touch_id=touch.id,
        broker_id=actor.id,
        message_id=message.id,
        digest=_digests(session, touch.id, now, code)[0],
        issued_at=now,
        expires_at=expires_at,
        tries=0,
    )
    session.add(row)
    audit.record(session, actor, now, "arrival_code_sent", row, touch=touch.id)
    return row


def try_code(session: Session, actor: Actor, now: datetime, touch: Touch, typed: str) -> ArrivalCode | Refusal:
    """Spend a try. The right code is closed and returned; if it made a showing already (it was sent twice), it is
    returned with that showing.

    A refusal is returned, not raised, since the try counts: code_not_sent, code_expired, code_guessed_out, code_wrong.
    """
    row, typed = _lock_latest(session, touch), rule.normalise(typed)
    if row is not None and row.showing_id is not None and row.broker_id == actor.id and _fits(session, row, typed):
        return row
    if refusal := rule.refuse_try(now, _issued(row)):
        return refusal
    assert row is not None  # else the rule refused
    row.tries += 1
    fits = _fits(session, row, typed)
    if fits or row.tries >= LIMITS.tries:
        row.closed_at = now
    session.flush()
    audit.record(session, actor, now, "arrival_code_tried", row, fits=fits)
    return row if fits else rule.wrong(Issued(row.issued_at, row.tries))


def latest_code(session: Session, touch: Touch) -> ArrivalCode | None:
    """The code that was sent last for this visit, with its message."""
    return session.scalar(
        select(ArrivalCode).where(ArrivalCode.touch_id == touch.id).order_by(ArrivalCode.id.desc()).limit(1)
    )


def counts(now: datetime, row: ArrivalCode | None) -> bool:
    """Whether something that is typed now could count."""
    return rule.refuse_try(now, _issued(row)) is None


def refuse_another(now: datetime, latest: ArrivalCode | None) -> Refusal | None:
    """Why no other code is sent yet, or None."""
    return rule.refuse_code(now, _issued(latest))


def _lock_latest(session: Session, touch: Touch) -> ArrivalCode | None:
    """The latest code as it stands when every other transaction over this client's codes is through."""
    lock_client(session, touch.whose)
    return session.scalar(
        select(ArrivalCode)
        .where(ArrivalCode.touch_id == touch.id)
        .order_by(ArrivalCode.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _issued(row: ArrivalCode | None) -> Issued | None:
    return Issued(row.issued_at, row.tries, row.closed_at is not None) if row is not None else None


def _fits(session: Session, row: ArrivalCode, typed: str) -> bool:
    return any(hmac.compare_digest(row.digest, one) for one in _digests(session, row.touch_id, row.issued_at, typed))


def _digests(session: Session, touch_id: int, issued_at: datetime, code: str) -> list[str]:
    """Keyed, and bound to its visit: a million digests are soon made, but not without the key."""
    return vault_of(session).blinds(f"{touch_id}\0{issued_at.isoformat()}\0{code}", _DIGEST)
