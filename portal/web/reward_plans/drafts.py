"""Drafts of reward plans: published or sent back by another person than who proposed them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import DraftState, RewardPlanDraft
from ...services.rewards import drafts as reward_drafts
from ..edge import actor, db, load, now
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..words import reward_plans as words

bp = Blueprint("reward_drafts", __name__, url_prefix="/reward-plans/drafts")


@bp.get("/<int:draft_id>")
@guard(Permission.READ_REWARD_PLANS)
def show(draft_id: int) -> ResponseReturnValue:
    """One draft in plain words."""
    return _page(load(RewardPlanDraft, draft_id), SendBackForm(formdata=None))


@bp.post("/<int:draft_id>/publish")
@guard(Permission.PUBLISH_PLAN)
def publish(draft_id: int) -> ResponseReturnValue:
    """Publish another person's draft."""
    return _pages.confirm(load(RewardPlanDraft, draft_id), _publish)


@bp.post("/<int:draft_id>/refuse")
@guard(Permission.PUBLISH_PLAN, stops=True)
def refuse(draft_id: int) -> ResponseReturnValue:
    """Send another person's draft back with a reason."""
    return _pages.send_back(load(RewardPlanDraft, draft_id), reward_drafts.refuse_draft)


@bp.post("/<int:draft_id>/withdraw")
@guard(Permission.PROPOSE_PLAN)
def withdraw(draft_id: int) -> ResponseReturnValue:
    """Take one's own draft back."""
    return _pages.withdraw(load(RewardPlanDraft, draft_id), reward_drafts.withdraw_draft)


def _publish(draft: RewardPlanDraft) -> ResponseReturnValue:
    version = reward_drafts.publish_draft(db(), actor(), now(), draft)
    flash(_("Version %(version)s is published. Who joins from its day on is promised it.", version=version.version))
    return redirect(url_for("reward_plans.show", version_id=version.id))


def _page(draft: RewardPlanDraft, form: SendBackForm) -> str:
    open_still, own = draft.state is DraftState.PROPOSED, draft.proposed_by == actor().id
    return render_template(
        "reward_plans/draft.html",
        draft=draft,
        plan=reward_drafts.parse(draft.toml),
        form=form,
        may_decide=open_still and not own and may(actor(), Permission.PUBLISH_PLAN),
        may_withdraw=open_still and own,
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )


_pages = DecisionPages(_page, lambda draft: url_for(".show", draft_id=draft.id))
