"""Developments: what is sold, where, and by which policy."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agreement, Development
from ...rules.partners.policy import Policy
from ...services.partners import agreements, partners
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.exports import Column, export
from ..lists.paging import page_of
from .forms import DevelopmentForm
from .policy_words import GROUPS

bp = Blueprint("partners", __name__, url_prefix="/partners")


@bp.get("/developments", endpoint="developments")
@guard(Permission.READ_PARTNERS)
def index() -> ResponseReturnValue:
    """All developments."""
    return render_template(
        "partners/developments.html",
        page=page_of(db(), _wanted(), Development.id, request.args.get("after")),
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.get("/developments.<kind>")
@guard(Permission.READ_PARTNERS)
def developments_download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Development"), lambda row: row.name),
        Column(_("City"), lambda row: row.city),
        Column(_("Address"), lambda row: row.address),
        Column(_("Created"), lambda row: row.created_at),
    )
    return export(db().scalars(_wanted().order_by(Development.id)), columns, "developments", kind)


@bp.route("/developments/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def development_new() -> ResponseReturnValue:
    """Add a development."""
    form = DevelopmentForm.of(None)
    if form.validate_on_submit():
        with refusing(form):
            row = agreements.create_development(db(), actor(), now(), form.facts)
            flash(_("%(name)s is added.", name=row.name), "success")
            return redirect(url_for(".development", development_id=row.id))
    return form_page("partners/development_edit.html", form, groups=GROUPS)


@bp.get("/developments/<int:development_id>")
@guard(Permission.READ_PARTNERS)
def development(development_id: int) -> ResponseReturnValue:
    """One development: its place, its policy, who may sell it."""
    row = load(Development, development_id)
    page = partners.agreements(actor(), now(), development_id=row.id)
    return render_template(
        "partners/development.html",
        development=row,
        policy=Policy.of(row.policy),
        groups=GROUPS,
        agreements=page_of(db(), page, Agreement.id, request.args.get("after")),
        state_of=lambda agreement: partners.agreement_state(agreement, now()),
        may_manage=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.route("/developments/<int:development_id>/edit", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def development_edit(development_id: int) -> ResponseReturnValue:
    """Change a development; decisions that were made stay as they are."""
    row = load(Development, development_id)
    form = DevelopmentForm.of(row)
    if form.validate_on_submit():
        with refusing(form):
            agreements.edit_development(db(), actor(), now(), row, form.facts)
            flash(_("Saved."), "success")
            return redirect(url_for(".development", development_id=row.id))
    return form_page("partners/development_edit.html", form, development=row, groups=GROUPS)


@bp.post("/developments/<int:development_id>/stop")
@guard(Permission.MANAGE_PARTNERS)
def development_stop(development_id: int) -> ResponseReturnValue:
    """Take nobody for it any more; the agencies that sell it are told."""
    agreements.stop_sale(db(), actor(), now(), load(Development, development_id))
    flash(_("The sale is stopped. The agencies that sell it are told."), "success")
    return redirect(url_for(".development", development_id=development_id), 303)


@bp.post("/developments/<int:development_id>/resume")
@guard(Permission.MANAGE_PARTNERS)
def development_resume(development_id: int) -> ResponseReturnValue:
    """Take clients again, by the agreements that stand."""
    agreements.sell_again(db(), actor(), now(), load(Development, development_id))
    flash(_("It is sold again. The agencies that sell it are told."), "success")
    return redirect(url_for(".development", development_id=development_id), 303)


def _wanted() -> Select[Development]:
    return partners.developments(actor(), find=request.args.get("q", ""))
