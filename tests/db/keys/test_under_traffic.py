"""Keys are rotated under a portal that serves: no request fails, and nothing is left on the former key (ADR 42)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.actor import SYSTEM
from portal.adapters.storage.files import new_name
from portal.app import create_app
from portal.clock import Clock
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Consent, Person, Registration, Role
from portal.services.keys import rotation
from portal.services.keys.rotation import standing
from tests import factories as make
from tests.web.client import PageClient

KNOWN = 12
"""Clients that were registered under the former key."""
AT_ONCE = 6
"""Rows a transaction: the round takes long enough for many requests."""
GLANCE = 0.02
"""Seconds for which a reader looks at a page: who reads without pause lets nobody else have a turn."""


@pytest.fixture
def portal(database: Database, config: Config, clock: Clock) -> Flask:
    """The portal after its restart with a new key in front, over what the former one sealed."""
    keys = f"{new_secrets()['data_keys']},{config.data_keys}"
    app = create_app(replace(config, database_url=database.url, data_keys=keys), clock)
    app.testing = True
    return app


class Traffic:
    """People at work: one reads what is stored of clients, one a list, one registers. Until `over`."""

    def __init__(self, portal: Flask, database: Database, now: datetime) -> None:
        self.portal, self.over = portal, Event()
        self.registered, self.failed = 0, list[str]()
        with database.transaction() as session:
            self.officer = make.person(session, Role.PRIVACY_OFFICER)
            self.manager = make.person(session, Role.CHANNEL_MANAGER)
            place = make.agreement(session)
            self.broker, self.place = make.broker(session, agency=place.agency), place.development
            self.known = [make.client(session) for _ in range(KNOWN)]
            for one in self.known:
                touch = make.touch(session, person=self.broker, client=one, development=self.place)
                make.registration(session, touch=touch)
                session.add(Consent(client_id=one.id, purpose="contact", version="2", locale="en", given_at=now))

    def people(self) -> list[Callable[[], None]]:
        pages = [f"/privacy/clients/{one.id}" for one in self.known]
        return [
            lambda: self._reads(self.officer, *pages),
            lambda: self._reads(self.manager, "/registrations"),
            self._registers,
        ]

    def _reads(self, person: Person, *addresses: str) -> None:
        client = PageClient(self.portal).sign_in(person)
        while not self.over.is_set():
            for address in addresses:
                answer = client.http.get(address)
                if answer.status_code != 200:
                    self.failed.append(f"{address}: {answer.status_code}")
                self.over.wait(GLANCE)

    def _registers(self) -> None:
        client = PageClient(self.portal).sign_in(self.broker)
        while not self.over.is_set():
            page = client.get("registrations.new", development=self.place.id)
            page.submit({"name": "王小明", "phone": make.new_phone(), "development": str(self.place.id)})
            self.registered += 1


def test_no_request_fails_and_nothing_is_left(
    portal: Flask, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "ROWS_AT_ONCE", AT_ONCE)
    traffic = Traffic(portal, database, now)
    files, own, name = portal.extensions["files"], portal.extensions["database"], new_name()
    files.put(name, b"a photo")
    work = traffic.people()
    with ThreadPoolExecutor(len(work)) as pool:
        at_work = [pool.submit(one) for one in work]
        try:
            with own.transaction() as session:
                current = rotation.begin(session, SYSTEM, now).id
            while not traffic.registered and not any(one.done() for one in at_work):
                traffic.over.wait(0.01)
            steps = list(rotation.run(own, files, current))
        finally:
            traffic.over.set()
        for one in at_work:
            one.result()
    list(rotation.run(own, files, current))  # what somebody held at its turn comes with the next pass
    assert not [step for step in steps if step.broken]
    assert traffic.failed == []
    left = {one.what: +one.by_key for one in standing(own, files)}
    assert {what: set(keys) for what, keys in left.items() if set(keys) - {own.vault.newest}} == {}
    with own.reading() as session:
        assert (session.scalar(select(func.count(Registration.id))) or 0) == KNOWN + traffic.registered
    assert files.get(name) == b"a photo"
