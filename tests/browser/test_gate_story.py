"""A group's eight lines become clients, one with its visit, who is scanned at the gate: pasted on a phone, held up."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.film import held_up
from tests.browser.office import TABLET, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock
from tests.visits import open_hours

CHAT = """报备 周先生 13812340001 今天上午11点 2人
李女士 13812340002
姓名：王强　电话：138 1234 0003
１３８１２３４０００４ 赵敏
孙小姐 138****0005
吴先生 13812340006 两居
郑太太,13812340007
报备 冯先生 13812340008
"""
PLACE, TAKEN = "云栖澜岸", "13812340006"


@pytest.fixture
def office(store: Database, windows: Windows, clock: MovableClock) -> Office:
    """A site with hours, and a rival who has one of the eight."""
    with store.transaction() as session:
        staff = staff_office(session)
        place = make.development(session, name=PLACE)
        make.agreement(session, agency=staff[Role.BROKER].agency, development=place)
        rival = make.broker(session, agency=make.agreement(session, development=place).agency)
        facts = {"development_id": place.id, "phone": TAKEN, "name": "吴先生"}
        register_client(session, Actor.of(rival), clock() - timedelta(days=1), **facts)
        open_hours(session, place)
    return Office(windows, "gate")


@pytest.mark.night
def test_eight_lines_of_a_group_and_one_of_them_at_the_gate(
    office: Office, camera: Camera, clock: MovableClock
) -> None:
    broker = office.at_phone(Role.BROKER)
    broker.page.goto("/registrations/paste")
    broker.fills("Clients, one a line", CHAT)
    broker.presses("See what is understood")
    broker.looks("1-understood")
    numbers = broker.page.locator("main input[type=tel]")
    expect(numbers).to_have_count(8)
    numbers.nth(4).fill("13812340005")
    broker.presses("Register those that are ticked")
    broker.page.wait_for_url("**/registrations/paste/done*")
    decided = ["报备有效"] * 5 + ["报备无效"] + ["报备有效"] * 2
    expect(broker.page.locator("main .status")).to_have_text(decided)
    broker.sees("11:00–12:00")  # the first line said when, and a place was free then
    broker.looks("2-decided")
    broker.page.locator("main a[href^='/registrations/']", has_text="周先生").first.click()
    broker.follows("Pass, move, call off")
    shown = broker.page.get_by_role("img", name=broker.words("QR code of the pass"))
    camera.shows(held_up(Image.open(io.BytesIO(shown.screenshot()))))
    broker.looks("3-booked")
    clock.move(minutes=70)
    gate_receives(office.at_phone(Role.RECEPTION, **TABLET))
    broker.page.goto("/inbox")
    broker.sees("您的客户到了")


def gate_receives(reception: Someone) -> None:
    reception.goes_to("Arrivals")
    reception.presses("Scan the broker's phone")
    reception.sees("正是预约的时间")
    reception.looks("4-scanned")
    reception.presses("The client is here: tell the broker")
    reception.sees("已到门口")
