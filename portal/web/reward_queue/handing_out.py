"""Rewards that are no money: approved into vouchers, and decided over when a purchase changed."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ...access.permissions import Permission
from ...access.policy import may
from ...models import ReviewOutcome, Reward
from ...services.partners.partners import open_developments
from ...services.rewards import charge_backs, rewards
from ...services.rewards import goods as reward_goods
from ..edge import actor, db, form_page, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.paging import page_of
from ..messages import say
from ..words import rewards as words

bp = Blueprint("handing_out", __name__, url_prefix="/rewards")

_MOST = 200


class ReviewForm(FlaskForm):
    """What becomes of a reward that was received, and whose purchase changed."""

    outcome = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(ReviewOutcome.STANDS.value, _l("Let it stand")),
            SelectChoice(ReviewOutcome.REPLACED.value, _l("Replace it by what is earned now")),
            SelectChoice(ReviewOutcome.CHARGED.value, _l("Charge it back")),
        ],
    )
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Enter the reason.")), Length(max=500)])


@bp.get("/handing-out")
@guard(Permission.HAND_OUT_REWARD)
def index() -> ResponseReturnValue:
    """What is due, to be approved; each becomes a voucher."""
    stmt = reward_goods.waiting(actor(), development_id=number_of(request.args.get("development")))
    return render_template(
        "reward_queue/handing_out.html",
        page=page_of(db(), stmt, Reward.id, request.args.get("after")),
        developments=[(one.id, one.name) for one in open_developments(db())],
        words=words,
    )


@bp.post("/handing-out")
@guard(Permission.HAND_OUT_REWARD)
def approve() -> ResponseReturnValue:
    """Approve what is ticked."""
    ids = [key for key in map(number_of, request.form.getlist("reward")) if key is not None][:_MOST]
    issued, left_out = reward_goods.approve_goods(db(), actor(), now(), ids)
    if issued:
        flash(ngettext("%(num)d voucher is issued.", "%(num)d vouchers are issued.", len(issued)), "success")
    for one in left_out:
        flash(_("Reward %(number)s: %(why)s", number=one.reward.id, why=say(one.refusal)), "warning")
    if not ids:
        flash(_("Tick at least one reward."), "warning")
    return redirect(url_for(".index"), 303)


@bp.get("/reviews")
@guard(Permission.HAND_OUT_REWARD)
def reviews() -> ResponseReturnValue:
    """Rewards that were received, and whose purchase changed since."""
    page = page_of(db(), reward_goods.to_review(actor()), Reward.id, request.args.get("after"))
    unasked = [(row, charge_backs.worth_fen(db(), row)) for row in reward_goods.not_asked_for(db(), actor())]
    asks = may(actor(), Permission.PROPOSE_ADJUSTMENT)
    return render_template("reward_queue/reward_reviews.html", page=page, unasked=unasked, asks=asks, words=words)


@bp.route("/reviews/<int:reward_id>", methods=["GET", "POST"])
@guard(Permission.HAND_OUT_REWARD)
def review(reward_id: int) -> ResponseReturnValue:
    """Decide over one of them."""
    row = reward_goods.find_review(db(), actor(), reward_id)
    if row is None:
        abort(404)
    form = ReviewForm()
    gone = ReviewOutcome.REPLACED if not row.reviewed_rung else ReviewOutcome.CHARGED
    form.outcome.choices = [choice for choice in form.outcome.choices if choice.value != gone.value]
    if form.validate_on_submit():
        with refusing(form):
            outcome = ReviewOutcome(form.outcome.data)
            if reward_goods.decide_review(db(), actor(), now(), row, outcome=outcome, reason=form.reason.data):
                flash(_("Decided."), "success")
            else:
                flash(_("Nothing is left to decide: what was received is earned again."), "info")
            return redirect(url_for(".reviews"))
    return form_page("reward_queue/reward_review.html", form, reward=row, now_earned=_now_earned(row), words=words)


def _now_earned(row: Reward) -> str:
    """What the friend's step of today brings, in words; empty where nothing is earned any more."""
    plan = rewards.plan_of_reward(db(), row) if row.reviewed_rung else None
    items = plan.rungs[row.reviewed_rung - 1].items if plan and row.reviewed_rung else ()
    return words.in_one(items[row.slot]) if row.slot < len(items) else ""
