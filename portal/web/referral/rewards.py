"""The referrer's rewards: the ladder, and what comes when."""

from flask import Blueprint, render_template

from referral.reward import State

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import Reward
from ...services import rewards
from ..edge import actor, db
from ..guard import guard
from . import words
from .poster import own_referrer

bp = Blueprint("rewards", __name__, url_prefix="/rewards")


@bp.get("/")
@guard(Permission.OWN_REWARDS)
def index():
    """My rewards."""
    plan = rewards.plan_of(db(), own_referrer())
    earned = rewards.rewards_of(db(), visible(actor(), Reward))
    signed = len({one.reward.deal_id for one in earned if one.reward.state is not State.REVOKED})
    return render_template("referral/rewards.html", plan=plan, earned=earned, signed=signed, words=words)
