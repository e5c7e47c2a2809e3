"""The client's own link to the virtual tour: a page of one tap, which is noted in his file."""

from flask import Blueprint, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from commissions.refusal import Refusal

from ...models import CareFile
from ...services.care_files import tours
from ..edge import actor, config, db, now
from ..forms.public import PublicForm
from ..guard import public
from ..limits import limiter

bp = Blueprint("tours", __name__)


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.route("/tour/<token>", methods=["GET", "POST"])
@public
@limiter.limit("30/minute")
def tour(token: str) -> ResponseReturnValue:
    """Where the tour is a tap away; what only looks at addresses, as messengers do, is not counted."""
    try:
        file, by, address = tours.by_token(db(), now(), token, config().secret_key.encode())
    except Refusal as refusal:
        return render_template("loans/link_over.html"), 404 if refusal.code == "link_invalid" else 410
    form = PublicForm()
    opens = form.validate_on_submit()
    if opens:
        tours.note_opened(db(), now(), file, by)
    page = render_template(
        "care/tour.html", development=file.development, address=address if opens else None, form=form
    )
    return page, 422 if form.errors else 200


def address_of(file: CareFile) -> str:
    """Where the client's own link to the tour leads, as the actor hands it on."""
    token = tours.token_of(file, actor().id, now(), config().secret_key.encode())
    return config().base_url.rstrip("/") + url_for("tours.tour", token=token)
