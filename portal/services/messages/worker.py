"""Messages that are due, handed to their carrier one by one: taken, sent, and settled in three transactions."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

from sqlalchemy import ColumnElement, false, func, or_, select

from ...adapters.delivery import DeliveryFailed, may_have_gone
from ...clock import Clock
from ...db import Database
from .. import timekeeping
from .outbox import (
    FIRST_RETRY,
    LEASE,
    LONGEST_REST,
    RENEWED_EVERY,
    Going,
    Model,
    Outbox,
    Ready,
    Round,
    Row,
    settle,
    write,
)

log = logging.getLogger(__name__)


def run_due(database: Database, outbox: Outbox, clock: Clock, going: Going = lambda: True) -> Round:
    """Send what is due, while it is `going` on: first what nobody tried, then what failed before.

    For edges, outside their transaction: every step has its own.
    """
    sent = 0
    while going() and (taken := _next(database, outbox, clock)) is not None:
        failure = _hand_over(database, outbox, clock, taken)
        if failure is None:
            sent += 1
        elif failure.carrier:
            return Round(sent, away=True)
    return Round(sent)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that was taken up, at which try, and whether it may be out already."""

    id: int
    attempt: int
    expires_at: datetime
    may_have_gone: bool


def _next(database: Database, outbox: Outbox, clock: Clock) -> _Taken | None:
    """Take up the next message that is due; what is too late or unwanted is given up on the way."""
    model = outbox.model
    with database.reading() as session:
        if session.scalar(select(model.id).where(_due(model, timekeeping.steady(session, clock()))).limit(1)) is None:
            return None  # so that who has nothing to do does not stand in the line of writers
    while True:
        with database.transaction() as session:
            now = clock()
            steady = timekeeping.steady(session, now)
            due = select(model).where(_due(model, steady)).order_by(model.attempts, model.id).limit(1)
            row = session.scalar(due.with_for_update(skip_locked=True, of=model))
            if row is None:
                return None
            why = "expired" if min(now, steady) >= row.expires_at else outbox.unwanted(session, now, row)
            if why is None:
                return _take(row, steady)
            settle(session, type(outbox), row.id, given_up_at=now, failure=row.failure or why)


def _due(model: Model, steady: datetime) -> ColumnElement[bool]:
    untried = model.next_try_at.is_not(None) & (model.attempts == 0)
    rests = (model.not_before > steady) & (model.not_before <= steady + LONGEST_REST)
    return or_(model.next_try_at <= steady, untried & ~func.coalesce(rests, false()))


def _take(row: Row, steady: datetime) -> _Taken:
    tried_before = row.attempts > 0 and may_have_gone(row.failure)
    row.attempts += 1
    row.next_try_at = steady + LEASE
    row.failure = None  # whoever dies on the way has said nothing
    return _Taken(row.id, row.attempts, row.expires_at, tried_before)


def _hand_over(database: Database, outbox: Outbox, clock: Clock, taken: _Taken) -> DeliveryFailed | None:
    """Send a message that was taken up, and write down what came of it; why it did not go out, or None."""
    with _held(database, outbox, clock, taken):
        answer = _answer(database, outbox, taken)
    with database.transaction() as session:
        if not isinstance(answer, DeliveryFailed):
            number = {"provider_id": answer} if answer is not None else {}
            settle(session, type(outbox), taken.id, sent_at=clock(), failure=None, **number)
            outbox.settled(session, clock(), taken.id, None)
            return None
        if answer.for_good:
            settle(session, type(outbox), taken.id, given_up_at=clock(), failure=answer.code)
            outbox.settled(session, clock(), taken.id, answer)
        else:
            steady = timekeeping.steady(session, clock())
            again = min(steady + FIRST_RETRY * 2 ** (taken.attempt - 1), taken.expires_at)
            write(session, outbox.model, taken.id, taken.attempt, next_try_at=again, failure=answer.code)
    return answer


def _answer(database: Database, outbox: Outbox, taken: _Taken) -> str | DeliveryFailed | None:
    """The carrier's number of a message, where there is one; or why it did not go out."""
    what = outbox.model.__tablename__
    try:
        with database.reading() as session:
            row = session.get_one(outbox.model, taken.id)
            if row.next_try_at is None:
                return DeliveryFailed("stopped", for_good=True)  # in between: it is settled
            ready = outbox.ready(session, row)
        return None if taken.may_have_gone and _was_taken(ready) else ready.send()
    except DeliveryFailed as failure:
        facts = {"outbox": what, "number": taken.id, "failure": failure.code, "for_good": failure.for_good}
        log.warning("a message was not sent", extra=facts)
        return failure
    except Exception as error:
        fault = DeliveryFailed.by_fault(error)
        trace = traceback.format_tb(error.__traceback__)
        log.error(
            "not sent by a fault", extra={"outbox": what, "number": taken.id, "failure": fault.code, "trace": trace}
        )
        return fault


def _was_taken(ready: Ready) -> bool:
    try:
        return ready.was_taken()
    except DeliveryFailed as failure:
        raise failure.while_asking() from failure


@contextmanager
def _held(database: Database, outbox: Outbox, clock: Clock, taken: _Taken) -> Iterator[None]:
    """Renew the lease until the block ends."""
    over = Event()
    keeper = Thread(target=_keep, args=(database, outbox, clock, taken, over), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(database: Database, outbox: Outbox, clock: Clock, taken: _Taken, over: Event) -> None:
    while not over.wait(RENEWED_EVERY):
        try:
            with database.transaction() as session:
                until = timekeeping.steady(session, clock()) + LEASE
                write(session, outbox.model, taken.id, taken.attempt, next_try_at=until)
        except Exception:
            log.exception("a lease was not renewed", extra={"number": taken.id})  # there is time for another try
