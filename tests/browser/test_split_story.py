"""Two brokers and one client: an objection behind the signing, a split that is decided, and a statement for each."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import MilestoneKind, Person, Registration, Role
from portal.services.deals import deals
from portal.services.registrations.registrations import register_client
from portal.services.statements import issuing
from tests import factories as make
from tests.browser.office import AGENCY, NAMES, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

PHONE, CLIENT, UNIT = "13912345678", "贺明远", "8-1204"
RIVAL, RIVALS, RIVALS_PHONE, OWNERS_PHONE = "城西置业", "宋立诚", "13800001701", "13800001702"
WORDS = "贺先生第一次来是我陪同的，带看照片和来电记录都在。"


@dataclass
class World:
    office: Office
    agencies: tuple[int, int]
    refused: int


@pytest.fixture
def world(store: Database, windows: Windows, clock: MovableClock) -> World:
    """The first broker registered the client, the second was refused; the deal is the first one's, and signed."""
    with store.transaction() as session:
        staff = staff_office(session)
        first = staff[Role.BROKER]
        rival = make.agency(session, name=RIVAL)
        second = make.broker(session, agency=rival, name=RIVALS, phone=RIVALS_PHONE)
        make.person(session, Role.PRINCIPAL, agency=rival, phone=OWNERS_PHONE)
        place = make.agreement(session, agency=first.agency).development
        make.agreement(session, agency=rival, development=place)
        refused = [_registered(session, broker, place.id, clock) for broker in (first, second)][1]
        manager, at = Actor.of(staff[Role.FINANCE]), clock()
        sale = deals.Subscription(place.id, PHONE, CLIENT, UNIT, 2_000_000_00, at)
        deal = deals.open_deal(session, manager, at, sale)
        deals.record_milestone(session, manager, at, deal, kind=MilestoneKind.SIGNED, at=at)
        return World(Office(windows, "split"), (first.agency_id or 0, rival.id), refused.id)


def _registered(session, broker: Person, place: int, clock: MovableClock) -> Registration:
    facts = {"development_id": place, "phone": PHONE, "name": CLIENT}
    return register_client(session, Actor.of(broker), clock() - timedelta(days=1), **facts)


@pytest.mark.night
def test_two_brokers_and_one_client_to_a_split_and_two_statements(
    world: World, store: Database, clock: MovableClock
) -> None:
    claimant = Someone(world.office.windows.phone("zh-CN"), "split-claimant").signs_in(RIVALS_PHONE)
    claimant.page.goto(f"/registrations/{world.refused}")
    claimant.follows("Object: the client is mine")
    claimant.fills("Why the client is yours", WORDS)
    claimant.presses("Send my objection")
    claimant.page.wait_for_url("**/conflicts/*")
    case = claimant.page.url
    decides(world.office.at_desk(Role.CHANNEL_MANAGER), world.refused, case)
    holder = world.office.at_phone(Role.BROKER)
    for somebody, part, other in ((holder, "60%", RIVALS), (claimant, "40%", NAMES[Role.BROKER])):
        somebody.page.goto(case)
        somebody.reads("Decided: you have %(part)s of the deal.", part=part)
        somebody.reads_not(other)
        somebody.looks("2-decided")
    states(world, store, clock)
    owner = Someone(world.office.windows.phone("zh-CN"), "split-owner").signs_in(OWNERS_PHONE)
    for somebody, share, other in (
        (world.office.at_phone(Role.PRINCIPAL), "21,600.00", RIVAL),
        (owner, "14,400.00", AGENCY),
    ):
        somebody.goes_to("Statements")
        somebody.page.locator("main a[href^='/statements/']").first.click()
        somebody.sees(f"¥{share}")
        somebody.sees(UNIT)
        somebody.reads_not(other)
        somebody.looks("3-statement")


def decides(manager: Someone, refused: int, case: str) -> None:
    """What it moves is shown first."""
    manager.page.goto(case)
    split = "The deal is split: each has a part of its commission, and the client stays where he is"
    manager.page.get_by_role("radio", name=manager.words(split)).check()
    manager.page.locator("#to").select_option(value=str(refused))
    manager.fills("The other's part of the deal", "40")
    manager.page.locator("#reason").fill("双方材料均属实，按六四分佣。")
    manager.presses("Decide this case")
    manager.reads("What it moves")
    for figure in ("¥36,000.00", "¥21,600.00", "¥14,400.00"):
        manager.sees(figure)
    manager.looks("1-moves")
    manager.presses("Yes, decide it so")
    manager.reads("Decided: the deal is split between agencies")


def states(world: World, store: Database, clock: MovableClock) -> None:
    """The month's statements, a statement for each agency."""
    month = f"{clock():%Y-%m}"
    clock.move(days=32)
    with store.transaction() as session:
        by = Actor.of(make.person(session, Role.FINANCE))
        for agency_id in world.agencies:
            issuing.issue_statement(session, by, clock(), payee=f"agency:{agency_id}", month=month)
