"""Errors as calm pages: a refusal with its sentence, a missing page, a full form, a fault of ours."""

import logging

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal

from .edge import abandon
from .messages import say

log = logging.getLogger(__name__)

BUSY = "busy_try_again"
"""The one refusal that waiting alone cures: 503 with Retry-After, whoever answers with it."""

_RETRY_SECONDS = 2
"""When to send it again: by then the photos that were waiting are through."""

_PAGES = {400, 403, 404, 405, 413, 429, 500}

Answer = tuple[str, int]


def init_errors(app: Flask) -> None:
    """Word every error in one place, after rolling back what the request had begun."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, fault)
    app.after_request(say_when_to_come_back)


def refused(refusal: Refusal) -> Answer:
    """A rule said no."""
    abandon()
    status = 503 if refusal.code == BUSY else 409
    return render_template("errors/refusal.html", sentence=say(refusal), code=refusal.code), status


def say_when_to_come_back(response: Response) -> Response:
    """Who is too busy says until when: a page that retries by itself goes by it, and backs off from there."""
    if response.status_code == 503:
        response.headers.setdefault("Retry-After", str(_RETRY_SECONDS))
    return response


def stale_form(_error: CSRFError) -> Answer:
    """The form's token is missing or old; nothing was done."""
    abandon()
    return render_template("errors/400.html", stale=True), 400


def http_error(error: HTTPException) -> Answer | HTTPException:
    """Not found, forbidden, too large, too often …; redirects pass through."""
    abandon()
    code = error.code or 500
    if code < 400:
        return error
    page = code if code in _PAGES else 400 if code < 500 else 500
    return render_template(f"errors/{page}.html"), code


def fault(error: Exception) -> Answer:
    """A mistake of ours: logged with its trace, shown without it."""
    abandon()
    log.error("unhandled error", exc_info=error, extra={"path": request.path, "method": request.method})
    return render_template("errors/500.html"), 500
