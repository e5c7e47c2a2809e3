"""Payouts: the list, and one payout with what is checked before it is approved."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from commissions.payout import Verb

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Payout, PayoutState
from ...services import partners, payouts
from ..arguments import chosen, number_of
from ..edge import actor, db, load, now, refusing
from ..exports import Column, export, yuan
from ..guard import guard
from ..messages import say
from ..paging import page_of
from ..statuses import status
from .forms import RejectForm
from .words import CHECKS

bp = Blueprint("payouts", __name__)


@bp.get("/payouts")
@guard(Permission.READ_PAYOUTS)
def index():
    """The payouts that the reader may see, newest first."""
    return render_template(
        "payouts/index.html",
        page=page_of(db(), _wanted(), Payout.id, request.args.get("after")),
        agencies=partners.agency_choices(db(), actor()) if actor().staff else [],
        states=[(state.value, status("payout", state).word) for state in PayoutState],
    )


@bp.get("/payouts.<kind>")
@guard(Permission.READ_PAYOUTS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Reference"), lambda row: row.reference),
        Column(_("Payee"), lambda row: row.payee_name),
        Column(_("Statement"), lambda row: row.statement.number),
        Column(_("Amount"), lambda row: yuan(row.amount_fen)),
        Column(_("Status"), lambda row: str(status("payout", row.state).word)),
        Column(_("Since"), lambda row: row.steps[-1].at),
    )
    return export(db().scalars(_wanted().order_by(Payout.id)), columns, _("payouts"), kind)


@bp.get("/payouts/<int:payout_id>")
@guard(Permission.READ_PAYOUTS)
def show(payout_id: int):
    """One payout: whose hands it went through, and what is checked."""
    payout = load(Payout, payout_id)
    refusal = payouts.refusal_of(actor(), payout, Verb.APPROVE)
    return render_template(
        "payouts/show.html",
        payout=payout,
        staff=actor().staff,
        checks=[(CHECKS[one.check], say(one.refusal) if one.refusal else None) for one in _checks(payout)],
        decides=may(actor(), Permission.APPROVE_PAYOUT) and payout.state is PayoutState.REQUESTED,
        hand_refused=say(refusal) if refusal and refusal.code != "wrong_state" else None,
        sees_batches=may(actor(), Permission.EXPORT_PAYOUTS),
    )


@bp.post("/payouts/<int:payout_id>/approve")
@guard(Permission.APPROVE_PAYOUT)
def approve(payout_id: int) -> Response:
    """Let it go to the bank."""
    payout = load(Payout, payout_id)
    payouts.approve_payout(db(), actor(), now(), payout)
    flash(_("Payout %(reference)s is approved.", reference=payout.reference), "success")
    return redirect(url_for(".show", payout_id=payout_id))


@bp.route("/payouts/<int:payout_id>/reject", methods=["GET", "POST"])
@guard(Permission.APPROVE_PAYOUT)
def reject(payout_id: int):
    """Send it back to finance with a reason."""
    payout, form = load(Payout, payout_id), RejectForm()
    if form.validate_on_submit():
        with refusing(form):
            payouts.reject_payout(db(), actor(), now(), payout, reason=form.reason.data)
            flash(_("Payout %(reference)s is rejected.", reference=payout.reference), "success")
            return redirect(url_for(".show", payout_id=payout_id))
    return render_template("payouts/reject.html", payout=payout, form=form), 422 if form.is_submitted() else 200


def _checks(payout: Payout) -> list[payouts.Checked]:
    """What is checked, while it still matters and for those who decide."""
    open_states = {PayoutState.REQUESTED, PayoutState.APPROVED}
    return payouts.checks(db(), now(), payout) if actor().staff and payout.state in open_states else []


def _wanted():
    state = chosen(PayoutState, request.args.get("state"))
    return payouts.listing(actor(), state=state, agency_id=number_of(request.args.get("agency")))
