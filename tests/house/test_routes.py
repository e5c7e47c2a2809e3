"""Every route says who may come in; an application with one that does not refuses to start."""

from collections.abc import Callable

import pytest
from flask import Flask

from portal.access.permissions import Permission
from portal.web.guard import UnguardedRoute, guard, init_guard, permission_of, public
from portal.web.limits import limiter


def test_every_route_names_its_permission_or_that_it_is_public(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        permission = permission_of(app, rule.endpoint)
        assert permission is None or permission in Permission


def test_a_forgotten_guard_is_found() -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/open", "open", public(lambda: ""))
    app.add_url_rule("/inside", "inside", guard(Permission.OWN_PROFILE)(lambda: ""))
    init_guard(app)
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(UnguardedRoute, match="forgotten"):
        init_guard(app)


def test_what_changes_something_is_never_fetched(app: Flask) -> None:
    """A link that deletes is followed by every crawler, preview and back button."""
    both = {rule.endpoint for rule in app.url_map.iter_rules() if {"GET", "DELETE"} <= (rule.methods or set())}
    assert not both


def test_whatever_anybody_may_send_is_limited_by_address(app: Flask) -> None:
    """The inbox of the stand-ins is left out: there is none where a provider sends. Each operation of the partner API
    counts by key, and who has none by address (tests/api/test_keys.py)."""
    open_doors = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if permission_of(app, rule.endpoint) is None
        and "POST" in (rule.methods or set())
        and not rule.endpoint.startswith("api.")
    } - {"inbox.report", "inbox.stop"}
    limited = {name for name in open_doors if _limits(app.view_functions[name])}
    assert open_doors == limited


def _limits(view: Callable[..., object]) -> list[object]:
    return limiter.limit_manager.decorated_limits(f"{view.__module__}.{view.__name__}.{view.__qualname__}")
