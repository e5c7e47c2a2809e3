"""Headers that keep a page from doing what it should not."""

from flask import Flask, Response, abort, request
from werkzeug.routing import IntegerConverter, Map

from ..config import Config

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


_LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """An id in an address: one that no database can hold is no address of ours."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=_LARGEST_ID)


def init_security(app: Flask, config: Config) -> None:
    """A strict policy on every answer; pages are never kept by a shared cache; nothing comes in that no text holds."""
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def no_nul() -> None:
        """A zero byte is no part of any text, and a database refuses or cuts what holds one."""
        if any("\0" in value for values in (request.args, request.form) for _, value in values.items(multi=True)):
            abort(400)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _CONTENT
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if config.production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint not in {"static", "bootstrap.static", "health.brand"}:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
