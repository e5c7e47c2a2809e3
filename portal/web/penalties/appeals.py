"""Appeals: the broker's word against a strike, the managers' queue, and the decision."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select

from ... import models
from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.images.photos import Photo
from ...models import Appeal, AppealOutcome, AppealPicture, Receipt, Strike
from ...services.claims import decision_receipts
from ...services.penalties import appeals
from ...services.penalties.appeals import AppealState, decide_appeal, file_appeal, state_of
from ...services.showings import lists as showing_lists
from ...services.showings import photos
from ..edge import actor, database, db, files, form_page, load, now, refusing
from ..files.uploads import PHOTOS, take_in
from ..guard import guard
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.showings import Words, explained
from ..words.statuses import status
from .forms import AppealForm, DecisionForm

bp = Blueprint("appeals", __name__)


@bp.route("/strikes/<int:strike_id>/appeal", methods=["GET", "POST"])
@guard(Permission.APPEAL)
def new(strike_id: int) -> ResponseReturnValue:
    """Appeal against a strike; who has done so already is shown how it stands."""
    if (filed := load(Strike, strike_id).appeal) is not None:
        return redirect(url_for("appeals.show", appeal_id=filed.id), 303)
    form = AppealForm()
    if form.validate_on_submit() and (pictures := _taken_in(form)) is not None:
        with refusing(form):
            strike = load(Strike, strike_id)
            appeal = file_appeal(db(), actor(), now(), files(), strike, words=form.words.data, pictures=pictures)
            flash(_("Your appeal is filed. Somebody else than who confirmed decides, and you read it here."), "success")
            return redirect(url_for("appeals.show", appeal_id=appeal.id), 303)
    return _form_page(load(Strike, strike_id), form)


@bp.get("/appeals")
@guard(Permission.DECIDE_APPEAL)
def index() -> ResponseReturnValue:
    """The appeals, newest first; those that wait for a decision by a filter."""
    page = page_of(db(), _wanted(), Appeal.id, request.args.get("after"))
    return render_template(
        "penalties/appeals.html", rows=page.rows, next_cursor=page.next_cursor, state_of=state_of, me=actor().id
    )


@bp.get("/appeals.<kind>")
@guard(Permission.DECIDE_APPEAL)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Appealed at"), lambda row: row.filed_at),
        Column(_("Broker"), lambda row: row.strike.broker.name),
        Column(_("Development"), lambda row: row.strike.showing.development.name),
        Column(_("Showing"), lambda row: row.strike.showing_id),
        Column(_("Confirmed by"), lambda row: row.strike.confirmer.name),
        Column(_("Status"), lambda row: str(status("appeal", state_of(row)).word)),
        Column(_("Decided at"), lambda row: row.decision.decided_at if row.decision else None),
        Column(_p("appeal", "Decided by"), lambda row: row.decision.decider.name if row.decision else None),
        Column(_("Reason"), lambda row: row.decision.reason if row.decision else None),
    )
    return export(db().scalars(_wanted().order_by(Appeal.id)), columns, _("appeals"), kind)


@bp.get("/appeals/<int:appeal_id>")
@guard(Permission.READ_APPEALS)
def show(appeal_id: int) -> ResponseReturnValue:
    """An appeal: to its broker how it stands, to a manager what he decides by."""
    return _page(load(Appeal, appeal_id), DecisionForm(formdata=None))


@bp.post("/appeals/<int:appeal_id>")
@guard(Permission.DECIDE_APPEAL)
def decide(appeal_id: int) -> ResponseReturnValue:
    """Void the strike, or let it stand, with a reason that the broker reads."""
    appeal, form = load(Appeal, appeal_id), DecisionForm()
    if form.validate_on_submit():
        with refusing(form):
            outcome = AppealOutcome(form.outcome.data)
            decide_appeal(db(), actor(), now(), appeal, outcome=outcome, reason=form.reason.data)
            flash(_("Decided. The broker reads your reason."), "success")
            return redirect(url_for("appeals.show", appeal_id=appeal_id), 303)
    return _page(appeal, form), 422


@bp.get("/appeals/<int:appeal_id>/pictures/<int:picture_id>.jpg")
@guard(Permission.READ_APPEALS)
def picture(appeal_id: int, picture_id: int) -> Response:
    """A picture of an appeal; that it was looked at is written down first."""
    kept = appeals.kept_pictures(load(Appeal, appeal_id))
    row = next((one for one in kept if one.id == picture_id), None)
    if row is None:
        abort(404)
    jpeg = appeals.picture_for(db(), actor(), now(), files(), row)
    with database().transaction() as own:  # a page's own session cannot write
        appeals.record_view(own, actor(), now(), row)
    return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def _taken_in(form: AppealForm) -> list[Photo] | None:
    """The pictures, or None with the reason in the form. Nobody who writes waits for them: load rows again after it."""
    pictures = form.pictures.data or ()
    return take_in(form, PHOTOS, lambda: appeals.take_in_pictures([sent.read() for sent in pictures]))


def _form_page(strike: Strike, form: AppealForm) -> tuple[str, int]:
    return form_page(
        "penalties/appeal_form.html",
        form,
        strike=strike,
        client=showing_lists.client_name(db(), actor(), strike.showing.touch),
        until=appeals.appeal_until(strike),
        in_time=appeals.may_file(strike, now()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealView:
    """What the appeal shows, and whether the reader may decide it."""

    client: str
    pictures: list[AppealPicture]
    photos: list[models.Photo]
    reasons: list[Words]
    decides: bool
    receipt: Receipt | None
    another: bool
    confirmed_by_reader: bool


def _page(appeal: Appeal, form: DecisionForm) -> str:
    """The page of an appeal, as much of it as its reader may see."""
    showing = appeal.strike.showing
    decides = may(actor(), Permission.DECIDE_APPEAL)
    sees_photos = may(actor(), Permission.SEE_PHOTOS)
    return render_template(
        "penalties/appeal.html",
        appeal=appeal,
        strike=appeal.strike,
        showing=showing,
        state=state_of(appeal),
        view=AppealView(
            client=showing_lists.client_name(db(), actor(), showing.touch),
            pictures=appeals.kept_pictures(appeal),
            photos=photos.photos_of(db(), showing) if sees_photos else [],
            reasons=explained(showing) if decides else [],
            decides=decides,
            receipt=decision_receipts.find(db(), appeal.decision),
            another=appeals.another_may_decide(db(), appeal) if decides else True,
            confirmed_by_reader=appeal.strike.confirmed_by == actor().id,
        ),
        form=form,
    )


def _wanted() -> Select[Appeal]:
    state = request.args.get("state", "")
    return appeals.appeals(actor(), state=state if state in {*AppealState, appeals.TO_DECIDE} else "")
