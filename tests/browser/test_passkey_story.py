"""A passkey by a real browser: added on its page, asked for at the next sign-in, and its answer good once."""

from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from flask import Flask
from playwright.sync_api import CDPSession, Request, expect

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.people import ENGLISH, Someone
from tests.browser.stage import Windows, sign_in

PHONE = "13900003333"
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
def cashier(live: Flask, store: Database, windows: Windows) -> Someone:
    """At `localhost`: a bare address has no passkeys."""
    with store.transaction() as session:
        make.person(session, Role.CASHIER, phone=PHONE)
    at_localhost = live.extensions["config"].base_url.replace("127.0.0.1", "localhost")
    return Someone(windows.desktop("en-GB", base_url=at_localhost), "passkey", ENGLISH)


def test_a_passkey_is_added_asked_for_and_its_answer_good_once(cashier: Someone) -> None:
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


def adds_a_passkey(cashier: Someone) -> None:
    cashier.page.goto("/me/factors/")
    cashier.is_at("Second factor")
    cashier.looks("1-none")
    cashier.fills("What you call it", "Office laptop")
    cashier.field("What you call it").press("Enter")
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
