"""Who brought whom as the graph grows: the page, and what the browser is given to draw, for ten times as many people.

The page adds up every lead, so it may take longer; the picture may not grow at all.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from werkzeug.test import Client

from portal.app import create_app
from portal.config import Config, new_secrets
from portal.models import Role
from portal.services.accounts.sign_in import open_session
from tests import factories as make
from tests.benchmarks.databases import databases, settle
from tests.benchmarks.measure import Effort, Row, in_turn, row, seconds
from tests.benchmarks.pages import cookie_of
from tests.databases import DIALECTS, Dialect
from tests.factories import friends
from tests.reader import read

AT = datetime(2026, 4, 2, 2, tzinfo=UTC)
TIMES = 10
"""The large graph has so many times the people of the small one."""
ASKED = 3
"""So often a page is asked for in a round."""


@dataclass(frozen=True, slots=True)
class _Portal:
    """A portal with a graph: its application, who reads, and the addresses of its pages."""

    app: Flask
    cookie: str
    pages: dict[str, str]


def measure(effort: Effort) -> Iterator[Row]:
    """Every page on both databases: with many people, against the same page with few; and the size of its picture."""
    many, few = effort.people, effort.people // TIMES
    for dialect in DIALECTS:
        with ExitStack() as opened:
            large, small = (_portal(opened, dialect, count) for count in (many, few))
            for page in large.pages:
                name, against = f"{page}, {dialect}, {many:,} people", f"the same with {few:,} people"
                given = in_turn(effort, {"large": _asking(large, page), "small": _asking(small, page)})
                yield row(name, "ms", given["large"], against, given["small"])
                sizes = [_picture_kb(portal, page) for portal in (large, small)]
                yield row(f"picture of {name}", "kB", [sizes[0]], against, [sizes[1]])


def _asking(portal: _Portal, page: str) -> Callable[[], float]:
    def ask() -> None:
        for _ in range(ASKED):
            _fetch(portal, page)

    return lambda: seconds(ask) * 1000 / ASKED


def _fetch(portal: _Portal, page: str) -> str:
    http = Client(portal.app, use_cookies=False)
    response = http.get(portal.pages[page], headers={"Cookie": portal.cookie})
    assert response.status_code == 200, (page, response.status_code)
    return response.text


def _picture_kb(portal: _Portal, page: str) -> float:
    """The facts that the browser draws, as JSON."""
    drawn = read(_fetch(portal, page)).select_one("[data-picture]")
    assert drawn is not None
    return len(json.dumps(json.loads(str(drawn["data-picture"])), ensure_ascii=False).encode()) / 1000


def _portal(opened: ExitStack, dialect: Dialect, people: int) -> _Portal:
    secrets = new_secrets()
    database = opened.enter_context(databases(dialect, secrets))("portal")
    with database.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        loaded = friends.load(session, people=people, at=AT)
    settle(database)
    app = create_app(Config(database_url=database.url, log_level="WARNING", **secrets), lambda: AT)
    opened.callback(app.extensions["database"].dispose)
    with app.extensions["database"].transaction() as session:
        secret = open_session(session, AT, manager, address="127.0.0.1", device="benchmark", days=1)
    pages = {"who brought whom": "/graph/", "the busiest referrer": f"/graph/referrers/{loaded.referrers[0]}"}
    return _Portal(app, cookie_of(app, secret), pages)
