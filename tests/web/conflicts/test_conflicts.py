"""Objecting and deciding as people do it on their pages: two brokers, one client, and a manager."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import MilestoneKind, Person, Role
from portal.services.conflicts import cases
from portal.services.deals import deals
from tests import factories as make
from tests.clock import MovableClock
from tests.factories.papers import rule_profile
from tests.photos import jpeg, people
from tests.rivals import Rivals, rivals
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def two(store: Database, now: datetime) -> Rivals:
    with store.transaction() as session:
        made = rivals(session, now)
        session.flush()
        return made


def objects(client: PageClient, two: Rivals) -> int:
    page = client.get("registrations.show", registration_id=two.second.id).follow("提出异议：客户是我的")
    page = page.submit({"words": "客户三月就由我带看。"}, button="提交异议")
    assert "已收到您的异议" in page.soup.get_text()
    return int(page.path.rsplit("/", 1)[1])


def test_from_an_objection_to_a_decision_that_both_read(
    two: Rivals, signed_in: SignIn, store: Database, now: datetime
) -> None:
    holder, claimant = (signed_in(broker) for broker in two.brokers)
    case_id = objects(claimant, two)
    held = holder.get("conflicts.show", case_id=case_id)
    assert "正在核查" in held.main
    assert "客户三月就由我带看" not in held.main
    assert two.brokers[1].name not in held.main
    assert [held.follow(f"报备编号 {two.first.id}").h1, len(held.all("main .plain-list a"))] == ["周雨桐", 1]
    with store.transaction() as session:
        managers = [make.person(session, Role.CHANNEL_MANAGER) for _ in range(2)]
    manager, other = (signed_in(one) for one in managers)
    page = manager.get("conflicts.show", case_id=case_id)
    assert two.brokers[0].name in page.main
    assert "客户三月就由我带看" in page.main
    refused = page.submit({"outcome": "move", "to": "-1", "reason": "看过了"}, button="作出判定", status=422)
    assert "请选择客户改归谁。" in refused.errors
    decided = refused.submit({"outcome": "move", "to": str(two.second.id), "reason": "聊天记录为证"}, button="作出判定")
    assert "已判定" in decided.soup.get_text()
    assert "已判定：客户归您" in claimant.get("conflicts.show", case_id=case_id).main
    lost = holder.get("conflicts.show", case_id=case_id)
    assert "已判定：客户不归您" in lost.main
    again = lost.submit({"words": "通话记录没有看"}, button="申请复议")
    assert "已申请" in again.soup.get_text()
    barred = manager.get("conflicts.show", case_id=case_id)
    assert "您判定过这宗冲突" in barred.main
    assert len(other.get("conflicts.index", state="to_decide").all("main table a, main .rows a, main li a")) >= 1


def test_a_manager_opens_a_case_and_another_one_finds_it_late(
    two: Rivals, signed_in: SignIn, store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        one, other = (make.person(session, Role.CHANNEL_MANAGER) for _ in range(2))
    manager = signed_in(one)
    page = manager.get("registrations.show", registration_id=two.first.id).follow("这是谁的客户？立案")
    opened = page.submit({"words": "客户说是自己来的"}, button="立案")
    assert "您是这宗冲突的当事人" in opened.main
    clock.move(hours=48)
    late = signed_in(other).get("conflicts.index", state="late")
    assert "判定超时" in late.main


def test_what_is_sent_is_for_its_sender_his_principal_and_the_staff(
    two: Rivals, signed_in: SignIn, store: Database
) -> None:
    holder, claimant = (signed_in(broker) for broker in two.brokers)
    picture = BytesIO(jpeg(people("obama"))), "picture.jpg"
    page = claimant.get("objections.new", registration_id=two.second.id)
    page = page.submit({"words": "聊天记录为证", "pictures": picture}, button="提交异议")
    case_id = int(page.path.rsplit("/", 1)[1])
    assert page.one("main img")["src"] == f"/conflicts/{case_id}/pictures/1.jpg"
    assert claimant.download("conflicts.picture", case_id=case_id, picture_id=1).mimetype == "image/jpeg"
    holder.download("conflicts.picture", case_id=case_id, picture_id=1, status=404)
    with store.transaction() as session:
        own, rival = (make.person(session, Role.PRINCIPAL, agency=one.agency) for one in reversed(two.brokers))
    principal = signed_in(own)
    page = principal.get("conflicts.show", case_id=case_id)
    assert "聊天记录为证" in page.main
    assert two.brokers[1].name in page.main
    principal.download("conflicts.picture", case_id=case_id, picture_id=1)
    assert "聊天记录为证" not in signed_in(rival).get("conflicts.show", case_id=case_id).main
    again = claimant.get("objections.new", registration_id=two.second.id)
    assert again.path == f"/conflicts/{case_id}"


def test_the_list_as_a_file(two: Rivals, signed_in: SignIn, store: Database, now: datetime) -> None:
    with store.transaction() as session:
        one, other = (make.person(session, Role.CHANNEL_MANAGER) for _ in range(2))
        registration = session.merge(two.first)
        cases.open_doubt(session, Actor.of(one), now, words="存疑", registration=registration, deal=None)
    text = signed_in(other).download("conflicts.download", kind="csv").get_data(as_text=True)
    assert two.brokers[0].name in text
    assert two.phone not in text


def test_two_brokers_and_one_client_to_a_split_that_each_reads_alone(
    two: Rivals, signed_in: SignIn, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        pair = Rivals(session, now, two.phone, two.pairs, two.brokers, session.merge(two.first), two.second)
        rule_profile(session, session.merge(two.first).development, "split_parts = 3")
        deal = pair.buys()
        deals.record_milestone(session, pair.manager(), now, deal, kind=MilestoneKind.SIGNED, at=now)
        manager = make.person(session, Role.CHANNEL_MANAGER)
    holder, claimant = (signed_in(broker) for broker in two.brokers)
    case_id = objects(claimant, two)
    page = signed_in(manager).get("conflicts.show", case_id=case_id)
    chosen = {"outcome": "split", "to": str(two.second.id), "reason": "双方都带看过"}
    assert "请填写对方所占比例" in page.submit(chosen | {"share": "0"}, button="作出判定", status=422).main
    unsaid = page.submit(chosen | {"share": "40", "share_3": "10"}, button="作出判定", status=422)
    assert "请同时选择还有谁分得一份，并填写比例。" in unsaid.errors
    shown = page.submit(chosen | {"share": "40"}, button="作出判定")
    figures = [cell.get_text(strip=True) for cell in shown.all("main h3 + dl dd")]
    assert figures == ["¥36,000.00", "¥21,600.00", "¥0.00", "¥14,400.00"]
    other = shown.submit({"share": "50"}, button="是，就这样判定")  # what was not shown is shown first
    assert "¥18,000.00" in other.main
    decided = other.submit({}, button="是，就这样判定")
    assert "已判定：成交由几家中介按比例分佣" in decided.main
    for broker, client, share in ((0, holder, "50%"), (1, claimant, "50%")):
        said = client.get("conflicts.show", case_id=case_id)
        assert f"已判定：您分得该成交的 {share}" in said.main
        own = client.get("deals.show", deal_id=deal.id)
        rival = two.brokers[1 - broker]
        for text in (said.main, own.main, client.get("deals.index").main):
            assert rival.name not in text
            assert two.pairs[1 - broker].agency.name not in text
        assert two.brokers[broker].name in own.main
        assert "本方所占部分" in own.main
        receipt = said.follow("查看本决定的回执")
        assert rival.name not in receipt.main
