"""Two administrators at an account that moves money: what each sees, and what its owner hears."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.access.actor import SYSTEM, Actor
from portal.db import Database
from portal.models import Person, Role
from portal.services.accounts import account_proposals, people
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient
from tests.web.routes import side

GOOD = "sunny rivers run deep"
NEW = {"role": "approver", "name": "严复核", "phone": "13900007777", "note": "周一入职"}


@pytest.fixture
def admins(app: Flask, store: Database) -> list[PageClient]:
    """English-reading clients of two administrators, 苏管理 and 程管理."""
    with store.transaction() as session:
        people = [make.person(session, Role.ADMINISTRATOR, name=name) for name in ("苏管理", "程管理")]
    return [PageClient(app, "en").sign_in(person) for person in people]


def waiting(client: PageClient) -> list[str]:
    """What the first page says that waits."""
    return client.get("home.index").texts(".tasks li a")


def test_what_one_proposes_the_other_confirms_and_the_link_goes_to_the_owner(
    app: Flask, admins: list[PageClient], clock: MovableClock
) -> None:
    one, two = admins
    page = one.get("admin.person_new").submit(NEW)
    assert (page.h1, page.texts(".page-title .status")) == ("New account: 严复核", ["Waits for another person"])
    assert "139****7777" in page.main
    assert "周一入职" in page.main
    assert "Yes, confirm" not in page.html
    assert waiting(one) == []
    assert waiting(two) == ["Account changes to confirm 1"]
    page = two.get("home.index").task("Account changes to confirm").follow("严复核").submit(button="Yes, confirm")
    assert page.texts(".page-title .status") == ["Confirmed"]
    assert "139****7777 by text" in page.texts(".notice")[1]
    assert "/welcome/" not in page.html
    person = page.follow("严复核")
    done = person.texts(".timeline-title")
    assert done == ["Link to choose a password made", "Account opened"]
    assert person.texts(".timeline .second")[1].endswith("proposed by 苏管理, confirmed by 程管理")
    assert "sent by text" in person.texts(".timeline .second")[0]
    link = str(two.get("inbox.index").one("main .panel a")["href"]).removeprefix("http://127.0.0.1:8000")
    home = PageClient(app, "en").get(link).submit({"password": GOOD, "again": GOOD})
    assert "this account cannot move money" in home.main


def test_it_is_sent_back_with_a_reason_that_the_proposer_reads(admins: list[PageClient]) -> None:
    one, two = admins
    page = one.get("admin.person_new").submit(NEW)
    page = two.get(page.path)
    assert page.submit({"reason": ""}, form="main form[action$=refuse]", status=422).errors == ["Say why."]
    page.submit({"reason": "不认识此人"}, form="main form[action$=refuse]")
    assert "不认识此人" in one.get(page.path).main
    assert waiting(two) == []
    assert "Yes, withdraw" not in one.get(page.path).html
    again = one.get("admin.person_new").submit(NEW)
    assert again.submit(button="Yes, withdraw").texts(".page-title .status") == ["Withdrawn"]


def test_of_a_money_account_the_page_proposes_what_of_others_it_does(
    admins: list[PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        cashier = make.person(session, Role.CASHIER, name="付出纳")
    one, two = admins
    page = one.get("admin.person", person_id=cashier.id)
    assert "New link to choose a password" not in page.html
    proposal = page.follow("Propose a link to choose a password").submit({"note": "忘记密码，已当面核实"})
    page = one.get("admin.person", person_id=cashier.id)
    assert "waits for another administrator" in page.main
    assert "Propose a link" not in page.html
    two.get(proposal.path).submit(button="Yes, confirm")
    page = two.get("admin.person", person_id=cashier.id).submit(button="Yes, close the account")
    page.follow("Propose to open the account again").submit({"note": "误停"})
    assert one.get("admin.proposals", state="proposed").texts("tbody td:first-child") == ["付出纳"]
    assert one.get("admin.proposals", state="withdrawn").texts(".empty-title") == ["Nothing matches"]
    lately = one.get("admin.account_history").texts(".timeline-title")
    assert lately[:2] == ["付出纳: Account closed", "付出纳: Link to choose a password made"]


def test_another_phone_and_another_role_are_proposed_on_the_persons_page(
    admins: list[PageClient], store: Database
) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.RECEPTION, name="温案场")
    one, two = admins
    page = one.get("admin.person", person_id=person.id)
    form = page.follow("Propose another role")
    assert form.submit({"note": "转岗"}, status=422).errors == ["Choose a role."]
    role = form.submit({"role": "cashier", "note": "转岗"})
    assert "New role Cashier" in role.main
    form = page.follow("Propose another phone")
    assert form.submit({"phone": "12", "note": "x"}, status=422).one("input[name=phone]")["value"] == "12"
    phone = form.submit({"phone": "13900006666", "note": "换号"})
    for proposal in (role, phone):
        two.get(proposal.path).submit(button="Yes, confirm")
    form = one.get("admin.person", person_id=person.id).follow("Propose another name")
    assert form.one("input[name=name]")["value"] == "温案场"
    assert form.submit({"note": "x"}, status=422).errors == ["Nothing would change."]
    name = form.submit({"name": "温岚", "note": "同名"})
    assert "New name 温岚" in name.main
    two.get(name.path).submit(button="Yes, confirm")
    page = two.get("admin.person", person_id=person.id)
    assert page.h1 == "温岚"
    assert page.texts(".timeline-title") == ["Name changed", "Phone changed", "Role changed"]
    assert "139****6666" in page.main
    assert "Cashier" in page.main


def test_the_owner_hears_of_it_at_the_next_sign_in_and_reads_it_for_good(
    app: Flask, admins: list[PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        cashier = make.person(session, Role.CASHIER, name="付出纳", phone="13900007777")
    entered = {"phone": "13900007777", "password": make.PASSWORD}
    page = PageClient(app, "en").get("auth.sign_in").submit(entered)
    assert page.texts(".notice") == []
    clock.move(hours=1)
    one, two = (Actor.of(person) for person in _administrators(store))
    with store.transaction() as session:
        row = account_proposals.propose_link(session, one, clock(), session.get_one(Person, cashier.id), "x")
        account_proposals.confirm(session, two, clock(), row, by_text=True)
    clock.move(hours=1)
    page = PageClient(app, "en").get("auth.sign_in").submit(entered)
    told = "Link to choose a password made, Mar 10, 2026 11:00, proposed by 苏管理, confirmed by 程管理"
    assert told in page.texts(".notice")[0]
    assert "Link to choose a password made" in page.client.get("auth.profile").texts(".timeline-title")
    clock.move(hours=1)
    assert PageClient(app, "en").get("auth.sign_in").submit(entered).texts(".notice") == [], "told once"


def _administrators(store: Database) -> list[Person]:
    with store.reading() as session:
        return list(session.query(Person).filter_by(role=Role.ADMINISTRATOR).order_by(Person.id))


def test_the_only_administrator_is_sent_to_the_server(app: Flask, store: Database) -> None:
    with store.transaction() as session:
        admin, cashier = make.person(session, Role.ADMINISTRATOR), make.person(session, Role.CASHIER)
    alone = PageClient(app, "en").sign_in(admin)
    assert "There is no second administrator" in alone.get("admin.person_new").submit(NEW, status=422).main
    page = alone.get("admin.person", person_id=cashier.id)
    assert "on the server, by “portal user”" in page.main
    assert "Propose" not in page.main


def test_nobody_confirms_a_change_of_the_own_account(app: Flask, admins: list[PageClient], store: Database) -> None:
    one, _two = _administrators(store)
    with store.transaction() as session:
        third = make.person(session, Role.ADMINISTRATOR)
        owner = session.get_one(Person, one.id)
        row = account_proposals.propose_link(session, Actor.of(third), third.created_at, owner)
    page = admins[0].get("admin.proposal", proposal_id=row.id)
    assert "This is about your own account" in page.main
    assert "Yes, confirm" not in page.html
    page.submit({"reason": "不是我"}, form="main form[action$=refuse]")


def test_the_payout_says_whose_hands_were_opened_lately(
    signed_in: Callable[[Person], PageClient], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        one = side(session)
        payout_id, approver = one.payout.id, one.people[Role.APPROVER]
        people.issue_link(session, SYSTEM, clock() - timedelta(days=2), approver)
        finance = one.people[Role.FINANCE]
    words = signed_in(finance).get("payouts.show", payout_id=payout_id).main
    assert f"{approver.name}：生成设置密码的链接" in words
    clock.move(days=30)
    assert "生成设置密码的链接" not in signed_in(finance).get("payouts.show", payout_id=payout_id).main
