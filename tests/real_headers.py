"""Headers as a real server takes them: what Flask's test client lets pass, gunicorn answers with 500."""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn.http.wsgi import HEADER_VALUE_RE, TOKEN_RE


class RealHeaders:
    """Around an application of a test: it fails where gunicorn would refuse a header."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            for name, value in headers:
                assert TOKEN_RE.fullmatch(name), f"gunicorn refuses the header's name {name!r}"
                assert HEADER_VALUE_RE.fullmatch(value), f"gunicorn refuses {name}: {value!r}"
            return start_response(status, headers, *error)

        return self._inner(environ, start)
