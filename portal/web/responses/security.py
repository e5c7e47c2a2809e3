"""Headers that keep a page from doing what it should not."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request, url_for
from werkzeug.routing import IntegerConverter, Map

from ...config import Config
from ..light_pages import EVERYBODYS, style_source

_CONTENT = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_A_LETTER = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'; base-uri 'none'"
"""What a mail may do that is looked at by itself: have the styles that stand in it, and nothing else."""

FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")
"""What a page may ask the device for only where it says so (`page_may`); our pages ask for the first two."""

_LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """An id in an address: one that no database can hold is no address of ours."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=_LARGEST_ID)


_CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
_HERE = {"same-origin", "none"}
"""What a browser says of a request that was made by a page of ours, or by nobody's."""


def init_security(app: Flask, config: Config) -> None:
    """A strict policy on every answer; what is private is kept nowhere; nothing comes in that no text holds, or that
    another site's page sent."""
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.globals["page_may"] = page_may
    own = {_origin(config.base_url)}

    @app.before_request
    def no_nul() -> None:
        """A zero byte is no part of any text, and a database refuses or cuts what holds one."""
        if any("\0" in value for values in (request.args, request.form) for _, value in values.items(multi=True)):
            abort(400)

    @app.before_request
    def not_from_elsewhere() -> None:
        """Forms carry a token; beside it the browser's own word counts, as far as it has one."""
        if request.method in _CHANGES and not _sent_here(own):
            abort(400)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _A_LETTER if g.get("is_a_letter") else _page_policy()
        response.headers["Permissions-Policy"] = _permissions_policy()
        response.headers["Referrer-Policy"] = _referrer_policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if config.production:
            below = "; includeSubDomains" if config.hsts_subdomains else ""
            response.headers["Strict-Transport-Security"] = f"max-age=31536000{below}"
        said = response.cache_control
        if request.endpoint not in EVERYBODYS and not (said.public or said.private):
            response.headers["Cache-Control"] = "no-store"  # also for what sends files, which says something weaker
        return response


def page_may(feature: str) -> str:
    """Let the page that is drawn now use the camera, or the position: said in its template beside what asks for it."""
    g.setdefault("page_may", set()).add(feature)
    return ""


def _permissions_policy() -> str:
    """What scripts of this page may ask the device for; no other page's, and nobody's who got in there."""
    wanted = g.get("page_may", set())
    return ", ".join(f"{feature}=({'self' if feature in wanted else ''})" for feature in FEATURES)


def show_a_letter() -> None:
    """What is answered now is a mail as its reader sees it: styles stand in it, and it can do nothing."""
    g.is_a_letter = True


def _page_policy() -> str:
    policy = (_CONTENT, style_source(), _script_source(), f"report-uri {url_for('health.content_report')}")
    return "; ".join(part for part in policy if part)


def let_script_in(origin: str) -> None:
    """Let the page that is answered now run scripts from there, beside our own."""
    g.scripts_from = origin


def _script_source() -> str:
    origin: str | None = g.get("scripts_from")
    return f"script-src 'self' {origin}" if origin else ""


def _sent_here(own: set[str]) -> bool:
    """Whether a page of ours sent this, by what the browser says; an old one says nothing, nor does a server's push."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched in _HERE
    origin = request.headers.get("Origin")
    return origin in {None, "null"} or origin in own | {_origin(request.host_url)}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _referrer_policy() -> str:
    """A page whose address is a secret tells it to nobody, not even to the next page."""
    return "no-referrer" if "token" in (request.view_args or {}) else "same-origin"
