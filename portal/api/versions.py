"""Which day's shape an answer has: `Portal-Version`, otherwise the version of the key (`rules.partner_api.versions`).

An operation answers in today's shape. What an earlier version knew otherwise is a `Former` beside the operation: the
answer is led back to it, and the document of that version says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request, url_for
from werkzeug.http import http_date

from ..rules.partner_api.versions import LATEST, Standing, asked
from ..web.edge import config, now
from .fields import Shown

HEADER = "Portal-Version"


@dataclass(frozen=True, slots=True)
class Former:
    """How an operation answered before a version: by this model, which `back` makes of an answer of today."""

    before: str
    model: type[Shown]
    back: Callable[[Any], Shown]


def ask_version(pinned: str) -> None:
    """Find out in which version this request is answered. Raises Refusal: api_version_unknown, api_version_over."""
    g.version = asked(request.headers.get(HEADER), pinned, now())


def current() -> str:
    """The version of this request; the latest, until it is known."""
    found: Standing = g.get("version", Standing(LATEST))
    return found.version


def tell(answer: Response) -> Response:
    """Say whose shape an answer has; a former version says when it was superseded, and when it ends."""
    answer.headers.setdefault(HEADER, current())
    found: Standing | None = g.get("version")
    if found is not None and found.superseded_at is not None and found.ends_at is not None:
        page = config().base_url.rstrip("/") + url_for("api.reference")
        answer.headers["Deprecation"] = f"@{int(found.superseded_at.timestamp())}"
        answer.headers["Sunset"] = http_date(found.ends_at)
        answer.headers["Link"] = f'<{page}#versions>; rel="deprecation"; type="text/html"'
    return answer
