"""What it costs to tell agencies' systems: so many endpoints with so many events each, and the pages meanwhile.

A delivery is held against a bare POST to the same receiver over a connection that is kept; a page while they are sent
by the same process, against the same page when nothing is. The receiver is a process of its own: in this one it took
the interpreter from the pages, which no agency's system does.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter

import httpx
from sqlalchemy import insert

from portal.adapters.webhooks.courier import Courier
from portal.app import create_app
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Person, Role, WebhookDelivery
from portal.rules.partner_api.thin_events import ThinEvent
from portal.services.webhooks import queueing, worker
from tests import factories as make
from tests.benchmarks.measure import Effort, Row, row, seconds
from tests.factories.notices import endpoint
from tests.receiver import Elsewhere, receiving_elsewhere

BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
_MS = 1000


def measure(effort: Effort) -> Iterator[Row]:
    """Deliveries, and a page beside them."""
    endpoints, events = effort.webhooks
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, receiving_elsewhere() as receiver:
        config = Config.from_env({"PORTAL_DATA_DIR": folder, "PORTAL_LOG_LEVEL": "WARNING", **new_secrets()})
        migrate(config.url)
        app = create_app(config, lambda: BEGAN)
        database: Database = app.extensions["database"]
        _fill(database, receiver, endpoints, events)
        client = app.test_client()
        client.get("/sign-in")
        calm = median(seconds(lambda: client.get("/sign-in")) for _ in range(20)) * _MS
        sender = Thread(target=_send, args=(database,))
        began = perf_counter()
        sender.start()
        busy = []
        while sender.is_alive():
            busy.append(seconds(lambda: client.get("/sign-in")) * _MS)
            sender.join(0.05)
        took = (perf_counter() - began) / (endpoints * events) * _MS
        assert (came := receiver.came()) == endpoints * events, f"{came} came"
        bare = _bare(receiver, min(endpoints * events, 500))
        app.extensions["database"].dispose()
    yield row(f"a delivery of {endpoints:,} × {events}, sqlite", "ms", [took], "a bare POST", [bare])
    yield row("a page while they are sent, sqlite", "ms", [median(busy)], "when nothing is", [calm])


def _send(database: Database) -> None:
    """Send everything."""
    worker.run_due(database, Courier(loopback=True), lambda: BEGAN + timedelta(minutes=1))


def _fill(database: Database, receiver: Elsewhere, endpoints: int, events: int) -> None:
    with database.transaction() as session:
        people: list[Person] = []
        for number in range(endpoints):
            if number % 20 == 0:
                people.append(make.person(session, Role.PRINCIPAL, agency=make.agency(session)))
            here, _ = endpoint(session, receiver.url, of=people[-1], name=f"system {number}")
            told = (ThinEvent(f"evt_{number}_{n}", "deal_moved_on", n + 1, BEGAN) for n in range(events))
            session.execute(insert(WebhookDelivery), [queueing.row_of(here.id, one, BEGAN) for one in told])


def _bare(receiver: Elsewhere, number: int) -> float:
    with httpx.Client() as http:
        http.post(receiver.url, content="{}")
        return seconds(lambda: [http.post(receiver.url, content="{}") for _ in range(number)]) / number * _MS
