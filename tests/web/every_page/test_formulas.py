"""A name that is a formula stays a name in every file that the pages hand out."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from portal.db import Database
from portal.models import Person, Role
from portal.services.statements import issuing
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff
from tests.unit.adapters.sheets.test_spreadsheets import HOSTILE, formulas
from tests.web.client import PageClient

WORD = HOSTILE[0]
FEWEST = 40
"""Files that the walk must find at the least: a walk that finds none proves nothing."""


@pytest.fixture
def people(store: Database, clock: MovableClock) -> dict[Role, Person]:
    """Everybody who takes files along; agency, broker, staff and unit are called by a formula."""
    with store.transaction() as session:
        staff = Staff.hired(session)
        agency = make.agency(session, name=WORD)
        pair = make.agreement(session, agency=agency, development=make.development(session, name=WORD))
        make.signed_deal(session, clock() - timedelta(days=1), pair=pair, by=staff.finance)
        given = {"payee": f"agency:{agency.id}", "month": f"{clock():%Y-%m}"}
        make.invoice(session, issuing.issue_statement(session, staff.issues, clock(), **given))
        roles = (Role.CHANNEL_MANAGER, Role.RECEPTION, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
        people = {role: make.person(session, role, name=WORD) for role in roles}
        people |= {Role.PRINCIPAL: make.person(session, Role.PRINCIPAL, agency=agency, name=WORD)}
        make.broker(session, agency=agency, name=WORD)
        staff.finance.name = WORD
        return people | {Role.FINANCE: staff.finance}


def lists(app: Flask) -> Iterator[str]:
    """The lists that are handed out as files."""
    for rule in app.url_map.iter_rules():
        if rule.arguments == {"kind"} and "GET" in (rule.methods or ()):
            yield rule.endpoint


def test_no_list_is_handed_out_with_a_formula(
    app: Flask, people: dict[Role, Person], signed_in: Callable[[Person], PageClient]
) -> None:
    clients, taken, named = [signed_in(person) for person in people.values()], 0, 0
    for endpoint in lists(app):
        for client in clients:
            answer = client.http.get(client.address(endpoint, kind="csv"))
            if answer.status_code != 200:
                continue
            for data in (answer.data, client.download(endpoint, kind="xlsx").data):
                assert formulas(data) == [], endpoint
                taken, named = taken + 1, named + (b"calc" in data)
            break
    assert taken >= FEWEST
    assert named
