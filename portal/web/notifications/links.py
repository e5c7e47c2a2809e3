"""Where a notice leads: the page of the thing that it is about."""

from flask import current_app, url_for

from ...models import Notice
from ...rules.notifications.kind import Page, Whom
from ...rules.notifications.kinds import KINDS


def address_of(notice: Notice) -> str:
    """The page that a notice leads to."""
    event = notice.event
    page = KINDS[event.kind].page_of(Whom(notice.whom))
    number = event.subject_id if page.number == "id" else event.facts[page.number]
    wanted = dict.fromkeys(arguments_of(page), number)
    anchor = page.anchor.format(id=event.subject_id, **event.facts) or None
    return url_for(page.endpoint, **wanted, _anchor=anchor)


def arguments_of(page: Page) -> set[str]:
    """What stands in a page's address: at most one number."""
    return next(current_app.url_map.iter_rules(page.endpoint)).arguments
