"""Problem details (RFC 9457) as exceptions: by status their kind, by `code` the rule."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """Something was not done. `code` is the rule's name, `type` the page that explains it, `errors` the fields."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('code', status)}: {problem.get('detail', '')}")
        self.status = status
        self.code = str(problem.get("code", ""))
        self.type = str(problem.get("type", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[Mapping[str, str]] = list(problem.get("errors", []))
        self.facts: Mapping[str, Any] = problem.get("facts", {})


class Unauthorized(ApiError):
    """401: the key opens nothing (any more)."""


class Forbidden(ApiError):
    """403: the key was not made for this."""


class NotFound(ApiError):
    """404: it is not there, or another agency's."""


class Conflict(ApiError):
    """409: a rule says no to this now."""


class Invalid(ApiError):
    """422: a field; `errors` says which."""


class TooManyRequests(ApiError):
    """429, after every retry."""


class Unavailable(ApiError):
    """5xx, after every retry. Nothing was done."""


_KINDS = {401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 422: Invalid, 429: TooManyRequests}


def error_of(status: int, problem: Mapping[str, Any]) -> ApiError:
    """The exception for an answer."""
    return _KINDS.get(status, Unavailable if status >= 500 else ApiError)(status, problem)
