"""Programmes in words."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from referral.programme import State

from ...models import Programme
from ...services.programmes.programmes import Standing
from ..components import day, percent
from ..referral.words import PROGRAMMES as KINDS

__all__ = ["KINDS", "STATES", "fetched", "last_day", "term"]

STATES: Mapping[State, Any] = {
    State.OPEN: _l("Running"),
    State.PLANNED: _l("Planned"),
    State.OVER: _l("Over"),
}

_DAY = timedelta(days=1)


def term(programme: Programme) -> str:
    """From when to when it runs; the last day is the one before its end."""
    starts = day(programme.starts_on)
    if programme.ends_on is None:
        return _("From %(day)s", day=starts)
    return _("%(first)s to %(last)s", first=starts, last=day(last_day(programme)))


def last_day(programme: Programme) -> date | None:
    """The last day on which its code counts, or None."""
    return None if programme.ends_on is None else programme.ends_on - _DAY


def fetched(standing: Standing) -> str:
    """What part of the gifts was fetched."""
    return "–" if standing.fetched_bps is None else percent(standing.fetched_bps)
