"""Commission plans: every version in plain words, side by side with another, and the editor that proposes the next."""

from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.plan import STANDARD, Plan
from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import PlanDraft, PlanVersion
from ...services.commission import plan_drafts, plans
from ..edge import actor, db, load, now, refusing, show_refusal
from ..files.downloads import file_response
from ..forms.rows import DEEDS, change_rows
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.paging import page_of
from ..words import plans as words
from . import comparison
from .forms import PlanForm

bp = Blueprint("plans", __name__)


@bp.get("/plans")
@guard(Permission.READ_PLANS)
def index() -> ResponseReturnValue:
    """The versions that the reader may see, newest first."""
    page = page_of(db(), visible(actor(), PlanVersion), PlanVersion.id, request.args.get("after"))
    return render_template(
        "plans/index.html",
        page=page,
        states=plans.states(db(), now()),
        parse=plans.parse,
        words=words,
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
    )


@bp.get("/plans/<int:version_id>")
@guard(Permission.READ_PLANS)
def show(version_id: int) -> ResponseReturnValue:
    """One version in plain words."""
    version = load(PlanVersion, version_id)
    return render_template(
        "plans/show.html",
        version=version,
        plan=plans.parse(version.toml),
        state=plans.states(db(), now())[version.id],
        draft=plan_drafts.of_version(db(), version) if actor().staff else None,
        before=plans.before(db(), version),
        words=words,
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
    )


@bp.get("/plans/<int:version_id>.toml")
@guard(Permission.READ_PLANS)
def download(version_id: int) -> Response:
    """The text as it was published."""
    version = load(PlanVersion, version_id)
    return toml_file(version.toml, f"{version.name}-{version.version}")


@bp.get("/plans/compare")
@guard(Permission.READ_PLANS)
def compare() -> ResponseReturnValue:
    """Two versions or drafts side by side, every line that differs marked. It begins with the newest."""
    if not request.args and (pair := comparison.newest_pair(db(), actor())):
        return redirect(url_for(".compare", left=pair[0], right=pair[1]))
    choices = comparison.choices(db(), actor())
    left, right = sides = [comparison.side(db(), actor(), request.args.get(name)) for name in ("left", "right")]
    return render_template(
        "plans/compare.html",
        choices=choices,
        sides=sides,
        rows=comparison.rows(left, right) if left and right else [],
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        words=words,
    )


@bp.route("/plans/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_PLAN)
def new() -> ResponseReturnValue:
    """The editor. Its buttons add and remove rows, read a text in, draw the picture, and propose the plan."""
    follows = _follows()
    if request.method == "GET":
        form = PlanForm.of(_base(follows), now())
        return _editor(form, form.plan(), follows)
    form, action = PlanForm(), request.form.get("action", "propose")
    if action == "import":
        return _imported(form, follows)
    if action.startswith(DEEDS):
        change_rows(form, action)
        return _editor(form, None, follows)
    holds, plan = form.validate(), form.plan()
    if action == "preview":
        return _editor(form, plan, follows)
    if holds and plan is not None:
        with refusing(form):
            draft = plan_drafts.propose_plan(
                db(),
                actor(),
                now(),
                toml=plan.to_toml(),
                effective_from=form.effective_from.data,
                note=form.note.data or "",
                follows=follows,
            )
            flash(_("Proposed. Another person publishes it, or sends it back."), "success")
            return redirect(url_for("drafts.show", draft_id=draft.id))
    return _editor(form, plan, follows), 422


def toml_file(text: str, name: str) -> Response:
    """A plan's text as a file."""
    return file_response(text, "application/toml", f"{name}.toml")


def _follows() -> PlanDraft | None:
    draft_id = number_of(request.args.get("draft"))
    return load(PlanDraft, draft_id) if draft_id else None


def _base(follows: PlanDraft | None) -> Plan:
    """What the editor begins with: a draft, a version, or the standard plan."""
    if follows is not None:
        return plans.parse(follows.toml)
    base = number_of(request.args.get("base"))
    return plans.parse(load(PlanVersion, base).toml if base else STANDARD)


def _imported(form: PlanForm, follows: PlanDraft | None) -> ResponseReturnValue:
    """The editor, filled in from a text; as it was, with the fault beside the text, where that is no plan."""
    begins: datetime = form.effective_from.data or now()
    text = form.imported()
    if text is None:
        form.file.errors = [_("This file is not a text in UTF-8.")]
        return _editor(form, None, follows), 422
    form.toml.data = form.toml.raw_data = text
    try:
        plan = plans.parse(text.replace("\r\n", "\n"))
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _editor(form, None, follows), 422
    flash(_("Read in. Look at it, then propose it."), "success")
    return _editor(PlanForm.of(plan, begins, form.note.data or ""), plan, follows)


def _editor(form: PlanForm, plan: Plan | None, follows: PlanDraft | None) -> str:
    name = str(form.name.data or "").strip()
    return render_template(
        "plans/edit.html",
        form=form,
        plan=plan,
        follows=follows,
        next_version=plans.newest_version(db(), name) + 1,
        waiting=[one for one in plan_drafts.open_drafts(db(), name) if one is not follows],
        starts=words.row_starts([row.form.up_to.data for row in form.tiers.entries]),
        words=words,
    )
