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
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, cast, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from commissions.calendar import labels_ending_with, window_bounds
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import Clock, month_end
from ...db import Database
from ...models import Agency, Deal, Period, PeriodState, Person, PostedLine, WindowSeal, agency_payee, person_payee
from ...outages import outage_of, passing_over
from .. import audit
from ..bulk import insert_rows, take_ids
from ..commission.window_locks import closing_instant
from ..locks import wait_in_line
from ..statements import issuing
from . import bulk_statements
from .bulk_statements import Written
from .outstanding import outstanding

log = logging.getLogger(__name__)

PAYEES = 500
"""A chunk holds at most so many payees, …"""
DEALS = 5_000
"""… and of the agencies at most those that come to about so many deals: a close is small in memory at any size."""

Chunk = Sequence[int]
"""The ids of the agencies, or of the persons, that are done together, rising."""


def work_off(database: Database, clock: Clock, *, most: timedelta | None = None) -> int:
    """Go on with every close that is not at its end, for at most so long; returns how many there were.

    For the worker, whose next look goes on where this one stopped.
    """
    until = None if most is None else clock() + most
    with database.reading() as session:
        waiting = session.scalars(select(Period.id).where(Period.state == PeriodState.CLOSING)).all()
    for period_id in waiting:
        with passing_over(log, "a close waits for the next look", period=period_id):
            for _chunk in steps(database, clock, period_id):
                if until is not None and clock() >= until:
                    return len(waiting)
    return len(waiting)


def keep_quick() -> None:
    """For a process that lives for such work: what it holds by now it holds for good, so the garbage collector need
    not walk through it again and again while a chunk's many small facts come and go (a tenth of a close)."""
    gc.collect()
    gc.freeze()


def work(database: Database, clock: Clock, period_id: int) -> None:
    """Bring a close to its end, chunk by chunk (see `steps`)."""
    for _chunk in steps(database, clock, period_id):
        pass


def steps(database: Database, clock: Clock, period_id: int) -> Iterator[None]:
    """Bring a close to its end; each turn is a chunk that is done.

    Where a chunk breaks, such as over facts that cannot be rated or stated, the close stands still: the period says so
    (`trouble`), the log says why, and the next call tries again. An outage of the database is raised.
    """
    try:
        while advance(database, clock, period_id):
            yield
    except Exception as error:
        if outage_of(error) is not None:
            raise
        log.exception("a close stands still", extra={"period": period_id})
        code = error.code if isinstance(error, Refusal) else "fault"
        with database.transaction() as session:
            session.execute(update(Period).where(Period.id == period_id).values(trouble=code[:40]))


def advance(database: Database, clock: Clock, period_id: int) -> bool:
    """Do the next chunk in a transaction of its own. False when the close is at its end, or was never begun.

    Raises what a chunk raises, such as Refusal, LookupError or ValueError for facts that cannot be rated or stated.
    """
    with database.transaction() as session:
        period = _held(session, period_id)
        if period is None or period.state is not PeriodState.CLOSING:
            return False
        actor = Actor.of(session.get_one(Person, period.started_by))
        if agencies := next_agencies(session, period):
            _close_agencies(session, actor, clock, period, agencies)
        elif persons := next_persons(session, period):
            _close_persons(session, actor, clock, period, persons)
        else:
            _finish(session, actor, clock, period)
            return False
    return True


def due_payees(session: Session, month: str) -> int:
    """How many payees a close of the month has to look at."""
    counted = (select(func.count(kind)).where(_concerned(kind, month)) for kind in (Agency.id, Person.id))
    return sum(session.scalar(stmt) or 0 for stmt in counted)


# Which payees come next


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
    for agency_id in ids:
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


# One chunk


def _held(session: Session, period_id: int) -> Period | None:
    """The period as it stands, locked: whoever works on it too comes after."""
    return session.scalar(select(Period).where(Period.id == period_id).with_for_update())


def _close_agencies(session: Session, actor: Actor, clock: Clock, period: Period, agencies: Chunk) -> None:
    in_order = select(Agency.id).where(Agency.id.in_(agencies)).order_by(Agency.id)
    session.execute(in_order.with_for_update(key_share=True))
    wait_in_line(session, "issue")
    now = clock()  # asked behind the locks: whatever was posted for these agencies was known before the seal
    found = outstanding(session, agencies, period.month)
    found.settle_benefits(session, actor, now)
    seals = _seal(session, actor, now, agencies, period.month)
    payees = [agency_payee(one) for one in agencies]
    drawn = bulk_statements.draw_up(session, now, payees, period.month, found.lines)
    reference = f"close:{period.month}:{period.chunks + 1}"
    written = bulk_statements.write(session, actor, now, reference=reference, drawn=drawn)
    _move(session, actor, now, period, written, seals=seals, done=len(agencies), agency_cursor=agencies[-1])


def _close_persons(session: Session, actor: Actor, clock: Clock, period: Period, persons: Chunk) -> None:
    """Persons are few, and their tax is worked out with the statement: theirs are issued one by one."""
    wait_in_line(session, "issue")
    now = clock()
    payees = [person_payee(one) for one in persons]
    written = Written()
    for payee in sorted({line.payee for line in bulk_statements.open_lines(session, payees, period.month)}):
        row = issuing.issue_statement(session, actor, now, payee=payee, month=period.month)
        written += Written.of(row, len(row.lines))
    _move(session, actor, now, period, written, seals=0, done=len(persons), person_cursor=persons[-1])


def _seal(session: Session, actor: Actor, now: datetime, agencies: Chunk, month: str) -> int:
    """Seal the windows that end with the month; one that is sealed already keeps its instant. How many were."""
    labels = labels_ending_with(month)
    sealed = select(WindowSeal.agency_id, WindowSeal.label).where(
        WindowSeal.agency_id.in_(agencies), WindowSeal.label.in_(labels)
    )
    there = set(session.execute(sealed))
    sealed_at = now + timedelta.resolution  # behind whatever was recorded at this very instant
    new = [(agency_id, label) for agency_id in agencies for label in labels if (agency_id, label) not in there]
    keys = take_ids(session, WindowSeal, len(new)) if new else ()
    rows = [(key, *window, sealed_at, actor.id) for key, window in zip(keys, new, strict=True)]
    insert_rows(session, WindowSeal, ("id", "agency_id", "label", "sealed_at", "sealed_by"), rows)
    return len(rows)


def _move(
    session: Session,
    actor: Actor,
    now: datetime,
    period: Period,
    written: Written,
    *,
    seals: int,
    done: int,
    **cursor: int,
) -> None:
    """Move the period's cursor and add up what the chunk came to."""
    period.chunks += 1
    period.seals += seals
    period.done += done
    for name, figure in written.figures().items():
        setattr(period, name, getattr(period, name) + figure)
    for name, key in cursor.items():
        setattr(period, name, key)
    period.trouble = None
    audit.record(
        session,
        actor,
        now,
        "period_chunk_closed",
        period,
        chunk=period.chunks,
        seals=seals,
        **written.figures(),
    )


def _finish(session: Session, actor: Actor, clock: Clock, period: Period) -> None:
    """End the close, whose instant seals the windows of everybody else: who had nothing in them has no row."""
    now = closing_instant(session, clock)
    period.state, period.closed_at, period.trouble = PeriodState.CLOSED, now, None
    period.whole = period.done
    facts = {"statements": period.statements, "payable_fen": period.payable_fen}
    audit.record(session, actor, now, "period_closed", period, month=period.month, **facts)
