"""A person decides over a showing: genuine, fake, or not to be told from what is there."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Decision, Showing
from ...services.penalties.reviews import review_showing
from ...services.showings import lists as showing_lists
from ...services.showings.capture_requests import ask_for_capture
from ..components import instant
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from .forms import AskForm, FakeForm, UntoldForm
from .reviewing import kept_filters, next_after, review_page

bp = Blueprint("reviews", __name__)


@bp.post("/showings/<int:showing_id>/genuine")
@guard(Permission.REVIEW_SHOWING)
def confirm_genuine(showing_id: int) -> ResponseReturnValue:
    """The visit took place: it counts, and protects the client."""
    showing = load(Showing, showing_id)
    review_showing(db(), actor(), now(), showing, decision=Decision.GENUINE, reason="")
    flash(_("%(visit)s: confirmed genuine. It counts and protects the client.", visit=_named(showing)), "success")
    return _on(showing)


@bp.post("/showings/<int:showing_id>/fake")
@guard(Permission.REVIEW_SHOWING)
def confirm_fake(showing_id: int) -> ResponseReturnValue:
    """The visit did not take place: the broker gets a strike, and the third freezes the account."""
    showing, form = load(Showing, showing_id), FakeForm()
    if form.validate_on_submit():
        with refusing(form):
            freeze = review_showing(db(), actor(), now(), showing, decision=Decision.FAKE, reason=form.reason.data)
            if freeze is None:
                flash(_("%(visit)s: confirmed fake. The broker has a strike.", visit=_named(showing)), "success")
            else:
                until = instant(freeze.ends_at)
                said = {"visit": _named(showing), "until": until}
                flash(
                    _("%(visit)s: confirmed fake. The broker's account is frozen until %(until)s.", **said), "warning"
                )
            return _on(showing)
    return review_page(showing, fake=form), 422


@bp.post("/showings/<int:showing_id>/inconclusive")
@guard(Permission.REVIEW_SHOWING)
def close_untold(showing_id: int) -> ResponseReturnValue:
    """Nobody can tell any more: the case is closed. The visit does not count, and nobody is accused."""
    showing, form = load(Showing, showing_id), UntoldForm()
    if form.validate_on_submit():
        with refusing(form):
            decided = {"decision": Decision.INCONCLUSIVE, "reason": form.untold.data}
            review_showing(db(), actor(), now(), showing, **decided)
            flash(_("%(visit)s: closed, since nobody can tell. It is no strike.", visit=_named(showing)), "success")
            return _on(showing)
    return review_page(showing, untold=form), 422


@bp.post("/showings/<int:showing_id>/new-capture")
@guard(Permission.REVIEW_SHOWING)
def ask_again(showing_id: int) -> ResponseReturnValue:
    """What is there does not tell: the broker may check in again, and is told why and until when."""
    showing, form = load(Showing, showing_id), AskForm()
    if form.validate_on_submit():
        with refusing(form):
            within = timedelta(hours=form.hours.data)
            asked = ask_for_capture(db(), actor(), now(), showing, reason=form.wish.data, within=within)
            said = {"visit": _named(showing), "until": instant(asked.answer_by)}
            flash(_("%(visit)s: asked. The broker sees it, and has until %(until)s.", **said), "success")
            return _on(showing)
    return review_page(showing, ask=form), 422


def _named(showing: Showing) -> str:
    """The showing that was decided, for the message above the next one."""
    client = showing_lists.client_name(db(), actor(), showing.touch)
    return _("%(client)s with %(broker)s", client=client, broker=showing.broker.name)


def _on(showing: Showing) -> ResponseReturnValue:
    """To the next showing of the queue; when there is none, to the queue, which says so."""
    db().flush()
    key = next_after(showing)
    if key is None:
        filters = kept_filters() or {"state": showing_lists.WAITING}
        return redirect(url_for("showings.index", **filters), 303)
    return redirect(url_for("showings.show", showing_id=key, **kept_filters()), 303)
