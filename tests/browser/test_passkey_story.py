"""A cashier's passkey by a real browser: added, asked for, good once; it sends money off; lost, two take it away."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs

import pytest
from flask import Flask
from playwright.sync_api import CDPSession, Request, expect

from portal.config import Config
from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.people import ENGLISH, Someone
from tests.browser.stage import Windows, sign_in
from tests.clock import MovableClock
from tests.db.money import Staff, approved

PHONE, ONE, TWO = "13900003333", "13800001501", "13800001502"
FINGER = {
    **{"protocol": "ctap2", "transport": "internal", "hasResidentKey": True},
    **{"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True},
}
"""A device that has a finger on it."""


@dataclass(frozen=True, slots=True)
class Finger:
    """The device's own place for passkeys, in one window."""

    session: CDPSession
    authenticator: str

    @classmethod
    def of(cls, someone: Someone) -> "Finger":
        session = someone.page.context.new_cdp_session(someone.page)
        session.send("WebAuthn.enable")
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
        return cls(session, made["authenticatorId"])

    def passkeys(self) -> list[dict[str, object]]:
        kept: list[dict[str, object]] = self.session.send(
            "WebAuthn.getCredentials", {"authenticatorId": self.authenticator}
        )["credentials"]
        return kept


@pytest.fixture
def config(config: Config) -> Config:
    """As it is at work: who moves money or powers is asked anew."""
    return replace(config, step_up_minutes=5)


@pytest.fixture
def cashier(live: Flask, store: Database, windows: Windows, clock: MovableClock) -> Someone:
    """At `localhost`: a bare address has no passkeys. A payout waits, and there are two administrators."""
    with store.transaction() as session:
        make.person(session, Role.CASHIER, phone=PHONE, name="赵出纳")
        make.person(session, Role.ADMINISTRATOR, phone=ONE)
        make.person(session, Role.ADMINISTRATOR, phone=TWO)
        approved(session, Staff.hired(session), clock())
    windows.allow("answered 401")  # the page that asks anew
    return Someone(windows.desktop("en-GB", base_url=at_localhost(live)), "passkey", ENGLISH)


def at_localhost(live: Flask) -> str:
    address: str = live.extensions["config"].base_url
    return address.replace("127.0.0.1", "localhost")


def test_a_passkey_lets_in_sends_money_off_and_is_taken_away_by_two(
    live: Flask, windows: Windows, cashier: Someone, clock: MovableClock
) -> None:
    finger = Finger.of(cashier)
    sign_in(cashier.page, PHONE, make.PASSWORD)
    adds_a_passkey(cashier)
    (kept,) = finger.passkeys()
    assert kept["rpId"] == "localhost"
    signs_out(cashier)

    gives_the_password(cashier)
    cashier.page.goto("/me/factors/")
    cashier.is_at("Sign in")

    gives_the_password(cashier)
    answer = proves_by_the_passkey(cashier)
    signs_out(cashier)

    gives_the_password(cashier)
    replays(cashier, answer)
    sends_money_off(cashier)

    without = Someone(windows.phone("en-GB", base_url=at_localhost(live)), "passkey-lost", ENGLISH)
    says_that_all_is_lost(without)
    one = Someone(windows.desktop("en-GB"), "passkey-one", ENGLISH).signs_in(ONE)
    two = Someone(windows.phone("en-GB"), "passkey-two", ENGLISH).signs_in(TWO)
    proposes(one)
    confirms(two)
    gives_the_password(without)
    clock.move(hours=24)
    without.page.goto("/sign-in")
    sign_in(without.page, PHONE, make.PASSWORD)
    without.page.goto("/me/factors/")
    without.reads("You have no second factor yet")


def adds_a_passkey(cashier: Someone) -> None:
    cashier.page.goto("/me/factors/")
    cashier.is_at("Second factor")
    cashier.looks("1-none")
    cashier.fills("What you call it", "Office laptop")
    cashier.field("What you call it").press("Enter")
    by_the_password(cashier)
    cashier.is_at("Your recovery codes")
    cashier.looks("2-codes")
    cashier.follows("I have kept them")
    cashier.sees("Office laptop")
    cashier.presses("Add a passkey")
    cashier.reads("This device has a passkey on your list already.")
    cashier.looks("3-added")


def signs_out(cashier: Someone) -> None:
    cashier.page.locator("header .menu > summary").click()
    cashier.presses("Sign out")
    cashier.is_at("Sign in")


def gives_the_password(cashier: Someone) -> None:
    cashier.page.goto("/sign-in")
    cashier.fills("Phone", PHONE)
    cashier.fills("Password", make.PASSWORD)
    cashier.presses("Sign in")
    cashier.is_at("Second factor")


def proves_by_the_passkey(cashier: Someone) -> str:
    """What the browser sent for it."""
    cashier.looks("4-asked")
    with cashier.page.expect_request(_sends_an_answer) as sent:
        cashier.presses("Use a passkey")
    expect(cashier.page).to_have_url("/")
    return parse_qs(sent.value.post_data or "")["passkey"][0]


def replays(cashier: Someone, answer: str) -> None:
    """Whoever overheard an answer comes in by it no more, and the page asks again with an empty field."""
    cashier.page.locator("input[name=passkey]").evaluate("(field, answer) => { field.value = answer }", answer)
    cashier.presses("Sign in")
    cashier.reads("This passkey was not taken. Use it once more, or type a code.")
    cashier.looks("5-replayed")
    expect(cashier.page.locator("input[name=passkey]")).to_have_value("")
    proves_by_the_passkey(cashier)


def _sends_an_answer(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/sign-in/second")


def by_the_password(someone: Someone) -> None:
    """Who has no second factor proves it so, and what was sent goes on."""
    someone.is_at("Is it you?")
    someone.fills("Password", make.PASSWORD)
    someone.presses("It is me")


def sends_money_off(cashier: Someone) -> None:
    """Asked anew on the page, where one tap sends on what was ticked."""
    cashier.page.goto("/batches/new")
    cashier.opens("Make the bank file")
    cashier.presses("Yes, release the ticked payouts")
    cashier.is_at("Is it you?")
    cashier.looks("6-asked-anew")
    cashier.presses("Use a passkey")
    cashier.reads("Exported")
    cashier.looks("7-sent-off")


def says_that_all_is_lost(cashier: Someone) -> None:
    gives_the_password(cashier)
    cashier.opens("Phone lost, and no recovery code?")
    cashier.follows("I have lost everything")
    cashier.looks("1-asks")
    cashier.presses("Tell the administrators")
    cashier.reads("An administrator will look into it")
    cashier.looks("2-told")


def proposes(one: Someone) -> None:
    one.goes_to("Lost second factors")
    one.follows("Propose the reset")
    one.fills("How you made sure who asks", "当面核对过身份证")
    one.looks("1-proposes")
    one.presses("Propose")
    by_the_password(one)
    one.reads("Waits for another person")


def confirms(two: Someone) -> None:
    two.goes_to("Lost second factors")
    two.page.get_by_role("link", name="赵出纳").first.click()
    two.opens("Confirm")
    two.presses("Yes, confirm")
    by_the_password(two)
    two.reads("Waits for its time")
    two.looks("1-confirmed")
