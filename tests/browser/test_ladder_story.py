"""From the poster to the voucher: a homeowner's three friends sign, what is due is handed out and redeemed, the first
purchase is cancelled, and what that changes is told to everybody in words.
"""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from portal.db import Database
from portal.models import Role
from portal.services.rewards.rewards import due_rewards
from portal.services.taxes import tables as tax_tables
from tests import factories as make
from tests.browser.film import held_up
from tests.browser.neighbours import (
    HOME,
    OWNER,
    OWNERS_PHONE,
    asks_for_a_visit,
    downloaded_poster,
    follows,
    homeowner_of,
    records,
    scanned_from_a_messenger,
    subscribes,
)
from tests.browser.office import PHONES, TABLET, Office, staff_office
from tests.browser.people import Someone, of
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock

FRIENDS = (("王小明", "13900003001"), ("李思思", "13900003002"), ("张伟", "13900003003"))
FIRST, SECOND, THIRD = "王**", "李**", "张*"
"""As the homeowner sees them, who may see their surnames."""

FEE, APPLIANCE, PARKING = "免物业费 · 1 年", "家电券 · ¥10,000.00", "免费车位 · 2 年"
REASON = "冰箱已经用了，退房不是业主的责任"


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    with store.transaction() as session:
        staff_office(session)
        homeowner_of(session)
        tax_tables.publish_given_table(session, make.BEFORE)
    return Office(windows, "ladder")


@pytest.mark.night
def test_three_friends_climb_the_ladder_and_the_first_cancels(
    office: Office, store: Database, camera: Camera, clock: MovableClock
) -> None:
    homeowner = Someone(office.windows.phone(), "ladder-homeowner").signs_in(OWNERS_PHONE)
    link = scanned_from_a_messenger(downloaded_poster(homeowner))
    for name, phone in FRIENDS:
        friend = Someone(office.windows.phone(), "ladder-friend")
        follows(friend, link)
        asks_for_a_visit(friend, name, phone)
        friend.is_at("Thank you, we have your request")

    clock.move(days=2)
    reception = office.at_desk(Role.RECEPTION, **TABLET)
    for name, phone in FRIENDS:
        visits(reception, name, phone)
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    everybody_signs(manager, clock)
    sees_three_steps(homeowner)

    clock.instant = datetime(2026, 4, 20, 2, 0, tzinfo=UTC)
    with store.transaction() as session:
        assert due_rewards(session, clock()) == 1  # the worker's sweep: thirty days are over
    homeowner.signs_in(OWNERS_PHONE)  # weeks have gone by
    reception.signs_in(PHONES[Role.RECEPTION])
    manager.signs_in(PHONES[Role.CHANNEL_MANAGER])
    finance = office.at_desk(Role.FINANCE)
    hands_out(finance)
    redeems_the_second(homeowner, reception, camera)

    clock.move(days=1)
    cancels_the_first(manager)
    reads_what_changed(homeowner)
    refuses_the_one_that_was_taken_back(reception, camera)
    decides(finance)
    homeowner.goes_to("My rewards")
    homeowner.reads("You have received it.")
    homeowner.reads_not("复核")
    homeowner.looks("6-decided")


def visits(reception: Someone, name: str, phone: str) -> None:
    """Reception finds that the homeowner brought them."""
    reception.goes_to("Walk-ins")
    reception.fills("Client's phone", phone)
    reception.fills("Client's name", name)
    reception.chooses("Development", HOME)
    reception.presses("Sign in the visitor")
    reception.reads("The visit is noted and counts for the referrer.")
    reception.sees(OWNER)
    reception.looks("1-visit")


def everybody_signs(manager: Someone, clock: MovableClock) -> None:
    """In the order in which they came; the second one's home is handed over as well."""
    for place, (name, phone) in enumerate(FRIENDS, 1):
        subscribes(manager, name, phone, unit=f"8-160{place}")
        records(manager, "Signed", clock)
        if place == 2:
            records(manager, "Loan released", clock)
            records(manager, "Handed over", clock)


def sees_three_steps(homeowner: Someone) -> None:
    homeowner.goes_to("My friends")
    for friend in (FIRST, SECOND, THIRD):
        homeowner.sees(friend)
    homeowner.reads("Has signed. See your rewards.")
    homeowner.looks("2-friends")
    homeowner.goes_to("My rewards")
    homeowner.reads("%(num)d friend has signed so far.", num=3)
    for reward in (FEE, APPLIANCE, PARKING):
        homeowner.sees(reward)
    homeowner.reads(
        "Comes on %(day)s: %(num)d day after %(reached)s.", day="2026年4月11日", num=30, reached="2026年3月12日"
    )
    homeowner.looks("3-ladder")


def hands_out(finance: Someone) -> None:
    finance.goes_to("Rewards to hand out")
    for reward in (FEE, APPLIANCE, PARKING):
        finance.sees(reward)
    finance.looks("1-hands-out")
    finance.presses("Approve the ticked ones")
    finance.reads("%(num)d voucher is issued.", num=3)
    finance.looks("2-handed-out")


def redeems_the_second(homeowner: Someone, reception: Someone, camera: Camera) -> None:
    """The voucher of ten thousand yuan, off the homeowner's phone."""
    homeowner.goes_to("My rewards")
    homeowner.looks("4-rewards")
    homeowner.goes_to("My vouchers")
    homeowner.looks("4-vouchers")
    camera.shows(held_up(code_of(homeowner, APPLIANCE)))
    reception.goes_to("Redeem a voucher")
    reception.presses("Scan")
    reception.sees(OWNER)
    reception.looks("2-found")
    reception.presses("Redeem now")
    reception.reads("Redeemed. Hand it out now.")
    camera.shows(held_up(code_of(homeowner, PARKING)))  # kept for a try after it is taken back


def code_of(homeowner: Someone, voucher: str) -> Image.Image:
    homeowner.goes_to("My vouchers")
    homeowner.follows(voucher)
    homeowner.looks("4-voucher")
    shown = homeowner.page.get_by_role("img", name=homeowner.words("QR code of the voucher"))
    return Image.open(io.BytesIO(shown.screenshot()))


def cancels_the_first(manager: Someone) -> None:
    manager.goes_to("Deals")
    manager.follows(f"{HOME} 8-1601")
    manager.follows("Cancel this deal")
    manager.reads("What was received already stays until a person decides on it.")
    manager.fills("Reason", "贷款没有批下来")
    manager.looks("2-cancels")
    manager.presses("Yes, cancel the deal")
    manager.reads("Cancelled")


def reads_what_changed(homeowner: Someone) -> None:
    """The third is the second now and waits for the home; the second has received what was the third's."""
    homeowner.goes_to("My rewards")
    homeowner.reads("%(num)d friend has signed so far.", num=2)
    homeowner.reads("The purchase has changed since you received it. A colleague looks at it and will call you.")
    homeowner.reads("Comes when %(friend)s's home is handed over.", friend=THIRD)
    homeowner.reads("Withdrawn: the purchase that it belongs to was cancelled or no longer counts.")
    homeowner.looks("5-changed")
    homeowner.goes_to("My vouchers")
    homeowner.reads(of("voucher", "Taken back"))
    homeowner.looks("5-vouchers")
    homeowner.goes_to("My friends")
    homeowner.reads("The purchase was cancelled.")


def refuses_the_one_that_was_taken_back(reception: Someone, camera: Camera) -> None:
    reception.goes_to("Redeem a voucher")
    reception.presses("Scan")
    reception.reads("This voucher was taken back. Do not hand anything out. Its owner may have another one.")
    reception.looks("3-taken-back")
    assert not reception.button("Redeem now").is_visible()


def decides(finance: Someone) -> None:
    finance.goes_to("Rewards to hand out")
    finance.follows("Received, and the purchase changed")
    finance.looks("3-reviews")
    finance.follows(APPLIANCE)
    finance.reads("%(name)s has received it.", name=OWNER)
    finance.sees(FEE)  # what is earned now
    finance.looks("4-review")
    finance.field("Let it stand").check()
    finance.fills("Reason", REASON)
    finance.presses("Decide")
    finance.reads("Nothing to decide")
