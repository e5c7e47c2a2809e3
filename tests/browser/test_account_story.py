"""Two administrators let an approver in: the link goes to her phone alone, and her first approval waits for a day."""

import pytest

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.people import ENGLISH, Someone, of
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.db.money import Staff, requested

ONE, TWO, APPROVER = "13800001501", "13800001502", "13900007777"
PASSWORD = "three ferries cross at dawn"
UNTIL = "Mar 11, 2026 10:00"


@pytest.fixture
def reference(store: Database, clock: MovableClock) -> str:
    """A payout that waits for an approval, and two administrators."""
    with store.transaction() as session:
        make.person(session, Role.ADMINISTRATOR, name="苏管理", phone=ONE)
        make.person(session, Role.ADMINISTRATOR, name="程管理", phone=TWO)
        return requested(session, Staff.hired(session), clock()).reference


@pytest.mark.night
def test_an_approver_is_let_in_by_two_and_approves_from_the_second_day(
    windows: Windows, clock: MovableClock, reference: str
) -> None:
    windows.allow("/approve answered 409")
    one = Someone(windows.desktop("en-GB"), "accounts-one", ENGLISH).signs_in(ONE)
    two = Someone(windows.phone("en-GB"), "accounts-two", ENGLISH).signs_in(TWO)
    proposes(one)
    confirms(two)
    approver = Someone(windows.desktop("en-GB"), "accounts-approver", ENGLISH)
    chooses_a_password(approver)
    approves(approver, reference)
    approver.sees(f"Until {UNTIL} it can read everything and prepare")
    approver.looks("2-refused")
    clock.move(hours=24)
    approves(approver, reference)
    approver.reads("Payout %(reference)s is approved.", reference=reference)
    approver.sees("proposed by 苏管理, confirmed by 程管理")
    approver.looks("3-approved")


def proposes(one: Someone) -> None:
    one.goes_to("People")
    one.follows("New account")
    one.chooses("Role", "Approver")
    one.fills("Name", "严复核")
    one.fills("Phone", APPROVER)
    one.fills("Why", "周一入职")
    one.looks("1-proposes")
    one.presses("Open the account")
    one.reads("Waits for another person")
    one.reads("You proposed it, so another administrator confirms it or sends it back.")
    one.looks("2-proposed")


def confirms(two: Someone) -> None:
    two.page.goto("/")
    two.looks("1-home")
    two.page.get_by_role("link", name="Account changes to confirm").click()
    two.page.get_by_role("link", name="严复核").click()
    two.opens("Confirm")
    two.looks("2-confirms")
    two.presses("Yes, confirm")
    two.sees("139****7777 by text")
    two.reads_not("/welcome/")
    two.looks("3-confirmed")


def chooses_a_password(approver: Someone) -> None:
    approver.page.goto("/dev/inbox")
    approver.follows("Open the link")
    approver.fills("New password", PASSWORD)
    approver.fills("The same again", PASSWORD)
    approver.presses("Save and sign in")
    approver.sees(f"Until {UNTIL} this account cannot move money")
    approver.looks("1-home")


def approves(approver: Someone, reference: str) -> None:
    approver.page.goto("/payouts")
    approver.page.get_by_role("link", name=reference).click()
    approver.opens(of("payout", "Approve"))
    approver.page.get_by_role("button", name="Yes, approve").click()
