"""Promises on pages: allowed or refused by a second person, withdrawn, and what the client sees."""

from collections.abc import Callable
from datetime import datetime

import pytest

from portal.db import Database
from portal.models import Person, Role
from tests import care_world
from tests import factories as make
from tests.loans_world import DAY, subscribed
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]
DISCOUNT = {"kind": "discount", "text": "总价再优惠两万元", "worth": "20000", "due_on": "2026-03-20"}


@pytest.fixture
def people(store: Database, signed_in: SignedIn) -> Callable[[Role], PageClient]:
    def of(role: Role) -> PageClient:
        with store.transaction() as session:
            person = make.person(session, role)
        return signed_in(person)

    return of


@pytest.fixture
def deal_id(store: Database, now: datetime) -> int:
    with store.transaction() as session:
        return subscribed(session, now - DAY).id


def test_above_the_limit_a_second_person_allows_it(
    people: Callable[[Role], PageClient], client: PageClient, deal_id: int
) -> None:
    maker, finance = people(Role.CHANNEL_MANAGER), people(Role.FINANCE)
    form = maker.get("loans.show", deal_id=deal_id).follow("新承诺")
    wrong = form.submit(DISCOUNT | {"worth": "0"}, status=422)
    assert "须大于零" in wrong.errors[0]
    made = wrong.submit(DISCOUNT)
    assert "须第二人同意" in made.main
    assert not made.all("#link")
    queue = finance.get("promises.index")
    assert "1 项承诺待第二人审批" in queue.main
    finance.get("promises.show", promise_id=1).submit(button="是，同意")
    linked = maker.get("promises.show", promise_id=1).submit(button="给客户发链接")
    address = "/" + str(linked.one("[data-copy]")["data-copy"]).split("/", 3)[3]
    assert "总价再优惠两万元" in client.get(address).main
    client.get(address).submit()
    kept = finance.get("promises.show", promise_id=1).submit({"note": "已从尾款扣除"}, button="已兑现")
    assert "已从尾款扣除" in kept.main
    assert "已从尾款扣除" in client.get(address).main
    for kind in ("csv", "xlsx"):
        finance.download("promises.download", kind=kind, state="kept")


def test_a_client_who_has_bought_nothing_is_promised_something(
    people: Callable[[Role], PageClient], store: Database
) -> None:
    with store.transaction() as session:
        carer = care_world.consultant(session)
        file = care_world.care_file(session, carer=carer)
        key, another = file.id, care_world.care_file(session, development=file.development).id
    page = people(Role.CHANNEL_MANAGER).get("care_files.show", file_id=key)
    assert "没有承诺过什么" in page.main
    made = page.follow("新承诺").submit(DISCOUNT | {"worth": "1000"})
    assert "总价再优惠两万元" in made.main
    assert "¥1,000" in page.client.get("care_files.show", file_id=key).main
    assert "¥1,000" not in page.client.get("care_files.show", file_id=another).main
    page.client.get("promises.new", file=10**9, status=404)
    page.client.get("promises.new", status=404)


def test_refused_or_withdrawn_it_is_not_owed(people: Callable[[Role], PageClient], deal_id: int) -> None:
    maker, finance = people(Role.CHANNEL_MANAGER), people(Role.FINANCE)
    for _number in range(2):
        maker.get("promises.new", deal=deal_id).submit(DISCOUNT)
    refused = finance.get("promises.show", promise_id=1).submit({"reason": "没有这个预算"}, button="退回")
    assert "没有这个预算" in refused.main
    silent = maker.get("promises.show", promise_id=2).submit({"reason": " "}, button="撤回", status=422)
    assert silent.errors
    gone = silent.submit({"reason": "写错了客户"}, button="撤回")
    assert "写错了客户" in gone.main
    assert "没有待兑现的承诺" in maker.get("promises.index").main
    maker.get("promises.new", deal=999, status=404)
