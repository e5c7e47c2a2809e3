"""Whether the clock is believed, and the instant to go by where something ends (ADR 24)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from ..access.actor import SYSTEM, Actor
from ..models import AuditEntry, ClockMark
from ..rules import timekeeping
from ..rules.timekeeping import SLACK, Doubt, Judged, Mark, Uptime
from ..session import Session
from . import audit
from .events.telling import Concerned, tell

_MARKS = select(ClockMark.at, ClockMark.boot, ClockMark.uptime).where(ClockMark.at.is_not(None))


def trusted(session: Session, now: datetime) -> datetime:
    """The instant by which protections end, freezes thaw and claims come: `now`, unless the clock is in doubt."""
    return _judged_once(session, now).trusted


def steady(session: Session, now: datetime) -> datetime:
    """The instant by which leases and pauses are counted: where the clock leapt, the one that this machine's own count
    says, which goes on as if nothing had happened."""
    found = _judged_once(session, now)
    return now - found.off if found.doubt is Doubt.LEAPT else now


def judged(session: Session, now: datetime, own_clock: datetime | None) -> Judged:
    """What there is to say of the clock at this moment."""
    return timekeeping.judge(now, _uptime(session), _marks(session), own_clock)


def look(session: Session, now: datetime, own_clock: datetime | None) -> Judged:
    """Judge, and write down what was believed or doubted. The worker looks before it does what is due by time alone."""
    boot, seconds = machine = _uptime(session)
    marks = _marks(session) or _begin(session)
    found = timekeeping.judge(now, machine, marks, own_clock)
    row = session.get(ClockMark, boot) or ClockMark(boot=boot)
    session.add(row)
    if found.doubt is None:
        row.at, row.uptime = now, seconds
    if found.doubt is None and row.doubt is not None:
        audit.record(session, SYSTEM, now, "clock_believed", "clock")
        tell(session, SYSTEM, now, "clock_right_again", "portal", Concerned())
    elif found.doubt is not None and found.doubt != row.doubt:
        audit.record(session, SYSTEM, now, "clock_doubted", "clock", **_facts(found))
        tell(session, SYSTEM, now, "clock_doubted", "portal", Concerned())
    if found.doubt != row.doubt:
        row.doubt, row.doubted_at = found.doubt, now if found.doubt else None
    return found


def confirm(session: Session, actor: Actor, now: datetime, own_clock: datetime | None) -> Judged:
    """A person says that the clock is right: what was doubted is over, and instants after it were of a wrong clock.

    Where two clocks differ one of them is wrong, whatever anybody says: then nothing is done.
    """
    found = judged(session, now, own_clock)
    if own_clock is not None and abs(own_clock - now) > SLACK:
        return Judged(Doubt.APART, own_clock - now, now)
    session.execute(delete(ClockMark))
    boot, seconds = _uptime(session)
    session.add(ClockMark(boot=boot, at=now, uptime=seconds))
    audit.record(session, actor, now, "clock_confirmed", "clock", **_facts(found))
    tell(session, actor, now, "clock_right_again", "portal", Concerned())
    return found


def doubted(session: Session) -> list[ClockMark]:
    """The machines whose worker doubts its clock."""
    return list(session.scalars(select(ClockMark).where(ClockMark.doubt.is_not(None)).order_by(ClockMark.doubted_at)))


def _judged_once(session: Session, now: datetime) -> Judged:
    return timekeeping.judge(now, session.uptime(), session.marks_of_clocks(lambda: _marks(session)))


def _marks(session: Session) -> list[Mark]:
    rows = session.execute(_MARKS)
    return [Mark(at, Uptime(boot, float(uptime or 0))) for at, boot, uptime in rows if at is not None]


def _begin(session: Session) -> list[Mark]:
    """Where no clock was believed yet: the newest deed, kept before a wrong clock stamps others."""
    at = session.scalar(select(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1))
    if at is None:
        return []
    session.add(ClockMark(boot="", at=at, uptime=0.0))
    session.flush()
    return [Mark(at, Uptime("", 0))]


def _uptime(session: Session) -> Uptime:
    return session.uptime()


def _facts(found: Judged) -> dict[str, Any]:
    return {"doubt": found.doubt.value, "seconds": round(found.off.total_seconds())} if found.doubt else {}
