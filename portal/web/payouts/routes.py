"""Payouts: the list, one payout with what is checked before it is approved, and the steps that need a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from commissions.payout import RELEASABLE, Check, Verb

from ...access.permissions import Permission
from ...access.policy import may
from ...models import BankResult, Correction, FirstApprovalAnew, Payout, PayoutState
from ...rules.bank_details.bank_details import BankDetails
from ...services.accounts import history as account_history
from ...services.bank_details import bank_details
from ...services.bank_details.bank_details import Account
from ...services.deals import correction_proposals
from ...services.home.figure import counted
from ...services.partners import partners
from ...services.payouts import bank_answers, bank_files, failed_payouts, holds, payouts
from ...services.payouts.payouts import Checked
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words.accounts import in_a_sentence
from ..words.lines import title
from ..words.payouts import CHECKS, held_by, held_in_words, history, hold_choices
from ..words.statuses import status
from . import beside
from .beside import Beside
from .forms import RejectForm, ReleaseForm, VoidForm

bp = Blueprint("payouts", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(payout_history=history))


@bp.get("/payouts")
@guard(Permission.READ_PAYOUTS)
def index() -> ResponseReturnValue:
    """The payouts that the reader may see, newest first, and what holds them."""
    page = page_of(db(), _wanted(), Payout.id, request.args.get("after"))
    asks_again, confirms = (may(actor(), one) for one in (Permission.ISSUE_STATEMENT, Permission.CONFIRM_BANK_ANSWER))
    return render_template(
        "payouts/index.html",
        page=page,
        held=held_in_words(db(), actor(), now(), page.rows),
        agencies=partners.agency_filter(db(), actor(), _agency()) if actor().staff else [],
        states=[(state.value, status("payout", state).word) for state in PayoutState],
        holds=hold_choices() if actor().staff else [],
        to_confirm=counted(db(), bank_answers.to_confirm(actor())) if confirms else 0,
        failed=failed_payouts.count(db(), actor()) if asks_again else 0,
        approves=may(actor(), Permission.APPROVE_PAYOUT),
    )


@bp.get("/payouts.<kind>")
@guard(Permission.READ_PAYOUTS)
def download(kind: str) -> Response:
    """The same list as a file."""
    rows = db().scalars(_wanted().order_by(Payout.id)).all()
    held = held_in_words(db(), actor(), now(), rows)
    columns = (
        Column(_("Reference"), lambda row: row.reference),
        Column(_("Payee"), lambda row: row.payee_name),
        Column(_("Statement"), lambda row: row.statement.number),
        Column(_("Amount"), lambda row: yuan(row.amount_fen)),
        Column(_("Status"), lambda row: str(status("payout", row.state).word)),
        Column(_("Held by"), lambda row: " · ".join(held.get(row.id, []))),
        Column(_("Since"), lambda row: row.steps[-1].at),
    )
    return export(rows, columns, _("payouts"), kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with this payout, and what he may open from it."""

    decide: bool
    decide_anew: bool
    release: bool
    void: bool
    confirm: bool
    read_evidence: bool
    read_changes: bool
    see_batches: bool
    see_invoice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """A payout as its page shows it: what was checked, where the money goes, and what the bank said."""

    checks: list[Checked]
    held: list[str]
    beside: Beside | None
    waits: bool
    account: Account | None
    sent: BankDetails | None
    owns_account: bool
    first_anew: FirstApprovalAnew | None
    hand_refused: str | None
    own_corrections: Sequence[Correction]
    said: BankResult | None
    accounts: list[str]


@bp.get("/payouts/<int:payout_id>")
@guard(Permission.READ_PAYOUTS)
def show(payout_id: int) -> ResponseReturnValue:
    """One payout: whose hands it went through, and what is checked."""
    payout = load(Payout, payout_id)
    refusal = payouts.refusal_of(actor(), payout, Verb.APPROVE)
    requested, waits = payout.state is PayoutState.REQUESTED, payout.state in holds.OPEN
    own = actor().is_paid_as(payout.payee)
    return render_template(
        "payouts/show.html",
        payout=payout,
        staff=actor().staff,
        view=PayoutView(
            checks=_checks(payout) if actor().staff and (waits or payout.releases) else [],
            held=held_in_words(db(), actor(), now(), [payout]).get(payout.id, []),
            beside=beside.of_one(db(), payout) if actor().staff and waits else None,
            waits=waits,
            account=bank_details.accounts_of(db(), [payout.owner]).get(payout.payee),
            sent=bank_files.sent_to(db(), payout),
            owns_account=may(actor(), Permission.OWN_BANK_DETAILS),
            first_anew=payouts.first_anew(payout) if payout.state is PayoutState.APPROVED else None,
            hand_refused=say(refusal) if refusal and refusal.code != "wrong_state" else None,
            own_corrections=correction_proposals.by_askers(db(), payout) if actor().staff and waits else (),
            said=bank_answers.waiting_of(db(), [payout_id]).get(payout_id) if actor().staff else None,
            accounts=_accounts(payout) if actor().staff else [],
        ),
        words=CHECKS,
        say=say,
        title_of=title,
        may=MayDo(
            decide=may(actor(), Permission.APPROVE_PAYOUT) and requested,
            decide_anew=may(actor(), Permission.APPROVE_PAYOUT)
            and payouts.may_approve_anew(db(), actor(), now(), payout),
            release=may(actor(), Permission.RELEASE_HOLD) and waits and _hand_may_release(payout),
            void=may(actor(), Permission.VOID_PAYOUT) and waits and not own,
            confirm=may(actor(), Permission.CONFIRM_BANK_ANSWER),
            read_evidence=may(actor(), Permission.READ_DEALS),
            read_changes=may(actor(), Permission.READ_BANK_DETAILS),
            see_batches=may(actor(), Permission.EXPORT_PAYOUTS),
            see_invoice=may(actor(), Permission.READ_INVOICES) and payout.agency_id is not None,
        ),
    )


@bp.post("/payouts/<int:payout_id>/approve")
@guard(Permission.APPROVE_PAYOUT)
def approve(payout_id: int) -> ResponseReturnValue:
    """Let it go to the bank."""
    payout = load(Payout, payout_id)
    payouts.approve_payout(db(), actor(), now(), payout)
    if payout.state is PayoutState.REQUESTED:
        said = _("Approved, 1 of 2. Payout %(reference)s waits for a second approver.", reference=payout.reference)
        flash(said, "info")
    else:
        flash(_("Payout %(reference)s is approved.", reference=payout.reference), "success")
    return redirect(url_for(".show", payout_id=payout_id))


@bp.post("/payouts/<int:payout_id>/approve-anew")
@guard(Permission.APPROVE_PAYOUT)
def approve_anew(payout_id: int) -> ResponseReturnValue:
    """Let it go to the account that its payee has by now: the first approval was for another."""
    payout = load(Payout, payout_id)
    payouts.approve_anew(db(), actor(), now(), payout)
    if payouts.first_anew(payout) is not None:
        said = _("Approved, 1 of 2. Payout %(reference)s waits for a second approver.", reference=payout.reference)
        flash(said, "info")
    else:
        flash(_("Payout %(reference)s is approved for this account.", reference=payout.reference), "success")
    return redirect(url_for(".show", payout_id=payout_id))


@bp.route("/payouts/<int:payout_id>/reject", methods=["GET", "POST"])
@guard(Permission.APPROVE_PAYOUT, stops=True)
def reject(payout_id: int) -> ResponseReturnValue:
    """Send it back to finance with a reason."""
    payout, form = load(Payout, payout_id), RejectForm()
    if form.validate_on_submit():
        with refusing(form):
            payouts.reject_payout(db(), actor(), now(), payout, reason=form.reason.data)
            flash(_("Payout %(reference)s is rejected.", reference=payout.reference), "success")
            return redirect(url_for(".show", payout_id=payout_id))
    return form_page("payouts/reject.html", form, payout=payout)


@bp.route("/payouts/<int:payout_id>/void", methods=["GET", "POST"])
@guard(Permission.VOID_PAYOUT)
def void(payout_id: int) -> ResponseReturnValue:
    """Take it back before it leaves, with a reason."""
    payout, form = load(Payout, payout_id), VoidForm()
    if form.validate_on_submit():
        with refusing(form):
            payouts.void_payout(db(), actor(), now(), payout, reason=form.reason.data)
            flash(_("Payout %(reference)s is voided.", reference=payout.reference), "success")
            return redirect(url_for(".show", payout_id=payout_id))
    return form_page("payouts/void.html", form, payout=payout)


@bp.route("/payouts/<int:payout_id>/holds/<hold>", methods=["GET", "POST"])
@guard(Permission.RELEASE_HOLD)
def release(payout_id: int, hold: str) -> ResponseReturnValue:
    """Release one hold, with a reason; the others hold on."""
    payout, check, form = load(Payout, payout_id), chosen(Check, hold), ReleaseForm()
    if check not in RELEASABLE:
        abort(404)
    if form.validate_on_submit():
        with refusing(form):
            payouts.release_hold(db(), actor(), now(), payout, check, reason=form.reason.data)
            flash(_("Released. What else holds this payout holds on."), "success")
            return redirect(url_for(".show", payout_id=payout_id))
    held = payouts.found_holds(db(), now(), payout).get(check)
    return form_page(
        "payouts/release.html",
        form,
        payout=payout,
        check=CHECKS[check],
        held=say(held) if held else None,
        beside=beside.of_one(db(), payout),
        title_of=title,
        changed=check is Check.DEALS_UNCHANGED,
        reads_evidence=may(actor(), Permission.READ_DEALS),
    )


def _accounts(payout: Payout) -> list[str]:
    """What was done lately to the accounts of those whose hands it went through: hands are only as good as accounts."""
    hands = {payout.statement.issued_by, *(step.actor_id for step in payout.steps if step.actor_id)}
    events = account_history.recent(db(), now(), hands)
    return [_("%(name)s: %(what)s", name=event.person.name, what=in_a_sentence(event)) for event in events]


def _hand_may_release(payout: Payout) -> bool:
    """Whether this approver's hand may: not the issuer's, and not on his own payee."""
    return not actor().is_paid_as(payout.payee) and actor().id not in payouts.askers(payout)


def _checks(payout: Payout) -> list[payouts.Checked]:
    """What is checked, while it still matters, and for good what somebody released."""
    others = Check.TAX_COMPUTED if payout.agency_id is not None else Check.INVOICE_EQUAL
    found = [one for one in payouts.checks(db(), now(), payout) if one.check is not others]
    return found if payout.state in holds.OPEN else [one for one in found if one.releases]


def _agency() -> int | None:
    return number_of(request.args.get("agency"))


def _wanted() -> Select[Payout]:
    state, find = chosen(PayoutState, request.args.get("state")), request.args.get("q", "")
    stmt = payouts.listing(actor(), state=state, agency_id=_agency(), find=find)
    held = held_by(actor(), now(), request.args.get("hold", ""))
    return stmt if held is None else stmt.where(held)
