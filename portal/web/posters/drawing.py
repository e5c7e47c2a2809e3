"""Posters as files: drawn once, kept by their readers, in the reader's language."""

from collections.abc import Callable

from flask import Response, abort, make_response, request

from commissions.refusal import Refusal

from ...services.posters import posters
from ...services.posters.posters import PosterSpec
from ..edge import now
from ..files.uploads import DRAWN, count
from ..language import choose

_TYPES = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}


def orderable(order: Callable[[], PosterSpec]) -> PosterSpec:
    """What a poster is to say; 404 where there is none, as the page that shows it says why."""
    try:
        return order()
    except Refusal:
        abort(404)


def poster_file(wanted: PosterSpec, kind: str, *, name: str) -> Response:
    """A poster as a file, not sent again where the reader has this very one."""
    if kind == "pdf":
        count(DRAWN)
    response = kept_picture(f"{wanted.key}-{kind}", _TYPES[kind], lambda: _drawn(wanted, kind))
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def kept_picture(key: str, mimetype: str, draw: Callable[[], bytes]) -> Response:
    """A picture that its reader keeps, and asks about by its content's key; 404 where it cannot be drawn so."""
    response = make_response()
    response.set_etag(key)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    if not request.if_none_match.contains(key):
        try:
            response.data = draw()
        except Refusal:
            abort(404)
    response.make_conditional(request)
    return response


def reader_language() -> str:
    """The poster's language for who has not chosen one: the reader's."""
    return "zh" if choose() == "zh_Hans_CN" else "en"


def _drawn(wanted: PosterSpec, kind: str) -> bytes:
    if kind == "pdf":
        return posters.pdf(wanted, now())
    return posters.png(wanted) if kind == "png" else posters.preview(wanted)
