"""Registering by parts of a number on the pages, in lines of a chat, the number at the site; and who sees phones."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.access.policy import ALLOWED
from portal.db import Database
from portal.models import Development, Person, Registration, Role
from portal.rules.judgements.profile import AgencyPhones, Profile
from portal.services.masked_registrations.registering import register
from portal.web.guard import permission_of
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]
PHONE, MASK = "13912345678", "139****5678"


@pytest.fixture
def broker(store: Database) -> Person:
    with store.transaction() as session:
        broker, development = make.broker(session), make.development(session)
        make.agreement(session, development=development, agency=broker.agency)
        return broker


def registered(store: Database, now: datetime, broker: Person, phone: str) -> Registration:
    with store.transaction() as session:
        development = session.scalars(select(Development)).one()
        facts = {"development_id": development.id, "phone": phone, "name": "单女士"}
        return register(session, Actor.of(broker), now, **facts)


def test_by_the_form_to_the_check_in(store: Database, signed_in: SignedIn, broker: Person) -> None:
    page = signed_in(broker).get("registrations.new")
    wrong = page.submit({"phone": "尾号5678", "name": "单女士"}, button="提交报备", status=422)
    assert wrong.all(".error-summary")
    row = wrong.submit({"phone": "", "name": f"单女士 {MASK}"}, button="提交报备")
    assert row.texts(".status") == ["暂定"]
    assert MASK in row.main
    assert "先后顺序保留到" in row.main
    asked = row.follow("到场签到")
    assert "号码对不上" not in asked.main
    misfit = asked.submit({"phone": "13812345678"}, button="继续签到", status=422)
    assert "对不上" in misfit.main
    ways = misfit.submit({"phone": "1234"}, button="继续签到")
    assert "号码对得上" in ways.main
    listed = signed_in(broker).get("registrations.index", state="provisional")
    assert (MASK in listed.main, "单女士" in listed.main) == (True, True)
    assert "单女士" in signed_in(broker).get("registrations.index", q=PHONE).main


def test_lines_of_a_chat_may_be_masked(signed_in: SignedIn, broker: Person) -> None:
    page = signed_in(broker).get("pasting.new")
    seen = page.submit({"text": f"报备 周先生 {MASK}\n李女士 13811112222\n王总 尾号1234"}, button="查看识别结果")
    assert seen.main.count("前三位和后四位") == 1
    done = seen.submit({"rows-2-wanted": None}, button="报备已勾选的客户")
    assert done.texts(".status") == ["暂定", "已受理"] or "暂定" in done.main


RULES = {"masked": (AgencyPhones.MASKED, False), "full": (AgencyPhones.FULL, True)}


@pytest.mark.parametrize("case", RULES)
def test_which_phones_an_agencys_people_open(
    store: Database, signed_in: SignedIn, broker: Person, now: datetime, case: str
) -> None:
    shown, opens = RULES[case]
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL, agency_id=broker.agency_id)
        development = session.scalars(select(Development)).one()
        rule_profile(session, development, Profile(agency_phones=shown, after_subscription_days=None).to_toml())
    row = registered(store, now, broker, PHONE)
    page = signed_in(principal).get("registrations.show", registration_id=row.id)
    assert PHONE not in page.main
    assert ("显示完整号码" in page.main) is opens
    assert "显示完整号码" in signed_in(broker).get("registrations.show", registration_id=row.id).main
    if opens:
        assert PHONE in page.submit(button="显示完整号码").main


def test_no_page_and_no_file_of_an_agency_shows_a_phone(
    store: Database, signed_in: SignedIn, broker: Person, now: datetime
) -> None:
    """Whatever list, page or file of theirs can be opened by an address alone, or by a registration's number."""
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL, agency_id=broker.agency_id)
    row = registered(store, now, broker, PHONE)
    client, opened = signed_in(principal), 0
    values = {"registration_id": row.id, "kind": "csv"}
    for rule in client.app.url_map.iter_rules():
        permission = permission_of(client.app, rule.endpoint)
        theirs = permission is not None and Role.PRINCIPAL in ALLOWED[permission]
        if not theirs or "GET" not in (rule.methods or ()) or rule.arguments - values.keys():
            continue
        address = client.address(rule.endpoint, **{name: values[name] for name in rule.arguments})
        answer = client.http.get(address, buffered=True)
        opened += answer.status_code == 200
        assert PHONE.encode() not in answer.data, address
    assert opened > 20
