"""The data keys are changed as docs/operations.md tells it, while people are at work on a server that is really there:
processes of gunicorn, signed in by HTTP, and `portal keys rotate` in a process of its own."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Self

import httpx
import pytest
from sqlalchemy import select

from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import Person, Registration, Role
from portal.services import contacts
from tests import factories as make
from tests.cli.test_restarts import portal
from tests.clock import real_now
from tests.databases import DIALECTS, Dialect, Migrated
from tests.nightly import NIGHTLY

KNOWN = 8
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class AtWork:
    """Somebody who is signed in on a server, and what went wrong."""

    def __init__(self, port: int, phone: str) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=30)
        self.sends("/sign-in", phone=phone, password=make.PASSWORD)
        assert self.http.get("/me").url.path == "/me", "signed in"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def reads(self, path: str) -> str:
        answer = self.http.get(path)
        assert (answer.status_code, answer.url.path) == (200, path)
        return answer.text

    def sends(self, path: str, **fields: str) -> str:
        token = _TOKEN.search(self.http.get(path).text)
        assert token is not None
        answer = self.http.post(path, data={"csrf_token": token[1], **fields})
        assert answer.status_code == 200, answer.text[:500]
        return answer.text


def keys(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """`portal keys …`, in a process of its own."""
    command = [sys.executable, "-m", "portal.cli", "keys", *words]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
@pytest.mark.skipif(not NIGHTLY, reason="two starts of the real server take half a minute: `make nightly`")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_keys_are_rotated_under_a_server_that_serves(dialect: Dialect, migrated: Migrated, tmp_path: Path) -> None:
    secrets = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    old, new = secrets.pop("PORTAL_DATA_KEYS"), new_secrets()["data_keys"]
    with migrated.copy(dialect) as url:
        environ = {**secrets, "PORTAL_DATA_DIR": str(tmp_path), "DATABASE_URL": url, "PORTAL_LOG_LEVEL": "ERROR"}
        broker, manager, place = world(environ | {"PORTAL_DATA_KEYS": old})
        both = environ | {"PORTAL_DATA_KEYS": f"{new},{old}"}
        with portal(both, workers=2) as served:
            registered = rotated_under_traffic(served.port, both, broker, manager, place)
        alone = environ | {"PORTAL_DATA_KEYS": new}
        former = Config.from_env(environ | {"PORTAL_DATA_KEYS": old}).vault().newest
        assert keys(alone, "retire", former).returncode == 0
        with portal(alone, workers=1) as served, AtWork(served.port, manager) as me:
            page = me.reads("/registrations")
        known = names(alone)
    assert registered >= 1
    assert known.count("欧阳静雯") == KNOWN, "all that was there opens without the former key"
    assert "王小明" in page


def names(environ: dict[str, str]) -> list[str]:
    """Who is registered, as these keys open it."""
    config = Config.from_env(environ)
    database = Database(config.url, config.vault(), config.signer(), config.money_limits())
    with database.reading() as session:
        found = [contacts.open_name(session, one) for one in session.scalars(select(Registration.name_sealed))]
    database.dispose()
    return found


def world(environ: dict[str, str]) -> tuple[str, str, int]:
    """Who works there, by phone, and where: written under the former key."""
    config = Config.from_env(environ)
    database, now = Database(config.url, config.vault(), config.signer(), config.money_limits()), real_now()
    with database.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        manager = make.person(session, Role.CHANNEL_MANAGER)
        for _ in range(KNOWN):
            touch = make.touch(
                session, person=broker, development=agreement.development, name="欧阳静雯", at=now - timedelta(days=1)
            )
            make.registration(session, touch=touch)

        def phone(person: Person) -> str:
            return contacts.open_phone(session, person).e164

        who = phone(broker), phone(manager), agreement.development.id
    database.dispose()
    return who


def rotated_under_traffic(port: int, environ: dict[str, str], broker: str, manager: str, place: int) -> int:
    """How many clients were registered while every value was sealed anew and proven to be."""
    over = Event()

    def reads() -> int:
        with AtWork(port, manager) as me:
            return sum(bool(me.reads("/registrations")) for _ in iter(over.is_set, True))

    def registers() -> int:
        with AtWork(port, broker) as me:
            return sum(bool(me.sends("/registrations/new", **client())) for _ in iter(over.is_set, True))

    def client() -> dict[str, str]:
        return {"name": "王小明", "phone": make.new_phone(), "development": str(place)}

    with ThreadPoolExecutor(2) as pool:
        at_work = [pool.submit(reads), pool.submit(registers)]
        try:
            over.wait(1)
            rotated = keys(environ, "rotate")
        finally:
            over.set()
        read, registered = (one.result() for one in at_work)
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr
    again = keys(environ, "rotate")
    assert "Nothing is left on a former key." in again.stdout, again.stdout + again.stderr
    assert read >= 1
    return registered
