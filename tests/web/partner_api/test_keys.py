"""API keys on their pages: made and shown once, given another version, revoked; what staff see of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.clock import Clock, local_day
from portal.db import Database
from portal.models import Agency, ApiCalls, ApiKey, AuditEntry, Person, Role
from portal.rules.partner_api.keys import Scope
from portal.rules.partner_api.versions import LATEST, VERSIONS
from portal.services.partner_api import keys
from portal.services.partner_api.keys import NewKey
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def principal(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRINCIPAL, agency=make.agency(session))


@pytest.fixture
def key_id(store: Database, clock: Clock, principal: Person) -> int:
    """A key whose system knows the first version alone."""
    with store.transaction() as session:
        agency = session.get_one(Agency, principal.agency_id)
        row, _text = keys.make(session, SYSTEM, clock(), agency, NewKey("门店系统", [Scope.DEALS_READ]))
        keys.choose_version(session, SYSTEM, clock(), row, VERSIONS[0])
        return row.id


def test_a_key_is_made_shown_once_and_revoked(
    app: Flask, store: Database, principal: Person, signed_in: SignIn
) -> None:
    client = signed_in(principal)
    assert "还没有密钥" in client.get("api_keys.index").main
    page = client.get("api_keys.new")
    page = page.submit({"name": "门店", "mode": "live", "days": "0"}, status=422)
    assert page.one("#name")["value"] == "门店"
    page = page.submit({"name": "门店", "mode": "live"}, status=422)
    given = {"name": "门店", "mode": "live", "scopes": ["deals:read"], "days": ""}
    page = page.submit({**given, "networks": "127.0.0.1\n门店的网络"}, status=422)
    assert "门店的网络" in page.one("#networks").text
    page = page.submit({**given, "networks": "127.0.0.1\n203.0.113.0/24"})
    text = page.one(".long-code").text
    asked = {"Authorization": f"Bearer {text}"}
    assert app.test_client().get("/api/v1/deals", headers=asked).status_code == 200
    with store.reading() as session:
        row = session.scalars(select(ApiKey)).one()
    page = client.get("api_keys.show", key_id=row.id)
    assert "127.0.0.1/32、203.0.113.0/24" in page.main
    assert text not in page.html
    assert not page.all(".banner")
    page.submit({}, form='form[action$="/revoke"]')
    assert app.test_client().get("/api/v1/deals", headers=asked).get_json()["code"] == "api_key_revoked"
    assert not client.get("api_keys.show", key_id=row.id).all("form[method=post] button.btn-danger")


def test_the_principal_chooses_a_keys_version(
    store: Database, principal: Person, key_id: int, signed_in: SignIn
) -> None:
    page = signed_in(principal).get("api_keys.show", key_id=key_id)
    assert "接口已有更新的版本" in page.main
    page = page.submit({"version": LATEST}, form="#answers form")
    assert "接口已有更新的版本" not in page.main
    page.submit({"version": LATEST}, form="#answers form", status=422)
    with store.reading() as session:
        chosen = select(AuditEntry).where(AuditEntry.action == "api_key_version_chosen").order_by(AuditEntry.id.desc())
        last = session.scalars(chosen.limit(1)).one()
        assert (last.facts["before"], last.facts["version"]) == (VERSIONS[0], LATEST)


def test_staff_see_whose_systems_ask(store: Database, principal: Person, key_id: int, signed_in: SignIn) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        other = make.person(session, Role.PRINCIPAL, agency=make.agency(session))
    client = signed_in(manager)
    listed = client.get("api_keys.index").main
    assert "门店系统" in listed
    assert VERSIONS[0] in listed
    assert not client.get("api_keys.show", key_id=key_id).all('form[action$="/revoke"], #answers form')
    assert "门店系统" not in signed_in(other).get("api_keys.index").main
    signed_in(other).get("api_keys.show", status=404, key_id=key_id)


def test_who_calls_what_is_counted_and_taken_along(
    store: Database, clock: Clock, principal: Person, key_id: int, signed_in: SignIn
) -> None:
    client = signed_in(principal)
    assert "还没有调用" in client.get("api_calls.index").main
    assert "这些天没有系统" in client.get("api_keys.show", key_id=key_id).main
    with store.transaction() as session:
        other = make.person(session, Role.PRINCIPAL, agency=make.agency(session))
        manager = make.person(session, Role.CHANNEL_MANAGER)
        today = local_day(clock())
        for operation, version, days, number in (("list_deals", LATEST, 0, 1200), ("list_brokers", VERSIONS[0], 8, 3)):
            row = ApiCalls(day=today - timedelta(days=days), key_id=key_id, operation=operation, version=version)
            row.calls, row.refused, row.failed = number, 2, 1
            session.add(row)
    assert "1,203" in client.get("api_keys.index").main
    page = client.get("api_keys.show", key_id=key_id)
    assert [one.text.split() for one in page.all("#calls tbody td.cell-figure")] == [["1,200"], ["3"], ["1,200"], ["3"]]
    staff = signed_in(manager)
    for narrower, shown in (
        ({}, ["list_deals", "list_brokers"]),
        ({"days": "7"}, ["list_deals"]),
        ({"version": VERSIONS[0]}, ["list_brokers"]),
        ({"operation": "list_deals", "by": "key"}, ["门店系统"]),
        ({"by": "day"}, ["2026年3月10日", "2026年3月2日"]),
        ({"agency": str(other.agency_id)}, []),
        ({"agency": "x", "days": "5", "by": "moon"}, ["list_deals", "list_brokers"]),
    ):
        lines = staff.get("api_calls.index", **narrower).all("#results tbody tr")
        assert [one.find("td").text.strip() for one in lines] == shown
    assert "没有符合的记录" in signed_in(other).get("api_calls.index", key=key_id).main
    file = staff.download("api_calls.download", ending="csv", version=LATEST).text.splitlines()
    assert file[-1].split(",")[-5:] == ["list_deals", LATEST, "1200", "2", "1"]
    assert len(file) == 3
