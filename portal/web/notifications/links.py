"""Where a notice leads: the page of the thing that it is about."""

from typing import Any

from flask import current_app, url_for

from ...models import Event, Notice
from ...rules.notifications.kind import Page, Whom
from ...rules.notifications.kinds import KINDS


def address_of(notice: Notice) -> str:
    """The page that a notice leads to."""
    return address_for(notice.event, Whom(notice.whom))


def address_for(event: Event, whom: Whom) -> str:
    """The page of what happened, for who is concerned so."""
    page = KINDS[event.kind].page_of(whom)
    wanted: dict[str, Any] = {name: _number(event, page) for name in arguments_of(page)}
    anchor = page.anchor.format(id=event.subject_id, **event.facts) or None
    return url_for(page.endpoint, **wanted, _anchor=anchor)


def _number(event: Event, page: Page) -> int | str | None:
    """Which one of its kind: the subject, or the one that a fact names."""
    number: int | str | None = event.subject_id if page.number == "id" else event.facts[page.number]
    return number


def arguments_of(page: Page) -> set[str]:
    """What stands in a page's address: at most one number."""
    return next(current_app.url_map.iter_rules(page.endpoint)).arguments
