"""Reward plans in plain words, the text that proposes the next, and what it would have given."""

from datetime import timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from commissions.refusal import Refusal
from referral.reward_plan import HOMEOWNER_LADDER, RewardPlan
from referral.reward_toml import plan_to_toml

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find, visible
from ...clock import day_start, local_day
from ...models import RewardPlanDraft, RewardPlanVersion
from ...services import reward_drafts, reward_what_if
from ...services.walk_ins import open_developments
from ..arguments import number_of
from ..edge import actor, db, load, now, show_refusal
from ..exports import Column, export, yuan
from ..guard import guard
from ..paging import page_of
from ..plans.routes import toml_file
from . import words
from .forms import RewardPlanForm, TryForm

bp = Blueprint("reward_plans", __name__, url_prefix="/reward-plans")

_MOST = 200
_DAY = timedelta(days=1)


@bp.get("/")
@guard(Permission.READ_REWARD_PLANS)
def index():
    """Every version, newest first, and the drafts that wait."""
    waiting = reward_drafts.listed(visible(actor(), RewardPlanDraft), undecided=True)
    return render_template(
        "reward_plans/index.html",
        page=page_of(db(), visible(actor(), RewardPlanVersion), RewardPlanVersion.id, request.args.get("after")),
        drafts=db().scalars(waiting.order_by(RewardPlanDraft.id)).all(),
        states=reward_drafts.states(db(), now()),
        parse=reward_drafts.parse,
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )


@bp.get("/<int:version_id>")
@guard(Permission.READ_REWARD_PLANS)
def show(version_id: int):
    """One version in plain words."""
    version = load(RewardPlanVersion, version_id)
    return render_template(
        "reward_plans/show.html",
        version=version,
        plan=reward_drafts.parse(version.toml),
        state=reward_drafts.states(db(), now())[version.id],
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )


@bp.get("/<int:version_id>.toml")
@guard(Permission.READ_REWARD_PLANS)
def download(version_id: int) -> Response:
    """The text as it was published."""
    version = load(RewardPlanVersion, version_id)
    return toml_file(version.toml, f"{version.audience}-{version.version}")


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_PLAN)
def new():
    """Write the next version of a plan; a text that is none is refused at its place."""
    form = RewardPlanForm(toml=_base(), effective_from=day_start(local_day(now()) + _DAY))
    plan = None
    if form.is_submitted() and form.toml.data:
        text = form.toml.data.replace("\r\n", "\n")
        try:
            plan = reward_drafts.parse(text)
            if form.validate() and request.form.get("action") != "preview":
                with db().begin_nested():
                    draft = reward_drafts.propose_reward_plan(
                        db(),
                        actor(),
                        now(),
                        toml=text,
                        effective_from=form.effective_from.data,
                        note=form.note.data or "",
                    )
                flash(_("Proposed. Another person publishes it, or sends it back."), "success")
                return redirect(url_for("reward_drafts.show", draft_id=draft.id))
        except Refusal as refusal:
            _show(form, refusal)
    elif form.is_submitted():
        form.validate()
    page = render_template("reward_plans/edit.html", form=form, plan=plan, words=words)
    return page, 422 if form.errors else 200


@bp.get("/what-if")
@guard(Permission.ASK_WHAT_IF)
def what_if():
    """What a draft or a version would have given for the signings of some days."""
    form, plan, answer = _answered()
    return render_template("reward_plans/what_if.html", form=form, plan=plan, answer=answer, words=words, most=_MOST)


@bp.get("/what-if.<kind>")
@guard(Permission.ASK_WHAT_IF)
def what_if_file(kind: str) -> Response:
    """Every referrer of the answer as a file."""
    _form, _plan, answer = _answered()
    columns = (
        Column(_("Referrer"), lambda row: row.referrer.person.name),
        Column(_("Development"), lambda row: row.referrer.development.name),
        Column(_("Friends"), lambda row: row.effect.friends),
        Column(_("Cash as it is"), lambda row: yuan(row.effect.before.cash_fen)),
        Column(_("Cash as it would be"), lambda row: yuan(row.effect.after.cash_fen)),
        Column(_("Goods as they are"), lambda row: yuan(row.effect.before.goods_fen)),
        Column(_("Goods as they would be"), lambda row: yuan(row.effect.after.goods_fen)),
        Column(_("Items as they are"), lambda row: words.counted(row.effect.before)),
        Column(_("Items as they would be"), lambda row: words.counted(row.effect.after)),
    )
    return export(answer.rows if answer else (), columns, "reward-plan-what-if", kind)


def _answered() -> tuple[TryForm, RewardPlan | None, reward_what_if.Answer | None]:
    today = local_day(now())
    form = TryForm(request.args, since=today.replace(month=1, day=1), until=today)
    form.tried.choices = _choices()
    developments = [(str(one.id), one.name) for one in open_developments(db())]
    form.development.choices = [("", _("All")), *developments]
    form.development.data = form.development.data or ""
    if not request.args.get("since"):
        form.since.data, form.until.data = today.replace(month=1, day=1), today
    plan = _tried(form.tried.data)
    if plan is None or "since" not in request.args or not form.validate():
        return form, plan, None
    answer = reward_what_if.try_plan(
        db(),
        now(),
        plan,
        since=day_start(form.since.data),
        until=day_start(form.until.data + _DAY),
        development_id=number_of(form.development.data),
    )
    return form, plan, answer


def _choices() -> list[tuple[str, str]]:
    """Drafts and versions to try, as (key, title)."""
    drafts = db().scalars(visible(actor(), RewardPlanDraft).order_by(RewardPlanDraft.id.desc()).limit(_MOST))
    versions = db().scalars(visible(actor(), RewardPlanVersion).order_by(RewardPlanVersion.id.desc()).limit(_MOST))
    return [
        *((f"d{row.id}", _("%(name)s, draft %(number)s", name=_whose(row.audience), number=row.id)) for row in drafts),
        *(
            (f"v{row.id}", _("%(name)s, version %(version)s", name=_whose(row.audience), version=row.version))
            for row in versions
        ),
    ]


def _whose(audience: str) -> str:
    return str(words.PLANS_FOR[audience])  # type: ignore[index] # a StrEnum is its word


def _tried(key: str | None) -> RewardPlan | None:
    """What a key names: `v3` or `d5`."""
    number = number_of((key or "")[1:])
    model = {"v": RewardPlanVersion, "d": RewardPlanDraft}.get((key or "")[:1])
    row = None if model is None or number is None else find(db(), actor(), model, number)
    return None if row is None else reward_drafts.parse(row.toml)


def _base() -> str:
    """What the text begins with: a version, a draft, or the ladder of rules 7.3."""
    plan = _tried(request.args.get("base"))
    return plan_to_toml(plan or HOMEOWNER_LADDER)


def _show(form: RewardPlanForm, refusal: Refusal) -> None:
    if refusal.code == "reward_plan_invalid":
        form.toml.errors = [*form.toml.errors, words.fault(refusal)]
    else:
        show_refusal(form, refusal)
