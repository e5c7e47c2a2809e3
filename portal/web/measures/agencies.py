"""Agencies compared by the weeks of their registrations; and, for a principal, the brokers of the own agency."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Agency
from ...rules.measures.cohorts import Cohort
from ...services.measures import cohorts
from ...services.measures.cohorts import Report
from ...services.partners import partners
from ..components import day as day_word
from ..components import short_day, url_filtered
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, export, yuan

bp = Blueprint("agency_measures", __name__, url_prefix="/measures/agencies")


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """All agencies, each beside the median; of one that is named, its brokers."""
    agency_id = number_of(request.args.get("agency"))
    agency = load(Agency, agency_id) if agency_id is not None else None
    return _page(_report(agency_id), agency, opens=agency is None)


@bp.get("/agencies.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """The same as a file."""
    return export(_report(number_of(request.args.get("agency"))).rows, _columns(), "agencies-compared", kind)


@bp.get("/own")
@guard(Permission.OWN_PARTNERSHIP)
def own() -> ResponseReturnValue:
    """The brokers of the principal's own agency."""
    agency_id = actor().agency_id
    assert agency_id is not None  # a principal has one
    return _page(_report(agency_id), None, opens=False)


@bp.get("/own.<kind>")
@guard(Permission.OWN_PARTNERSHIP)
def own_file(kind: str) -> Response:
    """The same as a file."""
    return export(_report(actor().agency_id).rows, _columns(), "brokers-compared", kind)


def _report(agency_id: int | None) -> Report:
    span = cohorts.span_until(now(), day_of(request.args.get("until")))
    place = number_of(request.args.get("development"))
    return cohorts.report(db(), actor(), span, development_id=place, agency_id=agency_id)


def _page(found: Report, agency: Agency | None, *, opens: bool) -> str:
    return render_template(
        "measures/agencies.html",
        report=found,
        agency=agency,
        opens=opens,
        file="agency_measures.download" if request.endpoint == "agency_measures.index" else "agency_measures.own_file",
        picture=_picture(found.compared.weeks),
        developments=partners.development_choices(db(), actor()),
        days=_days,
        rows_url=partial(_rows_url, agency, opens=opens),
    )


def _rows_url(agency: Agency | None, key: int, step: str, *, opens: bool) -> str:
    """Where a count of an agency's, or a broker's, clients opens."""
    if opens:
        return url_filtered("cohort_rows.index", agency=key, step=step)
    page = "cohort_rows.own" if agency is None else "cohort_rows.index"
    return url_filtered(page, broker=key, step=step)


def _picture(weeks: Mapping[Any, Cohort]) -> dict[str, Any]:
    """How many of each week's clients came, and signed."""
    return {
        "kind": "months",
        "title": _("Clients by the week of their registration"),
        "unit": "",
        "most": max([one.registered for one in weeks.values()], default=1),
        "months": [day_word(week) for week in weeks],
        "short": [short_day(week) for week in weeks],
        "lines": [
            {"label": _("Registered"), "values": [one.registered for one in weeks.values()]},
            {"label": _("Came"), "values": [one.visited for one in weeks.values()]},
            {"label": _("Signed"), "values": [one.signed for one in weeks.values()]},
        ],
    }


def _days(hours: int | None) -> str:
    """A span in days, with one decimal where it has one."""
    return "–" if hours is None else f"{round(hours / 24, 1):g}"


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Name"), lambda one: one.name),
        Column(_("Registered"), lambda one: one.cohort.registered),
        Column(_("Came"), lambda one: one.cohort.visited),
        Column(_("Signed"), lambda one: one.cohort.signed),
        Column(_("Days to the visit, median"), lambda one: _days(one.cohort.visit_hours).strip("–")),
        Column(_("Days from there to the signing, median"), lambda one: _days(one.cohort.signing_hours).strip("–")),
        Column(_("Showings"), lambda one: one.cohort.shown.count),
        Column(_("Confirmed fake"), lambda one: one.cohort.shown.fake),
        Column(_("Registered too late"), lambda one: one.cohort.shown.late),
        Column(_("Sold for"), lambda one: yuan(one.cohort.revenue_fen)),
        Column(_("Commission"), lambda one: yuan(one.cohort.cost_fen)),
    )
