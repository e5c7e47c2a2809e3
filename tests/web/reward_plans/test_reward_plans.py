"""The pages of reward plans: the editor without a script, as a form and as a text, and the second person."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import Development, Person, RewardPlanDraft, RewardPlanVersion, Role
from portal.services.rewards import rewards
from referral.rewards.reward_plan import HOMEOWNER_LADDER, PROGRAMME, Event, Gift, Item, Kind, RewardPlan, Stacking
from referral.rewards.reward_toml import plan_from_toml, plan_to_toml
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient, filled_in

EDITOR = "#plan-editor"


@pytest.fixture
def people(store: Database, clock: MovableClock) -> dict[Role, Person]:
    """Who proposes, who publishes, and a homeowner's friend who signed."""
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        owner = make.referrer(session, development=make.development(session, name="云栖里"))
        at = clock() - timedelta(days=40)
        rewards.settle_rewards(session, SYSTEM, at, make.referred_deal(session, owner, at))
        return {role: make.person(session, role) for role in (Role.CHANNEL_MANAGER, Role.FINANCE)}


@pytest.fixture
def manager(people: dict[Role, Person], signed_in: Callable[[Person], PageClient]) -> PageClient:
    return signed_in(people[Role.CHANNEL_MANAGER])


@pytest.fixture
def finance(people: dict[Role, Person], signed_in: Callable[[Person], PageClient]) -> PageClient:
    return signed_in(people[Role.FINANCE])


def press(page: Page, action: str, data: Mapping[str, str] | None = None, *, status: int = 200) -> Page:
    """Fill in the editor and press the button that sends `action`: some words stand on several."""
    fields = filled_in(page.one(EDITOR), data or {})
    fields.add("action", str(page.one(f'button[value="{action}"]:not([tabindex])')["value"]))
    return page.client.send("POST", page.address, fields, status=status)


def proposed(page: Page, store: Database) -> RewardPlan:
    """The plan of the draft whose page this is."""
    with store.reading() as session:
        return plan_from_toml(session.get_one(RewardPlanDraft, number(page)).toml)


def number(page: Page) -> int:
    return int(page.path.rsplit("/", 1)[1])


def test_a_plan_is_changed_by_its_fields_tried_and_published_by_another(
    manager: PageClient, finance: PageClient, store: Database
) -> None:
    page = press(manager.get("reward_plans.new"), "add-rungs-1-items", {"rungs-1-items-0-size": "12,000"})
    page = press(
        page,
        "propose",
        {
            "rungs-0-items-0-size": "24", "rungs-1-items-1-kind": "cash", "rungs-1-items-1-size": "500.50",
            "rungs-1-items-1-own_title": "乔迁红包", "stacking": "all_rungs", "most_friends": "9", "most_cash": "60000",
            "voucher_days": "90", "note": "秋季",
        },
    )  # fmt: skip
    plan = proposed(page, store)
    assert [(one.kind, one.title, one.value_fen) for one in plan.rungs[1].items] == [
        (Kind.VOUCHER, "appliance_voucher", 12_000_00),
        (Kind.CASH, "乔迁红包", 500_50),
    ]
    assert (plan.stacking, plan.most_friends, plan.most_cash_fen, plan.voucher_days) == (
        Stacking.ALL_RUNGS, 9, 60_000_00, 90,
    )  # fmt: skip
    assert not page.all("form[action$=publish]"), "nobody publishes his own"
    days = {"since": "2026-01-01", "until": "2026-12-31"}
    assert manager.get("reward_plans.what_if", tried=f"d{number(page)}", **days).all("table, .table")
    file = manager.download("reward_plans.what_if_file", kind="csv", tried=f"d{number(page)}", **days)
    assert any("云栖里" in row for row in csv.reader(io.StringIO(file.text)))
    draft = finance.get("reward_drafts.show", draft_id=number(page))
    assert draft.texts("main .btn-primary")[0] == "发布此方案", "publishing is what the page is for"
    assert "btn-primary" not in draft.one("form[action$=refuse] button")["class"]
    draft.submit(form="form[action$=publish]")
    with store.reading() as session:
        newest = select(RewardPlanVersion).where(RewardPlanVersion.audience == "homeowner")
        version = session.scalars(newest.order_by(RewardPlanVersion.version.desc()).limit(1)).one()
        assert (version.version, plan_from_toml(version.toml)) == (2, plan)


def test_a_plan_of_one_development_is_offered_there(
    manager: PageClient, finance: PageClient, store: Database, clock: MovableClock
) -> None:
    day = clock() + timedelta(days=30)
    with store.transaction() as session:
        place = session.scalars(select(Development.id).where(Development.name == "云栖里")).one()
        make.development(session, name="湖畔")
    told = {"development": str(place), "offered_until": f"{day:%Y-%m-%d}", "note": "第二批开盘"}
    page = press(manager.get("reward_plans.new"), "text", told)
    assert page.one("#development option[selected]")["value"] == str(place), "it goes along into the other tab"
    draft = press(page, "propose")
    assert "云栖里" in draft.h1
    finance.get("reward_drafts.show", draft_id=number(draft)).submit(form="form[action$=publish]")
    with store.reading() as session:
        version = session.scalars(select(RewardPlanVersion).order_by(RewardPlanVersion.id.desc()).limit(1)).one()
        assert (version.development_id, f"{version.offered_until:%Y-%m-%d}") == (place, told["offered_until"])
    shown = finance.get("reward_plans.show", version_id=version.id)
    assert "还没有人改用" in shown.main
    assert "云栖里" in finance.get("reward_plans.index").main
    file = finance.download("reward_plans.download", version_id=version.id)
    assert file.text.startswith("# 适用：")
    assert plan_from_toml(file.text) == plan_from_toml(version.toml)
    again = press(manager.get("reward_plans.new"), "propose", {"offered_until": "2026-01-01"}, status=422)
    assert again.one("#offered_until")["value"] == "2026-01-01"


FAULTS: list[tuple[dict[str, str], str]] = [
    ({"name": ""}, "name"),
    ({"audience": "programme"}, "audience"),
    ({"rungs-0-delay_days": "soon"}, "rungs-0-delay_days"),
    ({"rungs-0-delay_days": ""}, "rungs-0-delay_days"),
    ({"rungs-0-delay_days": "3651"}, "rungs-0-delay_days"),
    ({"rungs-1-items-0-size": ""}, "rungs-1-items-0-size"),
    ({"rungs-1-items-0-size": "0"}, "rungs-1-items-0-size"),
    ({"rungs-1-items-0-size": "-5"}, "rungs-1-items-0-size"),
    ({"rungs-1-items-0-size": "10,00"}, "rungs-1-items-0-size"),
    ({"rungs-1-items-0-size": "10000000"}, "rungs-1-items-0-size"),
    ({"rungs-0-items-0-size": "1.5"}, "rungs-0-items-0-size"),
    ({"rungs-0-items-0-size": "0"}, "rungs-0-items-0-size"),
    ({"rungs-1-items-0-title": ""}, "rungs-1-items-0-own_title"),
    ({"rungs-1-items-0-own_title": "two"}, "rungs-1-items-0-own_title"),
    ({"rungs-1-items-0-title": "", "rungs-1-items-0-own_title": "长" * 41}, "rungs-1-items-0-own_title"),
    ({"rungs-1-items-0-title": "", "rungs-1-items-0-own_title": "a\tb"}, "rungs-1-items-0-own_title"),
    ({"most_friends": "0"}, "most_friends"),
    ({"most_friends": "many"}, "most_friends"),
    ({"most_cash": "0"}, "most_cash"),
    ({"most_cash": "1.234"}, "most_cash"),
    ({"most_cash": "10000000"}, "most_cash"),
    ({"voucher_days": ""}, "voucher_days"),
    ({"voucher_days": "0"}, "voucher_days"),
    ({"voucher_days": "3651"}, "voucher_days"),
    ({"effective_from": ""}, "effective_from"),
    ({"effective_from": "2020-01-01T00:00"}, "effective_from"),
    ({"gifts-0-valid_days": "0"}, "gifts-0-valid_days"),
    ({"gifts-0-most": "0"}, "gifts-0-most"),
    ({"gifts-1-items-0-size": "x"}, "gifts-1-items-0-size"),
    ({"gifts-1-event": "scan"}, "gifts-1-event"),
]
"""What was typed, and the field that says what is wrong with it."""


def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(manager: PageClient) -> None:
    empty = press(press(manager.get("reward_plans.new"), "add-gifts"), "add-gifts")
    gifts = {
        f"gifts-{row}-items-0-{part}": said for row in (0, 1) for part, said in (("own_title", "杯"), ("size", "9"))
    }
    kept = {"note": "秋季活动", "rungs-2-items-0-size": "18", "gifts-1-event": "visit", **gifts}
    for typed, field in FAULTS:
        page = press(empty, "propose", kept | typed, status=422)
        assert {one["id"] for one in page.all(".field-error")} == {f"{field}-error"}, typed
        assert page.all(f'.error-summary a[href="#{field}"]'), typed
        for name, value in (kept | typed).items():
            control = page.one(f'[name="{name}"]')
            chosen = [str(one["value"]) for one in control.select("option[selected]")]
            assert value in [str(control.get("value", "")), control.get_text().strip(), *chosen] or value == "", typed


def test_all_faults_are_told_at_once(manager: PageClient) -> None:
    typed = {"rungs-0-delay_days": "x", "rungs-1-items-0-size": "x", "most_cash": "x", "voucher_days": "x", "name": ""}
    assert len(press(manager.get("reward_plans.new"), "propose", typed, status=422).errors) == len(typed)


def test_a_ladder_without_steps_is_refused_above_the_form(manager: PageClient) -> None:
    page = manager.get("reward_plans.new")
    for _ in HOMEOWNER_LADDER.rungs:
        page = press(page, "remove-rungs-0")
    assert "没有任何一级" in press(page, "propose", status=422).one(".error-summary").get_text()


def test_rows_come_go_and_move_without_a_script(manager: PageClient) -> None:
    page = press(manager.get("reward_plans.new"), "up-rungs-1", {"rungs-1-items-0-size": "many"})
    assert page.one("[name=rungs-0-items-0-size]")["value"] == "many"
    assert not page.all("#plan-picture .ladder"), "what cannot be read has no picture"
    page = press(page, "remove-rungs-0")
    assert [one["value"] for one in page.all('[name$="-size"]')] == ["12", "24"]
    assert len(page.all("#plan-picture .ladder li")) == 2
    page = press(page, "add-rungs")
    assert page.all('[name="rungs-2-items-0-size"]')


def test_the_picture_follows_what_is_typed(manager: PageClient) -> None:
    page = manager.get("reward_plans.new")
    assert "10,000.00" in " ".join(page.texts("#plan-picture"))
    shown = press(page, "preview", {"rungs-1-items-0-size": "8800"})
    assert "8,800.00" in " ".join(shown.texts("#plan-picture"))
    assert not shown.errors


def test_what_is_typed_is_tried_on_history_before_it_is_proposed(manager: PageClient, store: Database) -> None:
    page = press(manager.get("reward_plans.new"), "try", {"rungs-0-items-0-size": "36"})
    assert "3 年" in page.one("#plan-picture .tried").get_text()
    assert page.one("[name=rungs-0-items-0-size]")["value"] == "36"
    press(page, "try", {"rungs-0-items-0-size": ""}, status=422)
    with store.reading() as session:
        assert session.scalar(select(RewardPlanDraft.id)) is None


def test_a_form_becomes_a_text_and_a_form_again(manager: PageClient, store: Database) -> None:
    typed = {"rungs-1-items-0-size": "8800", "note": "八折", "effective_from": "2026-05-01T09:30"}
    text = press(manager.get("reward_plans.new"), "text", typed)
    assert "value_fen = 880000" in text.one("#toml").get_text()
    assert text.one("#note").get_text().strip() == "八折"
    for_a_number = Gift(Event.LEAD, (Item(Kind.GIFT, "stand_gift", value_fen=1_000),), most=50)
    whole = replace(PROGRAMME, gifts=(*PROGRAMME.gifts, for_a_number))
    form = press(text, "form", {"toml": plan_to_toml(whole)})
    assert form.one("[name=effective_from]")["value"] == "2026-05-01T09:30"
    assert proposed(press(form, "propose"), store) == whole
    assert [gift.event for gift in whole.gifts] == list(Event)


def test_neither_tab_is_left_with_what_does_not_hold(manager: PageClient) -> None:
    page = manager.get("reward_plans.new")
    assert press(page, "text", {"rungs-0-delay_days": "x"}, status=422).one("#rungs-0-delay_days-error")
    text = press(page, "text")
    broken = str(text.one("#toml").get_text()).replace("delay_days = 30", "delay = 30")
    refused = press(text, "form", {"toml": broken}, status=422)
    assert any("delay" in error and "rung 1" in error for error in refused.errors)
    assert "delay = 30" in refused.one("#toml").get_text()


def test_a_text_is_proposed_as_it_is(manager: PageClient, store: Database) -> None:
    text = press(manager.get("reward_plans.new"), "text")
    page = press(text, "propose", {"toml": text.one("#toml").get_text().replace("term_months = 12", "term_months = 6")})
    assert proposed(page, store).rungs[0].items[0].term_months == 6


def test_sent_back_with_a_reason_and_proposed_again(manager: PageClient, finance: PageClient) -> None:
    draft = press(manager.get("reward_plans.new"), "propose", {"name": "阶梯二"})
    finance.get(draft.path).submit({"reason": "太贵"}, form="form[action$=refuse]")
    again = manager.get(draft.path).follow("由此草案再拟")
    assert "太贵" in again.main
    assert again.one("[name=name]")["value"] == "阶梯二"
    page = manager.get(press(again, "propose").path).follow("由此草案再拟")
    assert "已有一份面向同类推荐人的草案待处理" in page.main
