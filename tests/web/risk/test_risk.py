"""The risk desk as people use it: a manager looks, asks and holds; the partner answers; another manager lets go."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.db import Database
from portal.models import Person, Role
from portal.rules.risk.figures import Figure
from tests import factories as make
from tests.risks import flag
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
DAY = timedelta(days=1)


@pytest.fixture
def world(store: Database, now: datetime) -> dict[str, Person | int]:
    """A broker whose visit waits for a person, with a deal behind it."""
    with store.transaction() as session:
        broker = make.broker(session)
        touch = make.touch(session, person=broker, at=now - 2 * DAY)
        make.registration(session, touch=touch)
        make.deal(session, touch=touch)
        showing = make.showing(session, touch=touch, at=now - DAY)
        row = flag(session, showing)
        account = flag(
            session,
            make.showing(session, touch=touch, at=now),
            figure=Figure.SAME_ACCOUNT,
            person_id=None,
            development_id=None,
            evidence=[["agencies", make.agency(session).id]],
        )
        managers = [make.person(session, Role.CHANNEL_MANAGER) for _ in range(2)]
        principal = make.person(session, Role.PRINCIPAL, agency=broker.agency)
        session.flush()
        return {
            "broker": broker, "principal": principal, "manager": managers[0], "another": managers[1],
            "flag": row.id, "account": account.id, "showing": showing.id, "agency": broker.agency_id,
        }  # fmt: skip


def test_a_manager_asks_and_holds_the_broker_answers_another_lets_go(world, signed_in: SignIn) -> None:
    manager, broker = signed_in(world["manager"]), signed_in(world["broker"])
    broker.get("questions.show", flag_id=world["flag"], status=404)  # nobody has asked him anything
    assert "没有当场认定的到访" in manager.get("risk.index").main
    page = manager.get("risk.show", flag_id=world["flag"])
    assert page.soup.find("a", href=f"/showings/{world['showing']}")
    refused = page.submit({"words": " ", "hold": "y"}, button="询问", status=422)
    assert "请写明想了解什么" in " ".join(refused.errors)
    page = page.submit({"words": "当天为什么没有拍照？", "hold": "y"}, button="询问")
    assert "已暂停受影响部分的支付" in page.main
    assert "须由另一人解除" in page.main
    asked = broker.get("questions.show", flag_id=world["flag"])
    assert "当天为什么没有拍照？" in asked.main
    assert world["manager"].name not in asked.main
    answered = asked.submit({"words": "客户不愿意拍照。"}, button="发送答复")
    assert "已收到您的答复" in answered.soup.get_text()
    page = signed_in(world["another"]).get("risk.show", flag_id=world["flag"])
    assert "客户不愿意拍照。" in page.main
    page = page.follow("了结这条提示")
    ended = page.submit({"outcome": "let_go", "reason": "案场登记可以印证"}, button="了结这条提示")
    assert "已排除" in ended.soup.get_text()
    assert "案场登记可以印证" in broker.get("questions.show", flag_id=world["flag"]).main


def test_who_shares_an_account_is_named_to_us_alone(world, signed_in: SignIn) -> None:
    manager = signed_in(world["manager"])
    page = manager.get("risk.show", flag_id=world["account"])
    assert "付到该账户的全部款项" in page.main
    page.submit({"words": "请说明收款账户。"}, button="询问")
    own = signed_in(world["principal"]).get("questions.show", flag_id=world["account"])
    assert "请说明收款账户" in own.main
    assert "涉及的记录" not in own.main
    assert "相关事项" not in own.main


def test_the_figures_of_one_partner_and_the_list_as_a_file(world, signed_in: SignIn) -> None:
    manager = signed_in(world["manager"])
    figures = manager.get("risk.agency", agency_id=world["agency"]).main
    assert "近 7 天报备" in figures
    assert "没有当场认定的到访" in manager.get("risk.broker", person_id=world["broker"].id).main
    text = manager.download("risk.download", kind="csv", state="all").get_data(as_text=True)
    assert world["broker"].name in text
