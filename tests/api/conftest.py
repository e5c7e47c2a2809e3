"""What a test of the partner API needs: an agency with its people, a development, and a system that holds a key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.access.actor import SYSTEM
from portal.app import create_app
from portal.clock import Clock
from portal.config import Config
from portal.db import Database
from portal.models import Agency, Development, Person, Role
from portal.rules.partner_api.identifiers import Prefix, identifier
from portal.rules.partner_api.keys import Mode, Scope
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from portal.session import Session
from portal.web.limits import limiter
from tests import factories as make


@dataclass
class System:
    """An agency's own system: it sends what it is told, with its key."""

    app: Flask
    key: str
    key_id: int = 0
    sent: int = field(default=0, init=False)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.app.test_client().get(f"/api/v1{path}", headers=self._headers(headers))

    def post(self, path: str, body: Any, *, again: str | None = None, **headers: str) -> TestResponse:
        """`again`: the idempotency key, where it is not a new one."""
        self.sent += 1
        given = self._headers({"Idempotency-Key": again or f"{self.key[-6:]}-{self.sent}", **headers})
        return self.app.test_client().post(f"/api/v1{path}", json=body, headers=given)

    def send(self, path: str, form: dict[str, Any], *, again: str | None = None) -> TestResponse:
        """A form with files: (content, name) each. Where the server is too busy to look at them, it is sent again."""
        self.sent += 1
        given = self._headers({"Idempotency-Key": again or f"{self.key[-6:]}-{self.sent}"})
        for _attempt in range(20):
            answer = self.app.test_client().post(f"/api/v1{path}", data=_parts(form), headers=given)
            if answer.status_code != 503:
                break
            limiter.reset()
        return answer

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept-Language": "en", **given}


def _parts(form: dict[str, Any]) -> dict[str, Any]:
    return {name: (BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value for name, value in form.items()}


@dataclass(frozen=True)
class Partner:
    """An agency that sells a development, by its rows."""

    agency: Agency
    principal: Person
    broker: Person
    development: Development

    @property
    def development_id(self) -> str:
        return identifier(Prefix.DEVELOPMENT, self.development.id)

    @property
    def broker_id(self) -> str:
        return identifier(Prefix.BROKER, self.broker.id)

    def client(self, **given: Any) -> dict[str, Any]:
        """A registration to send."""
        return {"development": self.development_id, "phone": make.new_phone(), "name": "周先生", **given}


def partner_in(session: Session, development: Development | None = None) -> Partner:
    """An agency with a principal and a broker, and an agreement for the development."""
    pair = make.agreement(session, development=development)
    principal = make.person(session, Role.PRINCIPAL, agency=pair.agency)
    return Partner(pair.agency, principal, make.broker(session, agency=pair.agency), pair.development)


@pytest.fixture
def sandbox(system_of: Callable[..., System], partner: Partner) -> System:
    """A system that is tried out."""
    return system_of(partner.agency, mode=Mode.TEST)


@pytest.fixture
def store(app: Flask) -> Database:
    """The database behind the API."""
    opened: Database = app.extensions["database"]
    return opened


@pytest.fixture
def partner(store: Database) -> Partner:
    """An agency that sells a development."""
    with store.transaction() as session:
        return partner_in(session)


@pytest.fixture
def system_of(app: Flask, clock: Clock) -> Callable[..., System]:
    """Makes a system of an agency with a key of these scopes; of all, unless some are given."""

    def made(agency: Agency, *scopes: Scope, mode: Mode = Mode.LIVE, days: int | None = None) -> System:
        database: Database = app.extensions["database"]
        with database.transaction() as session:
            row, text = keys.make(
                session,
                SYSTEM,
                clock(),
                session.get_one(Agency, agency.id),
                NewKey(f"门店 {make.new_phone()}", list(scopes or Scope), mode, days),
            )
            return System(app, text, row.id)

    return made


@pytest.fixture
def system(system_of: Callable[..., System], partner: Partner) -> System:
    """The agency's system, which may do everything."""
    return system_of(partner.agency)


@pytest.fixture
def served(database: Database, config: Config, clock: Clock) -> Iterator[Flask]:
    """The application over a database of this test's own, on SQLite and on PostgreSQL."""
    app = create_app(replace(config, database_url=database.url), clock)
    for sender in app.extensions["senders"].values():
        sender.wake = lambda: None  # no thread works on behind a test
    limiter.reset()
    yield app
    app.extensions["database"].dispose()
    app.extensions["sandboxes"].dispose()
