"""Links that grant something are signed for that one purpose; what is not ours, or over, leads to a kind page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.access.actor import SYSTEM
from portal.config import Config
from portal.db import Database
from portal.models import Person, Role
from portal.services.accounts import people
from portal.services.privacy import withdrawals
from referral.code import sign_link
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}


def tampered(token: str) -> list[str]:
    """What is left of a link after a slip, a cut, and a messenger's full stop."""
    return [token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-2], token + ".", "x"]


@pytest.fixture
def thanks(client: PageClient, store: Database) -> str:
    """The address of a friend's own page."""
    with store.transaction() as session:
        referrer = make.referrer(session)
    return client.get("landing.show", code=referrer.code).submit(FRIEND).path


class TestAFriendsOwnPage:
    def test_is_opened_by_the_very_link_alone(self, client: PageClient, thanks: str) -> None:
        for token in tampered(thanks.rsplit("/", 1)[1]):
            page = client.get(f"/r/thanks/{token}", status=404)
            assert page.h1
            assert page.all("main p"), "it says what may have happened"
            client.http.post(f"/r/thanks/{token}")
        assert client.get(thanks).all("form[method=post]"), "nobody has opted out by it"

    def test_is_not_opened_by_a_link_that_was_signed_for_something_else(
        self, app: Flask, client: PageClient, thanks: str
    ) -> None:
        config: Config = app.extensions["config"]
        key = client.get(thanks).one('main a[href^="/v/"]')["href"].rsplit("/", 1)[1]
        for purpose in ("public form", "withdraw face consent"):
            client.get(f"/r/thanks/{sign_link(purpose, key, config.secret_key.encode())}", status=404)

    def test_opens_as_long_as_one_may_opt_out(self, client: PageClient, clock: MovableClock, thanks: str) -> None:
        """The right to be left alone does not expire."""
        clock.move(days=3 * 365)
        page = client.get(thanks).submit()
        assert not page.all("form[method=post]")


def test_a_clients_withdrawal_is_opened_by_the_very_link_alone(app: Flask, client: PageClient, store: Database) -> None:
    with store.transaction() as session:
        client_id = make.touch(session).client_id
    token = withdrawals.token_for(client_id, app.extensions["config"].secret_key.encode())
    assert client.get("withdrawals.show", token=token).h1
    for other in tampered(token):
        client.get(f"/w/{other}", status=404)
        assert client.http.post(f"/w/{other}").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_link_that_lets_somebody_in_ends_and_says_so(
    app: Flask, store: Database, clock: MovableClock, language: str
) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.REFERRER)
        link = people.issue_link(session, SYSTEM, clock(), person)
    visitor = PageClient(app, language)
    assert visitor.get("auth.welcome", token=link.token).all("form[method=post]")
    for token in tampered(link.token):
        assert not visitor.get("auth.welcome", token=token, status=409).all("input[type=password]")
    clock.move(seconds=int((link.until - clock()) / timedelta(seconds=1)))
    page = visitor.get("auth.welcome", token=link.token, status=409)
    said = {"zh": "链接", "en": "Ask who sent it to you"}[language]
    assert said in page.main


def test_the_landing_page_grants_nothing_by_its_address(client: PageClient, store: Database) -> None:
    """Who guesses a code sees what stands on any poster: no form of it is filled in, and nobody is named in full."""
    with store.transaction() as session:
        referrer = make.referrer(session, person=make.person(session, Role.REFERRER, name="陈静怡"))
    page = client.get("landing.show", code=referrer.code)
    assert "陈静怡" not in page.html
    assert not [one for one in page.all("main input") if one.get("value") and one["type"] in ("text", "tel")]
