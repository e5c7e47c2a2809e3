"""Care plans: which holds where, the editor that proposes the next, what it would change, and the second person."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find
from ...clock import local_day
from ...models import CarePlan
from ...rules.care.plan import Plan
from ...rules.care.plan_toml import given_text
from ...rules.care_plans.compare import Tried, lines
from ...services.care import trying
from ...services.care_plans import plans
from ..care import words as care_words
from ..edge import actor, db, load, now, refusing
from ..forms.proposals import DecisionPages, SendBackForm
from ..forms.rows import DEEDS, change_rows
from ..guard import guard
from ..lists.arguments import day_of, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..plans.routes import toml_file
from . import words
from .forms import EndForm, PlanFields, PlanText, TryForm

bp = Blueprint("care_plans", __name__, url_prefix="/care/plans")

_TABS: dict[str, type[PlanFields] | type[PlanText]] = {"form": PlanFields, "text": PlanText}
_MOST_SHOWN = 100
"""Clients that the page of a try-out names; the file names all."""
ONE_DAY = timedelta(days=1)
GIVEN = "given"
"""How the plan of the handbooks is named in an address."""


@bp.get("")
@guard(Permission.READ_CARE_PLANS)
def index() -> str:
    """Which plan each development follows, what waits or begins, and all versions."""
    held = plans.all_in_force(db(), now())
    return render_template(
        "care_plans/index.html",
        held=held,
        names=dict(plans.development_names(db())),
        waiting=plans.waiting(db(), actor()),
        reader=actor().id,
        to_come=plans.to_come(db(), actor(), now()),
        page=page_of(db(), plans.listing(actor()), CarePlan.id, request.args.get("after")),
        may_propose=may(actor(), Permission.PROPOSE_CARE_PLAN),
        day_of=local_day,
        words=words,
    )


@bp.get("/given")
@guard(Permission.READ_CARE_PLANS)
def given() -> str:
    """The plan of the owner's handbooks in plain words."""
    return render_template("care_plans/given.html", plan=plans.given(), **_in_words())


@bp.get("/given.toml")
@guard(Permission.READ_CARE_PLANS)
def given_file() -> Response:
    """Its text, as `portal care due` reads it."""
    return toml_file(given_text(), "care-plan-given")


@bp.get("/<int:plan_id>")
@guard(Permission.READ_CARE_PLANS)
def show(plan_id: int) -> str:
    """A version or proposal: what it says, and what it says otherwise than the one before."""
    return _page(load(CarePlan, plan_id), SendBackForm(formdata=None))


@bp.get("/<int:plan_id>.toml")
@guard(Permission.READ_CARE_PLANS)
def download(plan_id: int) -> Response:
    """Its text, as `portal care due` reads it."""
    row = load(CarePlan, plan_id)
    return toml_file(row.toml, f"care-plan-{row.id}")


@bp.get("/compare")
@guard(Permission.READ_CARE_PLANS)
def compare() -> str:
    """Two versions side by side."""
    left, right = (_named(request.args.get(name)) for name in ("left", "right"))
    return render_template(
        "care_plans/compare.html",
        choices=_choices(),
        rows=[words.compared(line) for line in lines(left, right)] if left and right else [],
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_CARE_PLAN)
def new() -> ResponseReturnValue:
    """The editor: a plan as its fields or as its text. Its buttons change rows and tabs, try the plan on the clients of
    now, and propose it."""
    if request.method == "GET":
        base, place = _base()
        form = PlanFields.of(base, starts=local_day(now()) + ONE_DAY, development=place, note="")
        return _editor(form, base)
    form, action = _typed(), request.form.get("action", "propose")
    if action.startswith(DEEDS):
        change_rows(form, action)
        return _editor(form, None)
    if action != "propose":
        form.note.validators = ()  # why is asked of who proposes
    holds, plan = form.validate(), form.plan()
    if action == "preview":
        return _editor(form, plan)
    if action in _TABS and plan is not None:
        return _editor(_TABS[action].of(plan, **form.terms), plan)
    if not holds or plan is None:
        return _editor(form, plan), 422
    if action == "try":
        tomorrow = local_day(now()) + ONE_DAY
        return _editor(form, plan, trying.try_out(db(), now(), plan, form.development_id, tomorrow))
    with refusing(form):
        row = _proposed(form, plan)
        flash(_("Proposed. Another person publishes it, or sends it back."), "success")
        return redirect(url_for(".show", plan_id=row.id))
    return _editor(form, plan), 422


@bp.route("/end", methods=["GET", "POST"])
@guard(Permission.PROPOSE_CARE_PLAN)
def end() -> ResponseReturnValue:
    """Propose that a development follows the plan for all again."""
    form = EndForm(development=request.args.get("development", ""), starts=local_day(now()) + ONE_DAY)
    form.choose_from(plans.development_names(db()))
    if form.validate_on_submit():
        with refusing(form):
            row = _proposed(form, None)
            flash(_("Proposed. Another person publishes it, or sends it back."), "success")
            return redirect(url_for(".show", plan_id=row.id))
    status = 422 if form.errors else 200
    return render_template("care_plans/end.html", form=form), status


@bp.get("/<int:plan_id>/try")
@guard(Permission.READ_CARE_PLANS)
def try_out(plan_id: int) -> str:
    """What a plan would change on a day: how many steps by channel and carer, and whose."""
    row, form, tried = _tried(plan_id)
    return render_template(
        "care_plans/try.html",
        row=row,
        form=form,
        tried=tried,
        names=trying.names(db(), actor(), tried, most=_MOST_SHOWN) if tried else trying.Names(),
        may_see=may(actor(), Permission.CARE_FOR_CLIENTS),
        most=_MOST_SHOWN,
        words=words,
        care_words=care_words,
    )


@bp.get("/<int:plan_id>/try.<kind>")
@guard(Permission.LEAD_CARE)
def try_out_file(plan_id: int, kind: str) -> Response:
    """Every client whose steps differ, as a file."""
    _row, _form, tried = _tried(plan_id)
    names = trying.names(db(), actor(), tried) if tried else trying.Names()
    columns = (
        Column(_("Client"), lambda one: names[one.client_id].client),
        Column(_("Development"), lambda one: names[one.client_id].development),
        Column(_("In the care of"), lambda one: names[one.client_id].carer),
        Column(_("No longer due"), lambda one: _(", ").join(words.why(step) for step in one.gone)),
        Column(_("Newly due"), lambda one: _(", ").join(words.why(step) for step in one.come)),
    )
    return export(tried.differing if tried else (), columns, "care-plan-try-out", kind)


@bp.post("/<int:plan_id>/confirm")
@guard(Permission.PUBLISH_CARE_PLAN)
def confirm(plan_id: int) -> ResponseReturnValue:
    """Publish another person's plan."""
    return _pages.confirm(load(CarePlan, plan_id), _confirm)


@bp.post("/<int:plan_id>/refuse")
@guard(Permission.PUBLISH_CARE_PLAN, stops=True)
def refuse(plan_id: int) -> ResponseReturnValue:
    """Send another person's plan back, with a reason."""
    return _pages.send_back(load(CarePlan, plan_id), plans.refuse)


@bp.post("/<int:plan_id>/withdraw")
@guard(Permission.PROPOSE_CARE_PLAN)
def withdraw(plan_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(CarePlan, plan_id), plans.withdraw)


def _confirm(row: CarePlan) -> ResponseReturnValue:
    plans.confirm(db(), actor(), now(), row)
    flash(_("Published. The lists follow it from its day on."), "success")
    return redirect(_address(row))


def _address(row: CarePlan) -> str:
    return url_for(".show", plan_id=row.id)


def _page(row: CarePlan, form: SendBackForm) -> str:
    mine, plan = row.proposed_by == actor().id, plans.plan_of(db(), row)
    return render_template(
        "care_plans/show.html",
        row=row,
        form=form,
        plan=plan,
        starts=local_day(row.starts_at),
        rows=[words.compared(line) for line in lines(plans.before(db(), row), plan)],
        may_decide=row.open and not mine and may(actor(), Permission.PUBLISH_CARE_PLAN),
        may_withdraw=row.open and mine,
        may_propose=may(actor(), Permission.PROPOSE_CARE_PLAN),
        **_in_words(),
    )


_pages = DecisionPages(_page, _address)


def _in_words() -> dict[str, Any]:
    return {"words": words, "care_words": care_words}


def _editor(form: PlanFields | PlanText, plan: Plan | None, tried: Tried | None = None) -> str:
    form.choose_from(plans.development_names(db()))
    base = _row_of(request.args.get("base"))
    return render_template(
        "care_plans/edit.html",
        form=form,
        tab=next(tab for tab, of_tab in _TABS.items() if isinstance(form, of_tab)),
        plan=plan,
        tried=tried,
        follows=base,
        waiting=[row for row in plans.waiting(db(), actor()) if row.development_id == form.development_id],
        **_in_words(),
    )


def _typed() -> PlanFields | PlanText:
    form = _TABS.get(request.form.get("tab", ""), PlanFields)()
    form.choose_from(plans.development_names(db()))
    return form


def _proposed(form: PlanFields | PlanText | EndForm, plan: Plan | None) -> CarePlan:
    proposed = plans.Proposed(
        plan=plan, starts=form.starts.data, note=form.note.data or "", development_id=form.development_id
    )
    row = plans.propose(db(), actor(), now(), proposed)
    db().flush()
    return row


def _base() -> tuple[Plan, str]:
    """What the editor opens with: the named version, or what the named development follows now; and where it holds."""
    row = _row_of(request.args.get("base"))
    if row is not None:
        return plans.plan_of(db(), row), str(row.development_id or "")
    place = request.args.get("development", "")
    return plans.in_force(db(), number_of(place), now()), place


def _row_of(key: str | None) -> CarePlan | None:
    number = number_of(key)
    return None if number is None else find(db(), actor(), CarePlan, number)


def _named(key: str | None) -> Plan | None:
    if key == GIVEN:
        return plans.given()
    row = _row_of(key)
    return None if row is None else plans.plan_of(db(), row)


def _choices() -> list[tuple[str, str]]:
    rows = db().scalars(plans.listing(actor()).order_by(CarePlan.id.desc()).limit(200))
    return [(GIVEN, _("The handbooks' plan")), *((str(row.id), words.heading(row)) for row in rows)]


def _tried(plan_id: int) -> tuple[CarePlan, TryForm, Tried | None]:
    row = load(CarePlan, plan_id)
    tomorrow = local_day(now()) + ONE_DAY
    day = day_of(request.args.get("day")) if "day" in request.args else tomorrow
    form = TryForm(request.args, day=tomorrow) if "day" in request.args else TryForm(formdata=None, day=tomorrow)
    if day is None or day < local_day(now()):
        if "kind" in (request.view_args or {}):
            abort(404)
        form.day.errors = [_("Choose a day that has not gone by.")]
        return row, form, None
    return row, form, trying.try_out(db(), now(), plans.plan_of(db(), row), row.development_id, day)
