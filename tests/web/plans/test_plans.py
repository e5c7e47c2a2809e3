"""The plans' pages: the editor without a script, two persons, side by side, and what if."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from commissions.plan import STANDARD, Plan
from portal.models import Deal, PlanDraft, Role, WhatIfRun
from portal.services.commission import what_if
from portal.services.commission import worker as what_if_worker
from tests import factories as make
from tests.web.client import filled_in


@pytest.fixture
def world(store, now):
    """Six deals of one agency this month, and who may propose and decide."""
    with store.transaction() as session:
        people = {role: make.person(session, role) for role in (Role.CHANNEL_MANAGER, Role.FINANCE, Role.RECEPTION)}
        pair = make.agreement(session)
        for hours in range(6, 0, -1):
            make.signed_deal(session, now - timedelta(hours=hours), pair=pair, by=people[Role.FINANCE])
        return people | {
            "broker": make.broker(session, agency=pair.agency),
            "stranger": make.broker(session),
            "agency": pair.agency_id,
            "deal": session.scalar(select(func.min(Deal.id))),
        }


@pytest.fixture
def manager(world, signed_in):
    return signed_in(world[Role.CHANNEL_MANAGER])


@pytest.fixture
def finance(world, signed_in):
    return signed_in(world[Role.FINANCE])


EDITOR = "#plan-editor"


def press(page, button, data=None, **named):
    return page.submit(data, form=EDITOR, button=button, **named)


def test_a_plan_is_proposed_with_real_fields_and_published_by_another(manager, finance, store):
    page = press(manager.get("plans.new"), "增加一档")
    page = press(
        page,
        "提交",
        {
            "tiers-2-up_to": "20", "tiers-2-amount": "2.8", "tiers-2-benefit": "", "tiers-3-pays": "sum",
            "tiers-3-amount": "80000", "tiers-3-benefit": "overseas trip", "cap": "70,000", "note": "春季",
        },
    )  # fmt: skip
    assert "/plans/drafts/" in page.path
    draft_id = int(page.path.rsplit("/", 1)[1])
    with store.reading() as session:
        plan = Plan.from_toml(session.get_one(PlanDraft, draft_id).toml)
    assert [(tier.up_to, tier.rate_bps, tier.fixed_fen) for tier in plan.tiers] == [
        (5, 180, None), (10, 250, None), (20, 280, None), (None, None, 80_000_00),
    ]  # fmt: skip
    assert plan.cap_fen == 70_000_00
    assert not page.all("form[action$=publish]"), "nobody publishes his own"
    published = finance.get("drafts.show", draft_id=draft_id).submit(form="form[action$=publish]")
    assert published.path.startswith("/plans/")
    assert "标准方案" in published.h1
    text = manager.download("plans.download", version_id=int(published.path.split("/")[-1])).text
    assert "rate_bps = 280" in text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"tiers-1-up_to": "3"}, "tiers-1-up_to"),
        ({"tiers-1-up_to": "many"}, "tiers-1-up_to"),
        ({"tiers-0-up_to": ""}, "tiers-0-up_to"),
        ({"tiers-2-up_to": "99"}, "tiers-2-up_to"),
        ({"tiers-0-amount": "1.234"}, "tiers-0-amount"),
        ({"tiers-0-amount": ""}, "tiers-0-amount"),
        ({"tiers-0-amount": "101"}, "tiers-0-amount"),
        ({"instalments-0-share": "90"}, "instalments-0-share"),
        ({"instalments-0-share": ""}, "instalments-0-share"),
        ({"cap": "0"}, "cap"),
        ({"name": ""}, "name"),
        ({"effective_from": "2020-01-01T00:00"}, "effective_from"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(manager, typed, field):
    kept = {"note": "春季活动", "fine": "5000"}
    page = press(manager.get("plans.new"), "提交", typed | kept, status=422)
    assert page.one(f"#{field}-error")
    for name, value in (typed | kept).items():
        control = page.one(f'[name="{name}"]')
        assert (control.get("value") or control.get_text().strip()) == value or value == ""


def test_rows_come_and_go_without_a_script(manager):
    page = press(manager.get("plans.new"), "增加一期", {"tiers-0-amount": "1.9"})
    assert len(page.all(".part-row")) == 2
    page = page.submit({}, form=EDITOR, button="增加一档")
    assert len(page.all('select[name$="-pays"]')) == 4
    removing = page.one("#button-remove-tiers-1")
    page = manager.send("POST", page.address, _with(page, removing))
    assert [one["value"] for one in page.all('input[name$="-up_to"]')] == ["5", "", ""]
    assert page.one("[name=tiers-0-amount]")["value"] == "1.9"


def _with(page, button):
    fields = filled_in(page.one(EDITOR), {})
    fields.add(button["name"], button["value"])
    return fields


def test_the_picture_follows_what_is_typed(manager):
    page = manager.get("plans.new")
    assert len(page.all("#plan-picture .ladder li")) == 3
    shown = press(page, "刷新图示", {"mode": "volume"})
    assert "300,000" in " ".join(shown.texts("#plan-picture"))


def test_a_text_is_read_in(manager):
    page = manager.get("plans.new")
    read = page.submit({"toml": STANDARD.replace("graduated", "volume")}, form=EDITOR, button="读入")
    assert read.one("[name=mode] option[selected]")["value"] == "volume"
    broken = STANDARD.replace("up_to = 10", "up_to = 3")
    again = page.submit({"toml": broken}, form=EDITOR, button="读入", status=422)
    assert "tiers[2].up_to" in again.one("#toml-error").get_text()
    file = (io.BytesIO(STANDARD.replace("180", "200").encode()), "plan.toml")
    assert page.submit({"file": file}, form=EDITOR, button="读入").one("[name=tiers-0-amount]")["value"] == "2"
    page.submit({"file": (io.BytesIO(b"\xff\xfe\xff"), "plan.toml")}, form=EDITOR, button="读入", status=422)


def test_digits_of_a_chinese_keyboard_are_read_and_too_much_is_called_so(manager):
    page = press(manager.get("plans.new"), "提交", {"tiers-0-amount": "１０１", "fine": "５，０００"}, status=422)
    assert "最多 100%" in page.one("#tiers-0-amount-error").get_text()
    assert not page.all("#fine-error")


def test_a_ladder_that_falls_is_asked_about_and_a_dead_draft_is_not_tried(manager, finance):
    page = press(manager.get("plans.new"), "提交", {"tiers-0-amount": "３", "tiers-1-amount": "0"})
    assert "第 2 档不付佣金" in finance.get(page.path).one(".banner").get_text()
    key = f"d{page.path.rsplit('/', 1)[1]}"
    assert finance.get("what_if.new").all(f"option[value={key}]")
    page.submit(form="form[action$=withdraw]")
    assert not finance.get("what_if.new").all(f"option[value={key}]")


def test_sent_back_with_a_reason_and_proposed_again(manager, finance):
    page = press(manager.get("plans.new"), "提交")
    back = finance.get(page.path).submit({"reason": "太贵"}, form="form[action$=refuse]")
    assert "太贵" in back.main
    again = press(manager.get(page.path).follow("由此草案再拟"), "提交")
    assert "太贵" in again.main, "the history says why"
    assert len(manager.get("drafts.index", state="refused").all("tbody tr")) == 1
    gone = again.submit(form="form[action$=withdraw]")
    assert not gone.all("form[action$=withdraw]")


def test_two_plans_side_by_side(manager, world, signed_in):
    page = press(manager.get("plans.new"), "提交", {"mode": "volume", "tiers-0-amount": "2"})
    number = page.path.rsplit("/", 1)[1]
    compared = manager.get("plans.compare", left="v1", right=f"d{number}")
    differing = compared.texts("tr.differs")
    assert len(differing) == 5  # in force from, mode, step 1, and the two examples
    assert len(compared.all(".ladder")) == 2
    broker = signed_in(world["broker"]).get("plans.compare", left="v1", right=f"d{number}")
    assert not broker.all("tr.differs"), "a broker sees no draft"


def test_the_newest_stand_side_by_side_without_being_asked_for(manager, finance, world, signed_in):
    alone = manager.get("plans.compare")
    assert alone.one(".empty a")["href"] == "/plans/new"
    assert not signed_in(world["broker"]).get("plans.compare").all(".empty a"), "who may not propose is not led there"
    number = press(manager.get("plans.new"), "提交", {"tiers-0-amount": "2"}).path.rsplit("/", 1)[1]
    with_draft = manager.get("plans.compare")
    assert with_draft.one("#filter-right option[selected]")["value"] == f"d{number}"
    finance.get("drafts.show", draft_id=number).submit(form="form[action$=publish]")
    compared = manager.get("plans.compare")
    assert [one["value"] for one in compared.all(".filters option[selected]")] == ["v1", "v2"]
    assert "2%" in " ".join(compared.texts("tr.differs"))
    assert manager.get("plans.compare", left="", right="").all(".empty")


def test_publishing_is_what_a_drafts_page_is_for(manager, finance):
    draft = finance.get(press(manager.get("plans.new"), "提交").path)
    assert draft.texts("main summary.btn-primary") == ["发布此方案"]
    assert "btn-primary" not in draft.one("form[action$=refuse] button")["class"]


def test_what_if_a_draft_were_in_force(manager, finance):
    draft = press(manager.get("plans.new"), "提交", {"mode": "volume"})
    page = manager.get(draft.path).follow("用历史成交试算").submit()
    assert "70,000.00" in page.main
    agency = manager.get(page.one("table.list a")["href"])
    assert len(agency.all("tbody tr")) == 5
    csv_address, deals_address = (one["href"] for one in page.all(".exports a") if "csv" in one["href"])
    rows = list(csv.reader(io.StringIO(manager.download(csv_address).text.lstrip("\ufeff"))))
    assert rows[2][3:6] == ["230000.00", "300000.00", "70000.00"]
    assert len(list(csv.reader(io.StringIO(manager.download(deals_address).text)))) == 2 + 5
    assert finance.get("what_if.index").all("tbody tr")


def test_what_if_a_deal_were_cancelled(finance, world):
    page = finance.get("deals.cancel", deal_id=world["deal"]).submit(form="form[action$=what-if]")
    assert "−¥50,000.00" in page.main.replace("\u2060", "")
    assert finance.get("what_if.show", run_id=1, q="nobody").all(".empty")


def test_a_large_one_shows_its_progress_and_is_left_to_the_worker(manager, store, app, now, monkeypatch):
    monkeypatch.setattr(what_if, "AT_ONCE", 0)
    page = manager.get("what_if.new", tried="v1").submit()
    assert page.one("#progress progress")
    with store.reading() as session:
        run_id = session.scalars(select(WhatIfRun.id)).one()
    what_if_worker.run_due(app.extensions["database"], now)
    assert not manager.get("what_if.show", run_id=run_id).all("#progress progress")


def test_an_empty_question_is_refused_at_its_field(manager):
    page = manager.get("what_if.new", tried="v1").submit({"since": "2020-01-01", "until": "2020-01-02"}, status=422)
    assert page.one("#since-error")
    page.submit({"since": "2026-01-02", "until": "2025-01-01"}, status=422)


def test_partners_read_their_own_plan(world, signed_in):
    broker = signed_in(world["broker"])
    page = broker.get("plans.index")
    assert broker.get(page.one("table a")["href"]).one(".ladder")
    assert "标准方案" not in signed_in(world["stranger"]).get("plans.index").html
