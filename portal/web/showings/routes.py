"""Check-in by broker and client, the list of showings, and one showing with its outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Receipt, Registration, Showing, Touch
from ...rules.partners.policy import Policy
from ...rules.showings.risk import level_of
from ...services.accounts.freezes import frozen_until
from ...services.claims import decision_receipts
from ...services.faces import faces
from ...services.registrations import lists as registration_list
from ...services.registrations.lists import wants_number
from ...services.showings import lists as showing_lists
from ...services.showings import photos, site_codes
from ...services.showings.check_ins import check_in_at_reception, open_touch
from ..edge import actor, database, db, engine, files, load, now
from ..guard import guard
from ..lists.exports import Column, every, export
from ..lists.paging import page_of, ranked_page_of
from ..messages import say
from ..words.showings import explained, way_word
from ..words.statuses import status
from .faceless import offered
from .forms import PlaceForm
from .reviewing import in_queue_order, kept_filters, review_page, wanted

bp = Blueprint("showings", __name__)


@dataclass(frozen=True, slots=True)
class Queue:
    """Whether the list stands in the order of the review queue, and the filters that its links keep."""

    shown: bool
    filters: dict[str, Any]


@bp.get("/showings")
@guard(Permission.READ_SHOWINGS)
def index() -> ResponseReturnValue:
    """The showings that the reader may see: newest first, or the review queue with the riskiest first."""
    queue, after = in_queue_order(), request.args.get("after")
    if queue:
        page = ranked_page_of(db(), wanted(), Showing.risk, Showing.id, after)
    else:
        page = page_of(db(), wanted(), Showing.id, after)
    return render_template(
        "showings/index.html",
        page=page,
        developments=registration_list.developments(db(), actor()),
        filtered=any(request.args.get(name) for name in ("q", "state", "development")),
        client_name=_client_name,
        state_of=showing_lists.state_of,
        is_overdue=lambda showing: showing_lists.is_overdue(showing, now()),
        way_word=way_word,
        may_check_in=may(actor(), Permission.CHECK_IN),
        queue=Queue(queue, kept_filters() if may(actor(), Permission.REVIEW_SHOWING) else {}),
        level_of=level_of,
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
        Column(_("Way"), way_word),
        Column(_("Status"), lambda row: str(status("showing", showing_lists.state_of(row)).word)),
        Column(_("What speaks against it"), lambda row: " ".join(str(words.said) for words in explained(row))),
        Column(_("Decision's reason"), lambda row: row.review.reason if row.review else None),
    )
    return export(every(wanted().order_by(Showing.id)), columns, _("showings"), kind)


@bp.get("/showings/check-in")
@guard(Permission.CHECK_IN)
def ready() -> ResponseReturnValue:
    """Whom the broker can check in: one tap to begin. Whose account is frozen reads that alone."""
    frozen = frozen_until(db(), actor().id, now())
    if frozen is not None:
        return render_template("showings/ready.html", frozen_until=frozen)
    find = request.args.get("q", "").strip()
    ready = showing_lists.ready_to_check_in(db(), actor(), now(), find)
    page = page_of(db(), ready, Registration.id, request.args.get("after"))
    return render_template(
        "showings/ready.html",
        rows=page.rows,
        next_cursor=page.next_cursor,
        client_name=lambda row: showing_lists.client_name(db(), actor(), row),
        client_phone=lambda row: showing_lists.client_phone(db(), row),
        filtered=bool(find),
        now=now(),
    )


@bp.get("/showings/check-in/<int:registration_id>")
@guard(Permission.CHECK_IN)
def check_in(registration_id: int) -> ResponseReturnValue:
    """Choose how to check in; who is registered by parts of a number gives it first."""
    registration = load(Registration, registration_id)
    if wants_number(registration, now()) and registration.client_id is None:
        return redirect(url_for("numbers.give", registration_id=registration.id), 303)
    return _choice(registration)


@bp.post("/showings/check-in/<int:registration_id>/reception")
@guard(Permission.CHECK_IN)
def at_reception(registration_id: int) -> ResponseReturnValue:
    """Check in without a photo: reception confirms in person."""
    form = PlaceForm()
    place = form.place if form.validate_on_submit() else None
    showing = check_in_at_reception(db(), actor(), now(), registration=load(Registration, registration_id), place=place)
    return redirect(url_for("showings.show", showing_id=showing.id), 303)


@bp.get("/showings/<int:showing_id>")
@guard(Permission.READ_SHOWINGS)
def show(showing_id: int) -> ResponseReturnValue:
    """One showing: how it stands and why. A page that shows this state already is answered 204."""
    showing = load(Showing, showing_id)
    if request.args.get("shown") == showing_lists.state_of(showing):
        return "", 204
    return review_page(showing) if may(actor(), Permission.REVIEW_SHOWING) else _page(showing)


@bp.get("/showings/<int:showing_id>/photos/<int:photo_id>.jpg")
@guard(Permission.SEE_PHOTOS)
def photo(showing_id: int, photo_id: int) -> Response:
    """A photo in plain, for who reviews; that he looked is written down before he sees it."""
    showing = load(Showing, showing_id)
    row = next((kept for kept in photos.photos_of(db(), showing) if kept.id == photo_id), None)
    if row is None:
        abort(404)
    try:
        jpeg = photos.picture_for(db(), actor(), now(), files(), row)
    except FileNotFoundError:  # erased between the two looks
        abort(404)
    with database().transaction() as own:  # a page's own session cannot write
        photos.record_view(own, actor(), now(), row)
    return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Until when the broker is frozen, and the client protected."""

    frozen: datetime | None
    protected: datetime | None


def _page(showing: Showing) -> str:
    """The page of a showing for its broker and his principal."""
    own = showing.touch.carer.id == actor().id
    return render_template(
        "showings/show.html",
        showing=showing,
        state=showing_lists.state_of(showing),
        client=_client_name(showing),
        reasons=explained(showing),
        own=own,
        until=Until(
            frozen=frozen_until(db(), actor().id, now()) if own else None,
            protected=showing.touch.protected_until,
        ),
        receipt=_receipt(showing) if own else None,
        registration_id=showing_lists.registration_of(db(), showing) if own else None,
        way_word=way_word,
        now=now(),
    )


def _receipt(showing: Showing) -> Receipt | None:
    """The receipt of the latest that was decided over the visit."""
    decided = showing.strike or showing.review or showing
    return decision_receipts.find(db(), decided)


def _choice(registration: Registration) -> str:
    """Both ways side by side, or why there is neither."""
    blocked = None
    try:
        touch: Touch | None = open_touch(db(), now(), registration)
    except Refusal as refusal:
        blocked, touch = refusal, None
    return render_template(
        "showings/check_in.html",
        registration=registration,
        client=showing_lists.client_name(db(), actor(), registration),
        policy=Policy.of(registration.development.policy),
        enrolled=faces.comparable(engine(), faces.enrolment(db(), actor().id)),
        blocked=blocked,
        sentence=say(blocked) if blocked else None,
        by_code=None if touch is None else offered(touch),
        scan=None if touch is None else site_codes.open_scan(db(), now(), touch),
        say=say,
        form=PlaceForm(formdata=None),
    )


def _client_name(showing: Showing) -> str:
    return showing_lists.client_name(db(), actor(), showing.touch)
