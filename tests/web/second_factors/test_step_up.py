"""Before money or powers move, who is signed in proves anew who he is: which routes ask, and that nothing is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.policy import ALLOWED
from portal.access.step_up import STEP_UPS, StepUp
from portal.db import Database
from portal.models import AuditEntry, Person, Role, StepUpProof
from portal.web.guard import permission_of, waits_for_rest
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.second_factors import app_with_codes
from tests.web.client import PageClient

NOT_ASKED = {
    "it brings no money to anybody: the deed that pays asks": """
        benefits.book benefits.decide corrections.deal corrections.plan  invoices.check
        payout_queue.request_failed periods.resume periods.start statements.issue statements.issue_all
        statements.request_payout vouchers.reissue
    """,
    "it asks a partner; what holds money asks anew": "risk.ask",
    "it proposes, and who publishes is asked": "risk_limits.new risk_limits.read",
    "it stops what another proposed": "bank_details.refuse",
    "it opens a case, which other people decide": "objections.of_client objections.of_deal",
}
"""Why a route that waits for an account's rest is not proven anew."""


@pytest.fixture(autouse=True)
def asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production; elsewhere in the tests nobody is asked (`tests.conftest`)."""
    monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], step_up_minutes=5))


@pytest.fixture
def cashier(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.CASHIER)


def sent(client: PageClient, address: str, **fields: str) -> int:
    client.app.config["WTF_CSRF_ENABLED"] = False
    try:
        return client.http.post(address, data=fields).status_code
    finally:
        client.app.config["WTF_CSRF_ENABLED"] = True


def test_every_route_that_moves_money_asks_or_says_why_not(app: Flask) -> None:
    waiting = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    moving = {one for one in waiting if permission_of(app, one) is not None and waits_for_rest(app, one)}
    silent = {one for routes in NOT_ASKED.values() for one in routes.split()}
    assert moving - STEP_UPS.keys() - silent == set()
    assert silent & STEP_UPS.keys() == set()
    assert silent <= moving
    assert set(STEP_UPS.values()) == set(StepUp)


def test_each_route_of_the_table_refuses_without_a_proof(
    app: Flask, signed_in: Callable[[Person], PageClient], store: Database
) -> None:
    with store.transaction() as session:
        people = {role: make.person(session, role) for role in Role}
    clients = {role: signed_in(person) for role, person in people.items()}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in STEP_UPS:
            continue
        permission = permission_of(app, rule.endpoint)
        assert permission is not None
        role = min(ALLOWED[permission])
        words = {"hold": "new_account", "kind": "csv", "change": "role", "by": "company"}
        with app.test_request_context():
            values = {name: words.get(name, 1) for name in rule.arguments}
            address = app.url_for(rule.endpoint, **values)
        assert sent(clients[role], address) == 401, rule.endpoint


def test_the_password_is_asked_of_who_has_no_factor_and_what_was_sent_goes_through(
    signed_in: Callable[[Person], PageClient], cashier: Person, store: Database, clock: MovableClock
) -> None:
    client = signed_in(cashier)
    page = client.get("factors.new_app")
    secret = page.one("code").get_text()
    page = page.submit({"code": "000000", "name": "我的手机"}, status=401)
    assert page.h1 == "是您本人吗？"
    page = page.submit({"step_up-old": "wrong"}, status=401)
    assert page.errors
    page = page.submit({"step_up-old": make.PASSWORD}, status=422)
    assert page.h1 == "添加验证器应用"
    assert page.one("input[name=name]")["value"] == "我的手机"
    assert page.one("code").get_text() == secret, "nothing of it is lost"
    page.submit({"code": "000001"}, status=422)  # not asked again
    with store.reading() as session:
        (proof,) = session.scalars(select(StepUpProof))
        assert (proof.kind, proof.method) == ("factors", "password")
    assert sent(client, "/batches") == 401, "a proof is good for its kind alone"
    clock.move(minutes=5)
    page.submit({"code": "000001"}, status=401)
    assert sent(signed_in(cashier), "/me/factors/recovery") == 401, "and for its sign-in alone"


def test_the_second_factor_is_asked_of_who_has_one(
    signed_in: Callable[[Person], PageClient], cashier: Person, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        phone = app_with_codes(session, session.get_one(Person, cashier.id), now)
    client = signed_in(cashier)
    page = client.get("factors.index").submit(button="确认重新生成", status=401)
    page = page.submit({"step_up-code": phone.shows(now)})
    assert page.h1 == "您的恢复码"
    with store.reading() as session:
        (proof,) = session.scalars(select(StepUpProof.id))
        made = select(AuditEntry.facts).where(AuditEntry.action == "recovery_codes_made")
        assert session.scalars(made).all() == [{"step_up": proof}], "the audit log names the proof"
    page = client.get("factors.index").submit(button="确认移除")
    assert "您还没有启用两步验证" in page.main


ACCOUNT = {"holder": "杭州中介有限公司", "bank": "工商银行", "account": "6222021234567890128"}


def test_who_types_the_password_in_the_form_is_not_asked_twice(
    signed_in: Callable[[Person], PageClient], store: Database
) -> None:
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
    page = signed_in(principal).get("bank_details.mine").submit({**ACCOUNT, "old": "wrong"}, status=422)
    assert "已提交" in page.submit({**ACCOUNT, "old": make.PASSWORD}).html


def test_a_second_factor_takes_the_place_of_the_forms_password(
    signed_in: Callable[[Person], PageClient], store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
        phone = app_with_codes(session, principal, now)
    page = signed_in(principal).get("bank_details.mine")
    assert not page.all("input[name=old]")
    page = page.submit(ACCOUNT, status=401).submit({"step_up-code": phone.shows(now)})
    assert "已提交" in page.html
