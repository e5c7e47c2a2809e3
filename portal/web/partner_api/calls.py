"""Who calls what: the calls of agencies' systems, added up by operation, key or day, and as a file."""

from datetime import timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_babel import pgettext as _p

from ...access.permissions import Permission
from ...clock import local_day
from ...models import Agency, ApiKey
from ...rules.partner_api.versions import VERSIONS
from ...services.partner_api import calls, keys
from ...services.partner_api.calls import Asked, By
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, every, export

bp = Blueprint("api_calls", __name__, url_prefix="/api-keys/calls")

DAYS = (30, 7, 90, 365)
"""Of how many days calls are shown, today among them; the first unless the reader says otherwise."""
_NARROWER = ("days", "agency", "key", "operation", "version")


@bp.get("")
@guard(Permission.READ_API_KEYS)
def index() -> ResponseReturnValue:
    """The calls of the own systems; staff see those of all agencies."""
    by, asked = chosen(By, request.args.get("by")) or By.OPERATION, _asked()
    rows = calls.sums(db(), actor(), asked, by)
    return render_template(
        "partner_api/calls.html",
        by=By,
        chosen=by,
        rows=rows,
        periods=[(days, ngettext("Last %(num)d day", "Last %(num)d days", days)) for days in DAYS],
        most=calls.MOST,
        agencies=_agencies() if actor().staff else [],
        keys=db().scalars(keys.keys_of(actor()).order_by(ApiKey.name, ApiKey.id)).all() if not actor().staff else [],
        key=db().get(ApiKey, asked.key) if asked.key is not None and rows else None,
        versions=[(one, one) for one in VERSIONS],
        narrowed={name: request.args[name] for name in _NARROWER if request.args.get(name)},
    )


@bp.get("/calls.<ending>")
@guard(Permission.READ_API_KEYS)
def download(ending: str) -> Response:
    """The counts themselves as a file: a line for each day, key, operation and version."""
    columns = (
        Column(_("Day"), lambda one: one.day),
        Column(_("Agency"), lambda one: one.key.agency.name),
        Column(_("Name of the key"), lambda one: one.key.name),
        Column(_("Operation"), lambda one: one.operation),
        Column(_("Version of the answers"), lambda one: one.version),
        Column(_("Calls"), lambda one: one.calls),
        Column(_p("calls", "Refused"), lambda one: one.refused),
        Column(_p("calls", "Failed"), lambda one: one.failed),
    )
    return export(every(calls.counted(actor(), _asked())), columns, "api-calls", ending)


def _asked() -> Asked:
    """Which calls the address asks for."""
    given = request.args.get
    days = number_of(given("days"))
    since = local_day(now()) - timedelta(days=(days if days in DAYS else DAYS[0]) - 1)
    version = given("version") if given("version") in VERSIONS else None
    return Asked(since, number_of(given("agency")), number_of(given("key")), given("operation") or None, version)


def _agencies() -> list[Agency]:
    """The agencies that have, or had, keys."""
    found = {row.agency.id: row.agency for row in db().scalars(keys.keys_of(actor()))}
    return sorted(found.values(), key=lambda one: one.name)
