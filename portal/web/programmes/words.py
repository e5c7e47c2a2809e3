"""Programmes in words."""

from datetime import date, timedelta

from flask_babel import gettext as _

from ...models import Programme
from ...services.programmes.programmes import ProgrammeRow
from ..components import day, percent
from ..words.rewards import PROGRAMMES as KINDS

__all__ = ["KINDS", "fetched", "last_day", "term"]

_DAY = timedelta(days=1)


def term(programme: Programme) -> str:
    """From when to when it runs; the last day is the one before its end."""
    starts = day(programme.starts_on)
    last = last_day(programme)
    if last is None:
        return _("From %(day)s", day=starts)
    return _("%(first)s to %(last)s", first=starts, last=day(last))


def last_day(programme: Programme) -> date | None:
    """The last day on which its code counts, or None."""
    return None if programme.ends_on is None else programme.ends_on - _DAY


def fetched(standing: ProgrammeRow) -> str:
    """What part of the gifts was fetched."""
    return "–" if standing.fetched_bps is None else percent(standing.fetched_bps)
