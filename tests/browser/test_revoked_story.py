"""A code that is taken back: what the printed poster leads to from then on, and what stays."""

from itertools import pairwise

import pytest
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.db import Database
from portal.models import Referrer, Role
from portal.services.rewards import rewards
from tests import factories as make
from tests.browser.neighbours import (
    HOME,
    OWNER,
    OWNERS_PHONE,
    asks_for_a_visit,
    downloaded_poster,
    follows,
    homeowner_of,
    scanned_from_a_messenger,
)
from tests.browser.office import Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock

FRIEND, FRIENDS_PHONE = "王小明", "13900003001"
REWARD = "免物业费 · 1 年"


@pytest.fixture
def office(store: Database, windows: Windows, clock: MovableClock) -> Office:
    """A homeowner one of whose friends has signed already."""
    with store.transaction() as session:
        staff_office(session)
        owner = session.scalars(select(Referrer).where(Referrer.person_id == homeowner_of(session).id)).one()
        rewards.settle_rewards(session, SYSTEM, clock(), make.referred_deal(session, owner, clock()))
    windows.allow(r"/r/\w+.* answered 4(04|10)")
    return Office(windows, "revoked")


@pytest.mark.night
def test_a_revoked_poster_leads_to_a_kind_page_and_what_was_earned_stays(office: Office, clock: MovableClock) -> None:
    homeowner = Someone(office.windows.phone(), "revoked-homeowner").signs_in(OWNERS_PHONE)
    poster = scanned_from_a_messenger(downloaded_poster(homeowner))
    friend = Someone(office.windows.phone(), "revoked-friend")
    follows(friend, poster)
    asks_for_a_visit(friend, FRIEND, FRIENDS_PHONE)

    clock.move(days=1)
    revokes(office.at_desk(Role.CHANNEL_MANAGER))

    stranger = Someone(office.windows.phone(), "revoked-stranger")
    follows(stranger, poster)
    stranger.is_at(HOME)
    stranger.reads("This invitation has ended.")
    stranger.reads_not(OWNER)
    stranger.looks("1-ended")
    sees_what_stays(homeowner)


def test_slips_and_strangers_codes_have_their_own_pages(office: Office) -> None:
    homeowner = Someone(office.windows.phone(), "revoked-reader").signs_in(OWNERS_PHONE)
    link = scanned_from_a_messenger(downloaded_poster(homeowner))
    code = link.partition("?")[0].rpartition("/")[2]
    friend = Someone(office.windows.phone(), "revoked-typist")
    follows(friend, "/r/" + with_a_slip(code))
    friend.is_at("This code has a slip in it")
    friend.looks("1-slip")
    follows(friend, "/r/22222222")
    friend.is_at("We do not know this code")
    friend.looks("2-unknown")
    friend.fills("Referral code", f"{code[:4]} {code[4:].lower()}")
    friend.presses("Continue")
    friend.is_at(HOME)


def with_a_slip(code: str) -> str:
    """The code with two neighbours swapped that are not the same."""
    at = next(place for place, (one, other) in enumerate(pairwise(code)) if one != other)
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


def revokes(manager: Someone) -> None:
    manager.goes_to("Referrers")
    manager.follows(OWNER)
    manager.follows("Revoke the code")
    manager.fills("Reason", "换了手机号，旧海报作废")
    manager.looks("1-revokes")
    manager.presses("Revoke the code")
    manager.reads("Revoked code")
    manager.looks("2-revoked")


def sees_what_stays(homeowner: Someone) -> None:
    homeowner.goes_to("My poster")
    homeowner.reads("Your code no longer works")
    homeowner.looks("2-no-poster")
    homeowner.goes_to("My friends")
    homeowner.sees("王**")
    homeowner.looks("3-friends")
    homeowner.goes_to("My rewards")
    homeowner.sees(REWARD)
    homeowner.looks("4-rewards")
