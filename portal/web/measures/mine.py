"""A broker's own figures: months, what becomes of clients, the agency's ladders, and what one more deal would bring."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...clock import month_of
from ...services.home.own_months import OwnMonth, own_months
from ...services.measures import cohorts
from ..earnings.ladders import own_ladders
from ..edge import actor, db, now
from ..guard import guard
from ..lists.exports import Column, export, yuan
from . import pictures

bp = Blueprint("my_measures", __name__, url_prefix="/measures/mine")

_MONTHS = 12


@bp.get("/")
@guard(Permission.REGISTER_CLIENT)
def index() -> ResponseReturnValue:
    """Twelve months, and twelve weeks of clients."""
    months = own_months(db(), actor(), month_of(now()), _MONTHS)
    span = cohorts.span_until(now())
    return render_template(
        "measures/mine.html",
        months=months,
        picture=own_picture(months),
        span=span,
        cohort=cohorts.report(db(), actor(), span, agency_id=actor().agency_id).compared.whole,
        ladders=own_ladders(),
        now=now(),
    )


@bp.get("/months.<kind>")
@guard(Permission.REGISTER_CLIENT)
def download(kind: str) -> Response:
    """The months as a file."""
    columns = (
        Column(_("Month"), lambda one: one.month),
        Column(_("Registered"), lambda one: one.registered),
        Column(_("Showings that count"), lambda one: one.visited),
        Column(_("Signed"), lambda one: one.signed),
        Column(_("Commission"), lambda one: yuan(one.earned_fen)),
    )
    return export(own_months(db(), actor(), month_of(now()), _MONTHS), columns, "my-months", kind)


def own_picture(months: Sequence[OwnMonth]) -> dict[str, Any]:
    """What a partner's months brought."""
    lines = [
        {"label": _("Registered"), "values": [one.registered for one in months]},
        {"label": _("Showings that count"), "values": [one.visited for one in months]},
        {"label": _("Signed"), "values": [one.signed for one in months]},
    ]
    return pictures.months(_("Registered, shown and signed by month"), [one.month for one in months], lines)
