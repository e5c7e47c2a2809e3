"""The page for while a neighbour is away, hangs, is full or takes nothing in.

It needs nothing but the request: no database, no session's row, no file. What was typed stays in it and is sent again
from there, by itself where that is safe. In the language of the cookie or of the browser.
"""

from flask import Response, current_app, g, render_template, request

from ...outages import RETRY_SECONDS

_SECRET = {"password", "old", "again"}
"""Fields that are typed again rather than kept in a page."""
_MOST = 200_000
"""Letters of all fields together: more is no form that somebody typed."""


def ask_nobody() -> None:
    """From now on the request takes its reader for a stranger, unless it knows him already."""
    if "_login_user" not in g:
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # flask-login's


def unavailable() -> tuple[str, int]:
    """Come again in a moment.

    Where the answer to the commit itself was lost, what was sent may have been kept: then nothing says when to repeat
    it, since whoever sent it should look first.
    """
    sent = list(request.form.items(multi=True))
    typed = [(name, value) for name, value in sent if name not in _SECRET]
    files = any(file.filename for file in request.files.values())
    uncertain = bool(g.get("committing"))
    g.interrupted, g.come_back = True, None if uncertain else RETRY_SECONDS
    kept = request.method == "POST" and bool(typed) and sum(len(a) + len(b) for a, b in typed) <= _MOST
    page = render_template(
        "errors/503.html",
        seconds=RETRY_SECONDS,
        typed=typed if kept else [],
        files=files,
        uncertain=uncertain,
        repeats=not uncertain and (request.method == "GET" or (kept and not files and len(typed) == len(sent))),
    )
    return page, 503


def say_when(response: Response) -> Response:
    """In the header that pages and machines repeat themselves by; and that it was no rule which said so, for a page
    that must know whether anything was noted."""
    if g.get("interrupted"):
        response.headers["Portal-Interrupted"] = "yes"
    if g.get("come_back") is not None:
        response.headers["Retry-After"] = str(g.come_back)
    return response
