"""Applications for tests: made once a worker, lent to one test after another over a fresh database.

Making one costs half a second: the addresses of all routes, the templates, the statements. A test gets it as if it had
been made for it: an empty migrated database, its own settings, clock and data folder, nobody who knocked before. What
a test changes in the application itself (a route, a setting of Flask's, a global of the templates) is noticed when it
gives it back, and that application is lent to nobody else.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.app import create_app, equip
from portal.clock import Clock
from portal.config import Config
from portal.db import Database
from portal.services.notifications.background import WATCH
from portal.web.limits import limiter
from tests.databases import Migrated, unsafe_but_fast
from tests.real_headers import RealHeaders


class Reader(FlaskClient):
    """A client that reads an answer to its end and closes it, as a browser does: a file that is sent is closed then."""

    def open(self, *args: Any, buffered: bool = True, **asked: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **asked)


def made(config: Config, clock: Clock) -> Flask:
    """An application of a test's own."""
    app = create_app(config, clock)
    app.test_client_class = Reader
    return app


class Applications:
    """The applications of a worker, by what their settings say beside the places where things lie."""

    def __init__(self, migrated: Migrated, folder: Path) -> None:
        self._migrated = migrated
        self._folder = folder
        self._idle: dict[Config, list[Flask]] = {}
        self._made = 0

    @contextmanager
    def lend(self, config: Config, clock: Clock) -> Iterator[Flask]:
        """An application over a fresh SQLite file, for one test."""
        kind = replace(config, data_dir=Path(), database_url="", base_url="")
        idle = self._idle.setdefault(kind, [])
        app = idle.pop() if idle else self._make(config, clock)
        database: Database = app.extensions["database"]
        self._migrated.lay(_file(database))
        database.memory.clear()
        equip(app, replace(config, database_url=database.url), clock)
        for sender in app.extensions["senders"].values():
            sender.wake = sender.deliver  # at once: a test that has its answer finds what was sent
        app.extensions["senders"][WATCH].wake = lambda: None  # by the real time, which is no test's
        app._got_first_request = False  # a test may still add to it
        limiter.reset()
        pristine = _marks(app)
        yield app
        database.dispose()
        app.extensions["sandboxes"].dispose()
        if _marks(app) == pristine:
            idle.append(app)
        else:
            self._migrated.clear(_file(database))

    def _make(self, config: Config, clock: Clock) -> Flask:
        self._made += 1
        path = self._folder / f"application_{self._made}.db"
        self._migrated.lay(path)
        app = made(replace(config, database_url=f"sqlite:///{path}"), clock)
        app.testing = True
        unsafe_but_fast(app.extensions["database"].engine)
        app.wsgi_app = RealHeaders(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's own documents do
        return app


def _file(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def _marks(app: Flask) -> Hashable:
    """What a test may have changed for good."""
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs, _handlers(app))
    return (
        repr(sorted(app.config.items())),
        id(app.extensions["database"]),
        len(list(app.url_map.iter_rules())),
        tuple(app.view_functions.items()),
        repr(hooks),
        len(app.teardown_appcontext_funcs),
        tuple(app.jinja_env.globals.items()),
        tuple(app.jinja_env.filters.items()),
    )


def _handlers(app: Flask) -> dict[Hashable, Hashable]:
    """Who answers which error. Flask leaves an empty place behind where it looked for one and found none."""
    return {
        (room, code): tuple(handlers.items())
        for room, by_code in app.error_handler_spec.items()
        for code, handlers in by_code.items()
        if handlers
    }
