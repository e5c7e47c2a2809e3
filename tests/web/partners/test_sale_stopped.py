"""A sale that is stopped and resumed; agreements that are made again, or for several agencies at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import Agreement, Event, Person, Role
from tests import factories as make
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def manager(store: Database, signed_in: SignedIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def test_a_stopped_sale_takes_nobody_and_tells_the_agencies(
    store: Database, manager: PageClient, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        broker, place = make.broker(session), make.development(session)
        make.agreement(session, development=place, agency=broker.agency)
    page = manager.get("partners.development", development_id=place.id)
    stopped = page.submit(button="是的，停止销售")
    assert "已停售" in stopped.texts(".status")
    assert place.name not in signed_in(broker).get("registrations.new").main
    again = stopped.submit(button="是的，恢复销售")
    assert "已停售" not in again.texts(".status")
    assert place.name in signed_in(broker).get("registrations.new").main
    with store.reading() as session:
        told = session.scalars(select(Event.kind).where(Event.agency_id == broker.agency_id).order_by(Event.id)).all()
        assert told == ["sale_stopped", "sale_resumed"]


def test_an_agreement_is_made_for_several_agencies_and_who_has_one_is_passed_over(
    store: Database, manager: PageClient
) -> None:
    with store.transaction() as session:
        place, version = make.development(session), make.plan_version(session)
        agencies = [make.agency(session) for _ in range(4)]
        make.agreement(session, development=place, agency=agencies[3])
    form = {
        "development": str(place.id),
        "agency": str(agencies[0].id),
        "others": [str(one.id) for one in agencies],
        "plan": version.name,
    }
    page = manager.get("partners.agreement_new").submit(form)
    assert "已建立 3 份合作协议" in page.main
    assert "1 家中介" in page.main
    with store.reading() as session:
        made = session.scalars(select(Agreement.agency_id).where(Agreement.development_id == place.id)).all()
        assert sorted(made) == sorted(one.id for one in agencies)


def test_an_ended_agreement_is_made_again_with_its_plan(store: Database, manager: PageClient) -> None:
    with store.transaction() as session:
        row = make.agreement(session, plan_name=make.plan_version(session).name)
    ended = manager.get("partners.agreement", agreement_id=row.id).submit(form="form.confirm-box")
    again = ended.follow("重新建立")
    assert again.one("#agency option[selected]")["value"] == str(row.agency_id)
    assert again.one("#plan option[selected]")["value"] == row.plan_name
