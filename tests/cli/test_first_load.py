"""The first time that a phone opens a page, over a weak network: how much has to come, and what the page waits for.

Asked of the server as `portal run` starts it: what packs, names and keeps its files is the real thing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest
from flask import Flask

from portal.access.actor import Actor
from portal.config import Config
from portal.db import Database
from portal.models import Person
from portal.services.accounts.sign_in import open_session
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.benchmarks.pages import cookie_of
from tests.cli.test_restarts import BY, portal
from tests.clock import real_now
from tests.databases import Migrated
from tests.reader import Tag, read

MOST = 120_000
"""Bytes of everything but pictures, as they go over the network."""
A_YEAR = "public, max-age=31536000, immutable"
CLIENTS = 30


@dataclass(frozen=True)
class Phone:
    """A browser that has opened nothing yet, with the cookie of a signed-in broker."""

    port: int
    cookie: str

    def get(self, path: str, *, signed_in: bool) -> tuple[dict[str, str], bytes]:
        """The headers of an answer, and its bytes as they came."""
        asked = HTTPConnection("127.0.0.1", self.port, timeout=BY)
        held = {"Cookie": self.cookie} if signed_in else {}
        asked.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"} | held)
        answer = asked.getresponse()
        body = answer.read()
        asked.close()
        assert answer.status == 200, path
        return dict(answer.getheaders()), body


@pytest.fixture(scope="module")
def phone(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    with migrated.copy("sqlite") as url:
        environ = {"PORTAL_DATA_DIR": str(tmp_path_factory.mktemp("first")), "DATABASE_URL": url}
        config = Config.from_env(environ | {"PORTAL_LOG_LEVEL": "ERROR"})
        secret = _signed_in(config)
        browser = Flask(__name__)
        browser.secret_key, browser.config["SESSION_COOKIE_NAME"] = config.secret_key, "portal"
        with portal(environ, workers=1) as served:
            yield Phone(served.port, cookie_of(browser, secret))


def _signed_in(config: Config) -> str:
    """A session of a broker who has a page full of clients."""
    database = Database(config.url, config.vault(), config.signer())
    with database.transaction() as session:
        broker: Person = make.broker(session)
        development = make.agreement(session, agency=broker.agency).development_id
        for _ in range(CLIENTS):
            client = {"development_id": development, "phone": make.new_phone(), "name": "王小明"}
            register_client(session, Actor.of(broker), real_now(), **client)
        secret = open_session(session, real_now(), broker, address="127.0.0.1", device="phone", days=1)
    database.dispose()
    return secret


PAGES = {"signing in": ("/sign-in", False), "first page": ("/", True), "list": ("/registrations", True)}


@pytest.mark.parametrize(("path", "signed_in"), PAGES.values(), ids=PAGES)
def test_a_page_is_light_waits_for_one_file_and_asks_for_it_once(phone: Phone, path: str, signed_in: bool) -> None:
    _headers, body = phone.get(path, signed_in=signed_in)
    page = read(body.decode())
    files = {str(tag.get("href") or tag.get("src")).partition("#")[0] for tag in _parts(page)}
    came = {file: phone.get(file, signed_in=False) for file in files}
    assert {file: headers["Cache-Control"] for file, (headers, _) in came.items()} == dict.fromkeys(files, A_YEAR)
    assert all(re.search(r"\?v=[0-9a-f]{12}$", file) for file in files), files
    assert [tag for tag in page.select("head script, body script") if not _is_late(tag)] == []
    assert len(page.select("link[rel=stylesheet]")) == 1
    assert sum(map(len, (body, *(file for _, file in came.values())))) <= MOST


def _parts(page: Tag) -> list[Tag]:
    """What a browser asks for to draw the page: style, scripts, and the sheet of icons."""
    return page.select("link[rel=stylesheet], link[rel=icon], script[src], use[href]")


def _is_late(script: Tag) -> bool:
    return script.has_attr("defer") or script.has_attr("async") or script.get("type") == "module"
