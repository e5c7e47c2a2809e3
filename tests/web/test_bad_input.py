"""Whatever somebody puts into an address or a form: never a fault of ours."""

import pytest

from portal.models import Role
from tests import factories as make
from tests.web.client import PageClient


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
