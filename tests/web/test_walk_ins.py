"""Reception signs visitors in, and is told who holds them already."""

from collections.abc import Callable

from portal.db import Database
from portal.models import Person, Role
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

VISITOR = {"phone": "13912345678", "name": "钱八"}


def test_a_visitor_is_signed_in_and_keeps_brokers_out(
    signed_in: Callable[[Person], PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        reception = make.person(session, Role.RECEPTION)
    desk, phone = signed_in(reception), signed_in(broker)
    page = desk.get("walk_ins.index").submit(VISITOR)
    assert "2026年4月9日 10:00" in page.texts(".notice")[0]
    assert page.texts("tbody .cell-title") == ["钱八"]
    refused = phone.get("registrations.new").submit(VISITOR)
    assert "2026年4月9日 10:00" in refused.main
    assert reception.name not in refused.html
    again = desk.get("walk_ins.index").submit(VISITOR)
    assert reception.name in again.one(".banner").get_text()
    clock.move(days=30)
    assert signed_in(broker).get("registrations.new").submit(VISITOR).all(".tone-success")


def test_reception_may_know_the_broker(signed_in: Callable[[Person], PageClient], store: Database) -> None:
    with store.transaction() as session:
        agreement = make.agreement(session)
        broker = make.broker(session, agency=agreement.agency)
        reception = make.person(session, Role.RECEPTION)
    signed_in(broker).get("registrations.new").submit(VISITOR)
    page = signed_in(reception).get("walk_ins.index").submit(VISITOR)
    assert broker.name in page.one(".banner").get_text()
    assert broker.agency.name in page.one(".banner").get_text()
    assert page.all(".empty")
