"""The partner API (v1): agencies' own systems register clients and read what becomes of them.

Beside the pages and above them: it asks the same services, by the same permissions and rows, and says what goes wrong
in the same words.
"""

from functools import partial

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from commissions.refusal import Refusal

from ..adapters.faces.drawn import CLIENTS, Scene, draw
from ..clock import local_day
from ..crypto import SealBroken
from ..rules.partner_api.versions import LATEST, VERSIONS
from ..services.partner_api.counting import CALLS, Called, Counts
from ..web.edge import afterwards, config, now
from ..web.guard import public
from ..web.limits import limiter
from . import budgets, versions
from .openapi import PREFIX, document
from .problems import OddFields, fault, http_error, odd_fields, refused
from .reference import page
from .resources import agreements, batches, brokers, deals, developments, events, registrations
from .resources.contests import conflicts, strikes
from .resources.money import disputes, invoices, payouts, statements
from .resources.visits import booking, proving, showings

ROOMS = tuple(
    one.bp
    for one in (
        *(developments, agreements, brokers, registrations, batches, booking, proving, showings),
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
    """The document of this API, in the version that is named; else in the latest."""
    version = request.args.get("version", LATEST)
    if version not in VERSIONS:
        raise Refusal("api_version_unknown", known=", ".join(VERSIONS))
    return jsonify(document(config().base_url, version))


@bp.get("/reference")
@public
def reference() -> str:
    """The operations as a page, with the numbers that the sandbox keeps for each outcome."""
    return page(PREFIX)


@bp.get("/sandbox/photos/<name>.jpg")
@public
@limiter.limit("120 per minute")
def sandbox_photo(name: str) -> Response:
    """A picture for a check-in in the sandbox, drawn anew each time; `client`: who stands there, by a number."""
    if name not in set(Scene):
        raise Refusal("api_not_found")
    client = request.args.get("client", "")
    if client and not (
        client.isascii() and client.isdigit() and len(client) <= len(str(CLIENTS)) and int(client) < CLIENTS
    ):
        raise Refusal("api_not_found")
    picture = draw(Scene(name), int(client) if client else None)
    return Response(picture, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


@bp.after_request
def tell(answer: Response) -> Response:
    """What every answer says beside its body; who was known by his key is counted."""
    if "called" in g:
        key_id, operation = g.called
        called = Called(local_day(now()), key_id, operation, versions.current())
        counts: Counts = current_app.extensions["senders"][CALLS]
        afterwards(partial(counts.note, called, answer.status_code))
    return budgets.tell(versions.tell(answer))


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
