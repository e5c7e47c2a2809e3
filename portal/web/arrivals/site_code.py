"""The tablet at reception shows a code that changes every half minute; who scans it is at the site."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ...access.permissions import Permission
from ...models import Development
from ...services.partners.partners import open_developments
from ...services.showings import site_codes
from ..edge import actor, config, db, load, now
from ..guard import guard
from ..lists.arguments import number_of
from ..qr import qr_png

bp = Blueprint("site_code", __name__)


@bp.get("/site-code")
@guard(Permission.HOST_CHECK_IN)
def show() -> ResponseReturnValue:
    """The code, large, for one development. A tablet that shows it already is answered 204 until it changes."""
    developments = open_developments(db())
    wanted = number_of(request.args.get("development"))
    development = next((one for one in developments if one.id == wanted), developments[0] if developments else None)
    code = site_codes.code_now(db(), actor(), now(), development) if development else None
    if code is not None and request.args.get("shown") == f"{code.step}":
        return "", 204
    return render_template("arrivals/site_code.html", developments=developments, development=development, code=code)


@bp.get("/site-code/<int:development_id>.png")
@guard(Permission.HOST_CHECK_IN)
def picture(development_id: int) -> Response:
    """The code of this half minute, whichever the address names: that only tells one picture from the next."""
    code = site_codes.code_now(db(), actor(), now(), load(Development, development_id))
    return qr_png(mark() + code.text)


def mark() -> str:
    """How the text of every such code begins: the address that a phone's own camera opens."""
    return config().base_url.rstrip("/") + url_for("scanning.here", token="")
