"""Checking in with the camera: at the broker's own phone by the challenge, or at reception's tablet before reception's
eyes. Both send the same form; only where it goes and who may send it differ.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import Registration, Showing, Touch
from ...rules.partners.policy import Policy
from ...services.faces import challenges, faces
from ...services.faces.challenges import CameraHolder, Capture
from ...services.faces.faces import Shot
from ...services.privacy import withdrawals
from ...services.showings import lists as showing_lists
from ...services.showings.check_ins import CheckIn, check_in, open_touch, showing_made_by
from ..edge import actor, db, engine, files, load, now, refusing, send_texts_afterwards, show_refusal
from ..files.capture import look_at_all, refused_status, told_side
from ..guard import guard
from ..withdrawals.routes import token_for
from .forms import CaptureForm

bp = Blueprint("camera", __name__)
tablet = Blueprint("tablet", __name__)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the camera stands: the endpoints that its page uses, and whether the broker is asked to turn."""

    send: str
    nonce: str
    back: str
    turns: bool


PHONE = Stand("camera.send", "camera.nonce", "showings.check_in", turns=True)
TABLET = Stand("tablet.send_there", "tablet.nonce_there", "registrations.show", turns=False)


@bp.post("/showings/check-in/<int:registration_id>/begin")
@guard(Permission.CHECK_IN)
def begin(registration_id: int) -> ResponseReturnValue:
    """The photo form, with the server's word in it: it works without JavaScript too."""
    return _begin(PHONE, registration_id)


@bp.post("/showings/check-in/<int:registration_id>/nonce")
@guard(Permission.CHECK_IN)
def nonce(registration_id: int) -> Response:
    """A fresh word for a camera that is being opened."""
    return _nonce(registration_id)


@bp.post("/showings/check-in/<int:registration_id>/side")
@guard(Permission.CHECK_IN)
def side(registration_id: int) -> Response | tuple[Response, int]:
    """The side to turn to, against the digest of the first shot."""
    return told_side(_holder(), _touch(registration_id))


@bp.route("/showings/check-in/<int:registration_id>/photo", methods=["GET", "POST"])
@guard(Permission.CHECK_IN)
def send(registration_id: int) -> ResponseReturnValue:
    """The photos, and the showing that they make."""
    return _send(PHONE, registration_id)


@tablet.post("/showings/tablet/<int:registration_id>/begin")
@guard(Permission.HOST_CHECK_IN)
def begin_there(registration_id: int) -> ResponseReturnValue:
    """Reception hands broker and client the tablet: the same form."""
    return _begin(TABLET, registration_id)


@tablet.post("/showings/tablet/<int:registration_id>/nonce")
@guard(Permission.HOST_CHECK_IN)
def nonce_there(registration_id: int) -> Response:
    """A fresh word for the tablet's camera."""
    return _nonce(registration_id)


@tablet.route("/showings/tablet/<int:registration_id>/photo", methods=["GET", "POST"])
@guard(Permission.HOST_CHECK_IN)
def send_there(registration_id: int) -> ResponseReturnValue:
    """The tablet's photos, and the showing that they make."""
    return _send(TABLET, registration_id)


def _begin(stand: Stand, registration_id: int) -> str:
    registration = load(Registration, registration_id)
    word = challenges.issue_nonce(db(), _holder(), now(), open_touch(db(), now(), registration))
    return _page(stand, registration, CaptureForm(formdata=None, nonce=word))


def _nonce(registration_id: int) -> Response:
    """A fresh word; or, where the one before it has made a showing whose answer was lost, the way to that."""
    touch = _touch(registration_id)
    if (made := showing_made_by(db(), _holder(), touch, request.form.get("nonce", ""))) is not None:
        return jsonify(made=url_for("showings.show", showing_id=made.id))
    word = challenges.issue_nonce(db(), _holder(), now(), touch)
    return jsonify(nonce=word, seconds=Policy.of(touch.development.policy).nonce_seconds)


def _send(stand: Stand, registration_id: int) -> ResponseReturnValue:
    """Judge what was sent. A reload of the page that a mistake was shown on leads back to where it began."""
    load(Registration, registration_id)
    if request.method == "GET":
        return redirect(url_for(stand.back, registration_id=registration_id))
    form = CaptureForm()
    status = 422
    if form.validate_on_submit():
        looked = look_at_all(form, ("photo", "turned", "client_photo"))
        if isinstance(looked, Refusal):
            status = refused_status(form, looked, _holder(), lambda: _touch(registration_id))
        elif not form.insist.data and (poor := faces.refuse_photo(looked["photo"], looked.get("client_photo"))):
            _take_again(form, registration_id, poor)
        else:
            with refusing(form):
                showing = _check_in(form, registration_id, looked)
                return redirect(url_for("showings.show", showing_id=showing.id), 303)
    return _page(stand, load(Registration, registration_id), form), status


def _check_in(form: CaptureForm, registration_id: int, shots: dict[str, Shot]) -> Showing:
    sent = CheckIn(
        registration=load(Registration, registration_id),
        web_session_id=_holder().web_session_id,
        nonce=form.nonce.data or "",
        capture=Capture(
            shots["photo"], shots.get("turned"), shots.get("client_photo"), in_page=form.in_page.data == "yes"
        ),
        client_consent=form.consented,
        locale=str(get_locale()),
        place=form.place,
        guardian=form.guardian,
    )
    showing = check_in(db(), actor(), now(), engine=engine(), files=files(), sent=sent)
    client_id = showing.touch.whose
    if withdrawals.send_link(db(), now(), client_id, token_for(client_id)):
        send_texts_afterwards()
    return showing


def _take_again(form: CaptureForm, registration_id: int, poor: Refusal) -> None:
    """Nothing is filed: the photo is taken again at once, under a fresh word; or filed if its taker insists."""
    show_refusal(form, poor)
    form.poor = True
    form.nonce.data = challenges.issue_nonce(db(), _holder(), now(), _touch(registration_id))


def _touch(registration_id: int) -> Touch:
    return open_touch(db(), now(), load(Registration, registration_id))


def _holder() -> CameraHolder:
    return CameraHolder(actor(), current_user.row.id)


def _page(stand: Stand, registration: Registration, form: CaptureForm) -> str:
    return render_template(
        "showings/capture.html",
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        policy=Policy.of(registration.development.policy),
        form=form,
        stand=stand,
    )
