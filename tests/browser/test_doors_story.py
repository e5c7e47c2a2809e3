"""An agency's own system is let in: a key, a call that is tried out, a webhook, and another secret for it."""

import json

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.db import Database
from portal.models import Role
from portal.rules.webhooks.signing import signed_by
from portal.services.notifications.background import EVENTS
from portal.services.webhooks.background import WEBHOOKS
from tests import factories as make
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.factories.notices import news
from tests.receiver import Receiver, receiving

PRINCIPAL, KIND = "13800001021", "registration_accepted"


@pytest.mark.night
def test_a_principal_lets_the_agencys_system_in(
    live: Flask, windows: Windows, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        agency = make.agency(session)
        make.person(session, Role.PRINCIPAL, phone=PRINCIPAL, agency=agency)
    principal = Someone(windows.desktop(), "doors-principal").signs_in(PRINCIPAL)
    makes_a_key_and_tries_it(principal)
    with receiving() as receiver:
        secret = adds_a_webhook(principal, receiver)
        with store.transaction() as session:
            news(session, agency.id, KIND, at=clock())
        for name in (EVENTS, WEBHOOKS):
            live.extensions["senders"][name].deliver()
        sends_it_again(principal, live)
        first, again = (one for one in receiver.requests if json.loads(one.body)["type"] == KIND)
        assert first.id == again.id
        assert signed_by(first.headers, first.body, secret)
        renewed = changes_the_secret(principal, live)
        last = receiver.requests[-1]
        assert [signed_by(last.headers, last.body, one) for one in (secret, renewed)] == [True, True]


def shown_once(principal: Someone) -> str:
    """What stands on the page this once."""
    text = principal.page.locator(".long-code").inner_text()
    principal.follows("I have kept it")
    return text


def makes_a_key_and_tries_it(principal: Someone) -> None:
    principal.page.goto("/api-keys")
    principal.page.locator("main").get_by_role("link", name=principal.words("Make a key")).first.click()
    principal.fills("Name of the key", "门店系统")
    principal.page.locator("input[name=scopes][value='developments:read']").check()
    principal.presses("Make the key")
    principal.looks("1-key")
    key = shown_once(principal)
    principal.page.goto("/api/v1/reference")
    principal.page.locator("[data-search]").fill("listDevelopments")
    principal.page.locator("[data-key]").fill(key)
    one = principal.page.locator("[data-operation]:not([hidden])")
    expect(one).to_have_count(1)
    one.locator("summary").click()
    one.get_by_role("button").click()
    expect(one.locator("[data-shows=status]")).to_have_text("200")
    expect(one.locator("[data-shows=answer]")).to_contain_text("沙箱花园")
    expect(one.locator("[data-shows=curl]")).not_to_contain_text(key)
    principal.looks("2-tried")


def adds_a_webhook(principal: Someone, receiver: Receiver) -> str:
    principal.page.goto("/webhooks/new")
    principal.fills("Name of the endpoint", "门店系统")
    principal.fills("Address", receiver.url)
    principal.presses("Add it")
    return shown_once(principal)


def sends_it_again(principal: Someone, live: Flask) -> None:
    principal.page.goto(f"/webhooks/deliveries?kind={KIND}")
    principal.page.locator("main tbody a").first.click()
    principal.looks("3-delivery")
    principal.presses("Send again")
    principal.reads("It goes out again. Load this page again to see what was answered.")
    live.extensions["senders"][WEBHOOKS].deliver()


def changes_the_secret(principal: Someone, live: Flask) -> str:
    principal.page.goto("/webhooks")
    principal.page.locator("main tbody a").first.click()
    principal.opens("New secret")
    principal.presses("Yes, make a new one")
    renewed = shown_once(principal)
    principal.looks("4-webhook")
    principal.presses("Send a test")
    principal.reads("The test is on its way. Load this page again to see what was answered.")
    live.extensions["senders"][WEBHOOKS].deliver()
    return renewed
