"""Deliveries that are due, brought to their endpoints: several endpoints side by side, each one's in their order.

An endpoint is taken up for itself: who has its lease alone sends to it, a few deliveries one after another over one
connection, and writes down what came of them when they are through. A process that dies on the way leaves the endpoint
until the lease is over; what it had sent goes out again, under the same identifier (at least once). Who was overtaken
so writes its attempts into the log, and nothing else.

A slow endpoint holds one thread and no other endpoint. After an attempt that failed it rests
(`rules.webhooks.retries`).
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload

from ...access.actor import SYSTEM
from ...adapters.webhooks.courier import Answer, Courier
from ...clock import Clock
from ...db import Database
from ...models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ...outages import Outage, outage_of
from ...rules.webhooks import signing
from ...rules.webhooks.retries import Attempt, Ended, Outcome, outcome, trial
from ...session import Session
from .. import timekeeping
from ..events.telling import Concerned, tell
from ..messages.outbox import Going, Round
from . import endpoints

THREADS = 16
AT_ONCE = 20
"""Deliveries to one endpoint before others have their turn."""
TURN_SECONDS = 5.0
"""And for so long no further one is begun."""
BETWEEN_SECONDS = 0.03
"""Between two to one endpoint, so that all threads together leave the interpreter to the pages half of the time."""
LEASE = timedelta(minutes=1)
"""A turn is over long before: the last request of it ends after ten seconds more."""
LOOKS_AGAIN = timedelta(seconds=60)
"""What is due within that is waited for; the worker looks once a minute anyway."""
_PURPOSE = "webhook endpoint {id}"
_NOT_TRIED = "no_success"
_LOOK_SECONDS = 0.5
_TRIES = 4
"""So often what was done is written down beside others who write; the lease is over then."""
_BUSY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery as it is taken up."""

    id: int
    message: str
    body: str
    tries: int
    test: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """An endpoint with what is to be sent there, under which lease, and signed by what."""

    endpoint_id: int
    lease: int
    url: str
    failures: int
    secrets: Sequence[str]
    sign: Callable[[bytes], bytes]
    waiting: Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Made:
    """An attempt that was made, and what it comes to."""

    delivery: Waiting
    at: datetime
    answer: Answer
    outcome: Outcome


def run_due(
    database: Database, courier: Courier, clock: Clock, going: Going = lambda: True, *, threads: int = THREADS
) -> Round:
    """Bring everything that is due, while it is `going` on. For edges, outside their transaction."""
    sent = 0
    running: set[Future[int]] = set()
    with ThreadPoolExecutor(threads, thread_name_prefix="webhooks") as pool:
        while True:
            free = threads - len(running)
            taken = _next(database, clock, free, alone=not running) if free and going() else []
            running |= {pool.submit(_serve, database, courier, clock, one) for one in taken}
            if not running:
                return Round(sent, again=_next_due(database, clock))
            done, running = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            sent += sum(one.result() for one in done)


def public_key_of(session: Session, endpoint_id: int) -> bytes:
    """The public key by which what an endpoint gets can be verified; each has its own."""
    return session.signer.of_purpose(_PURPOSE.format(id=endpoint_id)).public_key


def take(database: Database, clock: Clock, most: int) -> list[Taken]:
    """Take up so many endpoints for which something is due, those first that were not asked for the longest."""
    with database.reading() as session:
        if session.scalar(_due(timekeeping.steady(session, clock())).limit(1)) is None:
            return []  # so that who has nothing to do does not stand in the line of writers
    with database.transaction() as session:
        now = clock()
        steady = timekeeping.steady(session, now)
        ids = session.scalars(
            _due(steady)
            .order_by(WebhookEndpoint.asked_at, WebhookEndpoint.id)
            .limit(most)
            .with_for_update(skip_locked=True, key_share=True, of=WebhookEndpoint)
        ).all()
        here = select(WebhookEndpoint).where(WebhookEndpoint.id.in_(ids)).options(joinedload(WebhookEndpoint.agency))
        rows = {row.id: row for row in session.scalars(here)}
        return [one for key in ids if (one := _taken(session, rows[key], now, steady)) is not None]


def _next(database: Database, clock: Clock, most: int, *, alone: bool) -> list[Taken]:
    """Take up what is due. While others write for longer than is waited for a turn, it is put off until something else
    is through; where nothing is on its way the round ends, and the sender rests."""
    try:
        return take(database, clock, most)
    except DBAPIError as error:
        if alone or outage_of(error) is not Outage.BUSY:
            raise
        return []


def serve(courier: Courier, clock: Clock, taken: Taken, roll: Callable[[], float] = random.random) -> list[Made]:
    """Bring what was taken up, until one fails or the turn is over."""
    made: list[Made] = []
    failures, over = taken.failures, monotonic() + TURN_SECONDS
    with courier.to(taken.url) as line:
        for delivery in taken.waiting:
            if made:
                sleep(BETWEEN_SECONDS)
            at = clock()
            message = signing.Message(delivery.message, at, delivery.body)
            answer = line.post(signing.headers(message, taken.secrets, taken.sign), delivery.body)
            attempt = Attempt(delivery.tries + 1, failures, answer.status, answer.asked, roll())
            found = trial(attempt) if delivery.test else outcome(attempt)
            made.append(Made(delivery, at, answer, found))
            failures = found.failures
            if found.rests or found.disabled or monotonic() > over:
                break
    return made


def settle(session: Session, now: datetime, taken: Taken, made: Sequence[Made]) -> None:
    """Write down what was done under a lease. Whoever has another one by then has done it too: the log has both."""
    _log(session, made)
    steady = timekeeping.steady(session, now)
    mine = WebhookEndpoint.id == taken.endpoint_id, WebhookEndpoint.lease == taken.lease
    held = select(WebhookEndpoint).where(*mine).options(joinedload(WebhookEndpoint.agency))
    row = session.scalar(held.with_for_update(key_share=True, of=WebhookEndpoint))
    if row is None:
        return
    _settle(session, now, steady, made)
    row.leased_until = None
    counted = [one for one in made if not one.delivery.test]
    if counted:
        last = counted[-1].outcome
        row.failures = last.failures
        row.rests_until = steady + last.rests if last.rests else None
    if any(one.outcome.ended is Ended.DELIVERED for one in made):
        row.delivered_at = now
    why = next((one.outcome.disabled for one in counted if one.outcome.disabled), None)
    if why is not None and row.disabled_at is None:
        endpoints.switch_off(session, now, row, why)
        concerned = Concerned(agency=row.agency_id)
        tell(session, SYSTEM, now, "webhook_disabled", row, concerned, name=row.name, reason=why.value)


def _serve(database: Database, courier: Courier, clock: Clock, taken: Taken) -> int:
    """Bring what was taken up and write it down; how many arrived. While others write for longer than is waited for a
    turn, it is tried again: what is not written down would go out once more."""
    made = serve(courier, clock, taken)
    for left in reversed(range(_TRIES)):
        try:
            with database.transaction() as session:
                settle(session, clock(), taken, made)
            break
        except DBAPIError as error:
            if outage_of(error) is not Outage.BUSY or not left:
                raise
            sleep(_BUSY_SECONDS)
    return sum(one.outcome.ended is Ended.DELIVERED for one in made)


def _due(steady: datetime) -> Select[int]:
    """The endpoints that nobody has and for which something is due. What nobody tried is due, whatever its stamp says:
    a clock that was ahead wrote it."""
    free = or_(WebhookEndpoint.leased_until.is_(None), WebhookEndpoint.leased_until <= steady)
    awake = or_(WebhookEndpoint.rests_until.is_(None), WebhookEndpoint.rests_until <= steady)
    waits = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == WebhookEndpoint.id, _is_due(steady))
    return select(WebhookEndpoint.id).where(WebhookEndpoint.deleted_at.is_(None), free, awake, waits.exists())


def _is_due(steady: datetime) -> ColumnElement[bool]:
    untried = WebhookDelivery.next_try_at.is_not(None) & (WebhookDelivery.tries == 0)
    return or_(WebhookDelivery.next_try_at <= steady, untried)


def _taken(session: Session, row: WebhookEndpoint, now: datetime, steady: datetime) -> Taken | None:
    """Take up one endpoint; None: its agency is closed, and what waits is given up."""
    if row.agency.deactivated_at is not None:
        endpoints.give_up_waiting(session, now, row.id, "agency_inactive")
        return None
    row.lease += 1
    row.leased_until, row.asked_at = steady + LEASE, now
    waits = (
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == row.id, _is_due(steady))
        .order_by(func.coalesce(WebhookDelivery.sequence, 0), WebhookDelivery.id)
        .limit(AT_ONCE)
    )
    return Taken(
        endpoint_id=row.id,
        lease=row.lease,
        url=row.url,
        failures=row.failures,
        secrets=endpoints.secrets_of(session, row, now),
        sign=session.signer.of_purpose(_PURPOSE.format(id=row.id)).sign,
        waiting=[
            Waiting(one.id, one.message, one.body, one.tries, one.sequence is None) for one in session.scalars(waits)
        ],
    )


def _settle(session: Session, now: datetime, steady: datetime, made: Sequence[Made]) -> None:
    """Write down what became of deliveries, unless they were given up meanwhile. Those that ended alike take one
    statement: mostly all of a turn arrive, and a statement each was a third of what a delivery cost."""
    alike: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for one in made:
        alike[tuple(_became(one, now, steady).items())].append(one.delivery.id)
    for values, ids in alike.items():
        waits = WebhookDelivery.id.in_(ids), WebhookDelivery.next_try_at.is_not(None)
        session.execute(update(WebhookDelivery).where(*waits).values(dict(values)))


def _became(made: Made, now: datetime, steady: datetime) -> dict[str, Any]:
    """What a delivery's row says after an attempt."""
    found = made.outcome
    values: dict[str, Any] = {"tries": made.delivery.tries + 1}
    if found.ended is Ended.DELIVERED:
        return values | {"next_try_at": None, "delivered_at": now}
    if found.ended is Ended.GIVEN_UP:
        return values | {"next_try_at": None, "given_up_at": now, "why": found.disabled or _NOT_TRIED}
    assert found.pause is not None, "what is not over is tried again"
    return values | {"next_try_at": steady + found.pause}


def _log(session: Session, made: Sequence[Made]) -> None:
    rows = [
        {
            "delivery_id": one.delivery.id,
            "at": one.at,
            "milliseconds": one.answer.milliseconds,
            "address": one.answer.address,
            "status": one.answer.status,
            "failure": one.answer.failure,
            "answer_sealed": _sealed(session, one),
            "cut": one.answer.cut,
        }
        for one in made
    ]
    session.execute(insert(WebhookAttempt), rows)


def _sealed(session: Session, made: Made) -> bytes | None:
    return session.vault.seal(made.answer.body, answer_context(made.delivery.id)) if made.answer.body else None


def answer_context(delivery_id: int) -> str:
    """For what an answer is sealed."""
    return f"webhook answer:{delivery_id}"


def _next_due(database: Database, clock: Clock) -> float | None:
    """Seconds until something is due, where that is soon: an endpoint has rested, or a pause is over."""
    with database.reading() as session:
        steady = timekeeping.steady(session, clock())
        soon = steady + LOOKS_AGAIN
        rests = select(func.min(WebhookEndpoint.rests_until)).where(WebhookEndpoint.rests_until.between(steady, soon))
        pauses = select(func.min(WebhookDelivery.next_try_at)).where(WebhookDelivery.next_try_at.between(steady, soon))
        instants = [at for at in (session.scalar(rests), session.scalar(pauses)) if at is not None]
    return max((min(instants) - steady).total_seconds(), _LOOK_SECONDS) if instants else None
