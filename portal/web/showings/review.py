"""A person decides over a showing: genuine, fake, or not to be told from what is there."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Decision, Showing
from ...services.penalties.reviews import review_showing
from ...services.showings.capture_requests import ask_for_capture
from ..components import instant
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from .forms import AskForm, FakeForm
from .reviewing import kept_filters, review_page

bp = Blueprint("reviews", __name__)


@bp.post("/showings/<int:showing_id>/genuine")
@guard(Permission.REVIEW_SHOWING)
def confirm_genuine(showing_id: int):
    """The visit took place: it counts, and protects the client."""
    review_showing(db(), actor(), now(), load(Showing, showing_id), decision=Decision.GENUINE, reason="")
    flash(_("Confirmed genuine. The showing counts and protects the client."), "success")
    return _back(showing_id)


@bp.post("/showings/<int:showing_id>/fake")
@guard(Permission.REVIEW_SHOWING)
def confirm_fake(showing_id: int):
    """The visit did not take place: the broker gets a strike, and the third freezes the account."""
    showing, form = load(Showing, showing_id), FakeForm()
    if form.validate_on_submit():
        with refusing(form):
            freeze = review_showing(db(), actor(), now(), showing, decision=Decision.FAKE, reason=form.reason.data)
            if freeze is None:
                flash(_("Confirmed fake. The broker has a strike."), "success")
            else:
                until = instant(freeze.ends_at)
                flash(_("Confirmed fake. The broker's account is frozen until %(until)s.", until=until), "warning")
            return _back(showing_id)
    return review_page(showing, fake=form), 422


@bp.post("/showings/<int:showing_id>/new-capture")
@guard(Permission.REVIEW_SHOWING)
def ask_again(showing_id: int):
    """What is there does not tell: the broker may check in again, and is told why and until when."""
    showing, form = load(Showing, showing_id), AskForm()
    if form.validate_on_submit():
        with refusing(form):
            within = timedelta(hours=form.hours.data)
            asked = ask_for_capture(db(), actor(), now(), showing, reason=form.wish.data, within=within)
            flash(_("Asked. The broker sees it, and has until %(until)s.", until=instant(asked.answer_by)), "success")
            return _back(showing_id)
    return review_page(showing, ask=form), 422


def _back(showing_id: int):
    """To the showing as it now stands; from there it goes on to the next of the queue."""
    return redirect(url_for("showings.show", showing_id=showing_id, **kept_filters()), 303)
