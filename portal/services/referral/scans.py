"""Scans: counted a poster, a day and a place, and never a person.

Somebody who opens the page three times in a day is one scan. To know that, the day has a random salt, and of address
and browser only a hash under it is kept. The sweep drops salt and hashes when the day is over: from then on nobody,
with the whole database in hand, can tell whether an address was ever here.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ...clock import local_day
from ...models import Campaign, ScanCount, ScanSalt, ScanVisitor
from ...session import Session

_DIALECTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_SALT_BYTES = 32
_MARK_DIGITS = 32
_DESIGN = re.compile("[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """What tells visitors apart who are asked for nothing: their address, and how their browser names itself."""

    address: str
    agent: str


def campaign_of(text: str | None) -> str:
    """The place that an address names, as it is stored; empty for none and for a word that is not one of ours."""
    word = (text or "").lower()
    return word if word in set(Campaign) else ""


def design_of(text: str | None, known: frozenset[str]) -> str:
    """The poster's design that an address names; empty for none and for one that there is not."""
    word = text or ""
    return word if _DESIGN.fullmatch(word) and word in known else ""


def count_scan(
    session: Session, now: datetime, *, referrer_id: int, design: str, campaign: str, address: str, agent: str
) -> bool:
    """Count a person on a referrer's page, unless counted there today already. Whether it was counted.

    Two statements, three for the first visit: an index is looked into, nothing is read before it is written, and the
    count is one upsert.
    """
    day = local_day(now)
    mark = _mark(_salt_of(session, day), f"{referrer_id}\0{address}\0{agent}")
    insert = _DIALECTS[session.connection().dialect.name]
    seen = insert(ScanVisitor).values(seen_on=day, mark=mark).on_conflict_do_nothing()
    if session.scalar(seen.returning(ScanVisitor.mark)) is None:
        return False
    one = {"referrer_id": referrer_id, "scanned_on": day, "design": design, "campaign": campaign}
    counted = insert(ScanCount).values(**one, scans=1)
    session.execute(counted.on_conflict_do_update(index_elements=list(one), set_={"scans": ScanCount.scans + 1}))
    return True


def take_place(session: Session, now: datetime, *, referrer_id: int, visitor: Visitor, most: int) -> bool:
    """Take one of the `most` gifts that a visitor may fetch here today. False where all of them are fetched.

    Each is a hash of its own, dropped with the day: what is kept tells who fetched as little as who looked.
    """
    day = local_day(now)
    salt, insert = _salt_of(session, day), _DIALECTS[session.connection().dialect.name]
    for nth in range(most):
        mark = _mark(salt, f"gift {nth}\0{referrer_id}\0{visitor.address}\0{visitor.agent}")
        taken = insert(ScanVisitor).values(seen_on=day, mark=mark).on_conflict_do_nothing()
        if session.scalar(taken.returning(ScanVisitor.mark)) is not None:
            return True
    return False


def forget_visitors(session: Session, now: datetime) -> int:
    """Drop the salts and hashes of the days that are over; how many visitors were forgotten. For the sweep."""
    today = local_day(now)
    session.execute(delete(ScanSalt).where(ScanSalt.used_on < today))
    dropped: CursorResult[Any] = session.execute(delete(ScanVisitor).where(ScanVisitor.seen_on < today))  # type: ignore[assignment]
    return dropped.rowcount


def _salt_of(session: Session, day: date) -> bytes:
    """The day's salt, made by whoever comes first that day. It is never kept in memory past the transaction."""
    stored = select(ScanSalt.salt).where(ScanSalt.used_on == day)
    salt = session.scalar(stored)
    if salt is None:
        insert = _DIALECTS[session.connection().dialect.name]
        fresh = secrets.token_bytes(_SALT_BYTES)
        session.execute(insert(ScanSalt).values(used_on=day, salt=fresh).on_conflict_do_nothing())
        salt = session.scalars(stored).one()
    return salt


def _mark(salt: bytes, visitor: str) -> str:
    return hmac.new(salt, visitor.encode(errors="replace"), hashlib.sha256).hexdigest()[:_MARK_DIGITS]
