"""The rotating code at reception: shown on the tablet there, scanned by the broker who came (rules 3.2).

A code is signed and bound to its development, its half minute and whose tablet shows it; nothing of it is stored.
Stored is the scan: one for each client and half minute, and at most one check-in rests on it. Who scans with the
phone's own camera is asked afterwards which client came along; a signed ticket keeps the instant of the scan meanwhile.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Development, Showing, SiteScan, Touch
from ...rules.showings import site_code as rule
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..contacts import vault_of
from ..inserts import insert_unless_there

_CODE = "site code"
_TICKET = "site scan"
_MARK_DIGITS = 32


@dataclass(frozen=True, slots=True)
class SiteCode:
    """What the tablet shows now: the text of the code, its half minute, and the seconds until the next one."""

    text: str
    step: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code said, and when it was read."""

    development_id: int
    host_id: int
    step: int
    at: datetime


def code_now(session: Session, actor: Actor, now: datetime, development: Development) -> SiteCode:
    """The code of this half minute for the tablet of who is signed in there."""
    step = rule.step_of(now)
    return SiteCode(_signed(session, _CODE, (development.id, actor.id, step)), step, rule.seconds_left(now))


def read(session: Session, now: datetime, text: str) -> Scanned:
    """What a scanned text says, in time. Raises Refusal: site_code_unknown (not of ours), site_code_old."""
    development_id, host_id, step = _checked(session, _CODE, text, 3)
    if refusal := rule.refuse_scan(now, step):
        raise refusal
    return Scanned(development_id, host_id, step, now)


def ticket_for(session: Session, actor: Actor, scanned: Scanned) -> str:
    """The scan, for this broker to come back with once he has said with whom he came."""
    at = int(scanned.at.timestamp())
    return _signed(session, _TICKET, (scanned.development_id, scanned.host_id, scanned.step, at, actor.id))


def read_ticket(session: Session, actor: Actor, now: datetime, text: str) -> Scanned:
    """The scan of a ticket. Raises Refusal: site_code_unknown (also another broker's), site_code_old."""
    development_id, host_id, step, at, broker_id = _checked(session, _TICKET, text, 5)
    if broker_id != actor.id:
        raise Refusal("site_code_unknown", field="text")
    scanned = Scanned(development_id, host_id, step, datetime.fromtimestamp(at, UTC))
    if now >= scanned.at + rule.CHOOSING:
        raise Refusal("site_code_old")
    return scanned


def record_scan(session: Session, actor: Actor, now: datetime, touch: Touch, scanned: Scanned) -> SiteScan:
    """The broker of this client is at the site. The same code again finds the scan that is there already.

    Raises Refusal: site_code_elsewhere (another development's), site_code_used (a check-in rests on it).
    """
    if scanned.development_id != touch.development_id:
        raise Refusal("site_code_elsewhere", place=session.get_one(Development, scanned.development_id).name)
    made = insert_unless_there(
        session,
        SiteScan,
        ("touch_id", "step"),
        touch_id=touch.id,
        broker_id=actor.id,
        host_id=scanned.host_id,
        step=scanned.step,
        at=scanned.at,
    )
    row = session.scalars(select(SiteScan).where(SiteScan.touch_id == touch.id, SiteScan.step == scanned.step)).one()
    if made is not None:
        audit.record(session, actor, now, "site_code_scanned", row, touch=touch.id, host=scanned.host_id)
    elif row.showing_id is not None:
        raise Refusal("site_code_used")
    return row


def open_scan(session: Session, now: datetime, touch: Touch) -> SiteScan | None:
    """The latest scan on which a check-in of this client may still rest."""
    latest = session.scalar(
        select(SiteScan)
        .where(SiteScan.touch_id == touch.id, SiteScan.showing_id.is_(None), SiteScan.at > now - rule.COUNTS)
        .options(joinedload(SiteScan.host))
        .order_by(SiteScan.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return latest if latest is not None and rule.still_counts(now, latest.at) else None


def take_scan(session: Session, now: datetime, touch: Touch) -> SiteScan | None:
    """`open_scan`, for a check-in of this transaction alone: who comes at the same time waits, and finds none."""
    lock_client(session, touch.whose)
    return open_scan(session, now, touch)


def scan_of(session: Session, showing: Showing) -> SiteScan | None:
    """The scan that a showing rests on."""
    return session.scalar(select(SiteScan).where(SiteScan.showing_id == showing.id).options(joinedload(SiteScan.host)))


def _signed(session: Session, purpose: str, numbers: Sequence[int]) -> str:
    said = ".".join(str(number) for number in numbers)
    return f"{said}.{vault_of(session).keyed_digest(said, purpose)[:_MARK_DIGITS]}"


def _checked(session: Session, purpose: str, text: str, length: int) -> tuple[int, ...]:
    """The numbers of a text that we signed ourselves for this purpose."""
    said, _dot, mark = text.strip().rpartition(".")
    real = [one[:_MARK_DIGITS] for one in vault_of(session).keyed_digests(said, purpose)]
    if not any(hmac.compare_digest(mark.encode(), one.encode()) for one in real):
        raise Refusal("site_code_unknown", field="text")
    numbers = tuple(int(number) for number in said.split("."))
    if len(numbers) != length:
        raise Refusal("site_code_unknown", field="text")
    return numbers
