"""The very clients behind a count of agencies or brokers compared; a principal sees those of the own agency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Deal, Registration
from ...services import contacts
from ...services.measures import cohorts
from ...services.measures.cohorts import Came, Reached, Whose
from ...services.partners import partners
from ...services.registrations import lists as listing
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen, day_of, number_of
from ..lists.exports import Column, export, portions, yuan
from ..lists.paging import page_of

bp = Blueprint("cohort_rows", __name__, url_prefix="/measures/agencies")

NAMES = {Reached.REGISTERED: _l("Registered"), Reached.CAME: _l("Came"), Reached.SIGNED: _l("Signed")}


@dataclass(frozen=True, slots=True)
class Line:
    """A client of the count, as the reader may see him, and what became of him."""

    registration: Registration
    client: str
    phone: str
    shown_at: datetime | None
    deal: Deal | None

    @property
    def url(self) -> str | None:
        """The registration's page, for who may open it."""
        if not may(actor(), Permission.READ_REGISTRATIONS):
            return None
        return url_for("registrations.show", registration_id=self.registration.id)


@bp.get("/clients")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """The clients behind a count, of any agency or broker."""
    return _page(number_of(request.args.get("agency")))


@bp.get("/clients.<kind>")
@guard(Permission.READ_MEASURES)
def download(kind: str) -> Response:
    """The same as a file."""
    return export(_lines(number_of(request.args.get("agency"))), _columns(), "compared-clients", kind)


@bp.get("/own/clients")
@guard(Permission.OWN_PARTNERSHIP)
def own() -> ResponseReturnValue:
    """The clients behind a count of the principal's own brokers."""
    return _page(actor().agency_id)


@bp.get("/own/clients.<kind>")
@guard(Permission.OWN_PARTNERSHIP)
def own_file(kind: str) -> Response:
    """The same as a file."""
    return export(_lines(actor().agency_id), _columns(), "compared-clients", kind)


def _reached() -> Reached:
    return chosen(Reached, request.args.get("step")) or Reached.REGISTERED


def _whose(agency_id: int | None) -> Whose:
    span = cohorts.span_until(now(), day_of(request.args.get("until")))
    asked = request.args.get
    return Whose(span, agency_id, number_of(asked("broker")), number_of(asked("development")))


def _page(agency_id: int | None) -> str:
    whose, reached = _whose(agency_id), _reached()
    page = page_of(db(), cohorts.rows(actor(), whose, reached), Registration.id, request.args.get("after"))
    came = cohorts.outcomes(db(), page.rows)
    return render_template(
        "measures/cohort_rows.html",
        rows=[_line(row, came[row.id]) for row in page.rows],
        next_cursor=page.next_cursor,
        span=whose.span,
        reached=reached,
        names=NAMES,
        own=request.endpoint == "cohort_rows.own",
        developments=partners.development_choices(db(), actor()),
    )


def _lines(agency_id: int | None) -> Iterator[Line]:
    for some in portions(cohorts.rows(actor(), _whose(agency_id), _reached()).order_by(Registration.id)):
        came = cohorts.outcomes(db(), some)
        yield from (_line(row, came[row.id]) for row in some)


def _line(row: Registration, came: Came) -> Line:
    """Who may not read registrations reads no client's whole name here either."""
    shown = listing.shown(db(), actor(), now(), row)
    whole = may(actor(), Permission.READ_REGISTRATIONS)
    name = shown.client_name if whole else contacts.mask_name(shown.client_name)
    return Line(row, name, shown.client_phone, came.shown_at, came.deal)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Client"), lambda one: one.client),
        Column(_("Phone"), lambda one: one.phone),
        Column(_("Development"), lambda one: one.registration.development.name),
        Column(_("Broker"), lambda one: one.registration.broker.name),
        Column(_("Registered"), lambda one: one.registration.at),
        Column(_("Came"), lambda one: one.shown_at),
        Column(_("Signed"), lambda one: one.deal.signed_at if one.deal else None),
        Column(_("Price"), lambda one: yuan(one.deal.price_fen) if one.deal else None),
    )
