"""What if for judgements (判客试算): other rules tried on real history, and read before anyone goes by them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, after_this_request, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, JudgementMove, JudgementRun
from ...rules.judgements.profile import Profile
from ...services.judgements import what_if
from ...services.judgements import worker as judgement_worker
from ...services.judgements.what_if import CLIENTS, DEALS, AgencyShift, Names, Wanted
from ...services.partners import partners
from ..components import dotted
from ..edge import actor, database, db, form_page, load, now, refusing
from ..forms.profiles import fields_of, tried_of
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of, ranked_page_of
from ..plans.routes import toml_file
from ..words import judgements as words
from .judgement_form import ProfileForm

bp = Blueprint("judgements", __name__)


@bp.route("/judgements/what-if", methods=["GET", "POST"])
@guard(Permission.ASK_WHAT_IF)
def new() -> ResponseReturnValue:
    """Ask what other rules would have decided; below, what was asked lately."""
    form = ProfileForm(months="3", **fields_of(Profile()))
    form.offer(partners.development_choices(db(), actor()))
    if form.validate_on_submit():
        profile = form.profile()
        if profile is not None:
            with refusing(form):
                asked, months = form.asked(now()), int(form.months.data)
                return _begun(what_if.ask(db(), actor(), now(), profile, months=months, asked=asked))
    page = page_of(db(), what_if.runs(actor()), JudgementRun.id, request.args.get("after"))
    return form_page("what_if/judgements.html", form, page=page, question=_question)


def _begun(run: JudgementRun) -> ResponseReturnValue:
    """To the run's page. A small one is worked out as soon as the question is stored; the worker takes the others."""
    db().flush()
    if run.whole <= what_if.AT_ONCE:
        work = partial(judgement_worker.run, database(), now(), run.id)

        @after_this_request
        def afterwards(response: Response) -> Response:
            response.call_on_close(work)
            return response

    return redirect(url_for(".show", run_id=run.id), 303)


@bp.get("/judgements/what-if/<int:run_id>")
@guard(Permission.ASK_WHAT_IF)
def show(run_id: int) -> str:
    """How far it is; then what would change hands, in total, by agency, and one by one."""
    run, wanted = load(JudgementRun, run_id), _wanted()
    stmt = what_if.moves(actor(), run, wanted)
    page = ranked_page_of(db(), stmt, JudgementMove.moved_fen, JudgementMove.id, request.args.get("after"))
    shifts = what_if.shifts(db(), run)
    return render_template(
        "what_if/judgement.html",
        run=run,
        question=_question(run),
        page=page,
        view=_View(shifts, what_if.agency_names(db(), shifts), _row_words(page.rows), wanted.agency_id),
        may_propose=may(actor(), Permission.MANAGE_PARTNERS) and run.development_id is not None,
        typed=tried_of(Profile.from_toml(run.toml)),
    )


@dataclass(frozen=True, slots=True)
class _View:
    """What each agency would lose and gain, with its name; the words of a move; and whose moves are shown."""

    shifts: Sequence[AgencyShift]
    agencies: Any
    row: Callable[[JudgementMove], "_Row"]
    agency_id: int | None

    @property
    def agency(self) -> str | None:
        return self.agencies.get(self.agency_id)


@bp.get("/judgements/what-if/<int:run_id>/moves.<kind>")
@guard(Permission.ASK_WHAT_IF)
def moves_file(run_id: int, kind: str) -> Response:
    """Everything that would change hands, as a file."""
    run = load(JudgementRun, run_id)
    stmt = what_if.moves(actor(), run, _wanted())
    rows = db().scalars(stmt.order_by(JudgementMove.moved_fen.desc(), JudgementMove.id.desc())).all()
    row = _row_words(rows)
    columns = (
        Column(_("Development"), lambda move: move.development.name),
        Column(_("Client"), lambda move: row(move).client),
        Column(_("Client or deal"), lambda move: row(move).what),
        Column(_("As it is"), lambda move: row(move).before),
        Column(_("As it would be"), lambda move: row(move).after),
        Column(_("Why"), lambda move: str(words.WHYS[move.why])),
        Column(_("Commission"), lambda move: yuan(move.moved_fen)),
    )
    return export(rows, columns, f"judgement-what-if-{run.id}", kind)


@bp.get("/judgements/what-if/<int:run_id>/profile.toml")
@guard(Permission.ASK_WHAT_IF)
def profile_file(run_id: int) -> Response:
    """The profile that was tried, as the text that `portal judge` reads."""
    return toml_file(load(JudgementRun, run_id).toml, "profile")


@dataclass(frozen=True, slots=True)
class _Row:
    """A move as it is read."""

    move: JudgementMove
    names: Names

    @property
    def client(self) -> str:
        return self.names.clients[self.move.client_id]

    @property
    def what(self) -> str:
        unit = self.names.units.get(self.move.deal_id or 0)
        return _("Deal of %(unit)s", unit=unit) if unit else _("Client")

    @property
    def before(self) -> str:
        return words.party(what_if.before_of(self.move), self.names.people, self.names.agencies)

    @property
    def after(self) -> str:
        return words.party(what_if.after_of(self.move), self.names.people, self.names.agencies)

    @property
    def why(self) -> str:
        return str(words.WHYS[self.move.why])


def _row_words(rows: Sequence[JudgementMove]) -> Callable[[JudgementMove], _Row]:
    names = what_if.names(db(), rows)
    return lambda move: _Row(move, names)


def _question(run: JudgementRun) -> str:
    """What was asked, in words: the rules that are not the usual ones, the months, and where."""
    place = run.development.name if run.development else _("all developments")
    compared = words.compare(Profile(), Profile.from_toml(run.toml))
    said = [_("%(setting)s: %(value)s", setting=one.label, value=one.after) for one in compared if one.differs]
    return dotted(place, _("%(count)s months", count=run.months), *said)


def _wanted() -> Wanted:
    what = request.args.get("what", "")
    agency_id = number_of(request.args.get("agency"))
    if agency_id is not None and db().scalar(select(Agency.id).where(Agency.id == agency_id)) is None:
        abort(404)
    return Wanted(agency_id, what if what in (CLIENTS, DEALS) else "")
