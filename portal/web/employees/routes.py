"""Employee checks for staff: how it stands with a lead's client, a badge that was seen, a check that was wrong, and the
company's list."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.sheets.employee_file import MOST_ROWS, EmployeeRow
from ...models import EmployeeCheck, Lead, Programme, ProgrammeKind
from ...services import contacts
from ...services.programmes import employee_checks, employee_lists
from ...services.programmes.employee_checks import EmployeeStatus
from ..edge import actor, db, form_page, load, now, refusing
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..messages import say
from ..words.employees import history
from .forms import EmployeeListForm, ListSeenForm, ReasonForm

bp = Blueprint("employees", __name__, url_prefix="/employees")

_FAULTS_SHOWN = 100


@bp.get("/leads/<int:lead_id>")
@guard(Permission.CHECK_EMPLOYEE)
def lead(lead_id: int) -> ResponseReturnValue:
    """How it stands with one lead's client, and what can be done."""
    row = load(Lead, lead_id)
    return _page(row, _standing(row), ReasonForm())


@bp.post("/leads/<int:lead_id>")
@guard(Permission.CHECK_EMPLOYEE)
def confirm(lead_id: int) -> ResponseReturnValue:
    """Confirm by hand, with what was seen."""
    row = load(Lead, lead_id)
    standing, form = _standing(row), ReasonForm()
    if form.validate_on_submit():
        with refusing(form):
            employee_checks.confirm_by_hand(db(), actor(), now(), row, reason=form.reason.data)
            flash(_("Confirmed. The next subscription that is recorded has the discount."), "success")
            return redirect(url_for(".lead", lead_id=lead_id))
    return _page(row, standing, form), 422


@bp.post("/checks/<int:check_id>/revoke")
@guard(Permission.CHECK_EMPLOYEE)
def revoke(check_id: int) -> ResponseReturnValue:
    """Take a check back that was wrong."""
    check, form = load(EmployeeCheck, check_id), ReasonForm()
    row = employee_checks.lead_checked(db(), check)
    standing = _standing(row)
    if form.validate_on_submit():
        with refusing(form):
            employee_checks.revoke(db(), actor(), now(), check, reason=form.reason.data)
            flash(_("The check is taken back. Deals that have the discount keep it."), "success")
            return redirect(url_for(".lead", lead_id=row.id))
    return _page(row, standing, form), 422


@bp.route("/companies/<int:programme_id>", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def listing(programme_id: int) -> ResponseReturnValue:
    """A company's list: read first and told in words; it counts when it is taken over."""
    _company(programme_id)
    form, found = EmployeeListForm(), None
    if form.validate_on_submit() and (rows := _opened(form)) is not None:
        with refusing(form):
            found = employee_lists.read(db(), _company(programme_id), rows)
    return _list_page(_company(programme_id), form, found)


@bp.post("/companies/<int:programme_id>/take")
@guard(Permission.MANAGE_REFERRERS)
def take(programme_id: int) -> ResponseReturnValue:
    """Put the list that was looked at in the place of the one before."""
    programme, seen, form = _company(programme_id), ListSeenForm(), EmployeeListForm()
    if seen.validate_on_submit():
        with refusing(form):
            looked_at = employee_lists.unseal(db(), programme, seen.sealed.data or "")
            count = employee_lists.replace(db(), actor(), now(), programme, looked_at)
            flash(
                _("The list is taken over.")
                + (
                    " " + ngettext("%(num)d lead who waited is on it.", "%(num)d leads who waited are on it.", count)
                    if count
                    else ""
                ),
                "success",
            )
            return redirect(url_for(".listing", programme_id=programme_id))
    return _list_page(programme, form, None)[0], 422


def _opened(form: EmployeeListForm) -> Sequence[EmployeeRow] | None:
    """The list's rows, or None with the reason in the form. Nobody who writes waits for them."""
    return take_in(form, WORKBOOKS, lambda: employee_lists.open_file(form.file.data.read()))


def _company(programme_id: int) -> Programme:
    programme = load(Programme, programme_id)
    if programme.kind is not ProgrammeKind.CORPORATE:
        abort(404)
    return programme


def _standing(row: Lead) -> EmployeeStatus:
    standing = employee_checks.of_lead(db(), row)
    if standing is None:
        abort(404)
    return standing


def _page(row: Lead, standing: EmployeeStatus, form: ReasonForm) -> str:
    return render_template(
        "employees/lead.html",
        lead=row,
        name=contacts.open_name(db(), row.name_sealed),
        phone=contacts.open_phone(db(), row.client).masked,
        standing=standing,
        history=history(standing.checks),
        form=form,
        may_read=may(actor(), Permission.READ_LEADS),
    )


def _list_page(
    programme: Programme, form: EmployeeListForm, found: employee_lists.EmployeeList | None
) -> tuple[str, int]:
    return form_page(
        "employees/list.html",
        form,
        programme=programme,
        kept=employee_lists.kept(db(), programme),
        found=found,
        faults=[say(fault) for fault in found.faults[:_FAULTS_SHOWN]] if found else [],
        seen=ListSeenForm(formdata=None, sealed=employee_lists.seal(db(), programme, found)) if found else None,
        most_rows=MOST_ROWS,
    )
