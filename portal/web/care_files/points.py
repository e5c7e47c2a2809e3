"""The rules of points: what holds, and the next ones, which one person proposes and another publishes."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from ...access.permissions import Permission
from ...models import CareScoringDraft, ProposalState
from ...rules.care_files import points_toml
from ...services.care_files import scoring
from ..edge import actor, db, form_page, load, now, refusing
from ..files.downloads import file_response
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from . import words

bp = Blueprint("care_points", __name__, url_prefix="/care/points")

_LONGEST = 20_000


class PointsForm(FlaskForm):
    """The next rules of points, as their text, and why."""

    toml = TextAreaField(_l("Rules (TOML)"), [DataRequired(_l("Enter the rules.")), Length(max=_LONGEST)])
    note = TextAreaField(_l("What changes, and why"), [DataRequired(_l("Say why.")), Length(max=500)])


@bp.get("")
@guard(Permission.PUBLISH_CARE_POINTS)
def index() -> str:
    """The rules that hold, and what is proposed."""
    stmt = scoring.drafts(actor(), chosen(ProposalState, request.args.get("state")))
    return render_template(
        "care_files/points.html",
        rules=scoring.in_force(db()),
        versions=scoring.versions(db()),
        page=page_of(db(), stmt, CareScoringDraft.id, request.args.get("after")),
        words=words,
    )


@bp.get("/points.toml")
@guard(Permission.PUBLISH_CARE_POINTS)
def text() -> Response:
    """The rules that hold, as the text that they are kept in."""
    rules = scoring.in_force(db())
    held = points_toml.scoring_to_toml(rules) if rules else points_toml.given_text()
    return file_response(held.encode(), "application/toml", "points.toml")


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PUBLISH_CARE_POINTS)
def new() -> ResponseReturnValue:
    """Propose the next rules; the form opens with those that hold."""
    form = PointsForm()
    if form.validate_on_submit():
        with refusing(form):
            draft = scoring.propose(db(), actor(), now(), toml=form.toml.data or "", note=form.note.data or "")
            flash(_("Proposed. Another person publishes them or sends them back."), "success")
            return redirect(url_for(".show", draft_id=draft.id), 303)
    if not form.is_submitted():
        rules = scoring.in_force(db())
        form.toml.data = points_toml.scoring_to_toml(rules) if rules else points_toml.given_text()
    return form_page("care_files/points_new.html", form)


@bp.get("/<int:draft_id>")
@guard(Permission.PUBLISH_CARE_POINTS)
def show(draft_id: int) -> str:
    """A proposal beside what holds, tried on the newest files."""
    return _page(load(CareScoringDraft, draft_id), SendBackForm())


@bp.post("/<int:draft_id>/confirm")
@guard(Permission.PUBLISH_CARE_POINTS)
def confirm(draft_id: int) -> ResponseReturnValue:
    """Publish another person's proposal."""
    return _pages.confirm(load(CareScoringDraft, draft_id), _confirm)


@bp.post("/<int:draft_id>/refuse")
@guard(Permission.PUBLISH_CARE_POINTS)
def refuse(draft_id: int) -> ResponseReturnValue:
    """Send another person's proposal back, with a reason."""
    return _pages.send_back(load(CareScoringDraft, draft_id), scoring.refuse)


@bp.post("/<int:draft_id>/withdraw")
@guard(Permission.PUBLISH_CARE_POINTS)
def withdraw(draft_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(CareScoringDraft, draft_id), scoring.withdraw)


def _confirm(draft: CareScoringDraft) -> ResponseReturnValue:
    version = scoring.confirm(db(), actor(), now(), draft)
    flash(_("Version %(number)s of the points is published.", number=version.version), "success")
    return redirect(url_for(".index"))


def _page(draft: CareScoringDraft, form: SendBackForm) -> str:
    mine = draft.proposed_by == actor().id
    held, proposed = scoring.in_force(db()), scoring.parse(draft.toml)
    before = {rule.code: rule for rule in held.rules} if held else {}
    return render_template(
        "care_files/points_draft.html",
        draft=draft,
        form=form,
        held=held,
        proposed=proposed,
        rows=[(rule, before.get(rule.code)) for rule in proposed.rules],
        gone=[rule for code, rule in before.items() if code not in {rule.code for rule in proposed.rules}],
        tried=scoring.tried(db(), actor(), now(), draft),
        words=words,
        may_decide=draft.open and not mine,
        may_withdraw=draft.open and mine,
    )


_pages = DecisionPages(_page, lambda draft: url_for(".show", draft_id=draft.id))
