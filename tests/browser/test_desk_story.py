"""At the desk: a voucher on a phone is held before the camera of a browser that reads no QR codes itself."""

import io
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import qrcode
from PIL import Image

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import Development, Role, Voucher
from portal.services.vouchers import vouchers
from referral.rewards.reward_plan import Item, Kind
from tests import factories as make
from tests.browser.film import held_up
from tests.browser.office import NAMES, TABLET, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock

WITHOUT_LIVE_CAMERA = "delete Navigator.prototype.mediaDevices"
REFUSED = """navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException("", "NotAllowedError"))"""
SENT = """() => performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/redeem/still"))
    .map((one) => one.startTime)"""
"""When each still was sent that has its answer, by the page's own clock: how busy the machine is changes no order."""
OUR_PLACE = "云栖湖畔"


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    with store.transaction() as session:
        staff_office(session)
        make.development(session, name=OUR_PLACE)
    return Office(windows, "desk")


@pytest.fixture
def voucher(store: Database, office: Office, clock: MovableClock) -> Voucher:
    """A coffee for whoever holds its link, issued today for thirty days."""
    return issued(store, clock(), "desk:1")


def issued(store: Database, at: datetime, reference: str) -> Voucher:
    with store.transaction() as session:
        place = session.query(Development.id).filter_by(name=OUR_PLACE).scalar()
        item = Item(Kind.GIFT, "coffee_coupon", value_fen=30_00)
        return vouchers.issue(session, SYSTEM, at, vouchers.Issue(reference, place, item, days=30))


def signed_text(store: Database, voucher: Voucher) -> str:
    with store.reading() as session:
        return vouchers.qr_text(session, session.get_one(Voucher, voucher.id))


def test_a_voucher_is_held_before_the_camera_and_redeemed_once(
    office: Office, store: Database, voucher: Voucher, camera: Camera, clock: MovableClock
) -> None:
    camera.shows(held_up(as_shown_on_a_phone(office, signed_text(store, voucher))))
    reception = at_the_desk(office)
    reception.presses("Scan")
    reception.reads("Whoever shows it")
    reception.sees("¥30")
    reception.looks("2-found")
    reception.presses("Redeem now")
    reception.reads("Redeemed. Hand it out now.")
    reception.looks("3-redeemed")

    clock.move(hours=1)
    reception.follows("Another voucher")
    reception.presses("Scan")
    reception.sees("2026年3月10日 10:00")
    reception.sees(NAMES[Role.RECEPTION])
    reception.sees("请勿重复发放")
    reception.looks("4-again")
    assert not reception.button("Redeem now").is_visible()


def test_one_that_ended_says_since_when(office: Office, store: Database, camera: Camera, clock: MovableClock) -> None:
    old = issued(store, clock() - timedelta(days=40), "desk:old")
    camera.shows(held_up(pictured(signed_text(store, old))))
    reception = at_the_desk(office)
    reception.presses("Scan")
    reception.sees("请勿发放")
    reception.sees("2026年3月1日")
    reception.looks("5-ended")


def test_a_forged_one_is_none_of_ours(
    office: Office, store: Database, voucher: Voucher, camera: Camera, clock: MovableClock
) -> None:
    """The code of one voucher under the signature of another."""
    other = issued(store, clock(), "desk:2")
    camera.shows(held_up(pictured(signed_text(store, voucher).replace(voucher.code, other.code))))
    reception = at_the_desk(office)
    reception.presses("Scan")
    reception.reads("We issued no voucher with this code. Do not hand anything out.")
    reception.looks("6-forged")


def test_another_qr_code_is_passed_over_and_the_server_is_not_hammered(office: Office, camera: Camera) -> None:
    camera.shows(held_up(pictured("https://example.com/a-poster-on-the-wall")))
    reception = at_the_desk(office)
    reception.presses("Scan")
    reception.reads("This QR code is no voucher. Hold the one of the voucher before the camera.")
    reception.looks("7-another-code")
    with reception.page.expect_request("**/redeem/still") as asked:
        reception.page.wait_for_function(f"() => ({SENT})().length > 2")
    assert 5_000 < int(asked.value.all_headers()["content-length"]) < 150_000
    begun = reception.page.evaluate(SENT)
    assert min(later - earlier for earlier, later in pairwise(begun)) > 400, "two a second at most"
    reception.presses("Stop")
    stopped = reception.page.evaluate("performance.now()")
    reception.page.wait_for_timeout(1_200)
    assert max(reception.page.evaluate(SENT)) < stopped


def test_without_a_live_camera_a_photo_is_read(office: Office, store: Database, voucher: Voucher) -> None:
    page = office.windows.phone(**TABLET)
    page.add_init_script(WITHOUT_LIVE_CAMERA)
    reception = office.someone(Role.RECEPTION, page)
    reception.goes_to("Redeem a voucher")
    assert not reception.button("Scan").is_visible()
    reception.opens("Or take a photo of it")
    photo = io.BytesIO()
    held_up(pictured(signed_text(store, voucher))).save(photo, "JPEG", quality=80)
    sent = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    reception.field("Photo of the voucher").set_input_files([sent])
    reception.reads("Photo ready to send.")
    reception.presses("Read the photo")
    reception.reads("Whoever shows it")


def test_a_refused_camera_leads_to_the_photo(office: Office) -> None:
    page = office.windows.phone()
    page.add_init_script(REFUSED)
    reception = office.someone(Role.RECEPTION, page)
    reception.goes_to("Redeem a voucher")
    reception.presses("Scan")
    reception.reads("The camera may not be used here. Take a photo, or type the code.")
    reception.reads("Photo of the voucher")
    reception.looks("8-refused")


def at_the_desk(office: Office) -> Someone:
    """Reception with its tablet, before the page that redeems."""
    reception = office.at_phone(Role.RECEPTION, **TABLET)
    reception.goes_to("Redeem a voucher")
    reception.looks("1-desk")
    return reception


def as_shown_on_a_phone(office: Office, text: str) -> Image.Image:
    """The QR code of a gift's page, as it stands on its holder's screen."""
    holder = Someone(office.windows.phone(), "desk-holder")
    holder.page.goto(f"/gift/{text}")
    holder.looks("1-gift")
    shown = holder.page.get_by_role("img", name=holder.words("QR code of the voucher"))
    return Image.open(io.BytesIO(shown.screenshot()))


def pictured(text: str) -> Image.Image:
    return qrcode.make(text, border=4).get_image()
