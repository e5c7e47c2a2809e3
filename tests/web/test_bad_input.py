"""Whatever somebody puts into an address or a form: never a fault of ours."""

import pytest

from portal.access.policy import ALLOWED
from portal.models import Role
from portal.web.guard import permission_of
from tests import factories as make
from tests.web.client import PageClient
from tests.web.routes import ROWS, side


@pytest.fixture
def manager(store, signed_in) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
        make.referrer(session)
    return signed_in(person)


def test_an_id_that_no_database_holds_is_no_page(manager) -> None:
    manager.get(f"/registrations/{2**63}", status=404)


@pytest.mark.parametrize("address", ["/deals?q=%00", "/deals?a=1&a=%00"])
def test_a_zero_byte_is_refused(manager, address) -> None:
    manager.get(address, status=400)


@pytest.mark.parametrize("hostile", ["kind=x", "_external=1", "_scheme=javascript", "endpoint=x", "_anchor=x"])
def test_names_of_our_own_functions_in_an_address_change_nothing(manager, hostile) -> None:
    links = [link["href"] for link in manager.get(f"/referrers/?{hostile}").all("main a[href]")]
    assert all(link.startswith("/") for link in links), links


HOSTILE = "kind=x&_external=1&_scheme=javascript&endpoint=x&_anchor=x&group=x&account=x"


def test_no_page_of_anybody_fails_on_them_or_leads_elsewhere(app) -> None:
    """Over every page without an id in its address, for everybody who may read it."""
    app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with app.extensions["database"].transaction() as session:
        one = side(session)
        for row in ROWS.values():  # a list that has something to show links to more
            row(session, one)
    clients = {role: PageClient(app).sign_in(person).http for role, person in one.people.items()}
    for rule in app.url_map.iter_rules():
        permission = permission_of(app, rule.endpoint)
        if permission is None or rule.arguments or "GET" not in rule.methods:
            continue
        for role in ALLOWED[permission]:
            page = clients[role].get(f"{rule}?{HOSTILE}")
            assert page.status_code < 500, f"{rule} for {role}"
            assert "javascript:" not in page.text, f"{rule} for {role}"
