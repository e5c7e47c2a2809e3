"""A principal's brokers, with what one looks at first: how much they register, and who is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from ...clock import month_of, month_start
from ...models import Freeze, Person, Registration
from ...session import Session


@dataclass(frozen=True, slots=True)
class BrokerFigures:
    """A broker's accepted registrations in this calendar month for the agency that he is with now, and until when the
    account is frozen."""

    registrations: int = 0
    frozen_until: datetime | None = None


def figures_of(session: Session, now: datetime, brokers: Sequence[Person]) -> dict[int, BrokerFigures]:
    """The figures of these brokers by their id: two queries, however many they are."""
    ids = [broker.id for broker in brokers]
    counted = (
        select(Registration.broker_id, func.count())
        .join(Person, (Person.id == Registration.broker_id) & (Person.agency_id == Registration.agency_id))
        .where(
            Registration.broker_id.in_(ids),
            Registration.touch_id.is_not(None),
            Registration.at >= month_start(month_of(now)),
        )
        .group_by(Registration.broker_id)
    )
    registrations = {key: int(count) for key, count in session.execute(counted)}
    frozen = (
        select(Freeze.broker_id, func.max(Freeze.ends_at))
        .where(Freeze.broker_id.in_(ids), *running_freeze(now))
        .group_by(Freeze.broker_id)
    )
    figures = {key: BrokerFigures(registrations.get(key, 0)) for key in ids}
    for key, ends_at in session.execute(frozen):
        figures[key] = BrokerFigures(figures[key].registrations, ends_at)
    return figures


def running_freeze(now: Any) -> tuple[ColumnElement[bool], ...]:
    """What makes a freeze hold at an instant."""
    return (Freeze.starts_at <= now, Freeze.ends_at > now, Freeze.lifted_at.is_(None))
