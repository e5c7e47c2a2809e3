"""The board of arrivals: who waits at the desk, one tap to receive, and finding whose client somebody is."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Registration, Showing, SlotBooking
from ...services.arrivals import board as arrivals
from ...services.partners.partners import open_developments
from ...services.registrations import lists as registration_list
from ...services.registrations import unregistered
from ...services.slots import passes as slot_passes
from ..edge import actor, config, db, load, now
from ..files.stills import LONGEST_TEXT, STILLS, scanner, text_in_still
from ..guard import guard
from ..limits import limiter
from ..lists.arguments import number_of
from ..slots.passes import PATH as PASS_PATH

bp = Blueprint("arrivals", __name__, url_prefix="/arrivals")

MOST_FOUND = 20


@bp.get("/")
@guard(Permission.REVIEW_SHOWING)
def index() -> ResponseReturnValue:
    """Who waits, longest first. A page that shows this already is answered 204 until something has changed."""
    place = number_of(request.args.get("development"))
    board = arrivals.board(db(), actor(), now(), place)
    mark = board.mark(now())
    if request.args.get("shown") == mark:
        return "", 204
    find = request.args.get("q", "").strip()[:LONGEST_TEXT]
    if (booking := _of_pass(find)) is not None:
        return redirect(url_for("slot_days.show", booking_id=booking.id), 303)
    return render_template(
        "arrivals/index.html",
        board=board,
        mark=mark,
        now=now(),
        place=place,
        developments=open_developments(db()),
        find=find,
        found=_found(find, place) if find else None,
        others=unregistered.found(db(), actor(), now(), find, development_id=place, most=MOST_FOUND) if find else [],
        most=MOST_FOUND,
        marks=" ".join(config().base_url.rstrip("/") + path for path in (registration_list.RECEIPT_PATH, PASS_PATH)),
    )


@bp.post("/<int:showing_id>/received")
@guard(Permission.REVIEW_SHOWING)
def receive(showing_id: int) -> ResponseReturnValue:
    """Reception sees them both: the visit counts."""
    arrivals.receive(db(), actor(), now(), load(Showing, showing_id))
    flash(_("Received. The visit counts and protects the client."), "success")
    return redirect(url_for(".index", development=number_of(request.form.get("place"))), 303)


@bp.post("/still")
@guard(Permission.REVIEW_SHOWING)
@limiter.limit(STILLS, key_func=scanner)
def still() -> ResponseReturnValue:
    """What a still of the desk's scanner shows."""
    return text_in_still()


def _of_pass(find: str) -> SlotBooking | None:
    """The booked visit whose pass was scanned."""
    before, path, key = find.partition(PASS_PATH)
    return slot_passes.by_key(db(), key) if path and before == config().base_url.rstrip("/") else None


def _found(find: str, place: int | None) -> list[registration_list.RegistrationRow]:
    """Whose client it is: those who are still protected first, the latest before the others."""
    stmt = registration_list.registrations(db(), actor(), now(), development_id=place, find=find)
    rows = db().scalars(stmt.order_by(Registration.id.desc()).limit(MOST_FOUND)).all()
    shown = [registration_list.shown(db(), actor(), now(), row) for row in rows]
    return sorted(shown, key=lambda one: one.state is not registration_list.RegistrationState.ACCEPTED)
