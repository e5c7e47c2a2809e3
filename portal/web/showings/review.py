"""A person decides over a showing: genuine, or fake."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Decision, Showing
from ...services.showings import review_showing
from ..components import instant
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from .forms import FakeForm
from .routes import page

bp = Blueprint("reviews", __name__)


@bp.post("/showings/<int:showing_id>/genuine")
@guard(Permission.REVIEW_SHOWING)
def confirm_genuine(showing_id: int):
    """The visit took place: it counts, and protects the client."""
    review_showing(db(), actor(), now(), load(Showing, showing_id), decision=Decision.GENUINE, reason="")
    flash(_("Confirmed genuine. The showing counts and protects the client."), "success")
    return redirect(url_for("showings.show", showing_id=showing_id), 303)


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
            return redirect(url_for("showings.show", showing_id=showing_id), 303)
    return page(showing, form), 422
