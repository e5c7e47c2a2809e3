"""A citizen broker's friend has signed: the reward in money, its tax, and the way to his account."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.adapters import bank
from portal.db import Database
from portal.models import Audience, Role
from portal.services.rewards import rewards
from portal.services.taxes import tables as tax_tables
from tests import factories as make
from tests.browser.office import PHONES, Office, staff_office
from tests.browser.people import Someone, of
from tests.browser.stage import Windows
from tests.clock import MovableClock

NAME, PHONE = "韩梅", "13800001021"
SIGNED = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
MARCH, STATEMENT = "2026年3月", "2026-03-0001"
REWARD, TAX, NET = "¥20,000.00", "¥3,200.00", "¥16,800.00"


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    """A citizen broker whose friend signed yesterday: twenty thousand yuan are due."""
    with store.transaction() as session:
        staff_office(session)
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        person = make.person(session, Role.REFERRER, phone=PHONE, name=NAME)
        referrer = make.referrer(session, person=person, audience=Audience.CITIZEN, home=None)
        make.cash_reward(session, referrer, SIGNED)
    return Office(windows, "reward")


@pytest.mark.night
def test_a_reward_in_money_is_taxed_and_paid(office: Office, clock: MovableClock) -> None:
    friend = Someone(office.windows.phone(), "reward-friend").signs_in(PHONE)
    says_where_to(friend)
    finance = office.at_desk(Role.FINANCE)
    confirms_the_account(finance)
    approves_the_reward(finance)
    clock.instant = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    closes(finance.signs_in(PHONES[Role.FINANCE]))
    approves_the_payout(office.at_desk(Role.APPROVER))
    releases(office.at_desk(Role.CASHIER))
    finds_it_paid(friend.signs_in(PHONE))
    reads_the_tax(finance)


def says_where_to(friend: Someone) -> None:
    friend.goes_to("My rewards")
    friend.sees("¥20,000")
    friend.follows("Enter your bank account")
    friend.fills("Account holder", NAME)
    friend.fills("Bank and branch", "建设银行杭州分行")
    friend.fills("Account number", "6222000012345678903")
    friend.looks("1-account")
    friend.fills("Your password", make.PASSWORD)
    friend.presses("Propose")
    friend.reads("Proposed. We call you and confirm it; then payments wait for another 24 hours.")


def confirms_the_account(finance: Someone) -> None:
    """Finance calls the friend, who reads the number out."""
    finance.goes_to("Bank details")
    finance.follows(NAME)
    finance.fills("Account number, as the payee reads it out", "6222000012345678903")
    finance.fills("Whom you spoke to, and on which number", "陈女士本人")
    finance.looks("0-confirms")
    finance.presses("Confirm")
    finance.reads("Confirmed. Payments to it begin in 24 hours; the payee is told.")


def approves_the_reward(finance: Someone) -> None:
    """The tax is shown before anyone decides."""
    finance.goes_to("Rewards to approve")
    finance.sees(NAME)
    finance.sees(TAX)
    finance.opens("Approve the ticked ones")
    finance.looks("1-approves")
    finance.presses("Yes, approve them")
    finance.reads("No reward here")


def closes(finance: Someone) -> None:
    finance.goes_to("Period board")
    finance.opens("Close %(month)s", month=MARCH)
    finance.presses("Yes, close the month")
    finance.reads("This month is closed")


def approves_the_payout(approver: Someone) -> None:
    approver.goes_to("Payouts")
    approver.follows(f"P-{STATEMENT}-1")
    approver.reads("The tax on a person's payment is worked out")
    approver.opens(of("payout", "Approve"))
    approver.looks("1-approves")
    approver.presses("Yes, approve %(amount)s", amount=NET)
    approver.reads(of("payout", "Approved"))


def releases(cashier: Someone) -> None:
    cashier.goes_to("Bank files")
    cashier.follows("New bank file")
    cashier.opens("Make the bank file")
    cashier.presses("Yes, release the ticked payouts")
    with cashier.page.expect_download() as download:
        cashier.presses("CSV")
    payments = bank.read_payments(Path(download.value.path()).read_bytes())
    assert [(one.payee, one.amount_fen) for one in payments] == [(NAME, 16_800_00)]
    answer = {"name": "result.csv", "mimeType": "text/csv", "buffer": bank.answer(payments, {})}
    cashier.field("The bank's result file (CSV or XLSX)").set_input_files([answer])
    cashier.presses("Import the answer")
    cashier.reads("All answered")


def finds_it_paid(friend: Someone) -> None:
    """The statement with its two lines, and the arithmetic of the tax."""
    friend.goes_to("My rewards")
    friend.looks("2-paid")
    friend.follows("My statements")
    friend.follows(STATEMENT)
    friend.sees(REWARD)
    friend.sees(TAX)
    friend.sees(NET)
    friend.looks("3-statement")
    friend.goes_to("My rewards")
    friend.follows("My tax")
    friend.sees(TAX)
    friend.looks("4-tax")


def reads_the_tax(finance: Someone) -> None:
    finance.goes_to("Withholding tax")
    finance.sees(NAME)
    finance.sees(TAX)
    finance.looks("2-tax")
