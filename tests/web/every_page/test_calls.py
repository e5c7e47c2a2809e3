"""What the pages that most people open most often cost: Python's functions that one answer calls.

Counted, not timed. The first answers compile templates and statements; what is counted is one of those that follow.
"""

from cProfile import Profile

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

MOST_CALLS = 15_000
CLIENTS = 30

MORE_CALLS = {(Role.CONSULTANT, "/"): 19_500}
"""What these call beyond it: a consultant's day is worked out from all that is known of each file. A number here only
goes down."""

PAGES = {
    **{f"the first page of {role.value}": (role, "/") for role in Role if role is not Role.REFERRER},
    "a broker's list of thirty": (Role.BROKER, "/registrations"),
    "registering a client": (Role.BROKER, "/registrations/new"),
    "a walk-in": (Role.RECEPTION, "/walk-ins"),
    "recording a deal": (Role.CHANNEL_MANAGER, "/deals/new"),
    "a plan of commission": (Role.CHANNEL_MANAGER, "/plans/new"),
    "all texts of notices": (Role.ADMINISTRATOR, "/notices/texts"),
}


@pytest.mark.parametrize(("role", "path"), PAGES.values(), ids=PAGES)
def test_a_page_calls_few_functions(store: Database, signed_in, clock: MovableClock, role: Role, path: str) -> None:
    with store.transaction() as session:
        broker = make.broker(session)
        place = make.agreement(session, agency=broker.agency).development_id
        for _ in range(CLIENTS if role is Role.BROKER else 0):
            client = {"development_id": place, "phone": make.new_phone(), "name": "王小明"}
            register_client(session, Actor.of(broker), clock(), **client)
        reader = broker if role is Role.BROKER else make.person(session, role)
    client = signed_in(reader)
    assert calls_of(client, path) <= MORE_CALLS.get((role, path), MOST_CALLS)


def calls_of(client: PageClient, path: str) -> int:
    """How many functions of Python an answer calls, once the server is warm."""
    for _ in range(2):
        client.download(path)
    counting = Profile(builtins=False)
    counting.enable()
    client.download(path)
    counting.disable()
    return sum(one.callcount for one in counting.getstats())  # type: ignore[attr-defined]  # cProfile's own, in C
