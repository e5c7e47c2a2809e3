"""Journey two: a homeowner's poster brings a friend, the friend signs, and the homeowner sees the reward coming."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.models import Development, Role
from portal.services import contacts
from tests import factories as make
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
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

TAGS = {CHINESE: "zh-CN", ENGLISH: "en-GB"}
DUE = {CHINESE: "2026年4月11日", ENGLISH: "Apr 11, 2026"}
"""Thirty days after the signing on 12 March."""

MANAGER, BROKERS_CLIENT = "13800002002", "13900003003"
FRIEND = "13900003001"


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Who is there before the story begins; windows are opened in the language of the run."""

    windows: Windows
    locale: str

    def at_phone(self, name: str) -> Someone:
        return Someone(self.windows.phone(TAGS[self.locale]), self._named(name), self.locale)

    def at_desk(self, name: str) -> Someone:
        return Someone(self.windows.desktop(TAGS[self.locale]), self._named(name), self.locale)

    def _named(self, name: str) -> str:
        return f"friend-{self.locale[:2]}-{name}"


@pytest.fixture(params=[CHINESE, ENGLISH])
def neighbourhood(request: pytest.FixtureRequest, store: Database, windows: Windows) -> Neighbourhood:
    with store.transaction() as session:
        homeowner_of(session)
        make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER, name="周岚")
        home = session.scalars(select(Development)).one()
        make.touch(session, development=home, client=make.client(session, phone=BROKERS_CLIENT))
    return Neighbourhood(windows, request.param)


def test_a_friend_comes_by_the_poster_and_the_homeowner_is_rewarded(
    neighbourhood: Neighbourhood, clock: MovableClock
) -> None:
    homeowner = neighbourhood.at_phone("homeowner").signs_in(OWNERS_PHONE)
    link = scanned_from_a_messenger(downloaded_poster(homeowner))
    assert link == homeowner.page.locator(".link-line code").inner_text() + "?d=arch"  # which design was scanned

    friend = neighbourhood.at_phone("friend")
    comes_by(friend, link, "王小明", FRIEND)
    friend.is_at("Thank you, we have your request")
    friend.looks("3-thanks")
    assert friend.page.context.cookies() == []

    clock.move(days=2)
    homeowner.goes_to("My friends")
    homeowner.sees("王**")
    homeowner.looks("2-friends")
    homeowner.goes_to("My rewards")
    homeowner.reads("Nothing earned yet")

    signs_a_contract(neighbourhood.at_desk("manager").signs_in(MANAGER), clock)

    homeowner.goes_to("My friends")
    homeowner.reads("Has signed. See your rewards.")
    homeowner.goes_to("My rewards")
    sees_the_first_reward(homeowner)


@pytest.mark.night
@pytest.mark.parametrize("neighbourhood", [CHINESE], indirect=True)
@pytest.mark.parametrize("phone", [OWNERS_PHONE, BROKERS_CLIENT], ids=["the homeowner's own", "a broker's client"])
def test_who_cannot_be_counted_is_thanked_like_anybody(neighbourhood: Neighbourhood, phone: str) -> None:
    homeowner = neighbourhood.at_phone("homeowner").signs_in(OWNERS_PHONE)
    link = homeowner.page.locator(".link-line code").inner_text()

    friend = neighbourhood.at_phone("uncounted")
    comes_by(friend, link, "王小明", phone)
    friend.is_at("Thank you, we have your request")
    friend.reads_not(OWNER)

    homeowner.goes_to("My friends")
    homeowner.reads("Not eligible")
    own = phone == OWNERS_PHONE
    why = "This is your own number." if own else "This invitation does not count for you."
    homeowner.reads(why)
    homeowner.looks("4-not-eligible")


def comes_by(friend: Someone, link: str, name: str, phone: str) -> None:
    """The friend reads, tries without the consent, consents, and leaves name and phone."""
    follows(friend, link)
    friend.is_at(HOME)
    friend.reads("%(inviter)s invites you", inviter=contacts.mask_name(OWNER))
    friend.reads_not(OWNER)
    friend.looks("1-landing")
    friend.fills("Your name", name)
    friend.fills("Your phone number", phone)
    friend.presses("Arrange a visit")
    friend.reads("Without your agreement we must not contact you. Tick the box if you agree.")
    friend.looks("2-without-consent")
    asks_for_a_visit(friend, name, phone)


def signs_a_contract(manager: Someone, clock: MovableClock) -> None:
    """Staff record the friend's subscription and signing; by the phone alone the deal is the homeowner's."""
    subscribes(manager, "王小明", FRIEND, "8-1602")
    manager.opens("Why?")
    manager.reads("Referral lead")
    records(manager, "Signed", clock)
    manager.looks("2-signed")


def sees_the_first_reward(homeowner: Someone) -> None:
    """A year of property fee, thirty days after the signing."""
    homeowner.reads("%(num)d friend has signed so far.", num=1)
    reward = f"{homeowner.words('Property fee waived')} · {homeowner.words('%(num)d year', num=1)}"
    homeowner.sees(reward)
    homeowner.reads("Pending")
    homeowner.sees(DUE[homeowner.locale])
    homeowner.opens("Why?")
    homeowner.looks("3-rewards")
