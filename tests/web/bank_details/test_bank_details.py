"""Bank details through the pages: proposed with the password, confirmed after a call, shown to who decides."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agency, BankChange, Payout, Person, ProposalState, Role
from portal.services.bank_details import bank_details
from tests import factories as make
from tests.clock import MovableClock
from tests.db.money import Staff, approved, exported
from tests.web.client import Page, PageClient

SignedIn = Callable[[Person], PageClient]
ACCOUNT = "6214830012340123"
TYPED = {"holder": "安心商务服务部", "bank": "招商银行杭州分行", "account": "6214 8300 1234 0123"}


@pytest.fixture
def staff(store: Database) -> Staff:
    with store.transaction() as session:
        return Staff.hired(session)


@pytest.fixture
def manager(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.CHANNEL_MANAGER, name="渠小道")


@pytest.fixture
def principal(store: Database) -> Person:
    with store.transaction() as session:
        return make.person(session, Role.PRINCIPAL, name="钱总")


def proposes(client: PageClient, where: str, status: int = 200, **values: object) -> Page:
    return client.get(where, **values).submit(TYPED | {"old": make.PASSWORD}, status=status)


def test_one_proposes_and_another_confirms_after_a_call(
    store: Database, staff: Staff, manager: Person, principal: Person, signed_in: SignedIn
) -> None:
    page = proposes(signed_in(manager), "bank_details.propose", agency_id=principal.agency_id)
    assert "安心商务服务部" in page.main
    assert "户名不一致" in page.main
    assert ACCOUNT not in page.html
    assert not page.all("form[action$='/confirm']"), "who proposed it does not decide"
    finance = signed_in(staff.finance)
    assert "待确认的收款账户" in " ".join(one.get_text() for one in finance.get("home.index").all(".tasks"))
    waiting = finance.get("bank_details.index", state="proposed")
    page = waiting.follow(principal.agency.name)
    heard = {"account": "6214830012340124", "call_back": "王姐"}
    page = page.submit(heard, form="form[action$='/confirm']", status=422)
    assert page.errors
    assert ACCOUNT not in page.html
    page = page.submit({"account": ACCOUNT, "call_back": "王姐，总机"}, form="form[action$='/confirm']")
    assert "王姐，总机" in page.main
    assert not finance.get("bank_details.index", state="proposed").all("main table")
    own = signed_in(principal)
    text = own.get("inbox.index")
    assert "尾号 0123" in text.main
    assert str(text.one("main .panel a")["href"]).endswith(own.address("bank_details.mine"))
    (own_text,) = (panel for panel in text.all("main .panel") if panel.select("a"))
    assert not own_text.select("form[action$='/stop']"), "an account's owner does not say stop"
    for where in ("home.index", "statements.index", "payouts.index", "bank_details.mine"):
        banner = own.get(where).all(".banner")[0].get_text()
        assert "您的收款账户已变更" in banner
        assert "**** 0123" in banner
        assert "渠小道" not in banner, "a payee reads what they are, not who"
    for kind in ("csv", "xlsx"):
        assert finance.download("bank_details.download", kind=kind).data


def test_without_the_password_nothing_is_proposed(
    store: Database, manager: Person, principal: Person, signed_in: SignedIn
) -> None:
    page = signed_in(manager).get("bank_details.propose", agency_id=principal.agency_id)
    page = page.submit(TYPED | {"old": "not the password"}, status=422)
    assert page.one("#holder")["value"] == TYPED["holder"], "what was typed stays"
    for wrong in ({"holder": "=cmd|1"}, {"bank": "a,b"}, {"account": "12"}, {"old": ""}):
        assert page.submit(TYPED | {"old": make.PASSWORD} | wrong, status=422).errors
    with store.reading() as session:
        assert session.query(BankChange).count() == 0


def test_a_refusal_is_read_by_both_and_a_proposal_is_withdrawn(
    store: Database, staff: Staff, principal: Person, signed_in: SignedIn
) -> None:
    own, finance = signed_in(principal), signed_in(staff.finance)
    page = proposes(own, "bank_details.mine")
    assert "电话" in page.main
    assert not page.all("#holder"), "one at a time"
    with store.reading() as session:
        change_id = session.query(BankChange).one().id
    page = finance.get("bank_details.show", change_id=change_id)
    page = page.submit({"reason": "打不通电话"}, form="form[action$='/refuse']")
    assert "打不通电话" in page.main
    assert "打不通电话" in own.get("home.index").all(".banner")[0].get_text()
    page = proposes(own, "bank_details.mine").submit({}, form="form[action$='/withdraw']")
    assert page.all("#holder")
    finance.get("bank_details.show", change_id=change_id)


def test_the_payee_objects_and_the_approver_reads_it(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        payout = approved(session, staff, clock())
        make.bank_details(session, session.get_one(Agency, payout.agency_id), clock())
        own = make.person(session, Role.PRINCIPAL, agency_id=payout.agency_id)
    page = signed_in(own).get("bank_details.mine").submit({"words": ""}, form="form[action$='/object']", status=422)
    page = page.submit({"words": "不是我们的账户"}, form="form[action$='/object']")
    assert "不是我们的账户" in page.main
    clock.move(days=2)
    page = signed_in(staff.approver).get("payouts.show", payout_id=payout.id)
    assert "不是我们的账户" in page.main
    assert "收款方有异议" in page.main
    assert signed_in(staff.finance).get("payouts.index", hold="payee_agrees").main.count(payout.reference)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_hand_sees_where_the_money_goes(
    app: Flask, store: Database, staff: Staff, manager: Person, clock: MovableClock, language: str
) -> None:
    with store.transaction() as session:
        sent = exported(session, staff, clock())
        payout, later = approved(session, staff, clock()), clock() + timedelta(hours=1)
        agency = session.get_one(Agency, payout.agency_id)
        own = make.person(session, Role.PRINCIPAL, agency_id=agency.id)
        make.bank_details(session, agency, later, account="6222000000007788", holder="另一家商务")
        details = bank_details.details_of(session, agency)
        bank_details.propose(session, Actor.of(manager), later, agency, details)
    clock.move(days=2)
    clients = {
        one: PageClient(app, language).sign_in(one) for one in (staff.finance, staff.approver, staff.cashier, own)
    }
    for client in clients.values():
        page = client.get("payouts.show", payout_id=payout.id)
        assert "**** 7788" in page.main
        assert "6222000000007788" not in page.html
    assert "**** 7788" in clients[staff.approver].get("payout_queue.index").main
    assert payout.reference in clients[staff.cashier].get("batches.new").main
    page = clients[staff.approver].get("payouts.show", payout_id=payout.id)
    page.submit({}, form="form[action$='/approve-anew']")
    clients[staff.approver].get("payouts.approve_anew", payout_id=payout.id, status=405)
    assert "**** 7788" in clients[staff.cashier].get("batches.new").main
    assert "****" in clients[staff.cashier].get("batches.show", batch_id=sent.id).main
    with store.reading() as session:
        assert len(session.get_one(Payout, payout.id).approvals) == 2
        change = session.query(BankChange).filter_by(state=ProposalState.PROPOSED).one()
    for client in (clients[staff.approver], clients[staff.cashier], clients[staff.finance]):
        client.get("bank_details.show", change_id=change.id)
        client.get("bank_details.index")


def test_what_was_moved_in_the_database_is_told_and_breaks_no_page(
    store: Database, staff: Staff, clock: MovableClock, signed_in: SignedIn
) -> None:
    with store.transaction() as session:
        one, other = approved(session, staff, clock()), approved(session, staff, clock())
        own = make.person(session, Role.PRINCIPAL, agency_id=one.agency_id)
        thief, owner = (session.get_one(Agency, row.agency_id) for row in (one, other))
        thief.bank_sealed = owner.bank_sealed
    assert "无法读取" in signed_in(staff.finance).get("partners.agency", agency_id=one.agency_id).main
    assert "无法读取" in signed_in(staff.approver).get("payouts.show", payout_id=one.id).main
    signed_in(own).get("bank_details.mine")
    page = signed_in(staff.cashier).get("batches.new")
    assert one.reference in page.main
    assert other.reference in page.submit({"payout": [str(one.id), str(other.id)]}).main
