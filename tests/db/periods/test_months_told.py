"""Finance is told of a month that is over: once that it can be closed, once a day that something holds it back."""

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.models import Deal, Event, Role
from portal.services.periods import waiting
from portal.session import Session
from tests import factories as make
from tests.factories.milestones import signed_deal

NEXT_MONTH = datetime.fromisoformat("2026-04-01T09:00:00+08:00")


def sold(session: Session, now: datetime) -> Deal:
    plan = make.plan_version(session)
    return signed_deal(
        session,
        now,
        pair=make.agreement(session, plan_name=plan.name),
        by=make.person(session, Role.CHANNEL_MANAGER),
    )


def told(session: Session) -> list[tuple[str, str]]:
    found = session.scalars(select(Event).where(Event.kind.startswith("month_")).order_by(Event.id))
    return [(row.kind, row.facts["month"]) for row in found]


def look(session: Session, *instants: datetime) -> None:
    for at in instants:
        waiting.sweep_due(session, at)


def test_nothing_is_told_where_nothing_was_earned(session: Session) -> None:
    look(session, NEXT_MONTH)
    assert told(session) == []


def test_that_a_month_can_be_closed_is_told_once_and_not_before_nine(session: Session, now: datetime) -> None:
    sold(session, now)
    look(session, NEXT_MONTH - timedelta(minutes=1), NEXT_MONTH, NEXT_MONTH + timedelta(days=3))
    assert told(session) == [("month_ready", "2026-03")]


def test_what_holds_a_month_back_is_told_every_day(session: Session, now: datetime) -> None:
    make.showing(session, touch=sold(session, now).touch, at=now)
    look(session, NEXT_MONTH, NEXT_MONTH + timedelta(minutes=1), NEXT_MONTH + timedelta(days=1))
    assert told(session) == [("month_is_blocked", "2026-03")] * 2
