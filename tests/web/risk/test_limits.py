"""Limits of the risk desk on their pages: tried, proposed, published by a second person; read from a text."""

from collections.abc import Callable
from datetime import datetime

from portal.db import Database
from portal.models import Person, Role
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


def test_from_a_trial_to_limits_that_hold(signed_in: SignIn, store: Database, now: datetime) -> None:
    with store.transaction() as session:
        one, other = (make.person(session, role) for role in (Role.CHANNEL_MANAGER, Role.APPROVER))
    manager = signed_in(one)
    form = manager.get("risk.index").follow("阈值").follow("提出新的阈值")
    assert form.one("[name=just_before_minutes]")["value"] == "60"
    typed = {"just_before_minutes": "30", "doubted_share": "45.5", "note": "更严一些"}
    wrong = form.submit(typed | {"velocity_weeks": "13"}, button="提交", status=422)
    assert "请输入 2 到 12 之间的整数。" in wrong.errors
    tried = form.submit(typed | {"note": ""}, button="试算")
    assert "将产生 0 条提示，原为 0 条" in tried.main
    assert "请写明理由" in tried.submit({}, button="提交", status=422).main
    proposed = tried.submit({"note": "更严一些"}, button="提交")
    assert "已提出" in proposed.main
    assert "30 分钟" in proposed.main
    number = int(proposed.path.rsplit("/", 1)[1])
    assert "待发布的风险阈值" in signed_in(other).get("home.index").main
    second = signed_in(other).get("risk_limits.show", limits_id=number)
    assert "已发布" in second.submit(button="是，发布").main
    assert "30 分钟" in manager.get("risk_limits.index").main
    text = manager.download("risk_limits.download_now").data.decode()
    assert "minutes = 30" in text
    assert "share = 4550" in text


def test_a_text_opens_the_form_and_what_is_wrong_is_said_at_it(signed_in: SignIn, store: Database) -> None:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    form = signed_in(person).get("risk_limits.new")
    read = form.submit({"toml": "[fake]\nleast = 9\n"}, button="读入表单")
    assert read.one("[name=fake_least]")["value"] == "9"
    wrong = form.submit({"toml": "[fake]\nleats = 9\n"}, button="读入表单", status=422)
    assert "fake.leats" in wrong.main
    assert "leats = 9" in wrong.main


def test_it_is_sent_back_and_taken_back(signed_in: SignIn, store: Database) -> None:
    with store.transaction() as session:
        one, other = (make.person(session, Role.CHANNEL_MANAGER) for _ in range(2))
    manager = signed_in(one)
    for number in (1, 2):
        manager.get("risk_limits.new").submit({"note": "更严一些"}, button="提交")
        assert f"第 {number} 次" in manager.get("risk_limits.show", limits_id=number).main
    back = signed_in(other).get("risk_limits.show", limits_id=1).submit({"reason": "先看一个月"}, button="退回")
    assert "先看一个月" in back.main
    assert "已撤回" in manager.get("risk_limits.show", limits_id=2).submit(button="确认撤回").main
