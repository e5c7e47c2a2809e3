"""Care plans on their pages: read, written by form and text, tried on clients, published by a second person."""

from datetime import timedelta

import pytest

from portal.clock import local_day
from portal.models import CarePlan, ProposalState, Role
from portal.rules.care.plan_toml import given_text, plan_from_toml
from tests import care_world
from tests import factories as make
from tests.web.client import filled_in

ONE_DAY = timedelta(days=1)


@pytest.fixture
def people(store):
    with store.transaction() as session:
        roles = (Role.CHANNEL_MANAGER, Role.ADMINISTRATOR, Role.CONSULTANT)
        return {role: make.person(session, role) for role in roles}


@pytest.fixture
def client(store, people, now):
    """A client who has not visited, in a consultant's care for eight days: all three ways are due."""
    with store.transaction() as session:
        return care_world.care_file(session, name="王小明", carer=people[Role.CONSULTANT], at=now - 8 * ONE_DAY).id


def test_from_the_handbooks_plan_to_one_that_begins_tomorrow(signed_in, store, people, client, now):
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    assert "手册计划" in manager.get("care_plans.index").main
    assert "每 3 天一次" in manager.get("care_plans.given").main
    form = manager.get("care_plans.new")
    tried = press(form, "try", {"name": "新计划", "cadences-0-every": "2 天"})
    assert "共 1 位客户：3 条待跟进，原为 3 条" in tried.main
    row = [step.code for step in plan_from_toml(given_text()).steps].index("comparison")
    fewer = press(tried, f"remove-steps-{row}")
    assert "2 条待跟进，原为 3 条" in press(fewer, "try").main
    page = press(fewer, "propose", {"note": ""}, status=422)
    assert page.one("[name=name]")["value"] == "新计划"
    page = press(page, "propose", {"note": "短信太多"})
    assert "与周边楼盘的对比" in page.main
    with store.reading() as session:
        (made,) = session.query(CarePlan)
        plan = plan_from_toml(made.toml)
        assert str(plan.cadences[0].every) == "2 days"
        assert not any(step.code == "comparison" for step in plan.steps)
    tried = signed_in(people[Role.CHANNEL_MANAGER]).get("care_plans.try_out", plan_id=made.id).main
    assert "王小明" in tried
    assert "待另一人查看后发布" in signed_in(people[Role.CHANNEL_MANAGER]).get("care_plans.index").html
    second = signed_in(people[Role.ADMINISTRATOR])
    assert "王小明" not in second.get("care_plans.try_out", plan_id=made.id).main
    page = second.get("home.index").task("待发布的跟进计划").follow("没有单独计划的全部楼盘：查看后发布或退回")
    assert "已发布" in page.submit(button=f"确认，自{_chinese(local_day(now) + ONE_DAY)}起").html


def press(page, action, data=None, *, status=200):
    """Fill in the editor and press the button that sends `action`."""
    fields = filled_in(page.one("#plan-editor"), data or {})
    fields.add("action", action)
    assert page.all(f'button[value="{action}"]')
    return page.client.send("POST", page.address, fields, status=status)


def _chinese(day):
    return f"{day.year}年{day.month}月{day.day}日"


def test_a_plan_as_text_is_read_and_what_is_wrong_stands_at_its_field(signed_in, people):
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = press(manager.get("care_plans.new"), "propose", {"steps-0-span": "", "steps-0-when": "every"}, status=422)
    assert "如 3 天、1-2 周或 1 个月" in page.main
    page = press(manager.get("care_plans.new"), "text", {"note": "试"})
    assert 'step = "virtual_tour"' in page.one("[name=toml]").text
    page = press(page, "propose", {"toml": 'name = "x"\nclock = "22:00"', "note": "试"}, status=422)
    assert 'clock = "22:00"' in page.one("[name=toml]").text
    assert "clock" in page.main
    press(page, "propose", {"toml": 'name = "x"', "note": "试"})


def test_a_plan_of_a_development_is_given_up_again(signed_in, store, people, client, now):
    with store.transaction() as session:
        development = session.get_one(care_world.CareFile, client).development
        care_world.care_plan(session, 'name = "自己的"', development_id=development.id)
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = manager.get("care_plans.index").follow("恢复使用通用计划")
    page = page.submit({"note": "不再需要"})
    page.submit(button="确认撤回")
    with store.reading() as session:
        assert session.query(CarePlan).filter(CarePlan.toml == "").one().state is ProposalState.WITHDRAWN


def test_the_texts_of_plans_are_files_and_two_are_compared(signed_in, store, people):
    with store.transaction() as session:
        row = care_world.care_plan(session, 'name = "少一些"').id
    consultant = signed_in(people[Role.CONSULTANT])
    assert consultant.download("care_plans.download", plan_id=row).data == 'name = "少一些"'.encode()
    assert b"virtual_tour" in consultant.download("care_plans.given_file").data
    assert "发线上看房" in consultant.get("care_plans.compare", left="given", right=row).main
    assert "请选择今天或之后的日期" in consultant.get("care_plans.try_out", plan_id=row, day="2020-01-01").main


def test_who_differs_is_a_file(signed_in, store, people, client):
    with store.transaction() as session:
        row = care_world.care_plan(session, 'name = "什么都不做"', **care_world.PROPOSED).id
    data = signed_in(people[Role.CHANNEL_MANAGER]).download("care_plans.try_out_file", plan_id=row, kind="csv").data
    assert "王小明" in data.decode("utf-8-sig")
    with store.transaction() as session:
        colleague = make.person(session, Role.CONSULTANT)
    page = signed_in(colleague).get("care_plans.try_out", plan_id=row).main
    assert "1 位客户的待跟进有变化" in page
    assert "王小明" not in page, "another's client is counted and not named"
