"""The homeowner of the referral stories, and what is done around a poster: it is taken, scanned and answered; and what
staff record of what the friends buy.
"""

import io
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from portal.models import Person, Role
from portal.services.rewards import rewards
from tests import factories as make
from tests.browser.people import Someone, decoded
from tests.clock import MovableClock

HOME = "云栖湖畔"
OWNER, OWNERS_PHONE = "陈静怡", "13800002001"


def homeowner_of(session: Session) -> Person:
    """The given plans, a development, and somebody who lives there and has a code."""
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    home = make.development(session, name=HOME)
    owner = make.person(session, Role.REFERRER, phone=OWNERS_PHONE, name=OWNER)
    make.referrer(session, person=owner, development=home)
    return owner


def downloaded_poster(homeowner: Someone) -> Image.Image:
    """The file that the homeowner sends on."""
    homeowner.is_at("My poster")
    poster = homeowner.page.locator(".poster-sheet img")
    expect(poster).to_have_js_property("complete", True)
    homeowner.looks("1-poster")
    with homeowner.page.expect_download() as download:
        homeowner.follows("Download the poster")
    picture = Image.open(download.value.path())
    assert (picture.format, picture.size) == ("PNG", (1080, 1920))
    return picture


def scanned_from_a_messenger(poster: Image.Image) -> str:
    """What a camera reads that is held askew before a poster which a messenger made small: JPEG 40, turned by 5°."""
    sent = io.BytesIO()
    poster.convert("RGB").save(sent, "JPEG", quality=40)
    return decoded(Image.open(sent).rotate(5, expand=True, fillcolor="white"))


def follows(friend: Someone, link: str) -> None:
    """The friend opens what the QR code says."""
    address = urlsplit(link)
    friend.page.goto(f"{address.path}?{address.query}")


def asks_for_a_visit(friend: Someone, name: str, phone: str) -> None:
    """The friend leaves name and phone, agrees to be called, and that the homeowner may see the surname."""
    friend.fills("Your name", name)
    friend.fills("Your phone number", phone)
    friend.ticks("I agree to be contacted")
    friend.ticks("My friend may see my surname")
    friend.presses("Arrange a visit")


def subscribes(manager: Someone, name: str, phone: str, unit: str) -> None:
    """Staff record a subscription; whose it is follows from the phone."""
    manager.goes_to("Deals")
    manager.follows("Record a subscription")
    manager.chooses("Development", HOME)
    manager.fills("Buyer's phone", phone)
    manager.fills("Buyer's name", name)
    manager.fills("Unit", unit)
    manager.fills("Price", "2,680,000")
    manager.looks("1-subscription")
    manager.presses("Record the subscription")
    manager.sees(f"{OWNER} · {manager.words('Referrer')}")


def records(manager: Someone, milestone: str, clock: MovableClock) -> None:
    """The next milestone of the deal that is open, five minutes later."""
    clock.move(minutes=5)
    manager.page.reload()
    manager.presses("Record: %(milestone)s", milestone=manager.words(milestone))
    manager.reads("Recorded: %(milestone)s.", milestone=manager.words(milestone))
