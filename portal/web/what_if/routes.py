"""What if: ask, watch it being worked out, and read what would change, for whom, and why."""

from functools import partial

from flask import Blueprint, Response, abort, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...clock import local_day
from ...models import Deal, PlanDraft, PlanVersion, WhatIfEffect, WhatIfRun
from ...services.commission import plans, what_if, what_if_results
from ...services.commission import worker as what_if_worker
from ...services.deals import deals
from ...services.partners import partners
from ..edge import actor, database, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of, ranked_page_of
from ..messages import say
from ..plans import comparison
from . import words
from .forms import CancellationForm, WhatIfForm

bp = Blueprint("what_if", __name__)


@bp.get("/plans/what-if")
@guard(Permission.ASK_WHAT_IF)
def index() -> ResponseReturnValue:
    """What was asked lately, newest first."""
    stmt = what_if_results.listed(visible(actor(), WhatIfRun))
    page = page_of(db(), stmt, WhatIfRun.id, request.args.get("after"))
    may_propose = may(actor(), Permission.PROPOSE_PLAN)
    return render_template("what_if/index.html", page=page, words=words, may_propose=may_propose)


@bp.route("/plans/what-if/new", methods=["GET", "POST"])
@guard(Permission.ASK_WHAT_IF)
def new() -> ResponseReturnValue:
    """Ask what a draft or a version would have made of the deals of some days."""
    today = local_day(now())
    given = {"tried": request.args.get("tried"), "since": today.replace(month=1, day=1), "until": today}
    form = _with_choices(WhatIfForm(**given))
    if form.validate_on_submit():
        with refusing(form):
            tried = _tried(form.tried.data)
            return _begun(what_if.ask_plan(db(), actor(), now(), tried, form.selection()))
    return form_page("what_if/new.html", form)


@bp.post("/deals/<int:deal_id>/what-if")
@guard(Permission.ASK_WHAT_IF)
def cancellation(deal_id: int) -> ResponseReturnValue:
    """Ask what the cancellation of a deal would do."""
    deal = load(Deal, deal_id)
    form = CancellationForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        with db().begin_nested():
            return _begun(what_if.ask_cancellation(db(), actor(), now(), deal))
    except Refusal as refusal:
        flash(say(refusal), "danger")
        return redirect(url_for("deals.show", deal_id=deal_id))


@bp.get("/plans/what-if/<int:run_id>")
@guard(Permission.ASK_WHAT_IF)
def show(run_id: int) -> ResponseReturnValue:
    """How far it is; then the sums, and every agency, the largest difference first."""
    run = load(WhatIfRun, run_id)
    stmt = what_if_results.effects(visible(actor(), WhatIfEffect), run, find=request.args.get("q"))
    page = ranked_page_of(db(), stmt, WhatIfEffect.shift_fen, WhatIfEffect.id, request.args.get("after"))
    return render_template(
        "what_if/show.html",
        run=run,
        page=page,
        question=words.question(run),
        reasons=words.reasons(run.reasons),
        words=words,
    )


@bp.get("/plans/what-if/<int:run_id>/agencies/<int:agency_id>")
@guard(Permission.ASK_WHAT_IF)
def agency(run_id: int, agency_id: int) -> ResponseReturnValue:
    """The deals of one agency that would change, and why."""
    run = load(WhatIfRun, run_id)
    effect = what_if_results.effect_of(db(), visible(actor(), WhatIfEffect), run, agency_id)
    if effect is None:
        abort(404)
    changes = what_if_results.changes(effect)
    begins = number_of(request.args.get("from")) or 0
    shown = changes[begins : begins + what_if_results.PAGE]
    return render_template(
        "what_if/agency.html",
        run=run,
        effect=effect,
        changes=shown,
        units=deals.units(db(), {change.deal_id for change in shown}),
        following=begins + what_if_results.PAGE if len(changes) > begins + what_if_results.PAGE else None,
        words=words,
    )


@bp.get("/plans/what-if/<int:run_id>/agencies.<kind>")
@guard(Permission.ASK_WHAT_IF)
def agencies_file(run_id: int, kind: str) -> Response:
    """Every agency as a file."""
    run = load(WhatIfRun, run_id)
    columns = (
        Column(_("Agency"), lambda row: row.agency.name),
        Column(_("Deals"), lambda row: row.deals),
        Column(_("Deals that change"), lambda row: row.changed),
        Column(_("As it is"), lambda row: yuan(row.before_fen)),
        Column(_("As it would be"), lambda row: yuan(row.after_fen)),
        Column(_("Difference"), lambda row: yuan(row.after_fen - row.before_fen)),
        Column(_("Benefits gained"), lambda row: words.benefits(row.gained)),
        Column(_("Benefits lost"), lambda row: words.benefits(row.lost)),
    )
    stmt = what_if_results.effects(visible(actor(), WhatIfEffect), run)
    rows = db().scalars(stmt.order_by(WhatIfEffect.shift_fen.desc(), WhatIfEffect.id.desc()))
    return export(rows, columns, f"what-if-{run.id}-agencies", kind)


@bp.get("/plans/what-if/<int:run_id>/deals.<kind>")
@guard(Permission.ASK_WHAT_IF)
def deals_file(run_id: int, kind: str) -> Response:
    """Every deal that would change, with its reason, as a file."""
    run = load(WhatIfRun, run_id)
    columns = (
        Column(_("Agency"), lambda row: row[0]),
        Column(_("Deal"), lambda row: row[1].deal_id),
        Column(_("Price"), lambda row: yuan(row[1].price_fen)),
        Column(_("As it is"), lambda row: yuan(row[1].before_fen)),
        Column(_("As it would be"), lambda row: yuan(row[1].after_fen)),
        Column(_("Difference"), lambda row: yuan(row[1].after_fen - row[1].before_fen)),
        Column(_("Why"), lambda row: words.why(row[1])),
        Column(_("Rank as it is"), lambda row: row[1].rank_before),
        Column(_("Rank as it would be"), lambda row: row[1].rank_after),
        Column(_("Window as it is"), lambda row: row[1].window_before),
        Column(_("Window as it would be"), lambda row: row[1].window_after),
    )
    rows = what_if_results.all_changes(db(), visible(actor(), WhatIfEffect), run)
    return export(rows, columns, f"what-if-{run.id}-deals", kind)


def _begun(run: WhatIfRun) -> ResponseReturnValue:
    """To the run's page. A small one is worked out as soon as the question is stored; the worker takes the others."""
    db().flush()
    if run.whole <= what_if.AT_ONCE:
        work = partial(what_if_worker.run, database(), now(), run.id)

        @after_this_request
        def afterwards(response: Response) -> Response:
            response.call_on_close(work)
            return response

    return redirect(url_for("what_if.show", run_id=run.id))


def _with_choices(form: WhatIfForm) -> WhatIfForm:
    everything = [("", _("All"))]
    form.tried.choices = comparison.choices(db(), actor(), alive=True)
    names = plans.names(db(), now())
    form.kept.choices = everything + [(name, _("A version of %(name)s", name=name)) for name in names]
    form.development.choices = everything + partners.development_choices(db(), actor())
    form.agency.choices = everything + partners.agency_choices(db(), actor())
    return form


def _tried(key: str) -> PlanDraft | PlanVersion:
    """What the chosen key names; the form offered nothing that the asker may not see."""
    number = int(key[1:])
    return load(PlanDraft, number) if key.startswith("d") else load(PlanVersion, number)
