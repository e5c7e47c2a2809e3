"""What the bank's answers call failed or sent back: the list, and the second person's word on each."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import BankResult
from ...services.payouts import bank_answers
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from ..lists.paging import page_of
from ..messages import say
from .forms import DismissForm

bp = Blueprint("bank_answers", __name__)


@bp.get("/payouts/answers")
@guard(Permission.CONFIRM_BANK_ANSWER)
def index() -> ResponseReturnValue:
    """The rows that wait, or with `state=all` every one there was, newest first."""
    everything = request.args.get("state") == "all"
    stmt = bank_answers.listing(actor(), waiting=not everything)
    page = page_of(db(), stmt, BankResult.id, request.args.get("after"))
    return render_template("payouts/answers.html", page=page, everything=everything, waits=_waiting(page.rows))


@bp.get("/payouts/answers/<int:result_id>")
@guard(Permission.CONFIRM_BANK_ANSWER)
def show(result_id: int) -> ResponseReturnValue:
    """One row as the bank's file has it, and what follows from confirming it."""
    return _page(load(BankResult, result_id), DismissForm())


@bp.post("/payouts/answers/<int:result_id>/confirm")
@guard(Permission.CONFIRM_BANK_ANSWER)
def confirm(result_id: int) -> ResponseReturnValue:
    """Let it stand: the money is payable again."""
    result, form = load(BankResult, result_id), DismissForm(formdata=None)
    with refusing(form):
        bank_answers.confirm_answer(db(), actor(), now(), result)
        flash(_("Confirmed. The money is payable again; finance can ask for it anew."), "success")
        return redirect(url_for(".show", result_id=result_id))
    return _page(result, form), 409


@bp.post("/payouts/answers/<int:result_id>/dismiss")
@guard(Permission.CONFIRM_BANK_ANSWER)
def dismiss(result_id: int) -> ResponseReturnValue:
    """Say that it is not so, with the reason."""
    result, form = load(BankResult, result_id), DismissForm()
    if form.validate_on_submit():
        with refusing(form):
            bank_answers.dismiss_answer(db(), actor(), now(), result, reason=form.reason.data)
            flash(_("Dismissed. The payment stays where it was."), "success")
            return redirect(url_for(".show", result_id=result_id))
    return _page(result, form), 422


def _page(result: BankResult, form: DismissForm) -> str:
    waits = bool(_waiting([result]))
    try:
        bank_answers.check_hand(actor(), result)
        hand_refused = None
    except Refusal as refusal:
        hand_refused = say(refusal)
    return render_template(
        "payouts/answer.html", result=result, form=form, waits=waits, hand_refused=hand_refused if waits else None
    )


def _waiting(rows: Sequence[BankResult]) -> set[int]:
    """Which of these still wait."""
    ids = [row.payout_id for row in rows if row.payout_id is not None]
    of_payout = bank_answers.waiting_of(db(), ids)
    return {row.id for row in rows if row.confirmation is None and row.payout_id in of_payout}
