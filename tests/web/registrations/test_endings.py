"""A broker gives a client up; a channel manager makes a protection longer; a rival reads that it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Person, Registration, Role
from portal.rules.judgements.profile import Profile
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.papers import rule_profile
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]
PHONE = "13912345678"


@pytest.fixture
def registration(store: Database, now: datetime) -> Registration:
    """A client of now, in a development whose rules let a protection be made longer by a week."""
    with store.transaction() as session:
        broker, development = make.broker(session), make.development(session)
        make.agreement(session, development=development, agency=broker.agency)
        rule_profile(session, development, Profile(extension_days=7, after_subscription_days=None).to_toml())
        facts = {"development_id": development.id, "phone": PHONE, "name": "王小明"}
        return register_client(session, Actor.of(broker), now, **facts)


def test_a_client_is_given_up_with_a_reason(store: Database, signed_in: SignedIn, registration: Registration) -> None:
    with store.reading() as session:
        broker = session.get_one(Registration, registration.id).broker
    page = signed_in(broker).get("registrations.show", registration_id=registration.id).follow("放弃客户")
    assert "其他中介可以报备" in page.main
    assert page.submit(button="放弃客户", status=422).all(".error-summary")
    gone = page.submit({"reason": "客户已在别处购房"}, button="放弃客户")
    assert gone.texts(".status") == ["已放弃"]
    assert "客户已在别处购房" in gone.main
    twice = page.submit({"reason": "再试一次"}, button="放弃客户", status=422)
    assert "无需放弃" in twice.main


def test_a_protection_is_made_longer_once_and_a_rival_reads_it(
    store: Database, signed_in: SignedIn, registration: Registration, clock: MovableClock
) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        rival = make.broker(session)
        make.agreement(session, development=session.merge(registration).development, agency=rival.agency)
    page = signed_in(manager).get("registrations.show", registration_id=registration.id).follow("延长保护期")
    wrong = page.submit({"days": "8", "reason": "客户出差"}, button="延长", status=422)
    assert "1 到 7 天" in wrong.main
    longer = wrong.submit({"days": "7"}, button="延长")
    assert "客户出差" in longer.main
    assert "延长保护期" not in longer.main
    clock.move(days=8)
    asked = signed_in(rival).get("registrations.new")
    facts = {"phone": PHONE, "name": "王小明", "development": str(registration.development_id)}
    refused = asked.submit(facts, button="提交报备")
    assert "经渠道经理延长过一次" in refused.main
    assert "客户出差" not in refused.main


def test_without_such_rules_the_page_says_so(store: Database, signed_in: SignedIn, now: datetime) -> None:
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        touch = make.touch(session, at=now, protected_until=now + timedelta(days=7))
        row = make.registration(session, touch=touch)
    client = signed_in(manager)
    page = client.get("endings.extend", registration_id=row.id)
    assert "这里不可延长保护期" in page.main
    assert not page.all("main form")
    asked = MultiDict({"csrf_token": page.one("[name=csrf_token]")["value"], "days": "1", "reason": "客户出差"})
    assert "不可延长" in client.send("POST", page.path, asked, status=422).main  # a form of before is still open
