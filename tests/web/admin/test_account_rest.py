"""An account that others opened or changed reads for a day before it moves money."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from portal.access.policy import AFTER_REST, ALLOWED
from portal.db import Database
from portal.models import Person, Role
from portal.rules.accounts.accounts import MONEY_ROLES
from portal.web.guard import permission_of, waits_for_rest
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient
from tests.web.routes import WORDS

UNTIL = "Until Mar 11, 2026 10:00"

STOPS = {
    *("admin.proposal_refuse", "adjustments.refuse", "drafts.refuse", "payouts.reject", "reward_drafts.refuse"),
    *("correction_proposals.refuse", "correction_proposals.withdraw", "invoices.reject"),
    *("reward_queue.refuse", "tax_table_drafts.refuse", "loan_terms.refuse", "promises.refuse"),
    *(
        "conflicts.refuse",
        "conflicts.withdraw",
        "erasure.send_back",
        "rule_profiles.refuse",
        "risk_limits.refuse",
        "risk_limits.withdraw",
    ),
}
"""What only stops money, and so may be done by anybody who may decide."""


@pytest.fixture
def newcomers(app: Flask, store: Database, clock: MovableClock) -> dict[Role, PageClient]:
    """An English-reading client of every role that moves money; their accounts were changed just now."""
    app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with store.transaction() as session:
        people = {Role(role): make.person(session, Role(role), rests_since=clock()) for role in MONEY_ROLES}
    return {role: PageClient(app, "en").sign_in(person) for role, person in people.items()}


def sent(app: Flask) -> Iterator[tuple[str, str, Role]]:
    """What may be sent that moves money or powers: endpoint, address, and a role that may send it."""
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or (permission := permission_of(app, rule.endpoint)) not in AFTER_REST:
            continue
        values = {name: WORDS.get(name, 1) for name in rule.arguments}
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for role in sorted(ALLOWED[permission] & {Role(one) for one in MONEY_ROLES}):
            yield rule.endpoint, address, role


def test_a_newcomer_sends_nothing_that_moves_money(app: Flask, newcomers: dict[Role, PageClient]) -> None:
    answers = {
        (endpoint, role): newcomers[role].http.post(address, headers={"Accept-Language": "en"})
        for endpoint, address, role in sent(app)
    }
    assert len(answers) > 20
    refused = {endpoint for (endpoint, _role), answer in answers.items() if f"{UNTIL} it can read" in answer.text}
    assert refused == {endpoint for endpoint, _role in answers} - STOPS


def test_a_day_later_it_does(
    app: Flask, newcomers: dict[Role, PageClient], clock: MovableClock, store: Database
) -> None:
    clock.move(hours=24)
    endpoint, address, role = next(sent(app))
    with store.reading() as session:
        person = session.query(Person).filter_by(role=role).one()
    back = PageClient(app, "en").sign_in(person)  # whoever was away for so long is signed out
    assert "Until" not in back.http.post(address).text, endpoint


def test_a_newcomer_reads_and_is_told_on_every_page(newcomers: dict[Role, PageClient], clock: MovableClock) -> None:
    told = f"{UNTIL} this account cannot move money"
    for client in newcomers.values():
        assert told in client.get("home.index").main
    assert newcomers[Role.APPROVER].get("payout_queue.index").status == 200
    clock.move(hours=24)
    assert told not in newcomers[Role.APPROVER].get("home.index").main


def test_who_was_not_changed_is_told_nothing(signed_in: Callable[[Person], PageClient], store: Database) -> None:
    with store.transaction() as session:
        approver = make.person(session, Role.APPROVER)
    assert "cannot move money" not in signed_in(approver).get("home.index").main


def test_what_only_stops_money_is_known(app: Flask) -> None:
    guarded = {one for one in app.view_functions if "." in one and one != "bootstrap.static"}
    assert {one for one in guarded if permission_of(app, one) in AFTER_REST and not waits_for_rest(app, one)} == STOPS
