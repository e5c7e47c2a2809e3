"""Errors as calm pages: a refusal with its sentence, a missing page, a full form, a fault of ours."""

import logging
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal

from ..adapters.storage.files import FileGone
from ..crypto import IndexKeyForeign, SealBroken
from ..outages import Outage, outage_of
from .edge import abandon
from .language.routes import local
from .messages import say
from .responses.unavailable import ask_nobody, say_when, unavailable

log = logging.getLogger(__name__)

WAITING_CURES = {"busy_try_again": 503, "passwords_busy": 503, "too_often": 429, "too_many_downloads": 429}
"""The refusals that waiting alone cures, whoever answers with them and wherever they are shown: with which status, and
with Retry-After."""

_RETRY_SECONDS = 2
"""When to come again, where the refusal does not say: by then those who were waiting are through."""

_PAGES = {400, 403, 404, 405, 413, 429, 500}

Answer = tuple[str, int]


def _logged_by_fault(exc_info: object) -> None:  # Flask's own would log it twice
    """Nothing: `fault` logs what fails, once."""


def init_errors(app: Flask) -> None:
    """Word every error in one place, after rolling back what the request had begun."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(SealBroken, seal_broken)
    app.register_error_handler(FileGone, file_gone)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, fault)
    app.log_exception = _logged_by_fault  # type: ignore[method-assign]
    app.after_request(say_when_to_come_back)
    app.after_request(say_when)
    app.jinja_env.globals["came_from"] = came_from


def came_from() -> str | None:
    """The page of ours with the form or link that led here, to go back to; None where it was another's."""
    try:
        whole = urlsplit(request.referrer or "")
    except ValueError:  # no address at all
        return None
    if whole.netloc != request.host:
        return None
    address = f"{whole.path}?{whole.query}" if whole.query else whole.path
    return None if request.method == "GET" and whole.path == request.path else local(address)


def refused(refusal: Refusal) -> Answer:
    """A rule said no."""
    abandon()
    g.refusal = refusal
    status = WAITING_CURES.get(refusal.code, 409)
    return render_template("errors/refusal.html", sentence=say(refusal), code=refusal.code), status


def seal_broken(error: SealBroken) -> Answer:
    """What rests encrypted does not open here: who runs the portal reads in the log what it is."""
    log.error("a seal is broken", extra={"sealed": str(error), "no_key": error.no_key})
    return refused(Refusal("seal_broken"))


def file_gone(_error: FileGone) -> Answer:
    """A stored file that a row names is not there: `portal files verify` says which, and what else is missing."""
    log.error("a stored file is gone", extra={"endpoint": request.endpoint})
    return refused(Refusal("file_gone"))


def say_when_to_come_back(response: Response) -> Response:
    """Who is too busy says until when, at a form too: a page that retries by itself goes by it, and backs off."""
    refusal: Refusal | None = g.get("refusal")
    if refusal is not None and refusal.code in WAITING_CURES:
        response.status_code = WAITING_CURES[refusal.code]
        response.headers["Retry-After"] = str(refusal.facts.get("seconds", _RETRY_SECONDS))
    return response


def stale_form(_error: CSRFError) -> Answer:
    """The form's token is missing or old; nothing was done."""
    abandon()
    return render_template("errors/400.html", stale=True), 400


def http_error(error: HTTPException) -> Answer | HTTPException:
    """Not found, forbidden, too large, too often …; redirects pass through."""
    original = getattr(error, "original_exception", None)
    if original is not None:  # raised by an error's own page, or after the view: Flask wraps it
        return fault(original)
    abandon()
    code = error.code or 500
    if code < 400:
        return error
    page = code if code in _PAGES else 400 if code < 500 else 500
    return render_template(f"errors/{page}.html"), code


def fault(error: Exception) -> Answer:
    """A neighbour that is away, or a mistake of ours, which is logged with its trace and shown without it.

    The page asks nobody for anything, for nobody may be there to answer.
    """
    outage = Outage.AWAY if isinstance(error, IndexKeyForeign) else outage_of(error)
    said = {"endpoint": request.endpoint, "method": request.method}
    if outage is None:
        log.error("unhandled error", exc_info=error, extra=said)
    else:  # without its text, which may hold what was typed
        kind = type(getattr(error, "orig", None) or error).__name__
        log.error("a neighbour is out of service", extra={**said, "outage": outage.value, "error": kind})
    with suppress(SQLAlchemyError):
        abandon()
    ask_nobody()
    return (render_template("errors/500.html"), 500) if outage is None else unavailable()
