"""Every route says who may come in: one permission of the table, or that it is public."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..access.permissions import Permission
from ..access.policy import AFTER_REST, WANTS_FACTOR, may
from ..models import Person
from ..rules.account_safety.alarms import check_calm
from ..services import timekeeping
from ..services.second_factors import proving
from .edge import actor, config, db, now

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "portal_permission"
_STOPS = "portal_stops"
_READING = {"GET", "HEAD", "OPTIONS"}
_OUTSIDE = {"static", "bootstrap.static"}
"""Files that extensions serve: they hold nothing of anyone's."""


_WITH_A_VOID_PASSWORD = {"auth.password", "auth.sign_out"}
"""What is still open to who said that somebody else knows his password: choosing another one."""


class UnguardedRoute(Exception):
    """A route without a permission: the application does not start with one."""


def guard(permission: Permission, *, stops: bool = False) -> Callable[[View], View]:
    """Let in only who has the permission. Put it next to the view, under the route.

    Of a permission of `AFTER_REST` an account that rests sends nothing off, but for what only `stops` money.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        setattr(view, _STOPS, stops)
        return view

    return mark


def public(view: View) -> View:
    """Let everybody in, signed in or not."""
    setattr(view, _MARK, None)
    return view


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission that a route names; None for a public one. Raises UnguardedRoute."""
    if endpoint in _OUTSIDE:
        return None
    view = app.view_functions[endpoint]
    if not hasattr(view, _MARK):
        raise UnguardedRoute(endpoint)
    permission: Permission | None = getattr(view, _MARK)
    return permission


def waits_for_rest(app: Flask, endpoint: str) -> bool:
    """Whether what is sent to this route moves money or powers, so that an account which rests may not."""
    view = app.view_functions[endpoint]
    return permission_of(app, endpoint) in AFTER_REST and not getattr(view, _STOPS)


def init_guard(app: Flask) -> None:
    """Check every request before its view runs. Call it after the rooms are open."""
    for rule in app.url_map.iter_rules():
        permission_of(app, rule.endpoint)
    app.before_request(_check)


def _check() -> Any:
    if request.endpoint is None:
        return None  # no such address: Flask answers 404
    permission = permission_of(current_app, request.endpoint)
    if permission is None:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]  # flask-login's, see web/auth
    if not may(actor(), permission):
        abort(403)
    if current_user.person.password_is_void and request.endpoint not in _WITH_A_VOID_PASSWORD:
        return redirect(url_for("auth.password"), 303)
    if permission in WANTS_FACTOR and lacks_factor():
        flash(_("This needs a second factor. Add one first: it takes a minute."), "warning")
        return redirect(url_for("factors.index"), 303)
    if request.method in _READING:
        return None
    if permission in WANTS_FACTOR and not getattr(current_app.view_functions[request.endpoint], _STOPS):
        check_calm(actor().alarmed)
    if waits_for_rest(current_app, request.endpoint):
        actor().check_rested(timekeeping.trusted(db(), now()))
    return None


def must_have(person: Person) -> bool:
    """Whether this person's role needs a second factor here."""
    return person.role.value in config().factor_roles


def lacks_factor() -> bool:
    """Whether who is signed in must have a second factor and has none."""
    person: Person = current_user.person
    return must_have(person) and not proving.enrolled(db(), person.id)
