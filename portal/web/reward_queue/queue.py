"""Rewards in money that wait for approval: several with one decision, or one turned down with a reason."""

from dataclasses import dataclass

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select

from commissions.refusal import Refusal
from referral.rewards.reward import RewardState

from ...access.permissions import Permission
from ...models import Reward
from ...services.rewards import payments as reward_payments
from ...services.rewards import rewards
from ..components import money
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import rewards as words
from ..words.statuses import status
from .forms import RefuseRewardForm

bp = Blueprint("reward_queue", __name__, url_prefix="/rewards-to-approve")

_MOST_TOLD = 5
_SHOWN = {
    "waiting": (RewardState.DUE, False),
    "refused": (RewardState.DUE, True),
    "approved": (RewardState.APPROVED, False),
    "fulfilled": (RewardState.FULFILLED, False),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A reward as the list shows and ticks it."""

    reward: Reward
    friend: str
    taxed: reward_payments.Taxed | None

    @property
    def id(self) -> int:
        return self.reward.id

    @property
    def reference(self) -> str:
        return self.reward.referrer.person.name

    @property
    def amount_fen(self) -> int:
        return self.reward.value_fen or 0


@bp.get("/")
@guard(Permission.APPROVE_REWARD)
def index() -> ResponseReturnValue:
    """What waits, with the tax that each would bring; what was turned down, approved and paid."""
    shown = _shown()
    page = page_of(db(), _wanted(shown), Reward.id, request.args.get("after"))
    taxed = reward_payments.tax_on(db(), now(), page.rows) if shown == "waiting" else {}
    return render_template(
        "reward_queue/queue.html",
        shown=shown,
        rows=[Row(row, rewards.friend_of(db(), row), taxed.get(row.id)) for row in page.rows],
        next_cursor=page.next_cursor,
        tax_said=_tax_said(taxed) if taxed else "",
        words=words,
    )


@bp.get("/tax")
@guard(Permission.APPROVE_REWARD)
def tax() -> Response:
    """The tax on the ticked ones as they would be posted together: of each, and in all."""
    ids = {key for key in map(number_of, request.args.getlist("reward")) if key is not None}
    rows = db().scalars(reward_payments.listing(actor()).where(Reward.id.in_(ids)).order_by(Reward.id.desc())).all()
    taxed = reward_payments.tax_on(db(), now(), rows)
    return jsonify(said=_tax_said(taxed), rows={str(key): money(one.tax_fen) for key, one in taxed.items()})


@bp.post("/")
@guard(Permission.APPROVE_REWARD)
def approve() -> ResponseReturnValue:
    """Approve the ticked ones: each that may be, and the others are named with their reason."""
    ids = [key for key in map(number_of, request.form.getlist("reward")) if key is not None]
    if not ids:
        raise Refusal("nothing_chosen")
    approved, left_out = reward_payments.approve_rewards(db(), actor(), now(), ids)
    if approved:
        flash(ngettext("%(num)d reward approved.", "%(num)d rewards approved.", len(approved)), "success")
    for one in left_out[:_MOST_TOLD]:
        name = one.reward.referrer.person.name
        flash(_("The reward of %(name)s stays: %(why)s", name=name, why=say(one.refusal)), "warning")
    if more := len(left_out) - len(left_out[:_MOST_TOLD]):
        flash(ngettext("And %(num)d more stays.", "And %(num)d more stay.", more), "warning")
    return redirect(url_for(".index"))


@bp.get("/rewards.<kind>")
@guard(Permission.APPROVE_REWARD)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Referrer"), lambda row: row.referrer.person.name),
        Column(_("Reward"), lambda row: words.title(row)),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Friend"), lambda row: rewards.friend_of(db(), row)),
        Column(_("Due since"), lambda row: row.due_on),
        Column(_("Amount"), lambda row: yuan(row.value_fen)),
        Column(_("Status"), lambda row: str(status("reward", "refused" if row.refused_at else row.state).word)),
        Column(_("Approved at"), lambda row: row.approved_at),
        Column(_("Reason"), lambda row: row.refusal),
    )
    return export(db().scalars(_wanted(_shown()).order_by(Reward.id)).all(), columns, "rewards", kind)


@bp.route("/<int:reward_id>/refuse", methods=["GET", "POST"])
@guard(Permission.APPROVE_REWARD, stops=True)
def refuse(reward_id: int) -> ResponseReturnValue:
    """Turn one down, with a reason that its referrer reads."""
    reward, form = load(Reward, reward_id), RefuseRewardForm()
    if form.validate_on_submit():
        with refusing(form):
            reward_payments.refuse_reward(db(), actor(), now(), reward, reason=form.reason.data)
            flash(_("Turned down. It can be approved after all."), "success")
            return redirect(url_for(".index"))
    return form_page("reward_queue/refuse.html", form, reward=reward, words=words)


def _tax_said(taxed: dict[int, reward_payments.Taxed]) -> str:
    whole = sum(taxed.values(), reward_payments.Taxed())
    return _("Tax %(tax)s, paid out %(net)s", tax=money(whole.tax_fen), net=money(whole.net_fen))


def _shown() -> str:
    asked = request.args.get("state", "")
    return asked if asked in _SHOWN else "waiting"


def _wanted(shown: str) -> Select[Reward]:
    state, refused = _SHOWN[shown]
    return reward_payments.listing(actor(), state=state, refused=refused)
