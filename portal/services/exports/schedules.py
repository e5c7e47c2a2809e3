"""Schedules of exports: asked for, changed, paused, resumed, ended; by their owner, or when the right is gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...access.scope import visible
from ...models import ExportFormat, ExportRun, ExportSchedule, ExportState, ScheduleEnd
from ...rules.exports.rhythm import Rhythm
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell

MOST = 30
"""So many of one person run or pause at a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What file of a list, in which language and when."""

    format: ExportFormat
    locale: str
    rhythm: Rhythm
    filters: dict[str, str]


def ask(
    session: Session, actor: Actor, now: datetime, endpoint: str, arguments: dict[str, Any], asked: Asked
) -> ExportSchedule:
    """Have a list exported again and again for who acts. Raises Refusal: export_schedule_there, export_too_many with
    `most`."""
    own = session.scalars(_living(actor)).all()
    if len(own) >= MOST:
        raise Refusal("export_too_many", most=MOST)
    row = ExportSchedule(person_id=actor.id, endpoint=endpoint, arguments=arguments, made_at=now)
    _take_over(row, now, asked)
    if any(_same(row, one) for one in own):
        raise Refusal("export_schedule_there")
    session.add(row)
    audit.record(session, actor, now, "export_scheduled", row, **_facts(row))
    return row


def change(session: Session, actor: Actor, now: datetime, row: ExportSchedule, asked: Asked) -> None:
    """Change format, language, filters or rhythm. What is due runs from now on. Raises Refusal: export_schedule_over,
    export_schedule_there."""
    _check_living(row)
    others = [one for one in session.scalars(_living(actor)) if one.id != row.id]
    _take_over(row, now, asked)
    if any(_same(row, one) for one in others):
        raise Refusal("export_schedule_there")
    audit.record(session, actor, now, "export_changed", row, **_facts(row))


def pause(session: Session, actor: Actor, now: datetime, row: ExportSchedule) -> None:
    """Export nothing until it is resumed. Raises Refusal: export_schedule_over."""
    _check_living(row)
    if row.paused_at is None:
        row.paused_at = now
        _drop_waiting(session, now, row)
        audit.record(session, actor, now, "export_paused", row)


def resume(session: Session, actor: Actor, now: datetime, row: ExportSchedule) -> None:
    """Go on; what was due meanwhile is not made up for. Raises Refusal: export_schedule_over."""
    _check_living(row)
    if row.paused_at is not None:
        row.paused_at, row.since = None, now
        audit.record(session, actor, now, "export_resumed", row)


def end(session: Session, actor: Actor, now: datetime, row: ExportSchedule) -> None:
    """Export nothing any more; what was made stays until its time is over. Raises Refusal: export_schedule_over."""
    _check_living(row)
    _end(session, actor, now, row, ScheduleEnd.BY_HAND)


def end_without_right(session: Session, now: datetime, row: ExportSchedule, why: ScheduleEnd) -> None:
    """End a schedule whose owner may not read the list any more, or left, and tell so; ending it again does nothing."""
    if row.ended_at is not None:
        return
    _end(session, SYSTEM, now, row, why)
    facts = {"list": row.endpoint, "why": why.value}
    tell(session, SYSTEM, now, "export_ended", row, Concerned(row.person_id), **facts)


def listing(actor: Actor, *, ended: bool) -> Select[ExportSchedule]:
    """Who acts sees the own ones: those that run or pause, or those that ended."""
    over = ExportSchedule.ended_at.is_not(None)
    return visible(actor, ExportSchedule).where(over if ended else ~over)


def _living(actor: Actor) -> Select[ExportSchedule]:
    own: ColumnElement[bool] = ExportSchedule.person_id == actor.id
    return select(ExportSchedule).where(own, ExportSchedule.ended_at.is_(None))


def _take_over(row: ExportSchedule, now: datetime, asked: Asked) -> None:
    row.format, row.locale, row.filters, row.since = asked.format, asked.locale, asked.filters, now
    rhythm = asked.rhythm
    row.every, row.hour, row.weekday, row.day = rhythm.every, rhythm.hour, rhythm.weekday, rhythm.day


def _same(one: ExportSchedule, other: ExportSchedule) -> bool:
    return _said(one) == _said(other)


def _said(row: ExportSchedule) -> tuple[Any, ...]:
    return row.endpoint, row.arguments, row.filters, row.format, row.locale, row.rhythm


def _check_living(row: ExportSchedule) -> None:
    if row.ended_at is not None:
        raise Refusal("export_schedule_over")


def _end(session: Session, actor: Actor, now: datetime, row: ExportSchedule, why: ScheduleEnd) -> None:
    row.ended_at, row.ended_why = now, why
    _drop_waiting(session, now, row)
    audit.record(session, actor, now, "export_ended", row, why=why.value)


def _drop_waiting(session: Session, now: datetime, row: ExportSchedule) -> None:
    waiting = (ExportRun.schedule_id == row.id, ExportRun.state == ExportState.WAITING)
    session.execute(update(ExportRun).where(*waiting).values(state=ExportState.DROPPED, next_at=None, ended_at=now))


def _facts(row: ExportSchedule) -> dict[str, Any]:
    return {"list": row.endpoint, "kind": row.format.value}
