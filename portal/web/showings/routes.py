"""Check-in by broker and client, the list of showings, and one showing with its outcome."""

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Registration, Showing, Verdict
from ...rules.policy import Policy
from ...services import faces, photos, registration_list, showing_lists
from ...services.showings import check_in as check_in_by_face
from ...services.showings import check_in_at_reception, issue_nonce, open_touch
from ..arguments import number_of
from ..capture import look_at
from ..edge import actor, database, db, engine, files, load, now, refusing
from ..exports import Column, export
from ..guard import guard
from ..messages import say
from ..paging import page_of
from ..statuses import status
from .forms import CaptureForm, FakeForm, PlaceForm
from .words import explained, measures

bp = Blueprint("showings", __name__)

_STATES = ("waiting", "reviewed", *Verdict)


@bp.get("/showings")
@guard(Permission.READ_SHOWINGS)
def index():
    """The showings that the reader may see, newest first."""
    page = page_of(db(), _wanted(), Showing.id, request.args.get("after"))
    return render_template(
        "showings/index.html",
        rows=page.rows,
        next_cursor=page.next_cursor,
        developments=registration_list.developments(db(), actor()),
        filtered=any(request.args.get(name) for name in ("q", "state", "development")),
        client_name=_client_name,
        state_of=showing_lists.state_of,
        may_check_in=may(actor(), Permission.CHECK_IN),
    )


@bp.get("/showings.<kind>")
@guard(Permission.READ_SHOWINGS)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Checked in at"), lambda row: row.at),
        Column(_("Client"), _client_name),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Broker"), lambda row: row.broker.name),
        Column(_("Status"), lambda row: str(status("showing", showing_lists.state_of(row)).word)),
        Column(_("What speaks against it"), lambda row: " ".join(str(words.said) for words in explained(row))),
        Column(_("Decision's reason"), lambda row: row.review.reason if row.review else None),
    )
    return export(db().scalars(_wanted().order_by(Showing.id)), columns, _("showings"), kind)


@bp.get("/showings/check-in")
@guard(Permission.CHECK_IN)
def ready():
    """Whom the broker can check in: one tap to begin."""
    page = page_of(db(), showing_lists.ready_to_check_in(actor(), now()), Registration.id, request.args.get("after"))
    return render_template(
        "showings/ready.html",
        rows=page.rows,
        next_cursor=page.next_cursor,
        client_name=lambda row: showing_lists.client_name(db(), actor(), row),
        now=now(),
    )


@bp.route("/showings/check-in/<int:registration_id>", methods=["GET", "POST"])
@guard(Permission.CHECK_IN)
def check_in(registration_id: int):
    """Choose how to check in; the answer to the photo form comes here too."""
    registration = load(Registration, registration_id)
    if request.method == "GET":
        return _choice(registration)
    form = CaptureForm()
    if form.validate_on_submit() and (shot := look_at(form)) is not None:
        with refusing(form):
            showing = check_in_by_face(
                db(),
                actor(),
                now(),
                engine=engine(),
                files=files(),
                registration=load(Registration, registration_id),
                nonce=form.nonce.data,
                shot=shot,
                client_consent=form.client_consent.data,
                locale=str(get_locale()),
                place=form.place,
            )
            return redirect(url_for("showings.show", showing_id=showing.id), 303)
    return _capture(load(Registration, registration_id), form), 422


@bp.post("/showings/check-in/<int:registration_id>/begin")
@guard(Permission.CHECK_IN)
def begin(registration_id: int):
    """The photo form, with the server's word in it: it works without JavaScript too."""
    registration = load(Registration, registration_id)
    touch = open_touch(db(), actor(), now(), registration)
    return _capture(registration, CaptureForm(formdata=None, nonce=issue_nonce(db(), actor(), now(), touch)))


@bp.post("/showings/check-in/<int:registration_id>/nonce")
@guard(Permission.CHECK_IN)
def nonce(registration_id: int) -> Response:
    """A fresh word for a camera that is being opened."""
    registration = load(Registration, registration_id)
    touch = open_touch(db(), actor(), now(), registration)
    seconds = Policy.of(registration.development.policy).nonce_seconds
    return jsonify(nonce=issue_nonce(db(), actor(), now(), touch), seconds=seconds)


@bp.post("/showings/check-in/<int:registration_id>/reception")
@guard(Permission.CHECK_IN)
def at_reception(registration_id: int):
    """Check in without a photo: reception confirms in person."""
    form = PlaceForm()
    place = form.place if form.validate_on_submit() else None
    showing = check_in_at_reception(db(), actor(), now(), registration=load(Registration, registration_id), place=place)
    return redirect(url_for("showings.show", showing_id=showing.id), 303)


@bp.get("/showings/<int:showing_id>")
@guard(Permission.READ_SHOWINGS)
def show(showing_id: int):
    """One showing: how it stands and why."""
    return page(load(Showing, showing_id))


@bp.get("/showings/<int:showing_id>/photos/<int:photo_id>.jpg")
@guard(Permission.SEE_PHOTOS)
def photo(showing_id: int, photo_id: int) -> Response:
    """A photo in plain, for who reviews; that he looked is written down before he sees it."""
    showing = load(Showing, showing_id)
    row = next((kept for kept in photos.photos_of(db(), showing) if kept.id == photo_id), None)
    if row is None:
        abort(404)
    with database().transaction() as own:  # a page's own session cannot write
        jpeg = photos.view_photo(own, actor(), now(), files(), row)
    return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def page(showing: Showing, fake: FakeForm | None = None) -> str:
    """The page of a showing, as much of it as its reader may see."""
    sees_photos = may(actor(), Permission.SEE_PHOTOS)
    return render_template(
        "showings/show.html",
        showing=showing,
        state=showing_lists.state_of(showing),
        client=_client_name(showing),
        reasons=explained(showing),
        photos=photos.photos_of(db(), showing) if sees_photos else [],
        measures=measures(showing) if sees_photos else [],
        earlier=showing_lists.earlier_visits(db(), showing) if sees_photos else [],
        state_of=showing_lists.state_of,
        own=showing.broker_id == actor().id,
        now=now(),
        protected_until=showing.touch.protected_until,
        reviewing=showing.review is None and may(actor(), Permission.REVIEW_SHOWING),
        fake=fake or FakeForm(formdata=None),
    )


def _choice(registration: Registration):
    """Both ways side by side, or why there is neither."""
    blocked = None
    try:
        open_touch(db(), actor(), now(), registration)
    except Refusal as refusal:
        blocked = refusal
    return render_template(
        "showings/check_in.html",
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        policy=Policy.of(registration.development.policy),
        enrolled=faces.comparable(engine(), faces.enrolment(db(), actor().id)),
        blocked=blocked,
        sentence=say(blocked) if blocked else None,
        form=PlaceForm(formdata=None),
    )


def _capture(registration: Registration, form: CaptureForm) -> str:
    return render_template(
        "showings/capture.html",
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        policy=Policy.of(registration.development.policy),
        form=form,
    )


def _wanted():
    state = request.args.get("state", "")
    return showing_lists.showings(
        actor(),
        state=state if state in _STATES else "",
        development_id=number_of(request.args.get("development")),
        broker=request.args.get("q", "").strip(),
    )


def _client_name(showing: Showing) -> str:
    return showing_lists.client_name(db(), actor(), showing.touch)
