"""Signing in by the employer's account, as a reader's browser and the employer's system see it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import SYSTEM, Actor
from portal.adapters.provider_sign_in.local import Employee, LocalProvider
from portal.adapters.provider_sign_in.provider import Question
from portal.config import Config
from portal.db import Database
from portal.models import AccountTie, AuditEntry, Person, Role
from portal.rules.provider_sign_in.claims import Issuer, ProviderName
from portal.services import contacts
from portal.services.accounts import people
from portal.services.notifications import addresses
from portal.services.provider_sign_in import ties
from tests import factories as make
from tests.web.client import Page, PageClient

GOOD = "sunny rivers run deep"
SignIn = Callable[[Person], PageClient]
TOKEN = "a-token-of-more-than-twenty-four-characters"
LIN = Employee("e-17", "林一", "lin@example.com")


class Elsewhere:
    """A provider on another site, which is not asked further."""

    issuer = Issuer(ProviderName.COMPANY, "https://login.example.com")
    name = ""
    browser = ""

    def is_inside(self, agent: str) -> bool:
        return bool(self.browser) and self.browser in agent

    def opens_in(self, agent: str) -> bool:
        return self.browser in agent

    def address(self, question: Question) -> str:
        return "https://login.example.com/authorize"


@pytest.fixture
def config(config: Config) -> Config:
    """The address at which the test's browser reads, so that it keeps its cookie on the way."""
    return replace(config, base_url="http://localhost")


@pytest.fixture
def provider(app: Flask) -> LocalProvider:
    stand_in = app.extensions["providers"][ProviderName.COMPANY]
    assert isinstance(stand_in, LocalProvider)
    stand_in.keep(LIN)
    return stand_in


@pytest.fixture
def member(store: Database, now: datetime) -> Person:
    with store.transaction() as session:
        person = make.person(session, Role.CASHIER, name="林一")
        row = addresses.settings_of(session, person.id)
        row.mail_sealed = addresses.seal_address(session, person.id, LIN.mail)
        row.mail_index, row.mail_confirmed_at = addresses.address_index(session, LIN.mail), now
        session.add(row)
        return person


def choose(page: Page) -> Page:
    """Sign in at the stand-in as the one who is known there."""
    return page.submit(button="以林一的身份登录")


def test_from_the_sign_in_page_there_and_back_to_where_one_wanted_to_go(
    client: PageClient, provider: LocalProvider, member: Person
) -> None:
    page = client.get("auth.sign_in", next="/payouts").follow("员工：企业账号")
    assert page.path == "/dev/provider"
    assert choose(page).path == "/payouts"


def test_without_a_provider_there_is_no_button_and_no_page(app: Flask, client: PageClient) -> None:
    app.extensions["providers"] = {}
    assert "企业账号" not in client.get("auth.sign_in").html
    client.get("provider_sign_in.begin", by="company", status=404)
    client.get("provider_stand_in.index", status=404)


def test_a_provider_of_one_browser_shows_its_button_there_alone(app: Flask, client: PageClient) -> None:
    here = Elsewhere()
    here.browser = "wxwork"
    app.extensions["providers"] = {ProviderName.COMPANY: here}
    assert "企业账号" not in client.get("auth.sign_in").html
    client.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) MicroMessenger/7.0.1 wxwork/4.1.0"
    assert "企业账号" in client.get("auth.sign_in").html


def test_who_is_not_known_is_told_what_to_do(client: PageClient, provider: LocalProvider) -> None:
    page = choose_failing(client.get("provider_sign_in.begin", by="company"))
    assert "我" in page.main
    assert page.status == 422


def choose_failing(page: Page) -> Page:
    return page.submit(button="以林一的身份登录", status=422)


def test_an_answer_without_its_question_opens_nothing(
    app: Flask, client: PageClient, provider: LocalProvider, member: Person
) -> None:
    page = client.get("provider_sign_in.begin", by="company")
    stranger = PageClient(app)  # who was sent the link of somebody else's answer
    back = provider.sign_in(LIN.subject, page.address.partition("?")[2])
    assert back is not None
    assert stranger.get(back, status=422).main
    stranger.get("auth.profile")
    assert stranger.get("home.index").path == "/sign-in"
    assert client.get(back).path == "/"
    client.get(back, status=422)


@pytest.mark.parametrize("said", ["?error=access_denied&state=", "?state=&code=x", "?code=x", ""])
def test_what_comes_back_oddly_is_told_and_no_fault(client: PageClient, provider: LocalProvider, said: str) -> None:
    client.get("provider_sign_in.begin", by="company")
    client.get(f"/company-sign-in/back{said}", status=422)


def test_the_own_account_is_tied_and_parted_on_its_page(
    signed_in: SignIn, provider: LocalProvider, store: Database, member: Person
) -> None:
    me = signed_in(member)
    page = choose(me.get("auth.profile").submit(button="关联企业账号").follow("到企业账号登录"))
    assert page.path == "/me"
    assert "今后可以用企业账号登录本账号" in page.html
    page = page.submit(form='form[action="/me/company-sign-in/part"]')
    with store.reading() as session:
        assert ties.tie_of(session, member, ProviderName.COMPANY) is None
        done = select(AuditEntry.action).where(AuditEntry.action.like("company%")).order_by(AuditEntry.id)
        deeds = session.scalars(done).all()
    assert deeds == ["company_identity_tied", "company_identity_ended"]


def test_the_way_to_another_site_is_a_link_for_no_form_may_lead_there(
    app: Flask, signed_in: SignIn, store: Database, member: Person
) -> None:
    app.extensions["providers"] = {ProviderName.COMPANY: Elsewhere()}
    page = signed_in(member).get("auth.profile").submit(button="关联企业账号")
    assert page.path == "/me/company-sign-in"
    assert page.one("main a.btn-primary")["href"] == "https://login.example.com/authorize"
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


def test_only_who_asked_ties_the_account(
    app: Flask, signed_in: SignIn, provider: LocalProvider, store: Database, member: Person
) -> None:
    with store.transaction() as session:
        other = make.person(session, Role.RECEPTION)
    client = signed_in(member)
    page = client.get("auth.profile").submit(button="关联企业账号").follow("到企业账号登录")
    client.sign_in(other)  # on the same browser
    choose_failing(page)
    with store.reading() as session:
        assert session.scalars(select(AccountTie)).all() == []


def test_an_administrator_parts_them_too(
    signed_in: SignIn, provider: LocalProvider, store: Database, member: Person, client: PageClient
) -> None:
    choose(client.get("provider_sign_in.begin", by="company"))
    with store.transaction() as session:
        administrator = make.person(session, Role.ADMINISTRATOR)
    page = signed_in(administrator).get("admin.person", person_id=member.id)
    page.submit(form=f'form[action="/admin/people/{member.id}/company-sign-in/part"]')
    assert client.get("auth.profile").path == "/me", "a session that is open stays"
    with store.reading() as session:
        assert ties.tie_of(session, member, ProviderName.COMPANY) is None


def test_where_it_is_the_rule_a_tied_account_has_no_password_any_more(
    app: Flask, client: PageClient, provider: LocalProvider, store: Database, member: Person
) -> None:
    app.extensions["config"] = replace(app.extensions["config"], oidc_only=1)
    with store.reading() as session:
        phone = contacts.open_phone(session, member).e164
    form = {"phone": phone, "password": make.PASSWORD}
    assert client.get("auth.sign_in").submit(form).path == "/"
    client.get("auth.profile").submit(form='main form[action="/sign-out"]')
    choose(client.get("provider_sign_in.begin", by="company"))
    client.get("auth.profile").submit(form='main form[action="/sign-out"]')
    page = client.get("auth.sign_in").submit(form, status=422)
    assert "企业账号" in page.main


@pytest.mark.parametrize(("by", "where"), [("its owner", "/sign-in"), ("the shell", "/me")])
def test_a_link_to_choose_a_password_is_no_way_around_it(
    app: Flask,
    client: PageClient,
    provider: LocalProvider,
    store: Database,
    member: Person,
    now: datetime,
    by: str,
    where: str,
) -> None:
    """But for the one that is made on the server, for the day on which the provider is away."""
    app.extensions["config"] = replace(app.extensions["config"], oidc_only=1)
    choose(client.get("provider_sign_in.begin", by="company"))
    client.get("auth.profile").submit(form='main form[action="/sign-out"]')
    with store.transaction() as session:
        person = session.get_one(Person, member.id)
        person.role = Role.RECEPTION  # who moves money is sent none for asking
        actor = SYSTEM if by == "the shell" else Actor.of(person)
        link = people.make_link(session, actor, now, person)
    page = client.get("auth.welcome", token=link.token).submit({"password": GOOD, "again": GOOD})
    assert client.get("auth.profile").path == where
    assert ("企业账号" in page.html) is (by != "the shell")


def scim(client: PageClient, method: str, path: str, token: str = TOKEN, **given: object):
    return client.http.open(f"/scim/v2{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **given)


def test_the_employers_system_finds_and_closes_who_has_left(
    app: Flask, client: PageClient, provider: LocalProvider, store: Database, member: Person
) -> None:
    app.extensions["config"] = replace(app.extensions["config"], scim_token=TOKEN)
    choose(client.get("provider_sign_in.begin", by="company"))
    machine = PageClient(app)
    found = scim(machine, "GET", '/Users?filter=externalId eq "e-17"').json
    assert (found["totalResults"], found["Resources"][0]["active"]) == (1, True)
    assert LIN.mail not in str(found)
    key = found["Resources"][0]["id"]
    change = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    assert scim(machine, "PATCH", f"/Users/{key}", json=change).json["active"] is False
    assert client.get("home.index").path == "/sign-in"
    assert scim(machine, "PATCH", f"/Users/{key}", json={"active": True}).status_code == 403
    assert scim(machine, "PUT", f"/Users/{key}", data=b"{").status_code == 400
    assert scim(machine, "GET", "/Users/999").status_code == 404
    assert scim(machine, "GET", "/Users?filter=x").json["scimType"] == "invalidFilter"
    assert scim(machine, "GET", "/Users?startIndex=x&count=-1").json["totalResults"] == 1
    assert scim(machine, "GET", "/ServiceProviderConfig").json["patch"] == {"supported": True}
    assert scim(machine, "GET", "/Users", token="wrong").status_code == 401


def test_without_a_token_of_ours_there_is_no_such_door(client: PageClient, provider: LocalProvider) -> None:
    assert scim(client, "GET", "/Users").status_code == 404
