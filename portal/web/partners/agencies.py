"""Agencies: their people, where they are paid, and closing one."""

from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import Agency, Agreement, PartnerPaper, agency_payee
from ...rules.partners.endings import ending_of
from ...services.bank_details import bank_details
from ...services.partners import agreements, papers, partners
from ..edge import actor, db, files, form_page, load, now, refusing
from ..files.documents import ACCEPTED, taken_in
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from .developments import bp
from .forms import AgencyForm, LicenceForm
from .scans import handed_out_paper, last_day_of


@bp.get("/agencies", endpoint="agencies")
@guard(Permission.READ_PARTNERS)
def index() -> ResponseReturnValue:
    """All agencies."""
    return render_template(
        "partners/agencies.html",
        page=page_of(db(), _wanted(), Agency.id, request.args.get("after")),
        state_of=partners.agency_state,
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.get("/agencies.<kind>")
@guard(Permission.READ_PARTNERS)
def agencies_download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Agency"), lambda row: row.name),
        Column(_("Created"), lambda row: row.created_at),
        Column(_("Status"), lambda row: str(status("account", partners.agency_state(row)).word)),
        Column(_("Licence number"), lambda row: row.licence_number),
        Column(_("Valid until"), lambda row: last_day_of(row.licence_ends_on)),
    )
    return export(db().scalars(_wanted().order_by(Agency.id)), columns, "agencies", kind)


@bp.route("/agencies/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def agency_new() -> ResponseReturnValue:
    """Add an agency; an administrator then opens its principal's account."""
    form = AgencyForm()
    if form.validate_on_submit():
        with refusing(form):
            row = agreements.create_agency(db(), actor(), now(), name=form.name.data)
            flash(_("%(name)s is added.", name=row.name), "success")
            return redirect(url_for(".agency", agency_id=row.id))
    return form_page("partners/agency_new.html", form)


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with agencies."""

    manage: bool
    open_accounts: bool
    read_risks: bool


@bp.get("/agencies/<int:agency_id>")
@guard(Permission.READ_PARTNERS)
def agency(agency_id: int) -> ResponseReturnValue:
    """One agency: people, licence, bank details (masked), agreements."""
    row = load(Agency, agency_id)
    page = partners.agreements(actor(), now(), agency_id=row.id)
    return render_template(
        "partners/agency.html",
        agency=row,
        state=partners.agency_state(row),
        people=partners.people_count(db(), row),
        account=bank_details.accounts_of(db(), [row])[agency_payee(row.id)],
        reads_changes=may(actor(), Permission.READ_BANK_DETAILS),
        scans=papers.papers_of(db(), actor(), row),
        licence_ending=ending_of(row.licence_ends_on, local_day(now())),
        agreements=page_of(db(), page, Agreement.id, request.args.get("after")),
        state_of=lambda agreement: partners.agreement_state(agreement, now()),
        may=MayDo(
            manage=may(actor(), Permission.MANAGE_PARTNERS),
            open_accounts=may(actor(), Permission.MANAGE_PEOPLE),
            read_risks=may(actor(), Permission.READ_RISKS),
        ),
    )


@bp.route("/agencies/<int:agency_id>/licence", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def agency_licence(agency_id: int) -> ResponseReturnValue:
    """Enter the licence that an agency works under: number, last day, scan."""
    row = load(Agency, agency_id)
    form = LicenceForm(number=row.licence_number, last_day=last_day_of(row.licence_ends_on))
    if form.validate_on_submit() and (scans := taken_in(form, "scan", [form.scan.data])) is not None:
        row = load(Agency, agency_id)
        with refusing(form):
            papers.set_licence(db(), actor(), now(), row, number=form.number.data, ends_on=form.ends_on)
            for scan in scans:
                papers.add_paper(db(), actor(), now(), files(), row, scan)
            flash(_("Saved."), "success")
            return redirect(url_for(".agency", agency_id=row.id), 303)
    return form_page("partners/agency_licence.html", form, agency=load(Agency, agency_id), accepted=ACCEPTED)


@bp.get("/papers/<int:paper_id>")
@guard(Permission.READ_PARTNERS)
def paper(paper_id: int) -> Response:
    """A scan of a licence or of an agreement; that it was looked at is written down first."""
    return handed_out_paper(load(PartnerPaper, paper_id))


@bp.post("/agencies/<int:agency_id>/deactivate")
@guard(Permission.MANAGE_PARTNERS)
def agency_deactivate(agency_id: int) -> ResponseReturnValue:
    """Close an agency; its people are out with their next request."""
    row = load(Agency, agency_id)
    agreements.deactivate_agency(db(), actor(), now(), row)
    flash(_("%(name)s is closed. Its people have no access any more.", name=row.name), "success")
    return redirect(url_for(".agency", agency_id=row.id))


@bp.post("/agencies/<int:agency_id>/reactivate")
@guard(Permission.MANAGE_PARTNERS)
def agency_reactivate(agency_id: int) -> ResponseReturnValue:
    """Open it again."""
    row = load(Agency, agency_id)
    agreements.reactivate_agency(db(), actor(), now(), row)
    flash(_("%(name)s is open again. Its people sign in anew.", name=row.name), "success")
    return redirect(url_for(".agency", agency_id=row.id))


def _wanted() -> Select[Agency]:
    state = chosen(partners.AgencyState, request.args.get("state"))
    return partners.agencies(actor(), find=request.args.get("q", ""), state=state)
