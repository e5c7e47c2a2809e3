"""Headers that keep a page from doing what it should not."""

from flask import Flask, Response, request

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


def init_security(app: Flask, config: Config) -> None:
    """A strict policy on every answer; pages are never kept by a shared cache."""

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
