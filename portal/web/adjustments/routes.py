"""Adjustments: the list, the proposal with its attachment, and the second person's decision."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Adjustment, AdjustmentState, Deal, Dispute, Reward, agency_payee
from ...services.partners import partners
from ...services.rewards import charge_backs
from ...services.statements import adjustments
from ..edge import actor, database, db, files, form_page, load, now, refusing
from ..files.documents import ACCEPTED, handed_out, taken_in
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import rewards as reward_words
from ..words.statuses import status
from .forms import MINUS, AdjustmentForm, TurnDownForm

bp = Blueprint("adjustments", __name__)


@bp.get("/adjustments")
@guard(Permission.READ_ADJUSTMENTS)
def index() -> ResponseReturnValue:
    """The adjustments, newest first; those that wait for a second person by a filter."""
    return render_template(
        "adjustments/index.html",
        page=page_of(db(), _wanted(), Adjustment.id, request.args.get("after")),
        agencies=partners.agency_choices(db(), actor()),
        proposes=may(actor(), Permission.PROPOSE_ADJUSTMENT),
    )


@bp.get("/adjustments.<kind>")
@guard(Permission.READ_ADJUSTMENTS)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Payee"), lambda row: row.payee_name),
        Column(_("Amount"), lambda row: yuan(row.amount_fen)),
        Column(_("Reason"), lambda row: row.reason),
        Column(_("Unit"), lambda row: row.deal and row.deal.unit),
        Column(_("Status"), lambda row: str(status("adjustment", row.state).word)),
        Column(_("Proposed by"), lambda row: row.proposer.name),
        Column(_("Proposed at"), lambda row: row.proposed_at),
        Column(_p("adjustment", "Decided by"), lambda row: row.decider and row.decider.name),
        Column(_("Decided at"), lambda row: row.decided_at),
        Column(_("Answer"), lambda row: row.answer),
    )
    return export(db().scalars(_wanted().order_by(Adjustment.id)), columns, _("adjustments"), kind)


@bp.route("/adjustments/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_ADJUSTMENT)
def new() -> ResponseReturnValue:
    """Propose one; a deal, an accepted dispute or goods that were charged back in the address say whose it is."""
    reward = _goods()
    form = _form(reward)
    if form.validate_on_submit() and (papers := taken_in(form, "attachment", [form.attachment.data])) is not None:
        with refusing(form):
            deal, dispute = _about()
            new = adjustments.NewAdjustment(
                payee=form.payee.data,
                amount_fen=form.amount_fen,
                reason=form.reason.data,
                attachment=papers[0],
                deal=deal,
                dispute=dispute,
                reward=reward,
            )
            row = adjustments.propose_adjustment(db(), actor(), now(), files(), new)
            flash(_("Proposed. Another person approves it or turns it down."), "success")
            return redirect(url_for(".show", adjustment_id=row.id), 303)
    deal, dispute = _about()
    facts = {"deal": deal, "dispute": dispute, "reward": reward, "worth_fen": _worth(reward)}
    return form_page("adjustments/new.html", form, accepted=ACCEPTED, reward_words=reward_words, **facts)


@bp.get("/adjustments/<int:adjustment_id>")
@guard(Permission.READ_ADJUSTMENTS)
def show(adjustment_id: int) -> ResponseReturnValue:
    """One adjustment: what, why, by whom, and its line."""
    row = load(Adjustment, adjustment_id)
    waits = row.state is AdjustmentState.PROPOSED
    refusal = adjustments.refusal_of(actor(), row)
    return render_template(
        "adjustments/show.html",
        adjustment=row,
        line=adjustments.line_of(db(), row),
        decides=waits and may(actor(), Permission.DECIDE_ADJUSTMENT),
        hand_refused=say(refusal) if refusal else None,
        withdraws=waits and row.proposed_by == actor().id,
    )


@bp.post("/adjustments/<int:adjustment_id>/approve")
@guard(Permission.DECIDE_ADJUSTMENT)
def approve(adjustment_id: int) -> ResponseReturnValue:
    """Let it stand: its line is posted at once."""
    adjustments.approve_adjustment(db(), actor(), now(), load(Adjustment, adjustment_id))
    flash(_("Approved. The line is posted and stands in the payee's next statement."), "success")
    return redirect(url_for(".show", adjustment_id=adjustment_id), 303)


@bp.route("/adjustments/<int:adjustment_id>/refuse", methods=["GET", "POST"])
@guard(Permission.DECIDE_ADJUSTMENT, stops=True)
def refuse(adjustment_id: int) -> ResponseReturnValue:
    """Turn it down with a reason."""
    adjustment, form = load(Adjustment, adjustment_id), TurnDownForm()
    if form.validate_on_submit():
        with refusing(form):
            adjustments.refuse_adjustment(db(), actor(), now(), adjustment, words=form.words.data)
            flash(_("Turned down. Nothing is posted."), "success")
            return redirect(url_for(".show", adjustment_id=adjustment_id), 303)
    return form_page("adjustments/refuse.html", form, adjustment=adjustment)


@bp.post("/adjustments/<int:adjustment_id>/withdraw")
@guard(Permission.PROPOSE_ADJUSTMENT)
def withdraw(adjustment_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    adjustments.withdraw_adjustment(db(), actor(), now(), load(Adjustment, adjustment_id))
    flash(_("The proposal is taken back. Nothing is posted."), "success")
    return redirect(url_for(".show", adjustment_id=adjustment_id), 303)


@bp.get("/adjustments/<int:adjustment_id>/attachment")
@guard(Permission.READ_ADJUSTMENTS)
def attachment(adjustment_id: int) -> Response:
    """The paper that proves it; that it was opened is written down first."""
    row = load(Adjustment, adjustment_id)
    with database().transaction() as own:  # a page's own session cannot write
        content = adjustments.view_attachment(own, actor(), now(), files(), row)
    return handed_out(content, row.attachment_name)


def _form(reward: Reward | None) -> AdjustmentForm:
    if reward is not None:
        payee = reward.payee
        asked = _("%(what)s: received, and the purchase was cancelled.", what=reward_words.in_one(reward))
        form = AdjustmentForm(payee=payee, direction=MINUS, amount=_worth(reward), reason=asked)
        form.payee.choices = [(payee, reward.referrer.person.name)]
        return form
    form = AdjustmentForm()
    deal, dispute = _about()
    known = request.args.get("payee", "")
    if deal is not None and deal.agency_id is not None:
        known = agency_payee(deal.agency_id)
    if dispute is not None:
        known = dispute.statement.payee
    found = adjustments.payees(db())
    only = [one for one in found if one.key == known]
    form.payee.choices = [(one.key, one.name) for one in (only or found)]
    return form


def _about() -> tuple[Deal | None, Dispute | None]:
    """The deal and the dispute that the address names; a dispute's line brings its deal along."""
    dispute_id, deal_id = (number_of(request.args.get(name)) for name in ("dispute", "deal"))
    dispute = load(Dispute, dispute_id) if dispute_id else None
    if dispute is not None:
        return dispute.line.deal, dispute
    return (load(Deal, deal_id) if deal_id else None), None


def _goods() -> Reward | None:
    """The goods that the address names, if they are to be asked for."""
    key = number_of(request.args.get("reward"))
    reward = load(Reward, key) if key else None
    if reward is not None and not charge_backs.is_to_be_asked_for(db(), actor(), reward):
        abort(404)
    return reward


def _worth(reward: Reward | None) -> int | None:
    return None if reward is None else charge_backs.worth_fen(db(), reward)


def _wanted() -> Select[Adjustment]:
    args = request.args
    return adjustments.listing(
        actor(), state=chosen(AdjustmentState, args.get("state")), agency_id=number_of(args.get("agency"))
    )
