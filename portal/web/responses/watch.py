"""Looking after the worker: whoever serves pages notices that it is silent, since it cannot say so itself.

There is no timer: a request, be it a probe's, has another thread look, once a minute at most. So a look costs no
request anything, and a server that nobody asks for anything has nobody to tell.
"""

from time import monotonic

from flask import Flask, Response

from ...services.notifications.background import WATCH
from ..edge import senders

EVERY_SECONDS = 60.0


def init_watch(app: Flask) -> None:
    """Have the worker looked after while requests come in."""
    due = monotonic() + EVERY_SECONDS

    @app.after_request
    def look(response: Response) -> Response:
        nonlocal due
        if (at := monotonic()) >= due:
            due = at + EVERY_SECONDS
            senders()[WATCH].wake()
        return response
