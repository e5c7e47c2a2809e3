"""Commission plans: every version in plain words, and the next one published after its explanation was read."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from commissions.plan import STANDARD, Plan

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import PlanVersion
from ...services import plans
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from ..paging import page_of
from . import words
from .forms import PlanForm

bp = Blueprint("plans", __name__)


@bp.get("/plans")
@guard(Permission.READ_PLANS)
def index():
    """The versions that the reader may see, newest first."""
    page = page_of(db(), visible(actor(), PlanVersion), PlanVersion.id, request.args.get("after"))
    return render_template(
        "plans/index.html",
        page=page,
        states=plans.states(db(), now()),
        parse=plans.parse,
        words=words,
        may_publish=may(actor(), Permission.PUBLISH_PLAN),
    )


@bp.get("/plans/<int:version_id>")
@guard(Permission.READ_PLANS)
def show(version_id: int):
    """One version in plain words."""
    version = load(PlanVersion, version_id)
    return render_template(
        "plans/show.html",
        version=version,
        plan=plans.parse(version.toml),
        state=plans.states(db(), now())[version.id],
        words=words,
        may_publish=may(actor(), Permission.PUBLISH_PLAN),
    )


@bp.get("/plans/<int:version_id>.toml")
@guard(Permission.READ_PLANS)
def download(version_id: int) -> Response:
    """The text as it was published."""
    version = load(PlanVersion, version_id)
    response = Response(version.toml, mimetype="application/toml")
    response.headers.set("Content-Disposition", "attachment", filename=f"{version.name}-{version.version}.toml")
    return response


@bp.route("/plans/new", methods=["GET", "POST"])
@guard(Permission.PUBLISH_PLAN)
def new():
    """Write or upload the next version: first it is explained, then published."""
    form = PlanForm()
    plan = None
    if request.method == "GET":
        base = request.args.get("base", type=int)
        form.toml.data = load(PlanVersion, base).toml if base else STANDARD
        form.effective_from.data = now()
    elif form.validate_on_submit():
        if not form.take_file():
            form.file.errors = [_("This file is not a text in UTF-8.")]
        else:
            plan, published = _published(form)
            if published is not None:
                return redirect(url_for("plans.show", version_id=published.id))
    shown = 422 if form.is_submitted() and plan is None else 200
    return render_template("plans/new.html", form=form, plan=plan, words=words, next_version=_next_version(plan)), shown


def _published(form: PlanForm) -> tuple[Plan | None, PlanVersion | None]:
    """The plan as it reads, if it reads; and its version, once its explanation was confirmed."""
    plan = published = None
    with refusing(form):
        plan = plans.parse(form.toml.data)
        if form.ready:
            published = plans.publish_plan(
                db(), actor(), now(), name=plan.name, toml=form.toml.data, effective_from=form.effective_from.data
            )
            flash(
                _("Version %(version)s of %(name)s is published.", version=published.version, name=plan.name), "success"
            )
        else:
            form.mark_explained()
    return (None if form.errors else plan), published


def _next_version(plan: Plan | None) -> int | None:
    return None if plan is None else plans.newest_version(db(), plan.name) + 1
