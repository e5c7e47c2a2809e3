"""The partner API (v1): agencies' own systems register clients and read what becomes of them.

Beside the pages and above them: it asks the same services, by the same permissions and rows, and says what goes wrong
in the same words.
"""

import json

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from commissions.refusal import Refusal

from ..crypto import SealBroken
from ..services.sandbox.world import NUMBERS
from ..web.edge import config
from ..web.guard import public
from ..web.words.partner_api import TAGS
from . import budgets
from .openapi import PREFIX, document
from .operations import OPERATIONS
from .problems import OddFields, fault, http_error, odd_fields, refused
from .resources import agreements, brokers, deals, developments, events, registrations
from .resources.contests import conflicts, strikes
from .resources.money import disputes, invoices, payouts, statements
from .resources.visits import booking, proving, showings
from .versions import HEADER, LATEST

ROOMS = tuple(
    one.bp
    for one in (
        *(developments, agreements, brokers, registrations, booking, proving, showings),
        *(conflicts, strikes, deals, statements, invoices, disputes, payouts, events),
    )
)

bp = Blueprint("api", __name__, url_prefix=PREFIX)
for _room in ROOMS:
    bp.register_blueprint(_room)


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """Another system has no form of ours: it shows its own key, and no cookie counts here."""
    csrf = state.app.extensions["csrf"]
    csrf.exempt(bp)
    for room in ROOMS:
        csrf.exempt(room)


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The document of this API."""
    return jsonify(document(config().base_url))


@bp.get("/reference")
@public
def reference() -> str:
    """The operations as a page, with the numbers that the sandbox keeps for each outcome."""
    rooms = {tag: [one for one in OPERATIONS.values() if one.tag == tag] for tag in TAGS}
    base = f"{config().base_url.rstrip('/')}{PREFIX}"
    examples = {name: json.dumps(one.example, ensure_ascii=False, indent=2) for name, one in OPERATIONS.items()}
    shown = {"rooms": rooms, "tags": TAGS, "numbers": NUMBERS, "base": base, "examples": examples}
    return render_template("partner_api/reference.html", **shown)


@bp.after_request
def tell(answer: Response) -> Response:
    """What every answer says beside its body."""
    answer.headers[HEADER] = request.headers.get(HEADER, LATEST) if answer.status_code < 400 else LATEST
    return budgets.tell(answer)


def init_api(app: Flask) -> None:
    """Open the partner API; what leads nowhere below its address is told as it tells everything."""
    app.register_blueprint(bp)

    @app.before_request
    def astray() -> Response | None:
        error = request.routing_exception
        below = request.path.startswith(f"{PREFIX}/")
        return http_error(error) if below and isinstance(error, NotFound | MethodNotAllowed) else None


bp.register_error_handler(Refusal, refused)
bp.register_error_handler(OddFields, odd_fields)
bp.register_error_handler(SealBroken, fault)
bp.register_error_handler(HTTPException, http_error)
bp.register_error_handler(Exception, fault)
