"""Which day's shape of the API an answer has: `Portal-Version`. What breaks callers comes under a new day."""

from flask import request

from commissions.refusal import Refusal

HEADER = "Portal-Version"
VERSIONS = ("2026-12-01",)
"""Oldest first; a version that will end says so in `Deprecation` and `Sunset` (RFC 9745, RFC 8594)."""
LATEST = VERSIONS[-1]


def asked_version() -> str:
    """The version that the request asks for. Raises Refusal(api_version_unknown)."""
    version = request.headers.get(HEADER, LATEST)
    if version not in VERSIONS:
        raise Refusal("api_version_unknown", known=", ".join(VERSIONS))
    return version
