"""What time alone brings: deadlines that whom they concern is told of beforehand. Found by the sweep, told once."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import (
    Agency,
    Agreement,
    Deal,
    Event,
    MaskAnswer,
    Registration,
    RegistrationMask,
    RegistrationReminder,
    Touch,
    Voucher,
    VoucherState,
)
from ...rules.notifications import deadlines as rule
from ...rules.partners.endings import last_day
from ...session import Session
from .telling import Concerned, tell

REMINDED = timedelta(days=7)
"""So long after its time a reminder that nobody sent is still sent."""

_AT_ONCE = 500


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell of every deadline that has come near; how many of each."""
    today = local_day(now)
    return {
        "protections_told": _protections(session, now),
        "masks_told": _masks(session, now),
        "reminders_told": _reminders(session, now),
        "agreements_told": _agreements(session, now, today),
        "licences_told": _licences(session, now, today),
        "vouchers_told": _vouchers(session, now),
    }


def tell_of_queue(session: Session, now: datetime, queue: rule.Queue, waits: Select[datetime]) -> int:
    """Tell, once a day, how much waits too long for a role, and since when; `waits` are the instants since when."""
    once = rule.once_today(queue, now)
    if once is None or session.scalar(select(Event.id).where(Event.once == once)) is not None:
        return 0
    found = waits.subquery()
    count, since = session.execute(select(func.count(), func.min(found.c[0]))).one()
    if not count:
        return 0
    whom = Concerned(once=once)
    return int(tell(session, SYSTEM, now, queue, "portal", whom, count=count, since_at=since))


def _protections(session: Session, now: datetime) -> int:
    """Clients who are protected for not much longer, and whom nobody has bought for meanwhile."""
    near = (
        select(Registration.id, Touch.protected_until)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(
            Touch.retired_at.is_(None),
            Touch.protected_until > now,
            Touch.protected_until <= now + max(rule.PROTECTION),
            ~exists().where(Deal.touch_id == Touch.id, Deal.cancelled_at.is_(None)),
        )
    )
    due: dict[str, tuple[int, datetime]] = {}
    for key, until in session.execute(near.order_by(Registration.id)):
        if until is not None and (mark := rule.mark(until - now, rule.PROTECTION)):
            due[rule.once("protection_ends", key, mark, f"{until:%Y%m%dT%H%M%S}")] = key, until
    for once in (news := _untold(session, due)):
        key, until = due[once]
        row = session.get_one(Registration, key, options=[joinedload(Registration.broker)])
        carer = row.carer
        there = carer.active and carer.agency_id == row.agency_id
        kind = "protection_ends" if there else "left_protection_ends"
        whom = Concerned(carer.id, row.agency_id, row.development_id, once=once)
        tell(session, SYSTEM, now, kind, row, whom, ends_at=until)
    return len(news)


def _masks(session: Session, now: datetime) -> int:
    """Registrations by parts of a number that have ended, and nobody has shown whose it was."""
    answered = select(MaskAnswer.id).where(MaskAnswer.mask_id == RegistrationMask.id)
    stmt = (
        select(Registration)
        .join(RegistrationMask, RegistrationMask.registration_id == Registration.id)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(
            Touch.protected_until.between(now - REMINDED, now),
            ~answered.exists(),
            ~Registration.withdrawal.has(),
            ~Registration.release.has(),
        )
        .order_by(Registration.id)
    )
    due = {f"mask_ended:{row.id}": row for row in session.scalars(stmt)}
    for once in (news := _untold(session, due)):
        row = due[once]
        whom = Concerned(row.carer.id, row.agency_id, row.development_id, once=once)
        tell(session, SYSTEM, now, "mask_ended", row, whom)
    return len(news)


def _reminders(session: Session, now: datetime) -> int:
    """Clients whom a broker wanted to register again as soon as he may."""
    wanted = RegistrationReminder.cancelled_at.is_(None), RegistrationReminder.remind_at.between(now - REMINDED, now)
    rows = session.scalars(select(RegistrationReminder).where(*wanted).order_by(RegistrationReminder.id)).all()
    due = {f"reminder:{row.registration_id}:{row.remind_at:%Y%m%dT%H%M%S}": row.registration for row in rows}
    for once in (news := _untold(session, due)):
        row = due[once]
        whom = Concerned(row.broker_id, row.agency_id, row.development_id, once=once)
        tell(session, SYSTEM, now, "client_reminder", row, whom, code="held" if _held(session, now, row) else "free")
    return len(news)


def _held(session: Session, now: datetime, row: Registration) -> bool:
    """Whether somebody's contact still protects the client."""
    here = Touch.development_id == row.development_id, Touch.client_id == row.client_id, Touch.retired_at.is_(None)
    running = or_(Touch.protected_until.is_(None), Touch.protected_until > now)
    return session.scalar(select(Touch.id).where(*here, running)) is not None


def _agreements(session: Session, now: datetime, today: date) -> int:
    running = select(Agreement).where(Agreement.ended_at.is_(None), Agreement.ends_on > today)
    near = session.scalars(running.where(Agreement.ends_on <= today + max(rule.PAPERS))).all()
    due = {_paper("agreement_ends", row.id, row.ends_on, today): row for row in near if row.ends_on}
    for once in (news := _untold(session, due)):
        row = due[once]
        whom = Concerned(agency=row.agency_id, development=row.development_id, once=once)
        tell(session, SYSTEM, now, "agreement_ends", row, whom, last_on=last_day(row.ends_on))
    return len(news)


def _licences(session: Session, now: datetime, today: date) -> int:
    open_ones = select(Agency).where(Agency.deactivated_at.is_(None), Agency.licence_ends_on > today)
    near = session.scalars(open_ones.where(Agency.licence_ends_on <= today + max(rule.PAPERS))).all()
    due = {_paper("licence_ends", row.id, row.licence_ends_on, today): row for row in near if row.licence_ends_on}
    for once in (news := _untold(session, due)):
        whom = Concerned(agency=due[once].id, once=once)
        tell(session, SYSTEM, now, "licence_ends", due[once], whom, last_on=last_day(due[once].licence_ends_on))
    return len(news)


def _paper(kind: str, key: int, ends_on: date, today: date) -> str:
    """Under what it is told of; the query found none that ends later than the first mark, or has ended."""
    mark = rule.mark(ends_on - today, rule.PAPERS)
    assert mark is not None
    return rule.once(kind, key, mark, str(ends_on))


def _vouchers(session: Session, now: datetime) -> int:
    """Vouchers that somebody holds, and that are good for fourteen or three days yet."""
    held = select(Voucher).where(Voucher.state == VoucherState.OPEN, Voucher.holder_id.is_not(None))
    near = held.where(Voucher.expires_at > now, Voucher.expires_at <= now + max(rule.VOUCHERS))
    due: dict[str, tuple[Voucher, date]] = {}
    for row in session.scalars(near):
        last = local_day(row.expires_at - timedelta.resolution)
        if mark := rule.mark(row.expires_at - now, rule.VOUCHERS):
            due[rule.once("voucher_ends", row.id, mark, str(last))] = row, last
    for once in (news := _untold(session, due)):
        row, last = due[once]
        whom = Concerned(row.holder_id, once=once)
        tell(session, SYSTEM, now, "voucher_ends", row, whom, title=row.title, last_on=last)
    return len(news)


def _untold(session: Session, due: Collection[str]) -> list[str]:
    """What of this was not told yet."""
    known: set[str | None] = set()
    keys = list(due)
    for start in range(0, len(keys), _AT_ONCE):
        known.update(session.scalars(select(Event.once).where(Event.once.in_(keys[start : start + _AT_ONCE]))))
    return [once for once in keys if once not in known]
