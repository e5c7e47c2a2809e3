"""Loans on pages: from the bank to the money, papers, risks, the client's link, and terms by two people."""

from collections.abc import Callable
from datetime import datetime

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Deal, Person, Role
from tests import factories as make
from tests.care_world import care_file, consultant
from tests.clock import MovableClock
from tests.loans_world import DAY, late_loan, subscribed
from tests.web.client import PageClient

STEPS = "form[action$='/steps']"
SignedIn = Callable[[Person], PageClient]


@pytest.fixture
def deal(store: Database, now: datetime) -> Deal:
    """Subscribed ten days ago."""
    with store.transaction() as session:
        return subscribed(session, now - 10 * DAY)


@pytest.fixture
def staff(store: Database, signed_in: SignedIn) -> Callable[[Role], PageClient]:
    def of(role: Role) -> PageClient:
        with store.transaction() as session:
            person = make.person(session, role)
        return signed_in(person)

    return of


def test_from_the_bank_to_the_money(staff: Callable[[Role], PageClient], client: PageClient, deal: Deal) -> None:
    desk = staff(Role.CHANNEL_MANAGER)
    page = desk.get("loans.index").follow(desk.get("loans.show", deal_id=deal.id).h1)
    assert "尚未登记付款方式" in page.main
    typed = {"bank": "招商银行", "branch": "滨江支行", "amount": "1400000", "rate": "3.1"}
    begun = page.follow("付款方式").submit(typed)
    assert "招商银行 · 滨江支行" in begun.main
    for _paper in range(7):
        begun = begun.submit({"paper-brought_by": "client"}, button="已收到")
    assert "资料已齐：请审核并提交银行" in begun.main
    missing = begun.submit(form="form[action$='income/missing']")
    assert "资料不全" in missing.main
    back = missing.submit({"paper-brought_by": "broker"}, button="已收到")
    step = back.submit({"step-kind": "papers", "step-on_day": "2026-03-09"}, form=STEPS)
    assert "等银行办理" in step.main
    wrong = step.submit({"step-kind": "interview", "step-on_day": "2026-03-08"}, form=STEPS, status=422)
    assert "进度须按先后顺序" in wrong.errors[0]
    fixed = step.follow("更正").submit({"on_day": "2026-03-10", "note": "记错一天"})
    assert "更正前面的一行" in fixed.main

    linked = fixed.submit(button="给客户发链接")
    address = str(linked.one("[data-copy]")["data-copy"]).split("/", 3)[3]
    seen = client.get(f"/{address}")
    assert "银行已收到您的资料，正在预审" in seen.main
    assert deal.unit not in seen.main
    assert "王" not in seen.main
    linked.submit(button="是，作废")
    assert "链接已失效" in client.get(f"/{address}", status=410).main
    client.get("/c/made-up", status=404)
    assert "没有待兑现的承诺" in desk.get("promises.index").main
    for kind in ("csv", "xlsx"):
        desk.download("loans.download", kind=kind)


def test_risks_and_the_countdown(staff: Callable[[Role], PageClient], deal: Deal) -> None:
    desk = staff(Role.CHANNEL_MANAGER)
    page = desk.get("loans.show", deal_id=deal.id)
    noted = page.submit({"risk-risk": "credit", "risk-text": "信用卡逾期两次"}, button="记录风险")
    assert "信用卡逾期两次" in noted.main
    noted.submit({"signing-on_day": "2026-03-12"}, button="约定日期")
    board = desk.get("loans.signing")
    assert "贷款存疑" in board.main
    assert "2 天" in board.main
    settled = desk.get("loans.show", deal_id=deal.id).submit(button="已经解决")
    assert "除资料外没有记录风险" in settled.main


def test_a_consultant_sees_those_in_his_care(store: Database, now: datetime, signed_in: SignedIn, deal: Deal) -> None:
    with store.transaction() as session:
        carer = consultant(session)
        row = session.get_one(Deal, deal.id)
        other = subscribed(session, now - DAY).id
        care_file(session, development=row.development, client=row.client, carer=carer)
    mine = signed_in(carer)
    assert (
        mine.get("loans.index").texts("tbody tr td a, .list-title a")[:1] or deal.unit in mine.get("loans.index").main
    )
    mine.get("loans.show", deal_id=deal.id)
    mine.get("loans.show", deal_id=other, status=404)


def test_terms_take_two(staff: Callable[[Role], PageClient]) -> None:
    first, second = staff(Role.CHANNEL_MANAGER), staff(Role.FINANCE)
    form = first.get("loan_terms.index").follow("提交新条款")
    wrong = form.submit({"note": "年底额度紧", "banks": "招商银行 | 很快"}, status=422)
    assert "banks[1].days" in wrong.main
    proposed = wrong.submit({"banks": "招商银行 | 40-60"})
    assert "40-60" in proposed.main
    assert "30-45" in proposed.main
    number = int(proposed.path.rsplit("/", 1)[1])
    assert "待第二人审批" in second.get("loans.index").main
    published = second.get("loan_terms.show", terms_id=number).submit(button="确认发布")
    assert "已发布" in published.main
    held = first.get("loan_terms.index")
    assert "40-60" in held.main
    assert 'days = "40-60"' in first.download("loan_terms.text", terms_id=number).text


def test_empty_pages_say_what_would_be_here(staff: Callable[[Role], PageClient]) -> None:
    desk = staff(Role.FINANCE)
    for where, words in (
        ("loans.index", "没有办理中的贷款"),
        ("loans.signing", "没有待签约的房屋"),
        ("promises.index", "没有待兑现的承诺"),
    ):
        assert words in desk.get(where).main


def test_a_late_loan_is_compensated(
    store: Database, now: datetime, staff: Callable[[Role], PageClient], client: PageClient, clock: MovableClock
) -> None:
    with store.transaction() as session:
        keeper = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        deal = late_loan(session, keeper, now).id
    desk = staff(Role.CHANNEL_MANAGER)
    assert "建议补偿" in desk.get("loans.index").main
    page = desk.get("loans.show", deal_id=deal)
    promised = page.submit({"compensation-text": "放款晚了，送一年物业费"}, button="向客户承诺")
    assert "物业费 · 12 个月" in promised.h1
    table = desk.get("loans.index").main
    assert ("建议补偿" in table, "已承诺补偿" in table) == (False, True)
    linked = promised.submit(button="给客户发链接")
    address = "/" + str(linked.one("[data-copy]")["data-copy"]).split("/", 3)[3]
    confirmed = client.get(address).submit()
    assert "您已于" in confirmed.main
    clock.move(days=31)
    desk = staff(Role.CHANNEL_MANAGER)
    assert "其中逾期" in desk.get("promises.index").main
    kept = desk.get("promises.show", promise_id=1).submit(button="发券")
    assert "已兑现" in kept.main
    voucher = client.get(address).follow("您的券")
    assert voucher.all("figure.qr") or "物业费" in voucher.main
