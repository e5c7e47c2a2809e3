"""`/healthz`, `/readyz`, what browsers report, and the stylesheet of all pages."""

import hmac
import logging
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask_login import current_user

from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.storage.disk import Disk
from ...outages import RETRY_SECONDS
from ...rules import security_txt
from ...rules.vital_signs import Level
from ...services import timekeeping
from ...services.home import content_reports
from ...services.home.health import gauges, worker_sign
from ...services.keys import starting
from ..edge import actor, config, database, db, health_limits, now
from ..guard import public
from ..light_pages import stylesheet
from ..limits import limiter
from .figures import CONTENT_TYPE, exposed

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__)

_LARGEST_REPORT = 8_192


@bp.record
def _without_token(state: BlueprintSetupState) -> None:
    """Browsers send reports by themselves."""
    state.app.extensions["csrf"].exempt(f"{__name__}.content_report")


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> Response:
    """Database and disk take in what is sent, and schema and keys are those that this server works with. With `?worker`
    the worker must live too: it looks every minute.

    Which schema it is, an administrator reads. What does not fit is a word here, and a sentence in the log.
    """
    disk: Disk = current_app.extensions["disk"]
    outages = {"database": database().outage(), "disk": disk.outage()}
    out = {name: outage.value for name, outage in outages.items() if outage is not None}
    if out:
        return _not_ready(out)
    found = starting.hindrance(db(), starting.marks_of(config()))
    if found is not None:
        log.error("not ready", extra={"code": found.code, "said": found.said})
        return _not_ready({"unfit": found.code})
    if "worker" in request.args and worker_sign(db(), now(), health_limits()).level is Level.WRONG:
        return _not_ready({"worker": "silent"})
    odd = timekeeping.judged(db(), now(), database().own_clock()).doubt
    attention = ["disk_nearly_full"] if disk.is_nearly_full() else []
    attention += [f"clock_{odd}"] if odd is not None else []
    told = current_user.is_authenticated and may(actor(), Permission.MANAGE_PEOPLE)
    said = {"schema": starting.revision_of(db())} if told else {}
    return jsonify(status="ok", **({"attention": attention} if attention else {}), **said)


def _not_ready(out: dict[str, str]) -> Response:
    answer = jsonify(status="unavailable", **out)
    answer.status_code = 503
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


@bp.get("/metrics")
@public
@limiter.limit("120 per minute")
def metrics() -> Response:
    """Figures for a monitor, in the words of Prometheus, to who sends the token; they say nothing of anybody."""
    token = config().metrics_token
    if not token:
        abort(404)
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return Response("", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'})
    return Response(exposed(gauges(db(), now(), health_limits())), content_type=CONTENT_TYPE)


@bp.post("/csp-report")
@public
@limiter.limit("20 per minute")
def content_report() -> tuple[str, int]:
    """A browser kept something from a page of ours. What and where from is logged, without any page's address; how
    often a day, an administrator sees on the page of health."""
    if (request.content_length or 0) > _LARGEST_REPORT:
        abort(413)
    report = request.get_json(force=True, silent=True)
    said = report.get("csp-report") if isinstance(report, dict) else None
    if isinstance(said, dict):
        blocked = urlsplit(str(said.get("blocked-uri", ""))[:200])
        facts = {
            "directive": str(said.get("violated-directive", ""))[:40],
            "blocked": blocked.netloc or blocked.scheme or blocked.path[:20],
        }
        log.warning("a browser kept something from a page", extra=facts)
        content_reports.count(db(), now(), facts["directive"])
    return "", 204


@bp.get("/.well-known/security.txt")
@public
def security_contact() -> Response:
    """Whom somebody tells who found a weakness (RFC 9116)."""
    lines = security_txt.lines(config().privacy_contact, config().base_url.rstrip("/"), now())
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


@bp.get("/portal.css")
@public
def style() -> Response:
    """The one stylesheet of all pages but the light ones."""
    joined = stylesheet(config())
    answer = Response(joined.css, mimetype="text/css", headers={"Cache-Control": "public, max-age=300"})
    answer.set_etag(joined.version)
    answer.make_conditional(request)
    return answer
