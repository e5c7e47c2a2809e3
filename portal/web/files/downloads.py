"""Files that are handed out: with a name in any script, in the letters that every server and browser takes."""

from io import BytesIO

from flask import Response, send_file


def file_response(content: bytes | str, mimetype: str, name: str, *, opens: bool = False) -> Response:
    """A file that the browser keeps under `name`; with `opens` it may show it instead.

    A header holds no Chinese letter (RFC 9110), so the name goes out by RFC 6266, as `filename*`.
    """
    raw = content.encode() if isinstance(content, str) else content
    return send_file(BytesIO(raw), mimetype, as_attachment=not opens, download_name=name)
