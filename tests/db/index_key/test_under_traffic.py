"""The index key turns under a portal that serves: no request fails, everybody is found throughout (ADR 69)."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.actor import SYSTEM
from portal.app import create_app
from portal.clock import Clock
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Client, Consent, KeyMark, Person, Registration, Role
from portal.rules.keys.starting import NAME_LENGTH, KeyKind
from portal.services.index_key import pairs, rounds, words
from tests import factories as make
from tests.db.index_key.house import turn_at_last
from tests.web.client import PageClient

KNOWN = 8
"""Clients that were registered under the former key."""
AT_ONCE = 3
"""Rows a transaction: the round takes long enough for many requests."""
GLANCE = 0.02
"""Seconds for which a reader looks at a page: who reads without pause lets nobody else have a turn."""


@pytest.fixture
def keys(config: Config) -> str:
    return f"{config.index_key},{new_secrets()['index_key']}"


Served = Callable[[str], Flask]


@pytest.fixture
def served(database: Database, config: Config, clock: Clock) -> Iterator[Served]:
    """Makes portals over the database, each with its index keys."""
    apps = list[Flask]()

    def serve(index_key: str) -> Flask:
        apps.append(create_app(replace(config, database_url=database.url, index_key=index_key), clock))
        apps[-1].testing = True
        return apps[-1]

    yield serve
    for app in apps:
        app.extensions["database"].dispose()


class Traffic:
    """People at work: some look for clients by name and by number, two register the same numbers, and some sign in.
    Until `over`."""

    def __init__(self, portal: Flask, database: Database, now: datetime) -> None:
        self.portal, self.over = portal, Event()
        self.numbers = [make.new_phone() for _ in range(2000)]
        self.registered, self.failed = [0, 0], list[str]()
        mark = database.vault.index_mark
        with database.transaction() as session:
            session.add(KeyMark(kind=KeyKind.INDEX, name=mark[:NAME_LENGTH], mark=mark, since=now))
            self.officer, self.manager = (
                make.person(session, role) for role in (Role.PRIVACY_OFFICER, Role.CHANNEL_MANAGER)
            )
            self.place = make.agreement(session)
            self.brokers = [make.broker(session, agency=self.place.agency) for _ in range(2)]
            self.known = [make.client(session, phone=phone) for phone in self.numbers[:KNOWN]]
            for one in self.known:
                touch = make.touch(
                    session, person=self.brokers[0], client=one, development=self.place.development, name="欧阳小明"
                )
                make.registration(session, touch=touch)
                session.add(Consent(client_id=one.id, purpose="contact", version="2", locale="en", given_at=now))

    def people(self) -> list[Callable[[], None]]:
        pages = {f"/privacy/clients/{one.id}": "+86" for one in self.known[:1]}
        finds = {f"/registrations?q={word}": "欧阳" for word in ("欧阳", self.numbers[0], self.numbers[0][-4:])}
        return [
            lambda: self._reads(self.officer, dict.fromkeys(pages, "")),
            lambda: self._reads(self.manager, finds),
            lambda: self._registers(0),
            lambda: self._registers(1),
        ]

    def _reads(self, person: Person, wanted: dict[str, str]) -> None:
        client = PageClient(self.portal).sign_in(person)
        while not self.over.is_set():
            for address, words_there in wanted.items():
                answer = client.http.get(address)
                if answer.status_code != 200 or words_there not in answer.get_data(as_text=True):
                    self.failed.append(f"{address}: {answer.status_code}")
                self.over.wait(GLANCE)

    def _registers(self, which: int) -> None:
        """Both register the same numbers, one after the other."""
        client, place = PageClient(self.portal).sign_in(self.brokers[which]), self.place.development_id
        for phone in self.numbers[KNOWN:]:
            if self.over.is_set():
                return
            page = client.get("registrations.new", development=place)
            page.submit({"name": "王小明", "phone": phone, "development": str(place)})
            self.registered[which] += 1


def test_no_request_fails_and_each_number_is_one_client(
    database: Database, served: Served, keys: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", AT_ONCE)
    monkeypatch.setattr(words, "ROWS_AT_ONCE", AT_ONCE)
    portal = served(keys)
    traffic, own = Traffic(portal, database, now), portal.extensions["database"]
    work = traffic.people()
    with ThreadPoolExecutor(len(work)) as pool:
        at_work = [pool.submit(one) for one in work]
        try:
            _wait(traffic, at_work, 1)
            rotation_id = _begin(own, now)
            list(pairs.fill(own, rotation_id))
            turn_at_last(own, now, rotation_id)
            _wait(traffic, at_work, max(traffic.registered) + 2)
            list(words.move(own))
        finally:
            traffic.over.set()
        for one in at_work:
            one.result()
    list(words.move(own))  # whoever held a client at its turn comes with the next pass
    assert traffic.failed == []
    proof = rounds.prove(own)
    assert (proof.wrong, proof.good["clients.phone_index"]) == ({}, KNOWN + max(traffic.registered))
    with own.reading() as session:
        assert session.scalar(select(func.count(Client.id))) == KNOWN + max(traffic.registered)
        assert session.scalar(select(func.count(Registration.id))) == KNOWN + sum(traffic.registered)


def _begin(own: Database, now: datetime) -> int:
    with own.transaction() as session:
        rotation = rounds.begin(session, SYSTEM, now)
        assert rotation is not None
        return rotation.id


def _wait(traffic: Traffic, at_work: list[Future[None]], times: int) -> None:
    """Until somebody has registered so many, or fell over it."""
    while max(traffic.registered) < times and not any(one.done() for one in at_work):
        traffic.over.wait(0.01)


def test_a_portal_that_holds_the_former_key_alone_says_so_and_writes_nothing(
    database: Database, served: Served, keys: str, now: datetime
) -> None:
    portal, late = served(keys), served(keys.partition(",")[0])
    traffic, own = Traffic(portal, database, now), portal.extensions["database"]
    broker, place = PageClient(late).sign_in(traffic.brokers[0]), traffic.place.development_id
    page = broker.get("registrations.new", development=place)
    rotation_id = _begin(own, now)
    list(pairs.fill(own, rotation_id))
    turn_at_last(own, now, rotation_id)
    page.submit({"name": "王小明", "phone": traffic.numbers[0], "development": str(place)}, status=503)
    assert late.test_client().get("/readyz").json == {"status": "unavailable", "unfit": "index_key"}
    with own.reading() as session:
        assert session.scalar(select(func.count(Client.id))) == KNOWN
