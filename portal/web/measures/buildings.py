"""How far a development is sold, building by building; each building opens its deals."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...clock import month_of
from ...rules.deals.buildings import Building
from ...services.deals import deals, sales_progress
from ...services.deals.sales_progress import SalesProgress
from ...services.partners import partners
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan

bp = Blueprint("sales_progress", __name__, url_prefix="/measures/buildings")


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """The buildings of a development, the first one unless another is chosen; below them the deals of one."""
    choices = partners.development_choices(db(), actor())
    place, building = _place(choices), request.args.get("building")
    found = sales_progress.of_development(db(), actor(), place or 0, month_of(now()))
    opened = next((one for one in found.buildings if one.name == building), None)
    return render_template(
        "measures/buildings.html",
        found=found,
        place=place,
        opened=opened,
        rows=sales_progress.deals_of(db(), actor(), place or 0, opened.name) if opened else [],
        state=deals.state,
        picture=_picture(found),
        name_of=_name,
        developments=choices,
        now=now(),
    )


@bp.get("/buildings.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """The same as a file."""
    place = _place(partners.development_choices(db(), actor()))
    found = sales_progress.of_development(db(), actor(), place or 0, month_of(now()))
    columns = (
        Column(_("Building"), _name),
        Column(_("Subscribed"), lambda one: one.subscribed),
        Column(_("Signed"), lambda one: one.signed),
        Column(_("Loan released"), lambda one: one.loan_released),
        Column(_("Handed over"), lambda one: one.handed_over),
        Column(_("Signed this month"), lambda one: one.this_month),
        Column(_("Sold for"), lambda one: yuan(one.signed_fen)),
        Column(_("Average price"), lambda one: None if one.average_fen is None else yuan(one.average_fen)),
    )
    return export(found.buildings, columns, "buildings", kind)


def _place(choices: list[tuple[int, str]]) -> int | None:
    wanted, known = number_of(request.args.get("development")), [key for key, _name in choices]
    return wanted if wanted in known else next(iter(known), None)


def _name(one: Building) -> str:
    return _("Building %(name)s", name=one.name) if one.name else _("No building named")


def _picture(found: SalesProgress) -> dict[str, Any]:
    stages = (
        (_("Handed over"), "handed_over"),
        (_("Loan released"), "loan_released"),
        (_("Signed"), "signed"),
        (_("Subscribed"), "subscribed"),
    )
    return {
        "kind": "bars",
        "title": _("Homes sold, by building"),
        "labels": [_name(one) for one in found.buildings],
        "stacked": True,
        "series": [
            {"label": label, "values": [getattr(one, name) for one in found.buildings]} for label, name in stages
        ],
    }
