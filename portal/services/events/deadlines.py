"""What time alone brings: deadlines that whom they concern is told of beforehand. Found by the sweep, told once."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ...access.actor import SYSTEM
from ...clock import local_day
from ...models import Agency, Agreement, Deal, Event, Registration, Touch, Voucher, VoucherState
from ...rules.partners.endings import last_day
from .telling import Concerned, tell

PROTECTION = (timedelta(hours=48), timedelta(hours=6))
"""So long before its end a broker is told of it (told, "broker")."""
PAPERS = (30, 10)
"""So many days before an agreement or a licence is good no longer (told, "principal")."""

VOUCHERS = (14, 3)
"""So many days before a voucher's end who holds it is told (told, "referrer")."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_AT_ONCE = 500


def tell_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Tell of every deadline that has come near; how many of each."""
    today = local_day(now)
    return {
        "protections_told": _protections(session, now),
        "agreements_told": _agreements(session, now, today),
        "licences_told": _licences(session, now, today),
        "vouchers_told": _vouchers(session, now, today),
    }


def _protections(session: Session, now: datetime) -> int:
    """Clients who are protected for not much longer, and whom nobody has bought for meanwhile."""
    due: dict[str, tuple[int, datetime]] = {}
    for ahead, later in zip(PROTECTION, (*PROTECTION[1:], timedelta(0)), strict=True):
        near = (
            select(Registration.id, Touch.protected_until)
            .join(Touch, Touch.id == Registration.touch_id)
            .where(
                Touch.retired_at.is_(None),
                Touch.protected_until > now + later,
                Touch.protected_until <= now + ahead,
                ~exists().where(Deal.touch_id == Touch.id, Deal.cancelled_at.is_(None)),
            )
        )
        for key, until in session.execute(near.order_by(Registration.id)):
            assert until is not None  # it lies between two instants
            due[f"protection_ends:{key}:{ahead // _HOUR}:{until:%Y%m%dT%H%M%S}"] = key, until
    for once in (news := _untold(session, due)):
        key, until = due[once]
        row = session.get_one(Registration, key)
        whom = Concerned(row.broker_id, row.agency_id, row.development_id, once=once)
        tell(session, SYSTEM, now, "protection_ends", row, whom, ends_at=until)
    return len(news)


def _agreements(session: Session, now: datetime, today: date) -> int:
    running = select(Agreement).where(Agreement.ended_at.is_(None), Agreement.ends_on > today)
    near = session.scalars(running.where(Agreement.ends_on <= today + max(PAPERS) * _DAY)).all()
    due = {f"agreement_ends:{row.id}:{_mark(row.ends_on, today)}:{row.ends_on}": row for row in near if row.ends_on}
    for once in (news := _untold(session, due)):
        row = due[once]
        whom = Concerned(agency=row.agency_id, development=row.development_id, once=once)
        tell(session, SYSTEM, now, "agreement_ends", row, whom, last_on=last_day(row.ends_on))
    return len(news)


def _licences(session: Session, now: datetime, today: date) -> int:
    open_ones = select(Agency).where(Agency.deactivated_at.is_(None), Agency.licence_ends_on > today)
    near = session.scalars(open_ones.where(Agency.licence_ends_on <= today + max(PAPERS) * _DAY)).all()
    ends = [(row, row.licence_ends_on) for row in near if row.licence_ends_on]
    due = {f"licence_ends:{row.id}:{_mark(day, today)}:{day}": row for row, day in ends}
    for once in (news := _untold(session, due)):
        whom = Concerned(agency=due[once].id, once=once)
        tell(session, SYSTEM, now, "licence_ends", due[once], whom, last_on=last_day(due[once].licence_ends_on))
    return len(news)


def _vouchers(session: Session, now: datetime, today: date) -> int:
    """Vouchers that somebody holds, and that are good for fourteen or three days yet."""
    held = select(Voucher).where(Voucher.state == VoucherState.OPEN, Voucher.holder_id.is_not(None))
    until = now + max(VOUCHERS) * _DAY
    near = session.scalars(held.where(Voucher.expires_at > now, Voucher.expires_at <= until)).all()
    due = {}
    for row in near:
        last = local_day(row.expires_at - timedelta.resolution)
        due[f"voucher_ends:{row.id}:{_mark(last, today, VOUCHERS)}:{last}"] = row, last
    for once in (news := _untold(session, due)):
        row, last = due[once]
        tell(
            session,
            SYSTEM,
            now,
            "voucher_ends",
            row,
            Concerned(row.holder_id, once=once),
            title=row.title,
            last_on=last,
        )
    return len(news)


def _untold(session: Session, due: Collection[str]) -> list[str]:
    """What of this was not told yet."""
    known: set[str | None] = set()
    keys = list(due)
    for start in range(0, len(keys), _AT_ONCE):
        known.update(session.scalars(select(Event.once).where(Event.once.in_(keys[start : start + _AT_ONCE]))))
    return [once for once in keys if once not in known]


def _mark(ends_on: date, today: date, marks: tuple[int, ...] = PAPERS) -> int:
    """Which of the tellings it is for, by the days before: that of thirty, or that of ten."""
    return min(days for days in marks if ends_on <= today + days * _DAY)
