"""Rules for whose client it is, on their pages: read, tried, proposed, confirmed by a second person, told."""

from datetime import timedelta

import pytest

from portal.clock import local_day
from portal.models import ProposalState, Role, RuleProfile
from portal.rules.judgements.profile import Profile
from tests import factories as make
from tests.factories.papers import rule_profile

TYPED = {
    "who_wins": "first_visited", "showing_days": "3", "showing_until": "22:00", "deal_days": "20",
    "deal_from": "latest", "developer_days": "30", "after_subscription_days": "60", "note": "到访为王",
    "slots": "bookable", "split_parts": "3",
}  # fmt: skip


def value(page, name):
    """What stands in a field."""
    return page.one(f"[name={name}]")["value"]


def chinese(day):
    return f"{day.year}年{day.month}月{day.day}日"


@pytest.fixture
def world(store):
    with store.transaction() as session:
        pair = make.agreement(session)
        people = {role: make.person(session, role) for role in (Role.CHANNEL_MANAGER, Role.ADMINISTRATOR, Role.FINANCE)}
        people[Role.PRINCIPAL] = make.person(session, Role.PRINCIPAL, agency=pair.agency)
        people[Role.BROKER] = make.broker(session, agency=pair.agency)
        return pair.development, people


@pytest.fixture
def proposed(store, world, now):
    development, people = world
    with store.transaction() as session:
        return rule_profile(
            session,
            development,
            'who_wins = "first_visited"',
            starts_at=now + timedelta(days=9),
            state=ProposalState.PROPOSED,
            proposed_by=people[Role.CHANNEL_MANAGER].id,
            decided_by=None,
            decided_at=None,
        ).id


def test_from_the_rules_of_now_to_the_day_of_the_new_ones(signed_in, store, world, now):
    development, people = world
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    at = {"development_id": development.id}
    assert "谁先报备归谁" in manager.get("rule_profiles.of_development", **at).main
    form = manager.get("rule_profiles.new", **at)
    assert value(form, "showing_days") == "7"
    tomorrow = local_day(now) + timedelta(days=1)
    page = form.submit(TYPED | {"starts": tomorrow.isoformat()}, button="提交")
    assert "确认这版规则" not in page.main
    read = signed_in(people[Role.ADMINISTRATOR]).get("home.index").task("待确认的判客规则").follow(development.name)
    assert "3 天，至最后一天 22:00" in read.main
    for before, after in (("最多分成 2 份", "最多分成 3 份"),):
        assert read.main.index(before) < read.main.index(after)
    assert "已确认，并已通知" in read.submit(button=f"确认，自{chinese(tomorrow)}起").html
    for reader, page in ((Role.PRINCIPAL, "partnership.show"), (Role.BROKER, "registrations.new")):
        told = signed_in(people[reader]).get(page).main
        assert f"{chinese(tomorrow)}起执行新规则" in told
        assert told.index("谁先报备归谁") < told.index("3 天，至最后一天 22:00")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(signed_in, world, now):
    development, people = world
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    form = manager.get("rule_profiles.new", development_id=development.id)
    today = {"starts": local_day(now).isoformat()}
    page = form.submit(TYPED | today | {"deal_days": "0"}, button="提交", status=422)
    assert "到访为王" in page.main
    page = page.submit(TYPED | today, button="提交", status=422)
    assert "新规则须先告知中介公司" in page.main


def test_what_was_tried_can_be_proposed(signed_in, store, world, now):
    development, people = world
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    asked = {name: value for name, value in TYPED.items() if name not in ("note", "slots", "split_parts")}
    with store.transaction() as session:
        make.registration(session, touch=make.touch(session, development=development, at=now))
    page = manager.get("judgements.new").submit(
        asked | {"months": "3", "development": str(development.id)}, button="对比"
    )
    assert "提出这版规则" in manager.get("judgements.show", run_id=int(page.path.rsplit("/", 1)[1])).main
    form = manager.get("rule_profiles.new", development_id=development.id, **asked)
    assert (value(form, "showing_days"), value(form, "showing_until")) == ("3", "22:00")


def test_a_text_opens_the_form_and_the_rules_of_now_are_one(signed_in, world):
    development, people = world
    manager = signed_in(people[Role.CHANNEL_MANAGER])
    at = {"development_id": development.id}
    text = manager.download("rule_profiles.download_now", **at).data.decode()
    assert Profile.from_toml(text).showing_days == 7
    form = manager.get("rule_profiles.new", **at)
    read = form.submit({"toml": text.replace("showing_days = 7", "showing_days = 4")}, button="读入表单")
    assert value(read, "showing_days") == "4"
    wrong = form.submit({"toml": "showing_dyas = 4"}, button="读入表单", status=422)
    assert "“showing_dyas”这一项" in wrong.main
    assert "showing_dyas = 4" in wrong.main
    page = read.submit({"starts": "", "note": "更短"}, button="提交", status=422)  # what was read stays typed
    assert value(page, "showing_days") == "4"


def test_it_is_sent_back_with_a_reason_and_taken_back_by_its_owner(signed_in, store, world, proposed):
    _development, people = world
    second = signed_in(people[Role.ADMINISTRATOR])
    second.get("rule_profiles.show", profile_id=proposed).submit({"reason": ""}, button="退回", status=422)
    owner = signed_in(people[Role.CHANNEL_MANAGER])
    page = owner.get("rule_profiles.show", profile_id=proposed)
    page.submit(button="确认撤回")
    page.submit(button="确认撤回", status=409)
    with store.reading() as session:
        assert session.get_one(RuleProfile, proposed).state is ProposalState.WITHDRAWN
    assert "已撤回" in owner.get("rule_profiles.index").main


def test_what_a_broker_is_promised_follows_the_rules(signed_in, store, world):
    development, people = world
    with store.transaction() as session:
        rule_profile(session, development, 'who_wins = "first_visited"')
    broker = signed_in(people[Role.BROKER])
    form = broker.get("registrations.new")
    assert "到访为王：报备不排他" in form.main
    page = form.submit({"phone": "13912345678", "name": "王小明"})
    assert "谁先带客户到访，客户归谁" in page.main


def test_the_text_is_what_portal_judge_reads(signed_in, world, proposed):
    _development, people = world
    data = signed_in(people[Role.FINANCE]).download("rule_profiles.download", profile_id=proposed).data
    assert data == b'who_wins = "first_visited"'
