"""Registered by parts of a number: typed in full at the site it stands with its own old time, or a person decides."""

from dataclasses import dataclass

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role
from portal.services.conflicts import finding
from portal.services.masked_registrations.registering import register
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.office import NAMES, TABLET, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

MASK, PHONE, CLIENT = "138****3307", "13800003307", "邵先生"
DOUBTFUL, DOUBTFUL_PHONE, OTHER_CLIENT = "138****8864", "13800008864", "单女士"
PROVISIONAL = (
    "Registered by parts of the number. At the site the full number is typed, and a visit that counts shows it: "
    "then the registration stands, with the time of its arrival."
)
RIVAL, RIVALS_PHONE = "宋立诚", "13800001701"


@dataclass
class World:
    office: Office
    place: int
    rival: Actor


@pytest.fixture
def world(store: Database, windows: Windows) -> World:
    """Two agencies that sell the same homes."""
    with store.transaction() as session:
        staff = staff_office(session)
        place = make.agreement(session, agency=staff[Role.BROKER].agency).development
        rival = make.broker(session, agency=make.agency(session), name=RIVAL, phone=RIVALS_PHONE)
        make.agreement(session, agency=rival.agency, development=place)
        return World(Office(windows, "mask"), place.id, Actor.of(rival))


@pytest.mark.night
def test_a_masked_registration_is_completed_and_an_ambiguous_one_decided(
    world: World, store: Database, clock: MovableClock
) -> None:
    broker, desk = world.office.at_phone(Role.BROKER), world.office.at_phone(Role.RECEPTION, **TABLET)
    registers(broker, MASK, CLIENT)
    broker.sees(MASK)
    broker.looks("1-provisional")
    clock.move(hours=1)
    with store.transaction() as session:
        facts = {"development_id": world.place, "phone": PHONE, "name": CLIENT}
        register_client(session, world.rival, clock(), **facts)
    clock.move(hours=2)
    comes(broker, PHONE)
    is_confirmed(desk, CLIENT)
    broker.page.goto("/registrations")
    broker.follows(CLIENT)
    broker.reads("A verified showing before then makes it longer.")
    broker.looks("2-stands")

    with store.transaction() as session:
        register(session, world.rival, clock(), development_id=world.place, phone=DOUBTFUL, name=OTHER_CLIENT)
    registers(broker, DOUBTFUL, OTHER_CLIENT)
    clock.move(hours=2)
    comes(broker, DOUBTFUL_PHONE)
    is_confirmed(desk, OTHER_CLIENT)
    broker.page.goto("/registrations?state=provisional")
    broker.follows(OTHER_CLIENT)
    broker.reads("A person decides whose client this is.")
    broker.looks("3-doubt")
    with store.transaction() as session:
        finding.open_found(session, clock())
    decides(world.office.at_desk(Role.CHANNEL_MANAGER))
    rival = Someone(world.office.windows.phone("zh-CN"), "mask-rival").signs_in(RIVALS_PHONE)
    for somebody, words, other in (
        (rival, "Decided: the client is yours.", NAMES[Role.BROKER]),
        (broker, "Decided: the client is not yours.", RIVAL),
    ):
        somebody.page.goto("/conflicts?state=decided")
        somebody.page.locator("main a[href^='/conflicts/']").first.click()
        somebody.reads(words)
        somebody.reads_not(other)
        somebody.looks("5-decided")


def registers(broker: Someone, mask: str, name: str) -> None:
    broker.page.goto("/registrations/new")
    broker.fills("Client's phone", mask)
    broker.fills("Client's name", name)
    broker.presses("Register client")
    broker.reads(PROVISIONAL)


def comes(broker: Someone, phone: str) -> None:
    """The four digits in between are typed under the client's eyes."""
    broker.follows("Check in at the site")
    broker.fills("The four digits in between, or the full number", phone[3:7])
    broker.presses("Go on to check in")
    broker.presses("Tell reception that we are here")
    broker.page.wait_for_url("**/showings/*")


def is_confirmed(desk: Someone, name: str) -> None:
    desk.goes_to("Showings")
    desk.follows(name)
    desk.opens("Confirm genuine")
    desk.presses("Yes, the visit took place")
    desk.reads("%(visit)s: confirmed genuine. It counts and protects the client.", visit="")


def decides(manager: Someone) -> None:
    """The older registration by parts stands beside it, and its broker can get the client."""
    manager.page.goto("/conflicts")
    manager.page.locator("main a[href^='/conflicts/']").first.click()
    manager.reads("Registered by parts that fit this client; the number was not given")
    manager.looks("4-case")
    manager.page.get_by_role("radio", name=manager.words("The client goes to another broker, and the deal too")).check()
    label = manager.page.locator("#to option").filter(has_text=RIVAL).first.inner_text()
    manager.page.locator("#to").select_option(label=label)
    manager.page.locator("#reason").fill("更早报备的一方能说出客户的看房需求，与客户本人一致。")
    manager.presses("Decide this case")
    manager.reads("Decided: the client goes to another broker")
