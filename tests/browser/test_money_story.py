"""From a signed deal to a paid statement, by everybody's own pair of hands, with a dispute on the way."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from playwright.sync_api import Route, expect
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters import bank
from portal.db import Database
from portal.models import Agreement, MilestoneKind, Person, Role, Statement
from portal.services.deals import deals
from portal.services.registrations import registrations
from portal.services.showings import check_ins
from portal.services.verification import proof
from tests import factories as make
from tests.browser.office import AGENCY, NAMES, PHONES, TABLET, Office, staff_office
from tests.browser.people import Someone, of
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.factories.papers import TAX_NUMBER
from tests.photos import jpeg, people

HOME, CLIENT, CLIENT_PHONE = "云栖湖畔", "王小明", "13900004001"
OTHERS = "诚信置业"
SIGNED = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
MARCH, APRIL = "2026年3月", "2026年4月"
STATEMENT, OTHERS_STATEMENT = "2026-03-0001", "2026-03-0002"
PAYOUT, PAYOUT_ANEW = f"P-{STATEMENT}-1", f"P-{STATEMENT}-2"
COMMISSION = "¥36,000.00"
"""1.8 % of 2,000,000 yuan; the other agency's deal earns as much."""
WRONG = "补充协议后的成交价是 205 万，少算了 900 元。"
ANSWER = "补充协议已核对，差额用一笔调整补上。"
REASON = "按补充协议补计佣金差额"
BUSY = "收款行系统维护，请稍后再付"


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    """A deal of each of two agencies is signed. Nobody has looked at the visit of one client yet."""
    with store.transaction() as session:
        staff = staff_office(session)
        pair = make.agreement(session, agency=staff[Role.PRINCIPAL].agency)
        pair.development.name = HOME
        _signs(session, staff, pair)
        others = make.agency(session, name=OTHERS)
        make.bank_details(session, others)
        rivals = make.agreement(session, agency=others, development=pair.development)
        later = SIGNED + timedelta(hours=1)
        make.signed_deal(session, later, pair=rivals, by=staff[Role.CHANNEL_MANAGER])
    windows.allow("/invoice/new answered 503")
    return Office(windows, "money")


def _signs(session: Any, staff: Mapping[Role, Person], pair: Agreement) -> None:
    """The broker's client, registered, shown the home and signed, by the services."""
    broker, manager = Actor.of(staff[Role.BROKER]), Actor.of(staff[Role.CHANNEL_MANAGER])
    came, home = SIGNED - timedelta(days=3), {"development_id": pair.development_id}
    who = {**home, "phone": CLIENT_PHONE, "name": CLIENT}
    registered = registrations.register_client(session, broker, came - timedelta(days=1), **who)
    check_ins.check_in_at_reception(session, broker, came, registration=registered)
    facts = {**who, "unit": "3-1202", "price_fen": 2_000_000_00, "at": SIGNED - timedelta(days=1)}
    deal = deals.open_deal(session, manager, SIGNED, deals.Subscription(**facts))
    deals.record_milestone(session, manager, SIGNED, deal, kind=MilestoneKind.SIGNED, at=SIGNED)


@pytest.mark.night
def test_from_a_signed_deal_to_a_paid_statement(office: Office, store: Database, clock: MovableClock) -> None:
    clock.instant = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    finance = office.at_desk(Role.FINANCE)
    cannot_close_yet(finance)
    confirms_the_visit(office.at_desk(Role.RECEPTION, **TABLET))
    closes(finance, MARCH)
    bills_the_others(store)

    principal = office.at_phone(Role.PRINCIPAL)
    reads_the_statement(principal)
    disputes_a_line(principal)
    approver = office.at_desk(Role.APPROVER)
    is_held(approver)
    agrees_and_adjusts(finance)
    lets_the_adjustment_stand(approver)
    sends_an_invoice(principal, "35,000", "24310001")
    is_held_by_the_invoice_alone(approver)
    sends_an_invoice(principal, "36,000", "24310002")
    checks_the_invoice(finance, "36,000")
    approves(approver, 2)

    cashier = office.at_desk(Role.CASHIER)
    releases(cashier, failing={PAYOUT: BUSY})
    cashier.reads("%(num)d payout is paid.", num=1)
    cashier.sees(BUSY)
    cashier.looks("1-one-failed")
    confirms_that_it_failed(finance)
    asks_anew(finance)
    approves(approver, 1)
    releases(cashier, failing={})
    cashier.reads("All answered")
    finds_it_paid(principal)

    clock.instant = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
    closes(finance.signs_in(PHONES[Role.FINANCE]), APRIL)
    principal.signs_in(PHONES[Role.PRINCIPAL])
    reads_the_next_statement(principal)
    proves_the_ledger(finance, store)
    goes_back_to_the_visit(finance)


# Closing


def cannot_close_yet(finance: Someone) -> None:
    finance.goes_to("Period board")
    finance.reads("The month cannot be closed yet")
    finance.reads("Holds back")
    finance.looks("01-board")


def confirms_the_visit(reception: Someone) -> None:
    reception.goes_to("Showings")
    reception.follows(CLIENT)
    reception.opens("Confirm genuine")
    reception.presses("Yes, the visit took place")
    reception.reads("%(visit)s: confirmed genuine. It counts and protects the client.", visit="")


def closes(finance: Someone, month: str) -> None:
    finance.goes_to("Period board")
    finance.opens("Close %(month)s", month=month)
    finance.looks(f"02-closes-{month[5]}")
    finance.presses("Yes, close the month")
    finance.reads("This month is closed")
    finance.looks(f"03-closed-{month[5]}")


def bills_the_others(store: Database) -> None:
    """The other agency's invoice is there at once."""
    with store.transaction() as session:
        make.invoice(session, session.scalars(select(Statement).where(Statement.number == OTHERS_STATEMENT)).one())


# The dispute


def reads_the_statement(principal: Someone) -> None:
    """What was earned as a picture, and every line."""
    principal.goes_to("Statements")
    principal.follows(STATEMENT)
    expect(
        principal.page.get_by_role("img", name=principal.words("How it comes together"))
        .or_(principal.page.locator("[data-picture] canvas"))
        .first
    ).to_be_visible()
    principal.sees(COMMISSION)
    principal.looks("01-statement")
    principal.follows(f"{HOME} 3-1202")
    principal.sees("¥2,000,000.00 × 1.8%")


def disputes_a_line(principal: Someone) -> None:
    principal.follows("Dispute this line")
    principal.fills("What is wrong with this line", WRONG)
    page = {"name": "补充协议.jpg", "mimeType": "image/jpeg", "buffer": jpeg(people("biden"))}
    principal.field("Pictures or PDF").set_input_files([page])
    principal.looks("02-disputes")
    principal.presses("Send the dispute")
    principal.reads("Your dispute is filed. Finance answers here; until then the payment waits.")
    principal.looks("03-disputed")


def is_held(approver: Someone) -> None:
    """By two things at once, each named."""
    approver.goes_to("Payouts")
    approver.follows(PAYOUT)
    approver.reads("A line of this statement is disputed. Payment waits for finance's answer.")
    approver.reads(
        "The agency has not sent its invoice over %(payable_fen)s. Payment waits for it.", payable_fen=COMMISSION
    )
    approver.looks("01-held-by-two")


def agrees_and_adjusts(finance: Someone) -> None:
    finance.goes_to("Disputes")
    finance.page.locator("main table a").first.click()
    finance.sees(WRONG)
    finance.page.get_by_role("radio", name=finance.words("The agency is right: propose an adjustment next")).check()
    finance.fills("Reason", ANSWER)
    finance.looks("04-answers")
    finance.presses("Send the answer")
    finance.is_at("Propose an adjustment")
    finance.page.get_by_role("radio", name=finance.words("The payee gets this amount more")).check()
    finance.field("Amount").last.fill("900")
    finance.fills("Reason", REASON)
    page = {"name": "补充协议.jpg", "mimeType": "image/jpeg", "buffer": jpeg(people("biden"))}
    finance.field("Attachment").set_input_files([page])
    finance.looks("05-proposes")
    finance.presses("Propose")
    finance.reads("Another person decides this")


def lets_the_adjustment_stand(approver: Someone) -> None:
    approver.goes_to("Adjustments")
    approver.page.locator("main table a").first.click()
    approver.sees(REASON)
    approver.opens("Approve")
    approver.looks("02-adjustment")
    approver.presses("Yes, post %(amount)s", amount="+¥900.00")
    approver.sees(NAMES[Role.APPROVER])


# Invoice and approval


def sends_an_invoice(principal: Someone, amount: str, number: str) -> None:
    principal.goes_to("Invoices")
    principal.follows(STATEMENT)
    principal.page.locator("main a[href$='/new'], main a[href*='invoice/']").filter(visible=True).first.click()
    principal.fills("Invoice number", number)
    principal.fills("Amount with tax", amount)
    principal.field("Date of the invoice").fill("2026-04-01")
    file = {"name": f"{number}.pdf", "mimeType": "application/pdf", "buffer": _pdf(number)}
    principal.field("The invoice (PDF)").set_input_files([file])
    principal.looks(f"04-invoice-{number[-1]}")
    with interrupted(principal):
        principal.presses("Send the invoice")
    principal.is_at("Invoice of statement %(number)s", number=STATEMENT)
    principal.looks(f"05-invoiced-{number[-1]}")


@contextmanager
def interrupted(principal: Someone) -> Iterator[None]:
    """A part of the portal is away until the reader has seen it said: the page keeps what was typed and chosen, and
    sends it again by itself."""
    address, sent = re.compile("/invoice/new$"), []

    def is_away(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(503)
            route.fulfill(status=503, headers={"Retry-After": "0.1"})
        else:
            route.continue_()

    principal.page.route(address, is_away)
    yield
    expect(principal.page.locator(".send-state")).to_be_visible()
    principal.page.unroute(address)
    principal.page.wait_for_url(re.compile("/invoice$"))
    assert sent


def checks_the_invoice(finance: Someone, amount: str) -> None:
    """The PDF says what the agency typed; only then does it count."""
    finance.goes_to("Invoices")
    finance.follows(STATEMENT)
    finance.follows("Check it")
    finance.fills("Amount with tax, as you read it on the PDF", amount)
    finance.fills("The seller's tax number", TAX_NUMBER)
    finance.looks("07-checks-the-invoice")
    finance.presses("The invoice is right")
    finance.reads(of("invoice", "Checked"))


def is_held_by_the_invoice_alone(approver: Someone) -> None:
    approver.goes_to("Payouts")
    approver.follows(PAYOUT)
    approver.reads(
        "The invoice says %(invoiced_fen)s, the statement pays %(payable_fen)s. Payment waits for another invoice.",
        invoiced_fen="¥35,000.00",
        payable_fen=COMMISSION,
    )
    approver.reads_not(approver.words("A line of this statement is disputed. Payment waits for finance's answer."))
    approver.looks("03-held-by-one")


def approves(approver: Someone, count: int) -> None:
    """All that waits, with one decision: everything is ticked."""
    approver.goes_to("Payouts")
    approver.follows("What waits for me")
    approver.opens(of("payout", "Approve the ticked ones"))
    approver.looks(f"04-approves-{count}")
    approver.presses(of("payout", "Yes, approve them"))
    approver.reads("%(num)d payout approved.", num=count)


# The bank


def releases(cashier: Someone, failing: Mapping[str, str]) -> None:
    """The bank file goes out, and the bank's answer comes in."""
    cashier.goes_to("Bank files")
    cashier.follows("New bank file")
    cashier.opens("Make the bank file")
    cashier.presses("Yes, release the ticked payouts")
    with cashier.page.expect_download() as download:
        cashier.presses("CSV")
    payments = bank.read_payments(Path(download.value.path()).read_bytes())
    answer = {"name": "result.csv", "mimeType": "text/csv", "buffer": bank.answer(payments, failing)}
    cashier.field("The bank's result file (CSV or XLSX)").set_input_files([answer])
    cashier.presses("Import the answer")


def confirms_that_it_failed(finance: Someone) -> None:
    """The cashier sent the file and took its answer in: another person compares it with the bank."""
    finance.goes_to("Payouts")
    finance.follows("Compare them with the bank")
    finance.follows(PAYOUT)
    finance.sees(BUSY)
    finance.sees("result.csv")
    finance.opens("Confirm: the money did not arrive")
    finance.looks("06-confirms-the-failure")
    finance.presses("Yes, %(amount)s is payable again", amount="¥36,000.00")
    finance.reads("Confirmed. The money is payable again; finance can ask for it anew.")


def asks_anew(finance: Someone) -> None:
    finance.goes_to("Payouts")
    finance.follows("Read the bank's words and request them anew")
    finance.sees(BUSY)
    finance.opens("Request the ticked ones anew")
    finance.looks("06-asks-anew")
    finance.presses("Yes, request them")
    finance.sees(PAYOUT_ANEW)


def finds_it_paid(principal: Someone) -> None:
    principal.goes_to("Payouts")
    principal.follows(PAYOUT_ANEW)
    principal.reads("Paid")
    principal.reads_not(NAMES[Role.APPROVER])
    principal.looks("06-paid")


# Afterwards


def reads_the_next_statement(principal: Someone) -> None:
    """What was put right stands here, with its reason."""
    principal.goes_to("Statements")
    principal.follows("2026-04-0001")
    principal.sees("¥900.00")
    principal.page.locator("#lines table a").first.click()
    principal.sees(REASON)
    principal.looks("07-adjusted")


def proves_the_ledger(finance: Someone, store: Database) -> None:
    finance.goes_to("Ledger")
    finance.looks("07-ledger")
    finance.follows("Verify the ledger")
    finance.presses("Verify now")
    finance.reads("The ledger holds")
    finance.looks("08-verified")
    with store.reading() as session:
        assert proof.verify_ledger(session).fault is None


def goes_back_to_the_visit(finance: Someone) -> None:
    """From a balance down to the visit that it comes from."""
    finance.goes_to("Ledger")
    finance.follows("Earned, not payable yet")
    finance.page.locator("main table a").filter(has_text=AGENCY).click()
    finance.page.locator("main table a[href*='/evidence/']").last.click()
    finance.reads("Visits of this contact")
    finance.sees(NAMES[Role.BROKER])
    finance.sees(NAMES[Role.RECEPTION])
    finance.looks("09-evidence")


def _pdf(number: str) -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("Helvetica", size=14)
    page.cell(text=f"Invoice {number}")
    return bytes(page.output())
