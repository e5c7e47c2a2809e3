"""Who finds a sign-in that was not his says so on the page; what is open to him then, and what administrators see."""

from pathlib import Path

import pytest
from flask import Flask

from portal.adapters.places import Places
from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

GOOD = "sunny rivers run deep"
PHONE = "13900003333"


def test_it_was_not_me(app: Flask, store: Database, clock: MovableClock) -> None:
    with store.transaction() as session:
        cashier = make.person(session, Role.CASHIER, name="赵出纳", phone=PHONE)
        admins = [make.person(session, Role.ADMINISTRATOR, name=name) for name in ("苏管理", "程管理")]
    there, here = (PageClient(app, "en").sign_in(cashier) for _ in range(2))
    one, two = (PageClient(app, "en").sign_in(person) for person in admins)
    clock.move(minutes=1)
    page = here.get("auth.profile").follow("This was not me")
    assert page.h1 == "Was it you?"
    page = page.submit()
    assert (page.path, "Choose another password before anything else" in page.main) == ("/me/password", True)
    assert here.get("home.index").path == "/me/password", "nothing else is open"
    assert there.get("home.index").path == "/sign-in"
    thief = PageClient(app, "en").get("auth.sign_in").submit({"phone": PHONE, "password": make.PASSWORD}, status=422)
    assert "This password opens nothing any more" in thief.main
    clock.move(minutes=1)
    page = here.get("auth.password").submit({"old": make.PASSWORD, "password": GOOD, "again": GOOD})
    assert "Your account moves nothing at the moment" in page.notices[0]
    refused = here.get("auth.profile")
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert here.http.post("/batches").status_code == 409
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert refused.path == "/me"
    what = "Sign-ins that were not their owner's"
    page = one.get("home.index").task(what).follow("赵出纳").submit(button="Yes, I have")
    assert page.texts(".page-title .status") == ["Waits for another person"]
    assert "Yes, lift it" not in page.html
    page = two.get("home.index").task(what).follow("赵出纳").submit(button="Yes, lift it")
    assert page.texts(".page-title .status") == ["Lifted"]
    assert not here.get("auth.profile").notices


TABLE = "192.0.2.0/24,总部\n192.0.2.128/25,机房\n2001:db8::/32,海外\nodd\n10.0.0.0/33,x\n"
PLACES = {"192.0.2.1": "总部", "192.0.2.200": "机房", "2001:db8::1": "海外", "198.51.100.1": None, "odd": None}


@pytest.mark.parametrize(("address", "place"), PLACES.items())
def test_where_an_address_is_the_operators_table_says(tmp_path: Path, address: str, place: str | None) -> None:
    places = Places(tmp_path / "networks.csv")
    assert places.of(address) is None, "no table, no place"
    places.path.write_text(TABLE, encoding="utf-8")
    assert places.of(address) == place
