"""Files that are handed out: with a name in any script, in the letters that every server and browser takes."""

from collections.abc import Iterable
from io import BytesIO
from urllib.parse import quote

from flask import Response, send_file


def streamed_response(parts: Iterable[bytes], mimetype: str, name: str, size: int | None = None) -> Response:
    """A private file that goes out part by part, of which no cache keeps anything; `size` where it is known."""
    named = f"attachment; filename*=UTF-8''{quote(name)}"
    response = Response(parts, mimetype=mimetype, headers={"Content-Disposition": named, "Cache-Control": "no-store"})
    if size is not None:
        response.headers["Content-Length"] = str(size)
    return response


def file_response(content: bytes | str, mimetype: str, name: str, *, opens: bool = False) -> Response:
    """A file that the browser keeps under `name`; with `opens` it may show it instead.

    A header holds no Chinese letter (RFC 9110), so the name goes out by RFC 6266, as `filename*`.
    """
    raw = content.encode() if isinstance(content, str) else content
    return send_file(BytesIO(raw), mimetype, as_attachment=not opens, download_name=name)
