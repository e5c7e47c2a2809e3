"""Reward plans in plain words, the editor that proposes the next, and what it would have given."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from referral.rewards.reward_plan import HOMEOWNER_LADDER, RewardPlan
from referral.rewards.reward_toml import plan_to_toml

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find, visible
from ...clock import day_start, local_day
from ...models import RewardPlanDraft, RewardPlanVersion
from ...services.partners.partners import open_developments
from ...services.rewards import drafts as reward_drafts
from ...services.rewards import promises
from ...services.rewards import what_if as reward_what_if
from ..edge import actor, db, load, now, refusing
from ..forms.rows import DEEDS, change_rows
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..plans.routes import toml_file
from ..words import reward_plans as words
from .forms import PlanFields, PlanText, TryForm

bp = Blueprint("reward_plans", __name__, url_prefix="/reward-plans")

_MOST = 200
_DAY = timedelta(days=1)
_TABS: Mapping[str, type[PlanFields] | type[PlanText]] = {"form": PlanFields, "text": PlanText}


@bp.get("/")
@guard(Permission.READ_REWARD_PLANS)
def index() -> ResponseReturnValue:
    """Every version, newest first, and the drafts that wait."""
    return render_template(
        "reward_plans/index.html",
        page=page_of(db(), visible(actor(), RewardPlanVersion), RewardPlanVersion.id, request.args.get("after")),
        drafts=_waiting(),
        states=reward_drafts.states(db(), now()),
        parse=reward_drafts.parse,
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )


@bp.get("/<int:version_id>")
@guard(Permission.READ_REWARD_PLANS)
def show(version_id: int) -> ResponseReturnValue:
    """One version in plain words."""
    version = load(RewardPlanVersion, version_id)
    return render_template(
        "reward_plans/show.html",
        version=version,
        plan=reward_drafts.parse(version.toml),
        state=reward_drafts.states(db(), now())[version.id],
        taken=promises.acceptances(db(), version) if version.offered_until else (),
        offered_to=promises.count_offered(db(), version) if version.offered_until else 0,
        may_open=may(actor(), Permission.MANAGE_REFERRERS),
        may_propose=may(actor(), Permission.PROPOSE_PLAN),
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )


@bp.get("/<int:version_id>.toml")
@guard(Permission.READ_REWARD_PLANS)
def download(version_id: int) -> Response:
    """The text as it was published."""
    version = load(RewardPlanVersion, version_id)
    place = _("# For: %(whom)s", whom=words.whose(version))
    return toml_file(f"{place}\n{version.toml}", f"{version.audience}-{version.version}")


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_PLAN)
def new() -> ResponseReturnValue:
    """The editor: a plan as its fields or as its text. Its buttons change rows and tabs, draw the picture, try the
    plan on history, and propose it."""
    if request.method == "GET":
        row = _named(request.args.get("base"))
        base = HOMEOWNER_LADDER if row is None else reward_drafts.parse(row.toml)
        place = "" if row is None or row.development_id is None else str(row.development_id)
        return _editor(PlanFields.of(base, development=place, effective_from=day_start(local_day(now()) + _DAY)), base)
    form, action = _typed(), request.form.get("action", "propose")
    if action.startswith(DEEDS):
        change_rows(form, action)
        return _editor(form, type(form)(formdata=None, data=form.data).plan())
    holds, plan = form.validate(), form.plan()
    if action == "preview":
        return _editor(form, plan)
    if not holds or plan is None:
        return _editor(form, plan), 422
    if action in _TABS:
        return _editor(_TABS[action].of(plan, **form.terms), plan)
    if action == "try" and may(actor(), Permission.ASK_WHAT_IF):
        since, until = _last_year()
        tried = reward_what_if.try_plan(db(), now(), plan, since=since, until=until, development_id=form.development_id)
        return _editor(form, plan, tried)
    with refusing(form):
        draft = _proposed(form, plan)
        flash(_("Proposed. Another person publishes it, or sends it back."), "success")
        return redirect(url_for("reward_drafts.show", draft_id=draft.id))
    return _editor(form, plan), 422


@bp.get("/what-if")
@guard(Permission.ASK_WHAT_IF)
def what_if() -> ResponseReturnValue:
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
    form.development.choices = [("", _("All")), *_developments()]
    form.development.data = form.development.data or ""
    if not request.args.get("since"):
        form.since.data, form.until.data = today.replace(month=1, day=1), today
    row = _named(form.tried.data)
    plan = None if row is None else reward_drafts.parse(row.toml)
    if row is not None and row.development_id is not None:
        form.development.data = str(row.development_id)  # it holds nowhere else
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
        *((f"d{row.id}", _("%(name)s, draft %(number)s", name=words.whose(row), number=row.id)) for row in drafts),
        *((f"v{row.id}", words.title(row)) for row in versions),
    ]


def _named(key: str | None) -> RewardPlanVersion | RewardPlanDraft | None:
    """What a key names: `v3` or `d5`; None where it names nothing that the reader may see."""
    number = number_of((key or "")[1:])
    if number is None:
        return None
    if (key or "").startswith("v"):
        return find(db(), actor(), RewardPlanVersion, number)
    return find(db(), actor(), RewardPlanDraft, number) if (key or "").startswith("d") else None


def _typed() -> PlanFields | PlanText:
    """The tab that was sent."""
    form = _TABS.get(request.form.get("tab", ""), PlanFields)()
    form.choose_from(_developments())
    return form


def _proposed(form: PlanFields | PlanText, plan: RewardPlan) -> RewardPlanDraft:
    return reward_drafts.propose_reward_plan(
        db(),
        actor(),
        now(),
        reward_drafts.ProposedPlan(
            toml=plan_to_toml(plan),
            effective_from=form.effective_from.data,
            note=form.note.data or "",
            development_id=form.development_id,
            offered_until=form.offered_until.data,
        ),
    )


def _developments() -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in open_developments(db())]


def _last_year() -> tuple[datetime, datetime]:
    """Twelve months of signings, today's included: what the editor tries a plan on."""
    tomorrow = day_start(local_day(now()) + _DAY)
    return tomorrow - 365 * _DAY, tomorrow


def _waiting() -> Sequence[RewardPlanDraft]:
    stmt = reward_drafts.listed(visible(actor(), RewardPlanDraft), undecided=True)
    return db().scalars(stmt.order_by(RewardPlanDraft.id)).all()


def _editor(form: PlanFields | PlanText, plan: RewardPlan | None, answer: reward_what_if.Answer | None = None) -> str:
    form.choose_from(_developments())
    return render_template(
        "reward_plans/edit.html",
        form=form,
        tab=next(tab for tab, of_tab in _TABS.items() if isinstance(form, of_tab)),
        plan=plan,
        answer=answer,
        follows=_named(request.args.get("base")),
        waiting=[draft for draft in _waiting() if plan and draft.audience == plan.audience],
        may_ask=may(actor(), Permission.ASK_WHAT_IF),
        words=words,
    )
