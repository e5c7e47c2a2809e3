"""Digests: what came since the last one, in one mail, at the hour that its reader chose.

The row of whom it is due for is moved on by a conditional UPDATE, in the transaction that writes the mail down: of two
workers one does, and one that is killed has done nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from ...clock import day_start, local_day
from ...models import DigestEvery, Event, MailKind, Notice, NoticeSettings, Person
from ...rules.notifications.kinds import KINDS
from ...session import Session
from ..messages import mails
from . import addresses
from .inbox import Names, said
from .ways import MOST_ITEMS, MailWay

_LIVES = timedelta(hours=20)
_MONDAY = 0


def due_after(every: DigestEvery, hour: int, now: datetime) -> datetime | None:
    """When the next digest is due: at this hour of Shanghai, of any day or of a Monday; None for who wants none."""
    if every is DigestEvery.NEVER:
        return None
    day = local_day(now)
    while True:
        at = day_start(day) + timedelta(hours=hour)
        if at > now and (every is DigestEvery.DAY or day.weekday() == _MONDAY):
            return at
        day += timedelta(days=1)


def choose(session: Session, now: datetime, person_id: int, every: DigestEvery, hour: int) -> None:
    """Let a digest come so, or none any more; the first one says what came from now on."""
    row = session.merge(addresses.settings_of(session, person_id))
    if (row.digest, row.digest_hour) != (every, hour) or row.digest_until is None:
        row.digest, row.digest_hour, row.digest_due_at = every, hour, due_after(every, hour, now)
        row.digest_until = row.digest_until or now
    session.flush()


def due(session: Session, now: datetime) -> Sequence[int]:
    """Whom a digest is due for."""
    due = select(NoticeSettings.person_id).where(NoticeSettings.digest_due_at <= now)
    return session.scalars(due.order_by(NoticeSettings.person_id)).all()


def write(session: Session, now: datetime, person_id: int, way: MailWay, default_locale: str) -> bool:
    """Write a person's digest down, if it is due, nobody was faster, and anything came that waits unread."""
    row = session.scalars(select(NoticeSettings).where(NoticeSettings.person_id == person_id)).one()
    due_at, since = row.digest_due_at, row.digest_until
    if due_at is None or due_at > now:
        return False
    of = NoticeSettings.person_id == person_id, NoticeSettings.digest_due_at == due_at
    further = {"digest_due_at": due_after(row.digest, row.digest_hour, now), "digest_until": now}
    moved = update(NoticeSettings).where(*of).values(**further).returning(NoticeSettings.person_id)
    if session.scalar(moved.execution_options(synchronize_session=False)) is None:
        return False
    person, address = session.get_one(Person, person_id), addresses.address_in(session, row)
    came = _came(session, person_id, since or due_at, now)
    if not came or address is None or row.mail_confirmed_at is None or not person.active:
        return False
    locale = person.locale or default_locale
    params = {**way.digest(_items(session, came, locale)), "count": len(came)}
    key = f"digest-{person_id}-{due_at:%Y%m%d%H}"
    kind, until = MailKind.DIGEST, now + _LIVES
    return mails.enqueue(session, now, key, mails.NewMail(kind, address, params, locale, until))


def _came(session: Session, person_id: int, since: datetime, now: datetime) -> Sequence[Notice]:
    """What came for a person and waits unread, the newest first."""
    of = Notice.person_id == person_id, Notice.read_at.is_(None), Notice.at > since, Notice.at <= now
    stmt = select(Notice).where(*of, Notice.event.has(Event.kind.in_(KINDS))).options(joinedload(Notice.event))
    return session.scalars(stmt.order_by(Notice.id.desc())).all()


def _items(session: Session, came: Sequence[Notice], locale: str) -> list[tuple[str, int]]:
    names = Names.of(session, [one.event for one in came[:MOST_ITEMS]])
    return [(said(one.event, one.whom, names, locale).subject, one.id) for one in came[:MOST_ITEMS]]
