"""Scans of licences and agreements as they are handed out, and the last day of what ends on the day after it."""

from datetime import date

from flask import Response

from ...models import PartnerPaper
from ...services.partners import papers
from ..components import last_day
from ..edge import actor, database, files, now
from ..files.documents import handed_out


def handed_out_paper(paper: PartnerPaper) -> Response:
    """A scan; that it was looked at is written down first, in a transaction of its own: a page's session only reads."""
    with database().transaction() as own:
        content = papers.view_paper(own, actor(), now(), files(), paper)
    return handed_out(content, paper.name)


def last_day_of(ends_on: date | None) -> date | None:
    """The last day of what is no longer on `ends_on`; None where there is no end."""
    return None if ends_on is None else last_day(ends_on)
