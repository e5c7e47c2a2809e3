"""Answers go out in a third of their size to who can unpack them.

Only what holds nobody's secret is packed: files that are everybody's, and pages that a visitor reads signed out. A page
of an account holds its session's token beside words that somebody else may have chosen; packed together their size
would tell of the token (BREACH).
"""

import gzip

from flask import Flask, Response, g, request

from ..light_pages import EVERYBODYS

_PACKED = frozenset({"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml"})
"""What gets smaller; pictures are packed as they are."""

_LEAST = 700
"""Bytes below which a packet more or less is not saved."""

_LEVEL = 6


def init_compression(app: Flask) -> None:
    """Pack what may be packed. Call it early: what is registered first is done last, over the finished answer."""
    files: dict[tuple[str, str | None], bytes] = {}

    @app.after_request
    def pack(response: Response) -> Response:
        if response.mimetype not in _PACKED or response.status_code in (206, 304):
            return response
        response.vary.add("Accept-Encoding")
        if not _wanted() or _is_small(response) or not (_is_file(response) or _is_a_visitors()):
            return response
        if not _is_file(response):
            _replace(response, gzip.compress(response.get_data(), _LEVEL, mtime=0))
            return response
        key = (request.path, response.get_etag()[0])
        response.direct_passthrough = False
        if key not in files:
            files[key] = gzip.compress(response.get_data(), _LEVEL, mtime=0)
        else:
            response.close()
        _replace(response, files[key])
        return response


def _wanted() -> bool:
    return request.method == "GET" and request.accept_encodings["gzip"] > 0 and "Range" not in request.headers


def _is_file(response: Response) -> bool:
    return request.endpoint in EVERYBODYS and response.status_code == 200


def _is_a_visitors() -> bool:
    """Whether nothing of a session is in the page."""
    known = g.get("_login_user")  # flask-login's; who was not asked for is not in the page
    signed_in = known is not None and known.is_authenticated
    return not (signed_in or g.get("csrf_token"))  # flask-wtf's, of a session


def _is_small(response: Response) -> bool:
    return response.content_length is not None and response.content_length < _LEAST


def _replace(response: Response, packed: bytes) -> None:
    etag, _weak = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same content, in other bytes
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
