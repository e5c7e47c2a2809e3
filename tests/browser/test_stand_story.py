"""A community stand: its poster, a passer-by's gift, the desk that hands it out once, and what a lead came to."""

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from portal.db import Database
from portal.models import Role
from portal.services.rewards import rewards
from tests import factories as make
from tests.browser.office import Office, staff_office
from tests.browser.people import Someone, decoded, of
from tests.browser.stage import Windows
from tests.clock import MovableClock

STAND, PLACE = "滨江市集", "云栖湖畔"


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    with store.transaction() as session:
        staff_office(session)
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        make.development(session, name=PLACE)
    return Office(windows, "stand")


@pytest.mark.night
def test_a_stands_gift_is_handed_out_once(office: Office, clock: MovableClock) -> None:
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    sets_up(manager)
    address = scanned(poster_of(manager))
    passer_by = Someone(office.windows.phone(), "stand-passer-by")
    code = takes_the_gift(passer_by, address)
    clock.move(minutes=3)
    leaves_a_number(passer_by)
    reception = office.at_phone(Role.RECEPTION)
    hands_it_out(reception, code)
    clock.move(hours=1)
    refuses_it_kindly(reception, code)
    sees_what_it_came_to(manager)


def sets_up(manager: Someone) -> None:
    manager.goes_to("Programmes")
    manager.reads("No programmes here")
    manager.page.locator(".primary-action").click()
    manager.follows("Set up a stand")
    manager.fills("Programme's name", STAND)
    manager.fills(of("stand", "Place"), "滨江公园南门")
    manager.fills("Contact person", "许小满")
    manager.fills("Phone", "13912345678")
    manager.presses("Set it up")
    manager.reads("Set up. Take its poster below.")
    manager.looks("1-set-up")


def poster_of(manager: Someone) -> bytes:
    """The file that the manager prints."""
    with manager.page.expect_download() as download:
        manager.follows("Download the poster")
    return Path(download.value.path()).read_bytes()


def scanned(poster: bytes) -> str:
    """Where the poster's QR code leads."""
    with Image.open(io.BytesIO(poster)) as picture:
        parts = urlsplit(decoded(picture))
    return f"{parts.path}?{parts.query}"


def takes_the_gift(passer_by: Someone, address: str) -> str:
    """The voucher's QR code, as it stands on the screen."""
    passer_by.page.goto(address)
    passer_by.sees(STAND)
    passer_by.looks("1-landing")
    passer_by.presses("Get my gift")
    passer_by.reads("A gift for you", 1)
    passer_by.looks("2-gift")
    return passer_by.scans("QR code of the voucher")


def leaves_a_number(passer_by: Someone) -> None:
    passer_by.follows("Arrange a visit")
    passer_by.fills("Your name", "王小明")
    passer_by.fills("Your phone number", "13912340001")
    passer_by.ticks("I agree to be contacted")
    passer_by.presses("Arrange a visit")


def hands_it_out(reception: Someone, code: str) -> None:
    reception.goes_to("Redeem a voucher")
    reception.fills("Voucher code", code)
    reception.presses("Look it up")
    reception.presses("Redeem now")
    reception.reads("Redeemed. Hand it out now.")
    reception.looks("1-redeemed")


def refuses_it_kindly(reception: Someone, code: str) -> None:
    reception.goes_to("Redeem a voucher")
    reception.fills("Voucher code", code)
    reception.presses("Look it up")
    reception.sees("请勿重复发放")
    assert not reception.button("Redeem now").is_visible()


def sees_what_it_came_to(manager: Someone) -> None:
    """The stand's rent of 800 yuan and a gift of 20, for one lead."""
    manager.goes_to("Programmes")
    manager.follows(STAND)
    manager.fills("What for", "场地费")
    manager.fills("Amount", "800")
    manager.presses("Write the cost down")
    manager.reads("Recorded.")
    manager.sees("¥820.00")
    manager.looks("2-came-to")
