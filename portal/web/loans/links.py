"""The client's link: made, texted, shown to who keeps the loan, and what it leads to, without an account.

The page names no one: who finds a link learns that a home is bought somewhere, and how far its loan has come.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...models import ClientLink, Deal, Development, Promise
from ...services.loans import client_links, reading
from ...services.promises import promises
from ...services.vouchers import vouchers
from ..edge import actor, config, db, now, refusing, send_texts_afterwards
from ..forms.public import PublicForm
from ..guard import public
from ..limits import limiter
from ..messages import say
from ..words import loans as words
from ..words import promises as promise_words

bp = Blueprint("client_links", __name__)


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/c/<token>")
@public
@limiter.limit("60/minute")
def show(token: str) -> ResponseReturnValue:
    """Where the loan stands, or what was promised; one that holds no longer says so."""
    return _page(token, PublicForm(formdata=None))


@bp.post("/c/<token>")
@public
@limiter.limit("10/minute")
def confirm(token: str) -> ResponseReturnValue:
    """The client confirms the promise; once, however often it is sent."""
    form = PublicForm()
    try:
        link = _found(token)
    except Refusal:
        return _page(token, form)
    if link.promise_id is not None and form.validate_on_submit():
        with refusing(form):
            promises.confirm_by_link(db(), now(), db().get_one(Promise, link.promise_id))
            return redirect(url_for(".show", token=token), 303)
    return _page(token, form)


def make(*, client_id: int, development: Development, **of: Any) -> None:
    """A new link to a deal's loan or a promise, texted where texts go out and one may reach the client."""
    link = client_links.make(db(), actor(), now(), **of)
    if not config().texts(config().sms_client_template):
        flash(_("The link is made. Copy it for the client."), "success")
        return
    sent = client_links.text_client(db(), now(), link, client_id, development, _token(link))
    if isinstance(sent, Refusal):
        flash(_("The link is made, but no text may go out: %(why)s", why=say(sent)), "warning")
        return
    send_texts_afterwards()
    flash(_("The link goes to the client by text. You can copy it as well."), "success")


def revoke(**of: Any) -> None:
    """End a link."""
    client_links.revoke(db(), actor(), now(), **of)
    flash(_("The link is good no longer."), "success")


def of(*, deal: Deal | None = None, promise_id: int | None = None) -> ClientLink | None:
    """The link that was not revoked."""
    return client_links.standing(db(), deal=deal, promise_id=promise_id)


def address_of(link: ClientLink) -> str:
    """Where the link leads."""
    return config().base_url.rstrip("/") + url_for("client_links.show", token=_token(link))


def _token(link: ClientLink) -> str:
    return client_links.token_of(link, config().secret_key.encode())


def _found(token: str) -> ClientLink:
    return client_links.by_token(db(), token, config().secret_key.encode(), now())


def _page(token: str, form: PublicForm) -> ResponseReturnValue:
    try:
        link = _found(token)
    except Refusal as refusal:
        return render_template("loans/link_over.html"), 404 if refusal.code == "link_invalid" else 410
    status = 422 if form.errors else 200
    if link.deal is not None:
        row = reading.of_deal(db(), now(), link.deal)
        steps = words.steps(row)
        return render_template("loans/client.html", row=row, words=words, steps=steps, until=link.expires_at), status
    promise = db().get_one(Promise, link.promise_id)
    voucher = promise.end.voucher if promise.end else None
    facts = {
        "promise": promise,
        "stands": promises.state_of(promise, now()),
        "said": promises.text_of(db(), promise),
        "gift": vouchers.qr_text(db(), voucher) if voucher else None,
        "form": form,
        "words": promise_words,
    }
    return render_template("promises/client.html", **facts), status
