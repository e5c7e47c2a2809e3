"""Everything that goes wrong at the partner API, as `application/problem+json` (RFC 9457): by the rules' own codes, and
with the sentences that people read on the pages."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from flask import Response, g, request, url_for
from flask_babel import get_locale
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal

from ..crypto import IndexKeyForeign, SealBroken
from ..outages import Outage, outage_of
from ..web.edge import abandon, config
from ..web.errors import WAITING_CURES
from ..web.messages import say
from ..web.words.partner_api import FIELD_WORDS, FIELD_WRONG
from .fields import Fault, Problem

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

STATUSES: Mapping[str, int] = {
    "api_key_needed": 401,
    "api_key_unknown": 401,
    "api_key_revoked": 401,
    "api_key_expired": 401,
    "api_key_without_principal": 401,
    "agency_inactive": 401,
    "api_key_elsewhere": 403,
    "api_scope_missing": 403,
    "api_not_found": 404,
    "api_method_not_allowed": 405,
    "api_body_too_large": 413,
    "api_not_json": 415,
    "api_no_form": 415,
    "api_body_odd": 400,
    "api_part_odd": 422,
    "api_expand_unknown": 400,
    "api_query_twice": 400,
    "api_query_unknown": 400,
    "api_field_odd": 422,
    "api_version_unknown": 400,
    "api_version_over": 410,
    "api_too_often": 429,
    "api_fault": 500,
    "api_away": 503,
    "idempotency_key_needed": 400,
    "idempotency_key_odd": 400,
    "idempotency_key_reused": 422,
    "idempotency_key_running": 409,
    **WAITING_CURES,
}
"""By code. A refusal of a field is 422, any other 409."""

_OF_HTTP: Mapping[int, Refusal] = {
    404: Refusal("api_not_found"),
    405: Refusal("api_method_not_allowed"),
    413: Refusal("api_body_too_large"),
    415: Refusal("api_not_json"),
    503: Refusal("api_away"),
}
_RETRY_SECONDS = 2


class OddFields(Exception):
    """Fields that are not what the document says. `where`: `body` or `query`."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(str(error))
        self.found = error.errors(include_url=False, include_input=False)


def said_of(refusal: Refusal, faults: Sequence[Fault] = ()) -> Problem:
    """A refusal as it is answered."""
    field = refusal.facts.get("field")
    if field and not faults:
        faults = [Fault(pointer=f"/{field}", detail=say(refusal))]
    return Problem(
        type=type_of(refusal.code),
        title=refusal.code.replace("_", " "),
        status=status_of(refusal),
        detail=say(refusal),
        code=refusal.code,
        errors=list(faults),
        facts={name: _plain(value) for name, value in refusal.facts.items() if name != "field"},
    )


def problem(refusal: Refusal, faults: Sequence[Fault] = ()) -> Response:
    """A refusal as its answer."""
    said = said_of(refusal, faults)
    status = said.status
    answer = Response(said.model_dump_json(), status, content_type=PROBLEM_TYPE)
    answer.headers["Content-Language"] = "zh-CN" if str(get_locale()).startswith("zh") else "en"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if status in {429, 503}:
        answer.headers["Retry-After"] = str(refusal.facts.get("seconds", _RETRY_SECONDS))
    return answer


def status_of(refusal: Refusal) -> int:
    """With which status a refusal is answered."""
    return STATUSES.get(refusal.code, 422 if "field" in refusal.facts else 409)


def type_of(code: str) -> str:
    """The address that names a code, and explains it."""
    return config().base_url.rstrip("/") + url_for("problems.show", code=code)


def refused(refusal: Refusal) -> Response:
    """A rule said no, and nothing was done."""
    abandon()
    g.refusal = None  # the pages' own answer to it is not wanted
    return problem(refusal)


def odd_fields(odd: OddFields) -> Response:
    """What was sent is not what the document says."""
    abandon()
    faults = [_fault(one) for one in odd.found]
    if any(one["type"] == "json_invalid" for one in odd.found):
        return problem(Refusal("api_body_odd"))
    return problem(Refusal("api_field_odd"), faults)


def http_error(error: HTTPException) -> Response:
    """What Flask answers by itself: no such address, too large, …"""
    original = getattr(error, "original_exception", None)
    if original is not None:
        return fault(original)
    abandon()
    status = error.code or 500
    answer = problem(_OF_HTTP.get(status) or Refusal("api_body_odd" if status < 500 else "api_fault"))
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            answer.headers[name] = value
    return answer


def fault(error: Exception) -> Response:
    """A neighbour that is away, or a mistake of ours, which is logged with its trace and shown without it."""
    outage = Outage.AWAY if isinstance(error, IndexKeyForeign) else outage_of(error)
    said = {"endpoint": request.endpoint, "method": request.method}
    if isinstance(error, SealBroken):
        log.error("a seal is broken", extra={"sealed": str(error), "no_key": error.no_key})
    elif outage is None:
        log.error("unhandled error", exc_info=error, extra=said)
    else:
        log.error("a neighbour is out of service", extra={**said, "outage": outage.value})
    with suppress(SQLAlchemyError):
        abandon()
    return problem(Refusal("api_fault" if outage is None else "api_away"))


def _fault(one: ErrorDetails) -> Fault:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in one["loc"])
    words = FIELD_WORDS.get(one["type"], FIELD_WRONG)
    limits = {"least": one.get("ctx", {}).get("min_length"), "most": one.get("ctx", {}).get("max_length")}
    return Fault(pointer=pointer, detail=str(words % limits))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
