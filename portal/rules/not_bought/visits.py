"""When a carer is asked why a visit was not followed by a subscription: due = visits − subscribed − answered.

Days are Shanghai's. A visit is a day on which the client was at the site, however often he went in and out.
"""

from dataclasses import dataclass
from datetime import date, timedelta

ASKED_DAYS = 30
"""Nobody is asked about a visit that is longer ago: he would have to invent the answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a client in a development: the days of visits, of subscriptions, and the visits answered for."""

    visits: frozenset[date]
    subscribed: frozenset[date] = frozenset()
    answered: frozenset[date] = frozenset()


def asked(known: Known, today: date) -> list[date]:
    """The visits that somebody has to say a reason for, the oldest first. After a subscription nobody is asked about
    what came before."""
    bought = max((day for day in known.subscribed if day <= today), default=date.min)
    since = today - timedelta(days=ASKED_DAYS)
    return sorted(day for day in known.visits - known.answered if since <= day <= today and day > bought)


def revived_on(visit: date, known: Known) -> date | None:
    """The day on which a client came back after a visit without a purchase, or subscribed; None while he did not."""
    later = [day for day in known.visits | known.subscribed if day > visit]
    same_day = visit in known.subscribed  # he said no at noon, and yes in the evening
    return visit if same_day else min(later, default=None)
