"""Bank details by two people: the list, a proposal beside the account of now, the call, and the payee's own page."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, BankChange, ProposalState
from ...services.bank_details import bank_details
from ...services.second_factors import proving
from ..auth.proving import proven
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status
from . import words
from .forms import BankForm, ConfirmForm, ObjectionForm, RefuseForm

bp = Blueprint("bank_details", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(bank_notice=words.notice, bank_words=words))


@bp.get("/bank-details")
@guard(Permission.READ_BANK_DETAILS)
def index() -> ResponseReturnValue:
    """All changes, newest first; those that wait by a filter."""
    page = page_of(db(), _wanted(), BankChange.id, request.args.get("after"))
    details = {row.id: bank_details.proposed_details(db(), row) for row in page.rows}
    return render_template("bank_details/index.html", page=page, details=details)


@bp.get("/bank-details.<kind>")
@guard(Permission.READ_BANK_DETAILS)
def download(kind: str) -> Response:
    """The same list as a file, oldest first; accounts by their last four digits."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Payee"), lambda row: row.payee_name),
        Column(_p("bank", "Account"), lambda row: words.in_short(bank_details.proposed_details(db(), row))),
        Column(_("Status"), lambda row: str(status("proposal", row.state).word)),
        Column(_("Proposed by"), lambda row: row.proposer.name),
        Column(_("Proposed at"), lambda row: row.proposed_at),
        Column(_("Decided by"), lambda row: row.decider and row.decider.name),
        Column(_("Decided at"), lambda row: row.decided_at),
        Column(_("Called back"), lambda row: row.call_back),
        Column(_("Reason"), lambda row: row.reason),
    )
    return export(db().scalars(_wanted().order_by(BankChange.id)).all(), columns, _("bank-details"), kind)


@bp.get("/bank-details/<int:change_id>")
@guard(Permission.READ_BANK_DETAILS)
def show(change_id: int) -> ResponseReturnValue:
    """A change beside the account of now; who has not proposed it decides, after a call."""
    return _page(load(BankChange, change_id), ConfirmForm(), RefuseForm())


@bp.post("/bank-details/<int:change_id>/confirm")
@guard(Permission.CONFIRM_BANK_DETAILS)
def confirm(change_id: int) -> ResponseReturnValue:
    """Bring another person's proposal into force."""
    change, form = load(BankChange, change_id), ConfirmForm()
    if form.validate_on_submit():
        with refusing(form):
            given = {"account": form.account.data, "call_back": form.call_back.data}
            by_text = config().texts(config().sms_bank_template)
            bank_details.confirm(db(), actor(), now(), change, **given, by_text=by_text)
            send_texts_afterwards()
            flash(_("Confirmed. Payments to it begin in 24 hours; the payee is told."), "success")
            return redirect(url_for(".show", change_id=change_id))
    return _page(change, form, RefuseForm(formdata=None)), 422


@bp.post("/bank-details/<int:change_id>/refuse")
@guard(Permission.CONFIRM_BANK_DETAILS)
def refuse(change_id: int) -> ResponseReturnValue:
    """Send another person's proposal back, with a reason."""
    change, form = load(BankChange, change_id), RefuseForm()
    if form.validate_on_submit():
        with refusing(form):
            bank_details.refuse(db(), actor(), now(), change, form.reason.data)
            flash(_("Sent back."), "success")
            return redirect(url_for(".show", change_id=change_id))
    return _page(change, ConfirmForm(formdata=None), form), 422


@bp.post("/bank-details/<int:change_id>/withdraw")
@guard(Permission.PROPOSE_BANK_DETAILS)
def withdraw(change_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    change = load(BankChange, change_id)
    bank_details.withdraw(db(), actor(), now(), change)
    flash(_("Withdrawn."), "success")
    if may(actor(), Permission.READ_BANK_DETAILS):
        return redirect(url_for(".show", change_id=change_id))
    return redirect(url_for(".mine"))


@bp.route("/agencies/<int:agency_id>/bank", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def propose(agency_id: int) -> ResponseReturnValue:
    """Propose where an agency is paid; the old number is never shown again, so it is typed whole."""
    form, agency = _bank_form(), load(Agency, agency_id)
    if form.validate_on_submit() and _proven(form):
        agency = load(Agency, agency_id)
        with refusing(form):
            change = bank_details.propose(db(), actor(), now(), agency, form.details)
            flash(_("Proposed. Finance calls the agency and confirms it."), "success")
            return redirect(url_for(".show", change_id=change.id))
    return form_page("bank_details/propose.html", form, agency=load(Agency, agency_id))


@bp.route("/bank-details/mine", methods=["GET", "POST"])
@guard(Permission.OWN_BANK_DETAILS)
def mine() -> ResponseReturnValue:
    """Where I am, or my agency is, paid to; I propose another account here, and object to one that is not mine."""
    form = _bank_form(holder=words.own_payee().name)
    if form.validate_on_submit() and _proven(form):
        with refusing(form):
            bank_details.propose(db(), actor(), now(), words.own_payee(), form.details)
            flash(_("Proposed. We call you and confirm it; then payments wait for another 24 hours."), "success")
            return redirect(url_for(".mine"))
    return _my_page(form, ObjectionForm(formdata=None))


def _bank_form(**given: str) -> BankForm:
    """Who has a second factor shows that, and types no password beside it."""
    form = BankForm(**given)
    if proving.enrolled(db(), current_user.person.id):
        del form.old
    return form


def _proven(form: BankForm) -> bool:
    return "old" not in form or proven(form)


@bp.post("/bank-details/mine/object")
@guard(Permission.OWN_BANK_DETAILS)
def object_to() -> ResponseReturnValue:
    """This account is not mine: nothing is paid until my bank details are given anew."""
    payee, form = bank_details.payee_of(words.own_payee()), ObjectionForm()
    change = bank_details.in_force(db(), [payee]).get(payee)
    if change is not None and form.validate_on_submit():
        with refusing(form):
            bank_details.object_to(db(), actor(), now(), change, form.words.data)
            flash(_("Nothing is paid to this account. Give your bank details anew, or call us."), "success")
            return redirect(url_for(".mine"))
    return _my_page(BankForm(formdata=None), form)[0], 422


def _page(change: BankChange, confirming: ConfirmForm, refusing_form: RefuseForm) -> str:
    owner, mine = bank_details.owner_of(change), change.proposed_by == actor().id
    account = bank_details.accounts_of(db(), [owner])[change.payee]
    details = bank_details.proposed_details(db(), change)
    return render_template(
        "bank_details/show.html",
        change=change,
        account=account,
        details=details,
        differs=bank_details.holder_differs(owner, details),
        confirming=confirming,
        refusing=refusing_form,
        decides=change.open and not mine and may(actor(), Permission.CONFIRM_BANK_DETAILS),
        withdraws=change.open and mine and may(actor(), Permission.PROPOSE_BANK_DETAILS),
        reads_partners=may(actor(), Permission.READ_PARTNERS),
    )


def _my_page(form: BankForm, objection: ObjectionForm) -> tuple[str, int]:
    owner = words.own_payee()
    account = bank_details.accounts_of(db(), [owner])[bank_details.payee_of(owner)]
    waits = account.waits
    return form_page(
        "bank_details/mine.html",
        form,
        objection=objection,
        account=account,
        company=isinstance(owner, Agency),
        waits=waits and bank_details.proposed_details(db(), waits),
        withdraws=waits is not None and waits.proposed_by == actor().id,
        may_object=account.change is not None and account.change.objection is None,
    )


def _wanted() -> Any:
    state = chosen(ProposalState, request.args.get("state"))
    return bank_details.listing(actor(), state=state, find=request.args.get("q", ""))
