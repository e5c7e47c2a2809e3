"""What a second friend brings is changed by finance in a form, tried on history, and published by somebody else."""

from datetime import timedelta

import pytest

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import Role
from portal.services.rewards import rewards
from tests import factories as make
from tests.browser.office import Office, staff_office
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

NOTE = "家电券提高到一万二。"
BEFORE, AFTER = "¥10,000.00", "¥12,000.00"
SECOND = "#rungs-1-items-0-size"


@pytest.fixture
def signed(store: Database, clock: MovableClock) -> None:
    """A homeowner whose two friends have signed this year."""
    with store.transaction() as session:
        staff_office(session)
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        owner = make.referrer(session)
        for days in (40, 20):
            at = clock() - timedelta(days=days)
            rewards.settle_rewards(session, SYSTEM, at, make.referred_deal(session, owner, at))


@pytest.mark.night
@pytest.mark.parametrize("locale", [CHINESE, ENGLISH])
def test_a_reward_plan_is_changed_by_its_form_and_takes_two(windows: Windows, signed: None, locale: str) -> None:
    windows.allow("htmx:(sendAbort|afterRequest)")  # a picture that is not wanted any more, since one typed on
    office = Office(windows, f"reward-plan-{locale[:2]}", locale)
    finance = office.at_desk(Role.FINANCE)
    changes_the_second_step(finance)
    tries_it(finance)
    proposes(finance)
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    publishes(manager)
    finance.page.reload()
    finance.reads("Published as version %(version)s", version=2)


def changes_the_second_step(finance: Someone) -> None:
    """The picture follows what is typed; what cannot be read is said at its field and stays."""
    finance.goes_to("Reward plans")
    finance.follows("%(name)s, version %(version)s", name=finance.words("Homeowner"), version=1)
    finance.follows("Next version from this one")
    finance.sees(BEFORE)
    finance.page.wait_for_load_state()  # a field that is filled before the scripts are there tells nobody
    finance.page.fill(SECOND, "twelve")
    finance.reads("The picture comes as soon as every field holds.")
    finance.presses("Propose")
    finance.reads("Enter an amount in yuan above zero, such as 10000.")
    finance.looks("1-mistake")
    finance.page.wait_for_load_state()
    finance.page.fill(SECOND, "12000")
    finance.sees(AFTER)
    finance.fills("Note", NOTE)
    finance.looks("2-mended")


def tries_it(finance: Someone) -> None:
    finance.presses("Try it on history")
    finance.reads("With the signings of the last twelve months")
    finance.reads("As it is: %(sum)s", sum=BEFORE)
    finance.looks("3-tried")


def proposes(finance: Someone) -> None:
    finance.presses("As text (TOML)")
    finance.reads("Text of the plan")
    assert "value_fen = 1200000" in finance.field("Text of the plan").input_value()
    finance.presses("As a form")
    finance.presses("Propose")
    finance.reads("You proposed it, so another person publishes it or sends it back.")
    finance.sees(NOTE)
    finance.looks("4-proposed")


def publishes(manager: Someone) -> None:
    manager.goes_to("Reward plans")
    manager.follows("Read it, then publish it or send it back")
    manager.sees(AFTER)
    manager.follows("Try it on history")
    manager.presses("Compare")
    manager.sees(AFTER)
    manager.looks("1-what-if")
    manager.page.go_back()
    manager.page.go_back()
    manager.opens("Publish this plan")
    manager.looks("2-publishes")
    manager.presses("Yes, publish")
    manager.reads("Version %(version)s is published. Who joins from its day on is promised it.", version=2)
    manager.sees(AFTER)
