"""The close of a month, worked off in chunks: each in a transaction of its own."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select, update

from commissions.calendar import labels_ending_with
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import Clock
from ...db import Database
from ...models import Agency, Period, PeriodState, Person, WindowSeal, agency_payee, person_payee
from ...outages import outage_of, passing_over
from ...session import Session
from .. import audit
from ..bulk import insert_rows, take_ids
from ..commission.window_locks import closing_instant, seal_instant
from ..events.telling import Concerned, tell
from ..locks import wait_in_line
from ..statements import issuing
from . import bulk_statements
from .bulk_statements import Written
from .closing import Chunk, next_agencies, next_persons
from .outstanding import outstanding

log = logging.getLogger(__name__)


def run_due(database: Database, clock: Clock, *, most: timedelta | None = None) -> int:
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


def run(database: Database, clock: Clock, period_id: int) -> None:
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
    period.agency_cursor = agencies[-1]
    _add_up(session, actor, now, period, written, seals=seals, done=len(agencies))


def _close_persons(session: Session, actor: Actor, clock: Clock, period: Period, persons: Chunk) -> None:
    """Persons are few, and their tax is worked out with the statement: theirs are issued one by one."""
    wait_in_line(session, "issue")
    now = clock()
    payees = [person_payee(one) for one in persons]
    written = Written()
    for payee in sorted({line.payee for line in bulk_statements.open_lines(session, payees, period.month)}):
        row = issuing.issue_statement(session, actor, now, payee=payee, month=period.month)
        written += Written.of(row, len(row.lines))
    period.person_cursor = persons[-1]
    _add_up(session, actor, now, period, written, seals=0, done=len(persons))


def _seal(session: Session, actor: Actor, now: datetime, agencies: Chunk, month: str) -> int:
    """Seal the windows that end with the month; one that is sealed already keeps its instant. How many were."""
    labels = labels_ending_with(month)
    sealed = select(WindowSeal.agency_id, WindowSeal.label).where(
        WindowSeal.agency_id.in_(agencies), WindowSeal.label.in_(labels)
    )
    there = set(session.execute(sealed))
    # behind whatever was recorded at this very instant, and by clocks that ran ahead
    sealed_at = seal_instant(session, agencies, now + timedelta.resolution)
    new = [(agency_id, label) for agency_id in agencies for label in labels if (agency_id, label) not in there]
    keys = take_ids(session, WindowSeal, len(new)) if new else ()
    rows = [(key, *window, sealed_at, actor.id) for key, window in zip(keys, new, strict=True)]
    insert_rows(session, WindowSeal, ("id", "agency_id", "label", "sealed_at", "sealed_by"), rows)
    return len(rows)


def _add_up(
    session: Session, actor: Actor, now: datetime, period: Period, written: Written, *, seals: int, done: int
) -> None:
    """Add what the chunk came to to the period's figures."""
    period.chunks += 1
    period.seals += seals
    period.done += done
    for name, figure in written.figures().items():
        setattr(period, name, getattr(period, name) + figure)
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
    now = closing_instant(session, clock, period.month)
    period.state, period.closed_at, period.trouble = PeriodState.CLOSED, now, None
    period.whole = period.done
    facts = {"statements": period.statements, "payable_fen": period.payable_fen}
    audit.record(session, actor, now, "period_closed", period, month=period.month, **facts)
    tell(session, actor, now, "period_closed", period, Concerned(), month=period.month, **facts)
