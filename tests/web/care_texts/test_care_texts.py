"""Texts to clients on their pages: found, previewed with a client, written, reviewed, retired; and the lists kept."""

import pytest

from portal.models import CareFile, Role
from tests import care_world
from tests import factories as make

WRITTEN = {"code": "autumn", "use": "step:virtual_tour", "channel": "wechat", "note": "换季"}


@pytest.fixture
def people(store):
    with store.transaction() as session:
        roles = (Role.CHANNEL_MANAGER, Role.ADMINISTRATOR)
        found = {role: make.person(session, role) for role in roles}
        found[Role.CONSULTANT] = care_world.consultant(session, name="林晓")
        care_world.care_file(session, name="王小明", carer=found[Role.CONSULTANT])
        return found


def test_a_text_is_found_and_reads_for_a_real_client(signed_in, store, people):
    consultant = signed_in(people[Role.CONSULTANT])
    page = consultant.get("care_texts.index", stage="not_visited", channel="wechat")
    assert "发线上看房" in page.main
    assert "发签约流程短片" not in page.main
    assert "没有符合条件的话术" in consultant.get("care_texts.index", q="没有这样的话").main
    page = page.follow("发线上看房，讲三个亮点")
    assert "王小明，您好，我是" in page.main
    assert "〔链接〕" in page.main
    with store.reading() as session:
        place = session.query(CareFile).one().development_id
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = manager.get("kept_lists.index", of="link")
    page = page.submit({"development": str(place), "address": "ftp://x"}, button="保存链接", status=422)
    page.submit({"development": str(place), "address": "https://tour.example/a"}, button="保存链接")
    assert "https://tour.example/a" in consultant.get("care_texts.show", code="virtual_tour").main
    consultant.get("care_texts.show", code="nobody_wrote_it", status=404)


def test_one_writes_and_another_reviews(signed_in, people):
    consultant = signed_in(people[Role.CONSULTANT])
    form = consultant.get("care_texts.new")
    page = form.submit(WRITTEN | {"zh": "{姓名}，您好"}, button="提交", status=422)
    assert "没有 {姓名} 这个变量" in page.main
    page = page.submit(WRITTEN | {"zh": "尊敬的客户，隔壁烂尾了"}, button="提交")
    for said in ("请加上称呼或户型", "不要用“尊敬的客户”", "可能贬低竞品：烂尾"):
        assert said in page.main
    assert "通过这条话术" not in page.main
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    read = manager.get("home.index").task("待审核的话术").follow("发线上看房，讲三个亮点")
    read.submit({"reason": "请用称呼"}, button="退回")
    page = consultant.get("care_texts.new").submit(WRITTEN | {"zh": "{称呼}，秋天到了"}, button="提交")
    page.submit(button="确认撤回")
    page = consultant.get("care_texts.new").submit(WRITTEN | {"zh": "{称呼}，天凉了"}, button="提交")
    signed_in(people[Role.ADMINISTRATOR]).get(page.path).submit(button="通过并启用")
    assert "王小明，天凉了" in consultant.get("care_texts.show", code="autumn").main


def test_a_text_is_retired_at_once_by_one_alone(signed_in, people):
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = manager.get("care_texts.show", code="silent_text")
    page = page.submit({"reason": ""}, button="停用这条话术", status=422)
    page = page.submit({"reason": "活动已结束"}, button="停用这条话术")
    assert "活动已结束" in page.main
    assert "激活沉默客户：短信" in manager.get("care_texts.index", state="retired").main


def test_a_preview_follows_what_is_typed(signed_in, people):
    form = signed_in(people[Role.CONSULTANT]).get("care_texts.new", code="keep_in_touch_text")
    page = form.submit({"zh": "{称呼}，" + "好" * 140 + "退订回T"}, button="预览含义")
    assert "将拆成 3 条短信计费" in page.main


def test_the_lists_are_data(signed_in, people):
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    page = manager.get("kept_lists.index").submit({"words": "鬼城\n" + "长" * 40}, button="保存词表", status=422)
    page = page.submit({"words": "鬼城\n\n鬼城\n"}, button="保存词表")
    assert page.one("[name=words]").text.strip() == "鬼城"
    page = page.follow("手册占比").submit({"price": "50"}, button="保存占比", status=422)
    assert "应为 100" in page.main
    page = page.submit({"price": "26", "other": "12"}, button="保存占比")
    assert page.one("[name=price]")["value"] == "26"
