"""The approver's queue: what waits for him, what holds it, and several approved with one decision."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Payout, PayoutState
from ...services.bank_details import bank_details
from ...services.payouts import failed_payouts, payouts
from ...services.payouts import queue as payout_queue
from ...services.payouts.payouts import LeftOut
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.paging import page_of
from ..messages import say
from . import beside

bp = Blueprint("payout_queue", __name__)

AT_ONCE = 300
"""Payouts on a page of the queue, and so in one decision: a month's agencies, so that it is not a day of rounds."""

_MOST_TOLD = 5


@bp.get("/payouts/queue")
@guard(Permission.APPROVE_PAYOUT)
def index() -> ResponseReturnValue:
    """What waits for an approval, the oldest first; what may be approved now is ticked."""
    waiting = payout_queue.to_approve(actor())
    page = page_of(db(), waiting, Payout.id, request.args.get("after"), AT_ONCE, ascending=True)
    facts = {"refused": _refused(page.rows), "beside": beside.of_rows(db(), page.rows)}
    facts["accounts"] = bank_details.accounts_of(db(), [row.owner for row in page.rows])
    return render_template("payouts/queue.html", page=page, first_anew=payouts.first_anew, **facts)


@bp.post("/payouts/queue")
@guard(Permission.APPROVE_PAYOUT)
def approve() -> ResponseReturnValue:
    """Approve the ticked ones: each that may go, and the others are named with their reason."""
    ids = chosen_ids()
    found = db().scalars(payouts.listing(actor()).where(Payout.id.in_(ids))).all()
    if not found:
        raise Refusal("nothing_chosen")
    approved, left_out = payouts.approve_payouts(db(), actor(), now(), found)
    first = [one for one in approved if one.state is PayoutState.REQUESTED or payouts.first_anew(one)]
    if done := len(approved) - len(first):
        flash(ngettext("%(num)d payout approved.", "%(num)d payouts approved.", done), "success")
    if first:
        said = ngettext("%(num)d waits for a second approver.", "%(num)d wait for a second approver.", len(first))
        flash(said, "info")
    tell_left_out(left_out)
    return redirect(url_for(".index"))


@bp.get("/payouts/failed")
@guard(Permission.ISSUE_STATEMENT)
def failed() -> ResponseReturnValue:
    """Payments that did not arrive, with the bank's words, and what must be mended first."""
    return render_template("payouts/failed.html", failures=failed_payouts.failures(db(), actor()), say=say)


@bp.post("/payouts/failed")
@guard(Permission.ISSUE_STATEMENT)
def request_failed() -> ResponseReturnValue:
    """Ask for the ticked ones anew, each once."""
    asked, left_out = failed_payouts.request_again(db(), actor(), now(), chosen_ids())
    if asked:
        flash(ngettext("%(num)d payout requested anew.", "%(num)d payouts requested anew.", len(asked)), "success")
    tell_left_out(left_out)
    return redirect(url_for("payouts.index"))


def chosen_ids() -> list[int]:
    """The payouts that were ticked."""
    return [key for key in map(number_of, request.form.getlist("payout")) if key is not None]


def tell_left_out(left_out: Sequence[LeftOut]) -> None:
    """Name what did not go along, each with its reason; after the first few only how many more (a cookie is small)."""
    for one in left_out[:_MOST_TOLD]:
        flash(_("%(reference)s stays: %(why)s", reference=one.payout.reference, why=say(one.refusal)), "warning")
    if more := len(left_out) - len(left_out[:_MOST_TOLD]):
        flash(ngettext("And %(num)d more stays.", "And %(num)d more stay.", more), "warning")


def _refused(rows: Sequence[Payout]) -> dict[int, list[str]]:
    """Why each of these cannot be approved now, in words; what is not in here can."""
    found = payouts.approval_refusals(db(), actor(), now(), rows)
    return {key: [say(one) for one in refusals] for key, refusals in found.items() if refusals}
