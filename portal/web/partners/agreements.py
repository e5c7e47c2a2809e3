"""Agreements: which agency may sell which development, by which plan."""

from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.papers.documents import Document
from ...clock import local_day
from ...models import Agreement
from ...rules.partners.endings import ending_of
from ...services.commission import plans
from ...services.partners import agreements, papers, partners
from ...services.partners.papers import Contact
from ..components import plan_name
from ..edge import actor, db, files, form_page, load, now, refusing
from ..files.documents import ACCEPTED, taken_in
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from .developments import bp
from .forms import AgreementForm, TermsForm
from .scans import last_day_of


@bp.get("/agreements", endpoint="agreements")
@guard(Permission.READ_PARTNERS)
def index() -> ResponseReturnValue:
    """All agreements, those that ended too."""
    return render_template(
        "partners/agreements.html",
        page=page_of(db(), _wanted(), Agreement.id, request.args.get("after")),
        state_of=_state,
        developments=partners.development_choices(db(), actor()),
        agencies=partners.agency_choices(db(), actor()),
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.get("/agreements.<kind>")
@guard(Permission.READ_PARTNERS)
def agreements_download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Agency"), lambda row: row.agency.name),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Commission plan"), lambda row: plan_name(row.plan_name)),
        Column(_("Starts on"), lambda row: row.starts_on),
        Column(_("Last day"), lambda row: last_day_of(row.ends_on)),
        Column(_("Agreement number"), lambda row: row.number),
        Column(_("Ended at"), lambda row: row.ended_at),
        Column(_("Status"), lambda row: str(status("agreement", _state(row)).word)),
    )
    return export(db().scalars(_wanted().order_by(Agreement.id)), columns, "agreements", kind)


@bp.route("/agreements/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def agreement_new() -> ResponseReturnValue:
    """Make an agreement of an agency for a development."""
    form = AgreementForm(
        development=number_of(request.args.get("development")),
        agency=number_of(request.args.get("agency")),
        plan=request.args.get("plan"),
        starts_on=local_day(now()),
    )
    form.development.choices = partners.development_choices(db(), actor())
    form.agency.choices = form.others.choices = partners.agency_choices(db(), actor(), open_only=True)
    form.plan.choices = [(name, plan_name(name)) for name in plans.names(db(), now())]
    if form.validate_on_submit() and (scans := taken_in(form, "scan", [form.scan.data])) is not None:
        facts = agreements.AgreementFacts(
            development_id=form.development.data,
            agency_id=form.agency.data,
            plan_name=form.plan.data,
            starts_on=form.starts_on.data,
            terms=form.terms(),
        )
        with refusing(form):
            row = agreements.make_agreement(db(), actor(), now(), facts)
            _keep(row, scans)
            made = agreements.make_for_others(db(), actor(), now(), facts, form.others.data or [])
            if form.others.data:
                _say_made(1 + len(made), 1 + len({*form.others.data} - {facts.agency_id}))
                return redirect(url_for(".agreements", development=facts.development_id), 303)
            flash(_("The agreement is made."), "success")
            return redirect(url_for(".agreement", agreement_id=row.id), 303)
    return form_page("partners/agreement_new.html", form, accepted=ACCEPTED)


@bp.get("/agreements/<int:agreement_id>")
@guard(Permission.READ_PARTNERS)
def agreement(agreement_id: int) -> ResponseReturnValue:
    """One agreement, and the way to end it."""
    return _page(load(Agreement, agreement_id))


@bp.post("/agreements/<int:agreement_id>/contact")
@guard(Permission.MANAGE_PARTNERS)
def agreement_contact(agreement_id: int) -> ResponseReturnValue:
    """The same page with the contact's phone in plain, this once; that it was looked at is written down."""
    row = load(Agreement, agreement_id)
    return _page(row, revealed=papers.reveal_contact(db(), actor(), now(), row))


@bp.route("/agreements/<int:agreement_id>/edit", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def agreement_edit(agreement_id: int) -> ResponseReturnValue:
    """Enter what the paper says: number, last day, contact; and add a scan."""
    row = load(Agreement, agreement_id)
    contact = papers.contact_of(db(), row)
    form = TermsForm(number=row.number, last_day=last_day_of(row.ends_on), contact_name=contact.name)
    if form.validate_on_submit() and (scans := taken_in(form, "scan", [form.scan.data])) is not None:
        row = load(Agreement, agreement_id)
        with refusing(form):
            papers.set_terms(db(), actor(), now(), row, form.terms(contact))
            _keep(row, scans)
            flash(_("Saved."), "success")
            return redirect(url_for(".agreement", agreement_id=row.id), 303)
    return form_page(
        "partners/agreement_edit.html",
        form,
        agreement=load(Agreement, agreement_id),
        contact=contact,
        accepted=ACCEPTED,
    )


@bp.post("/agreements/<int:agreement_id>/end")
@guard(Permission.MANAGE_PARTNERS)
def agreement_end(agreement_id: int) -> ResponseReturnValue:
    """End it now."""
    row = load(Agreement, agreement_id)
    agreements.end_agreement(db(), actor(), now(), row)
    flash(_("The agreement has ended."), "success")
    return redirect(url_for(".agreement", agreement_id=row.id))


def _page(row: Agreement, *, revealed: Contact | None = None) -> str:
    return render_template(
        "partners/agreement.html",
        agreement=row,
        state=_state(row),
        ending=None if row.ended_at else ending_of(row.ends_on, local_day(now())),
        contact=revealed or papers.contact_of(db(), row),
        revealed=revealed is not None,
        scans=papers.papers_of(db(), actor(), row),
        version=plans.in_force(db(), row.plan_name, now()),
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
        reads_plans=may(actor(), Permission.READ_PLANS),
    )


def _say_made(made: int, wanted: int) -> None:
    said = ngettext("%(num)d agreement is made.", "%(num)d agreements are made.", made)
    if made == wanted:
        flash(said, "success")
    else:
        left = ngettext(
            "%(num)d agency has one already, or its licence has run out.",
            "%(num)d agencies have one already, or their licences have run out.",
            wanted - made,
        )
        flash(f"{said} {left}", "warning")


def _keep(row: Agreement, scans: Sequence[Document]) -> None:
    for scan in scans:
        papers.add_paper(db(), actor(), now(), files(), row, scan)


def _state(row: Agreement) -> str:
    return partners.agreement_state(row, now())


def _wanted() -> Select[Agreement]:
    args = request.args
    return partners.agreements(
        actor(),
        now(),
        development_id=number_of(args.get("development")),
        agency_id=number_of(args.get("agency")),
        state=chosen(partners.AgreementState, args.get("state")),
    )
