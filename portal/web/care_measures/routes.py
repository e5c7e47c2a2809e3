"""Measures of care: a month's figures with their rows, each carer's beside them, and the months before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of
from ...rules.care_measures.measures import HANDBOOK_REFERRED, HANDBOOK_VISITS, Measures
from ...services.care_measures import measures
from ...services.care_measures.measures import OfCarer, Report
from ...services.partners.partners import open_developments
from ..care.words import STAGES
from ..components import month as month_word
from ..components import short_month
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export

bp = Blueprint("care_measures", __name__, url_prefix="/care/measures")

MOST = 200
"""So many rows behind a figure a page shows."""

ROWS: Mapping[str, Any] = {
    "late_steps": _l("Clients with a step that was not done in time"),
    "silent": _l("Silent clients"),
    "revived": _l("Silent clients who came back"),
    "first_visits": _l("Clients who came for the first time"),
    "signed": _l("Deals signed"),
    "referred": _l("Deals from a friend's recommendation"),
    "released": _l("Deals whose loan came"),
}
_OF_DEALS = ("signed", "referred", "released")


@bp.get("")
@guard(Permission.READ_CARE_MEASURES)
def index() -> str:
    """A month; each figure opens its rows below."""
    found = _report()
    picked = next((one for one in found.carers if str(one.person_id) == request.args.get("carer")), None)
    figures = picked.figures if picked else found.figures
    behind = request.args.get("rows", "")
    return render_template(
        "care_measures/index.html",
        report=replace(found, carers=_carers(found)),
        figures=figures,
        picked=picked,
        months=[(name, month_word(name)) for name in measures.months(now())],
        developments=open_developments(db()),
        picture=_picture(found),
        behind=behind if behind in ROWS else "",
        rows=_rows(figures, behind),
        words={"rows": ROWS, "stages": STAGES},
        handbook=(HANDBOOK_VISITS, HANDBOOK_REFERRED),
    )


@bp.get(".<kind>")
@guard(Permission.READ_CARE_MEASURES)
def download(kind: str) -> Response:
    """The figures of each carer as a file."""
    found = _report()
    columns = (
        Column(_("In the care of"), lambda one: one.name or _("nobody yet")),
        Column(_("Steps wanted"), lambda one: len(one.figures.wanted)),
        Column(_("In time, percent"), lambda one: one.figures.in_time_percent),
        Column(_("Silent clients"), lambda one: len(one.figures.silent)),
        Column(_("Came back, percent"), lambda one: one.figures.revived_percent),
        Column(_("First visits"), lambda one: len(one.figures.first_visits)),
        Column(_("Deals signed"), lambda one: len(one.figures.signed)),
        Column(_("From a friend, percent"), lambda one: one.figures.referred_percent),
        Column(_("Days to the loan, median"), lambda one: _whole(one.figures.release_days)),
    )
    return export(_carers(found), columns, _("measures of care"), kind)


def _report() -> Report:
    """The month that was asked for, or this one."""
    known = measures.months(now())
    wanted = request.args.get("month")
    month = wanted if wanted in known else month_of(now())
    return measures.report(db(), actor(), now(), month, development_id=number_of(request.args.get("development")))


def _carers(found: Report) -> Sequence[OfCarer]:
    """A consultant sees his own line alone: who cared before him is nobody's business of his."""
    if may(actor(), Permission.LEAD_CARE):
        return found.carers
    return [one for one in found.carers if one.person_id == actor().id]


def _rows(figures: Measures, behind: str) -> Sequence[Any]:
    if behind in _OF_DEALS:
        ids = list(figures.released) if behind == "released" else getattr(figures, behind)
        return measures.deals_of(db(), ids[:MOST])
    if behind == "late_steps":
        return measures.file_rows(db(), actor(), measures.not_in_time(figures)[:MOST])
    return measures.file_rows(db(), actor(), getattr(figures, behind)[:MOST]) if behind in ROWS else []


def _picture(found: Report) -> dict[str, Any]:
    return {
        "kind": "months",
        "title": _("Measures of care by month"),
        "months": [month_word(name) for name, _figures in found.months],
        "short": [short_month(name, first=place == 0) for place, (name, _figures) in enumerate(found.months)],
        "lines": [
            {"label": _("In time, percent"), "values": [one.in_time_percent for _name, one in found.months]},
            {"label": _("Came back, percent"), "values": [one.revived_percent for _name, one in found.months]},
            {"label": _("First visits, percent"), "values": [one.visited_percent for _name, one in found.months]},
            {"label": _("From a friend, percent"), "values": [one.referred_percent for _name, one in found.months]},
        ],
    }


def _whole(days: float | None) -> str:
    return "" if days is None else f"{days:g}"
