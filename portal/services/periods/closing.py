"""Closing a month (结算): its windows are sealed and every payee's statement is issued, in one action.

The work is cut into chunks of payees, and each chunk is one transaction that holds everything about them: it takes
the agencies' locks, posts what events have not posted (nothing, unless deals were loaded past the portal), seals their
windows that end with the month, draws the statements up by the same rule as one by one, and moves the period's
cursor. So a close that is killed has whole chunks behind it and goes on where it stood, and two workers that take
hold of the same one wait for each other and write nothing twice (ADR 4).

The end of the close seals those windows for every other agency too, without a row (`rating_facts.sealed_since`, ADR 9).

A cancellation meanwhile waits for its agency's lock. It comes before the seal, re-ranks, and the statement holds what
that left; or after it, and posts its own clawback to a later statement (rules 5.5).
"""

import gc
import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from commissions.calendar import labels_ending_with, window_bounds

from ...clock import month_end
from ...models import Agency, Deal, Period, Person, PostedLine
from ...session import Session
from ..commission import held

log = logging.getLogger(__name__)


PAYEES = 500
"""A chunk holds at most so many payees, …"""


DEALS = 5_000
"""… and of the agencies at most those that come to about so many deals: a close is small in memory at any size."""


Chunk = Sequence[int]
"""The ids of the agencies, or of the persons, that are done together, rising."""


def keep_quick() -> None:
    """For a process that lives for such work: what it holds by now it holds for good, so the garbage collector need
    not walk through it again and again while a chunk's many small facts come and go (a tenth of a close)."""
    gc.collect()
    gc.freeze()


def due_payees(session: Session, month: str) -> int:
    """How many payees a close of the month has to look at."""
    counted = (select(func.count(kind)).where(_concerned(kind, month)) for kind in (Agency.id, Person.id))
    return sum(session.scalar(stmt) or 0 for stmt in counted)


def next_agencies(session: Session, period: Period) -> Chunk:
    """The agencies behind the cursor that signed deals in the windows to be sealed or have lines to be stated."""
    wanted = select(Agency.id).where(Agency.id > period.agency_cursor, _concerned(Agency.id, period.month))
    ids = session.scalars(wanted.order_by(Agency.id).limit(PAYEES)).all()
    start, end = window_bounds(period.month)
    deals = select(Deal.agency_id, func.count()).where(
        Deal.agency_id.in_(ids), Deal.signed_at >= start, Deal.signed_at < end
    )
    counts = dict(session.execute(deals.group_by(Deal.agency_id)).all())
    taken: list[int] = []
    alone = held.apart(session, ids)
    for agency_id in ids:
        if agency_id in alone:
            return taken or [agency_id]  # who shares deals with others is rated alone
        if taken and sum(counts.get(one, 0) for one in (*taken, agency_id)) > DEALS:
            break
        taken.append(agency_id)
    return taken


def next_persons(session: Session, period: Period) -> Chunk:
    """The persons behind the cursor who have lines to be stated."""
    wanted = select(Person.id).where(Person.id > period.person_cursor, _concerned(Person.id, period.month))
    return session.scalars(wanted.order_by(Person.id).limit(PAYEES)).all()


def _concerned(kind: InstrumentedAttribute[int], month: str) -> ColumnElement[bool]:
    """Whether an agency or a person is a payee whom the close of a month has to look at.

    Found by indexes, payee by payee, however long the history is; whether a line is still open is told later.
    """
    prefix = "agency:" if kind is Agency.id else "person:"
    payee = literal(prefix) + cast(kind, PostedLine.payee.type)
    posted = select(PostedLine.id).where(PostedLine.payee == payee, PostedLine.posted_at < month_end(month)).exists()
    if kind is Person.id:
        return posted
    start, end = window_bounds(labels_ending_with(month)[-1])
    signed = (Deal.agency_id == Agency.id, Deal.signed_at >= start, Deal.signed_at < end)
    return posted | select(Deal.id).where(*signed).exists()
