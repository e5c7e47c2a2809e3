"""Drafts of plans: proposed by one person, published or sent back by another, withdrawn by the first."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import DraftState, PlanDraft
from ...services.commission import plan_drafts, plans
from ..components import plan_name
from ..edge import actor, db, load, now
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..words import plans as words
from .routes import toml_file

bp = Blueprint("drafts", __name__)


@bp.get("/plans/drafts")
@guard(Permission.PROPOSE_PLAN)
def index() -> ResponseReturnValue:
    """All drafts, newest first."""
    wanted = chosen(DraftState, request.args.get("state"))
    stmt = plan_drafts.listed(visible(actor(), PlanDraft), wanted)
    page = page_of(db(), stmt, PlanDraft.id, request.args.get("after"))
    return render_template("plans/drafts.html", page=page, parse=plans.parse, words=words)


@bp.get("/plans/drafts/<int:draft_id>")
@guard(Permission.PROPOSE_PLAN)
def show(draft_id: int) -> ResponseReturnValue:
    """One draft in plain words, what it changes, and how it came about."""
    return _page(load(PlanDraft, draft_id), SendBackForm())


@bp.get("/plans/drafts/<int:draft_id>.toml")
@guard(Permission.PROPOSE_PLAN)
def download(draft_id: int) -> Response:
    """The text as it was proposed."""
    draft = load(PlanDraft, draft_id)
    return toml_file(draft.toml, f"{draft.name}-draft-{draft.id}")


@bp.post("/plans/drafts/<int:draft_id>/publish")
@guard(Permission.PUBLISH_PLAN)
def publish(draft_id: int) -> ResponseReturnValue:
    """Publish another person's draft."""
    return _pages.confirm(load(PlanDraft, draft_id), _publish)


@bp.post("/plans/drafts/<int:draft_id>/refuse")
@guard(Permission.PUBLISH_PLAN, stops=True)
def refuse(draft_id: int) -> ResponseReturnValue:
    """Send another person's draft back with a reason."""
    return _pages.send_back(load(PlanDraft, draft_id), plan_drafts.refuse_draft)


@bp.post("/plans/drafts/<int:draft_id>/withdraw")
@guard(Permission.PROPOSE_PLAN)
def withdraw(draft_id: int) -> ResponseReturnValue:
    """Take one's own draft back."""
    return _pages.withdraw(load(PlanDraft, draft_id), plan_drafts.withdraw_draft)


def _publish(draft: PlanDraft) -> ResponseReturnValue:
    version = plan_drafts.publish_draft(db(), actor(), now(), draft)
    name = plan_name(version.name)
    flash(_("Version %(version)s of %(name)s is published.", version=version.version, name=name), "success")
    return redirect(url_for("plans.show", version_id=version.id))


def _page(draft: PlanDraft, form: SendBackForm) -> str:
    mine = draft.proposed_by == actor().person_id
    is_open = draft.state is DraftState.PROPOSED
    return render_template(
        "plans/draft.html",
        draft=draft,
        form=form,
        plan=plans.parse(draft.toml),
        in_force=plans.in_force(db(), draft.name, now()),
        history=plan_drafts.history(db(), draft),
        words=words,
        may_decide=is_open and not mine and may(actor(), Permission.PUBLISH_PLAN),
        may_withdraw=is_open and mine,
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
    )


_pages = DecisionPages(_page, lambda draft: url_for(".show", draft_id=draft.id))
