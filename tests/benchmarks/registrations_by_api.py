"""Registrations a second by the partner API, of sixteen agencies' systems at once, each with its own key; on SQLite and
on PostgreSQL. Half of what the service itself does is the least: a request is authenticated, counted, held against its
model, its answer made, sealed and kept beside the deed.

The network is left out: requests are handed to the application in its own process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from unittest.mock import patch

from flask import Flask
from limits import RateLimitItemPerSecond

from portal.access.actor import SYSTEM
from portal.api import budgets
from portal.api.budgets import Budget
from portal.app import create_app
from portal.config import Config, new_secrets
from portal.db import Database, migrate
from portal.models import Agency, Person, Role
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.partner_api.keys import Scope
from portal.services.partner_api import keys
from portal.services.partner_api.counting import CALLS
from portal.services.partner_api.keys import NewKey
from tests import factories as make
from tests.benchmarks.measure import Effort, Row, in_turn, row
from tests.benchmarks.registrations import BEGAN, THREADS, Crowd, fresh_address
from tests.databases import DIALECTS, Dialect

NO_BUDGET = (Budget("burst", RateLimitItemPerSecond(10**6)),)


def measure(effort: Effort) -> Iterator[Row]:
    """Both databases: the interface beside the service."""
    for dialect in DIALECTS:
        with _served(dialect) as (app, instant), patch.object(budgets, "BUDGETS", NO_BUDGET):
            database: Database = app.extensions["database"]
            crowd = Crowd(database)
            systems = Systems(app, instant, crowd)
            given = in_turn(
                effort,
                {
                    "by the interface": partial(crowd.at_once, systems.register, effort.registrations),
                    "by the service": partial(crowd.at_once, crowd.register, effort.registrations),
                },
            )
        name = f"registrations by the interface, {dialect}, {THREADS} systems"
        yield row(name, "/s", given["by the interface"], "the service alone", given["by the service"])


@dataclass
class Systems:
    """A system of each broker's agency, with its key."""

    app: Flask
    instant: local
    crowd: Crowd
    _keys: dict[int, str] = field(init=False, default_factory=dict)
    _sent: Iterator[int] = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        database: Database = self.app.extensions["database"]
        with database.transaction() as session:
            for broker in self.crowd.brokers:
                agency = session.get_one(Agency, broker.agency_id)
                make.person(session, Role.PRINCIPAL, agency=agency)
                _row, self._keys[broker.id] = keys.make(session, SYSTEM, BEGAN, agency, NewKey("系统", list(Scope)))
        self._development = identifier(Prefix.DEVELOPMENT, self.crowd.development.id)

    def register(self, broker: Person, now: datetime) -> None:
        """A client nobody has registered yet, in the broker's name."""
        self.instant.now = now
        answer = self.app.test_client().post(
            "/api/v1/registrations",
            json={
                "development": self._development,
                "phone": make.new_phone(),
                "name": "王小明",
                "broker": identifier(Prefix.BROKER, broker.id),
            },
            headers={"Authorization": f"Bearer {self._keys[broker.id]}", "Idempotency-Key": str(next(self._sent))},
        )
        assert answer.status_code == 201, answer.text


@contextmanager
def _served(dialect: Dialect) -> Iterator[tuple[Flask, local]]:
    """The application over a fresh, durable database; and what its clock says, to each thread its own."""
    instant = local()
    with fresh_address(dialect) as url, TemporaryDirectory(prefix="portal-bench-") as folder:
        migrate(url)
        config = Config(database_url=url, data_dir=Path(folder), log_level="ERROR", **new_secrets())
        app = create_app(config, lambda: getattr(instant, "now", BEGAN))
        for name, sender in app.extensions["senders"].items():
            if name != CALLS:  # counting what is called is a part of what a call costs
                sender.wake = lambda: None
        yield app, instant
        app.extensions["database"].dispose()
