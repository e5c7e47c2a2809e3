"""Above the day's number a code is asked for on a second page: nothing is lost, and nobody learns whose a number is."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import Lead, LeadOutcome, LeadProof, Person, Referrer, Role
from portal.services import contacts
from portal.web.landing import phone_proof
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

PHONE = "13912345678"
CODE = "form.form-page"
FRIEND = {"name": "王小明", "phone": PHONE, "contact": True}


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        return make.referrer(session, development=make.development(session, policy={"unproven_leads": 0}))


@pytest.fixture
def landing(client: PageClient, referrer: Referrer) -> Page:
    return client.get("landing.show", code=referrer.code)


def only_lead(store: Database) -> Lead:
    with store.reading() as session:
        return session.scalars(select(Lead)).one()


def code_in(client: PageClient) -> str:
    found = re.search(r"\b\d{6}\b", client.get("inbox.index").main)
    assert found
    return found.group()


def test_the_code_makes_the_lead_count(store: Database, client: PageClient, landing: Page) -> None:
    page = landing.submit(FRIEND)
    assert page.path.startswith("/r/code/")
    assert "139****5678" in page.main
    assert only_lead(store).outcome is LeadOutcome.WAITING, "what was typed is kept before anything is asked"
    assert page.submit({"code": "1"}, form=CODE, status=422).errors
    thanks = page.submit({"code": code_in(PageClient(client.app))}, form=CODE)
    assert thanks.path.startswith("/r/thanks/")
    assert not thanks.all("main a[href*='/r/code/']")
    lead = only_lead(store)
    assert (lead.outcome, lead.proof) == (LeadOutcome.ACCEPTED, LeadProof.CODE)
    assert not client.http._cookies


def test_who_goes_on_without_it_is_kept_and_may_come_back(store: Database, landing: Page) -> None:
    thanks = landing.submit(FRIEND).follow("不填验证码，继续")
    assert "前台" in thanks.main
    assert only_lead(store).outcome is LeadOutcome.WAITING
    assert thanks.follow("填写短信验证码").path.startswith("/r/code/")


def test_another_code_comes_after_a_minute(
    client: PageClient, clock: MovableClock, landing: Page, store: Database
) -> None:
    page = landing.submit(FRIEND)
    first = code_in(client)
    again = page.submit({}, form="form[action$='/again']", status=422)
    assert again.all(".error-summary")
    clock.move(seconds=61)
    page = page.submit({}, form="form[action$='/again']")
    assert page.path.startswith("/r/code/")
    texts = re.findall(r"\b\d{6}\b", client.get("inbox.index").main)
    latest = next((code for code in texts if code != first), first)
    page.submit({"code": latest}, form=CODE)
    assert only_lead(store).proof is LeadProof.CODE


def test_every_number_is_answered_alike(client: PageClient, store: Database, referrer: Referrer) -> None:
    with store.transaction() as session:
        broker, held = make.new_phone(), make.touch(session, development=referrer.development).client
        make.broker(session, phone=broker)
        phones = [make.new_phone(), broker, contacts.open_phone(session, held).e164]
        phones.append(contacts.open_phone(session, session.merge(referrer.person)).e164)
    answers = set()
    for phone in phones:
        page = client.get("landing.show", code=referrer.code).submit(FRIEND | {"phone": phone})
        said = re.sub(r"\d{3}\*{4}\d{4}", "", page.main)
        answers.add((re.sub(r"[\w.-]{40,}", "", page.path), said))
    assert len(answers) == 1


def test_a_link_of_thanks_is_no_link_to_the_code(client: PageClient, landing: Page) -> None:
    page = landing.submit(FRIEND)
    thanks = page.submit({"code": code_in(client)}, form=CODE)
    token = thanks.path.rsplit("/", 1)[1]
    assert client.get("phone_proof.show", token=token).path == thanks.path
    client.get("phone_proof.show", token="made-up", status=404)


def test_where_no_text_goes_out_the_friend_is_kept_for_staff(
    landing: Page, store: Database, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_proof, "texts_go_out", lambda: False)
    page = landing.submit(FRIEND)
    assert page.path.startswith("/r/thanks/")
    assert not page.all("main a[href*='/r/code/']")
    assert only_lead(store).outcome is LeadOutcome.WAITING


def test_staff_see_it_and_say_what_the_call_brought(
    landing: Page, store: Database, signed_in: Callable[[Person], PageClient]
) -> None:
    landing.submit(FRIEND)
    with store.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
    desk = signed_in(manager)
    listed = desk.get("referrers.all_leads", state="waiting", number="unproven")
    assert "号码待核实" in listed.main
    page = desk.get("referrers.lead", lead_id=only_lead(store).id)
    confirmed = page.submit({}, form="form[action$='/confirm']")
    assert "电话核实" in confirmed.main
    assert only_lead(store).proof is LeadProof.CALL
    assert "1" in desk.get("funnel.index").main


def test_reception_asks_the_visitor_who_invited_them(
    landing: Page, store: Database, referrer: Referrer, signed_in: Callable[[Person], PageClient]
) -> None:
    landing.submit(FRIEND)
    with store.transaction() as session:
        reception = make.person(session, Role.RECEPTION)
    desk = signed_in(reception)
    page = desk.get("walk_ins.index").submit({"phone": PHONE, "name": "王小明"}, status=422)
    assert page.one("#name")["value"] == "王小明"
    choices = page.texts("#invited_by .option")
    assert choices == [referrer.person.name, "都不是"]
    assert not page.all("#invited_by input[checked]"), "reception asks, and does not pass over it"
    came = page.submit({"invited_by": str(only_lead(store).id)})
    assert referrer.person.name in came.one(".banner").get_text()
    assert only_lead(store).proof is LeadProof.VISIT
