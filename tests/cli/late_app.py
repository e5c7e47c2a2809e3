"""An application that takes as long to start as an import of the portal, and to answer as its address says."""

import os
from collections.abc import Iterable
from pathlib import Path
from time import sleep
from wsgiref.types import StartResponse, WSGIEnvironment

if Path(os.environ.get("LATE_APP_BROKEN", "/nonexistent")).exists():
    raise RuntimeError("a mistake in new code")
sleep(float(os.environ.get("LATE_APP_START", "1")))


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """`/0.2`: after so many seconds, and which process it was. A form is read first."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    sleep(float(environ["PATH_INFO"].strip("/") or 0))
    said = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


app.config = {"MAX_CONTENT_LENGTH": 1_000_000}  # type: ignore[attr-defined]  # which the server asks Flask's for
