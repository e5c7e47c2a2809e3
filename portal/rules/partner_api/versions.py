"""Versions of the partner API (接口版本): a day names one, a key keeps one, and a former one is answered for a year.

What would break a caller comes under a new day. The former version goes on: from the day of its successor it says that
it is going to end (`Deprecation`, RFC 9745), and on which day (`Sunset`, RFC 8594): a year later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commissions.refusal import Refusal

from ...clock import day_start

VERSIONS = ("2026-12-01", "2026-12-02")
"""Oldest first. One that was published stays here for ever: keys and answers name it."""
LATEST = VERSIONS[-1]
ANSWERED_ON = timedelta(days=365)
"""For so long a version is answered after the next one has come."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, since when there is a newer one, and from when on it is answered no more; both None for the latest."""

    version: str
    superseded_at: datetime | None = None
    ends_at: datetime | None = None


def standing(version: str, versions: Sequence[str] = VERSIONS) -> Standing:
    """How one of the versions stands."""
    behind = versions[versions.index(version) + 1 :]
    if not behind:
        return Standing(version)
    came = day_start(date.fromisoformat(behind[0]))
    return Standing(version, came, came + ANSWERED_ON)


def asked(header: str | None, pinned: str, now: datetime, versions: Sequence[str] = VERSIONS) -> Standing:
    """The version that a request is answered in: the one that its header names, otherwise its key's own.

    Raises Refusal: api_version_unknown, api_version_over.
    """
    version = pinned if header is None else header
    if version not in versions:
        raise Refusal("api_version_unknown", known=", ".join(versions))
    found = standing(version, versions)
    if found.ends_at is not None and found.ends_at <= now:
        raise Refusal("api_version_over", version=version, ended=found.ends_at, latest=versions[-1])
    return found


def open_versions(now: datetime, versions: Sequence[str] = VERSIONS) -> list[Standing]:
    """The versions that are answered, the newest first: those that a key may have."""
    known = (standing(version, versions) for version in reversed(versions))
    return [one for one in known if one.ends_at is None or now < one.ends_at]
