"""Brokers as the channel manager reads them: what came of their registrations, strikes, freeze, clients."""

from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy import Select

from commissions.calendar import add_months

from ...access.permissions import Permission
from ...models import Person, Role
from ...services import contacts
from ...services.accounts import brokers as broker_figures
from ...services.home import broker_record
from ...services.home.broker_record import Conversion
from ...services.partners import partners
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from .record_view import record_view, standing

bp = Blueprint("broker_records", __name__, url_prefix="/partners/brokers")


@bp.get("")
@guard(Permission.READ_BROKERS)
def index() -> str:
    """All agencies' brokers, with what came of their registrations in the last twelve months."""
    page = page_of(db(), _wanted(), Person.id, request.args.get("after"))
    return render_template(
        "agency/records.html",
        page=page,
        figures=broker_figures.figures_of(db(), now(), page.rows),
        conversions=broker_record.conversions(db(), actor(), _since(), page.rows),
        nothing=Conversion(),
        standing=standing,
        agencies=partners.agency_choices(db(), actor()),
    )


@bp.get(".<kind>")
@guard(Permission.READ_BROKERS)
def download(kind: str) -> Response:
    """The same list as a file."""
    rows = db().scalars(_wanted().order_by(Person.id)).all()
    figures = broker_figures.figures_of(db(), now(), rows)
    found = broker_record.conversions(db(), actor(), _since(), rows)
    came = {one.id: found.get(one.id, Conversion()) for one in rows}
    columns = (
        Column(_("Name"), lambda one: one.name),
        Column(_("Agency"), lambda one: one.agency.name if one.agency else None),
        Column(_("Registered"), lambda one: came[one.id].registered),
        Column(_("Shown the site"), lambda one: came[one.id].shown),
        Column(_("Subscribed"), lambda one: came[one.id].subscribed),
        Column(_("Signed"), lambda one: came[one.id].signed),
        Column(_("Status"), lambda one: str(status("account", standing(one, figures[one.id])).word)),
        Column(_("Frozen until"), lambda one: figures[one.id].frozen_until),
    )
    return export(rows, columns, "brokers", kind)


@bp.get("/<int:person_id>")
@guard(Permission.READ_BROKERS)
def show(person_id: int) -> str:
    """One broker."""
    one = load(Person, person_id)
    if one.role is not Role.BROKER:
        abort(404)
    figures = broker_figures.figures_of(db(), now(), [one])[one.id]
    return render_template(
        "agency/record.html",
        person=one,
        state=standing(one, figures),
        phone=contacts.open_phone(db(), one).masked,
        record=record_view(one),
    )


def _since() -> datetime:
    return add_months(now(), -broker_record.MONTHS)


def _wanted() -> Select[Person]:
    args = request.args
    return broker_record.brokers_of(actor(), find=args.get("q", ""), agency_id=number_of(args.get("agency")))
