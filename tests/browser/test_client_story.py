"""Journey one: a broker's client, from the agreement to the paid commission, by everybody who has a hand in it."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal.adapters import bank
from portal.db import Database
from portal.models import Role, Statement
from portal.services.verification import proof as verification
from tests import factories as make
from tests.browser.film import looking_both_ways, takes_both_shots
from tests.browser.office import AGENCY, NAMES, TABLET, Office, staff_office
from tests.browser.people import Someone, of
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock
from tests.photos import people

HOME, RIVALS = "云栖湖畔", "诚信置业"
CLIENT, CLIENT_PHONE, RIVAL = "王小明", "13900004001", "13800001008"
COMMISSION = "¥36,000.00"
"""1.8 % of 2,000,000 yuan: the first deal of the month by the standard plan."""


@pytest.fixture
def office(store: Database, windows: Windows) -> Office:
    """Two agencies, and nothing to sell yet."""
    with store.transaction() as session:
        staff_office(session)
        make.broker(session, phone=RIVAL, name="孙强", agency=make.agency(session, name=RIVALS))
    return Office(windows, "client")


@pytest.mark.night
def test_a_client_from_registration_to_the_paid_commission(
    office: Office, store: Database, clock: MovableClock, camera: Camera
) -> None:
    manager = office.at_desk(Role.CHANNEL_MANAGER)
    creates_a_development(manager)
    for agency in (AGENCY, RIVALS):
        makes_an_agreement(manager, agency)

    broker = office.at_phone(Role.BROKER)
    registers(broker, CLIENT_PHONE, CLIENT)
    has_a_receipt(broker, anyone=Someone(office.windows.phone(), "client-anyone"))
    rival = Someone(office.windows.phone(), "client-rival").signs_in(RIVAL)
    registers(rival, CLIENT_PHONE, CLIENT)
    is_refused_kindly(rival)

    enrols_his_face(broker, camera, store)
    clock.move(minutes=45)
    checks_in(broker, camera, store)
    confirms_the_visit(office.at_desk(Role.RECEPTION, **TABLET))
    clock.move(days=3)
    records_the_deal(manager, clock)
    understands_the_commission(office.at_desk(Role.PRINCIPAL))

    clock.instant = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    issues_the_statement(office.at_desk(Role.FINANCE))
    bills(store)
    approves(office.at_desk(Role.APPROVER))
    releases_and_settles(office.at_desk(Role.CASHIER))
    finds_it_paid(office.at_desk(Role.PRINCIPAL))
    proves_the_ledger(office.at_desk(Role.FINANCE))
    with store.reading() as session:
        proof = verification.verify_ledger(session)
    assert (proof.fault, proof.lines) == (None, 1)


def creates_a_development(manager: Someone) -> None:
    manager.goes_to("Partners")
    manager.follows("New development")
    manager.fills("Development's name", HOME)
    manager.fills("City", "杭州")
    manager.fills("Address", "西溪路 1 号")
    manager.fills("Headline", "推窗见湖，归家即远山")
    manager.fills("Latitude", "30.2700")  # a kilometre from where the broker's phone is
    manager.fills("Longitude", "120.0884")
    manager.looks("01-development")
    manager.presses("Save")
    manager.is_at(HOME)
    manager.looks("02-development")


def makes_an_agreement(manager: Someone, agency: str) -> None:
    manager.goes_to("Partners")
    manager.follows(HOME)
    manager.follows("New agreement")
    manager.chooses("Agency", agency)
    manager.field("Commission plan").select_option("standard")
    manager.looks("03-agreement")
    manager.presses("Make the agreement")
    manager.reads("The agreement is made.")
    manager.sees(agency)
    manager.looks("04-agreements")


def registers(broker: Someone, phone: str, name: str) -> None:
    broker.goes_to("Home")
    broker.follows("Register a client")
    broker.fills("Client's phone", phone)
    broker.fills("Client's name", name)
    broker.chooses("Development", HOME)
    broker.looks("01-registers")
    broker.presses("Register client")


def has_a_receipt(broker: Someone, anyone: Someone) -> None:
    """Accepted, for seven days, by a receipt that anyone can verify who is shown its QR code."""
    broker.is_at(CLIENT)
    broker.reads("The client is registered for you.")
    broker.reads(of("registration", "Accepted"))
    broker.reads("The client is yours until %(until)s.", until="2026年3月17日 10:00")
    broker.looks("02-receipt")
    anyone.page.goto(urlsplit(broker.scans("QR code of the receipt")).path)
    anyone.reads("This receipt is genuine")
    anyone.sees(HOME)
    anyone.sees("139****4001")
    anyone.reads_not(CLIENT)
    anyone.looks("verifies-the-receipt")


def is_refused_kindly(rival: Someone) -> None:
    """The rule and when to try again; never who was first."""
    rival.reads("This client was brought by somebody else first and is still protected.")
    rival.reads("You can try again from %(instant)s.", instant="2026年3月17日 10:00")
    rival.reads_not(NAMES[Role.BROKER])
    rival.reads_not(AGENCY)
    rival.looks("02-refused")


def enrols_his_face(broker: Someone, camera: Camera, store: Database) -> None:
    """Live, by himself: he agrees, looks straight, and turns his head as he is asked."""
    camera.shows(*looking_both_ways(people("obama2")))
    broker.goes_to("My face")
    broker.ticks("I agree")
    broker.looks("03-face")
    takes_both_shots(broker, store, alone=True)
    broker.reads("Your face is enrolled.")
    broker.looks("04-enrolled")


def checks_in(broker: Someone, camera: Camera, store: Database) -> None:
    """Both stand before the camera; the phone says that it is a kilometre away, so a person will look."""
    camera.shows(*looking_both_ways())
    broker.goes_to("Clients")
    broker.follows(CLIENT)
    broker.follows("Check in at the site")
    broker.looks("05-two-ways")
    broker.presses("Take a photo")
    broker.ticks("The client is 14 or older, has read this and agrees")
    broker.presses("Send my position along")
    broker.reads("The position will be sent along.")
    broker.looks("06-check-in")
    takes_both_shots(broker, store)
    broker.reads("A person will look at it.")
    broker.looks("07-verdict")


def confirms_the_visit(reception: Someone) -> None:
    """Reception sees the photo, what was measured and what speaks against it, and decides."""
    reception.goes_to("Showings")
    reception.follows(CLIENT)
    photos = reception.page.get_by_role("img", name=reception.words("Photo of the check-in at %(instant)s", instant=""))
    assert photos.first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1280
    reception.reads("What speaks against it")
    far, near = reception.words("%(kilometres)s km", kilometres="1.2"), reception.words("%(metres)s m", metres="500")
    reception.reads("The device was %(distance)s from the site; at most %(most)s is expected.", distance=far, most=near)
    reception.looks("1-reviews")
    reception.opens("Confirm genuine")
    reception.presses("Yes, the visit took place")
    reception.reads("%(visit)s: confirmed genuine. It counts and protects the client.", visit="")
    reception.looks("2-reviewed")


def records_the_deal(manager: Someone, clock: MovableClock) -> None:
    """Subscribed, then signed; the page says whose deal it is, and why."""
    manager.goes_to("Deals")
    manager.follows("Record a subscription")
    manager.chooses("Development", HOME)
    manager.fills("Buyer's phone", CLIENT_PHONE)
    manager.fills("Buyer's name", CLIENT)
    manager.fills("Unit", "3-1202")
    manager.fills("Price", "2,000,000")
    manager.presses("Record the subscription")
    manager.sees(f"{NAMES[Role.BROKER]} · {AGENCY}")
    manager.opens("Why?")
    manager.reads("The owner's contact")
    manager.reads("Registration")
    manager.sees("2026年3月10日 10:00")
    clock.move(days=1)
    manager.page.reload()
    manager.presses("Record: %(milestone)s", milestone=manager.words("Signed"))
    manager.reads("Recorded: %(milestone)s.", milestone=manager.words("Signed"))
    manager.looks("05-signed")


def understands_the_commission(principal: Someone) -> None:
    principal.goes_to("Earnings")
    principal.looks("1-earnings")
    principal.follows(f"{HOME} 3-1202")
    principal.is_at(f"+{COMMISSION}")
    principal.sees("¥2,000,000.00 × 1.8%")
    principal.looks("2-explained")


def issues_the_statement(finance: Someone) -> None:
    finance.goes_to("Statements")
    finance.follows("Issue statements")
    finance.looks("1-to-issue")
    finance.follows(AGENCY)
    finance.opens("Issue this statement")
    finance.looks("2-preview")
    finance.presses("Yes, issue it")
    finance.reads("Requested")
    finance.sees(COMMISSION)
    finance.looks("3-issued")


def bills(store: Database) -> None:
    """The agency's invoice is there. How it gets there is told in the money's own story."""
    with store.transaction() as session:
        make.invoice(session, session.scalars(select(Statement)).one())


def approves(approver: Someone) -> None:
    opens_the_payout(approver)
    approver.opens(of("payout", "Approve"))
    approver.looks("1-approves")
    approver.presses("Yes, approve %(amount)s", amount=COMMISSION)
    approver.reads(of("payout", "Approved"))
    approver.looks("2-approved")


def opens_the_payout(someone: Someone) -> None:
    someone.goes_to("Payouts")
    someone.page.locator("main table a").first.click()


def releases_and_settles(cashier: Someone) -> None:
    """The bank file goes out, and the bank's answer comes in."""
    cashier.goes_to("Bank files")
    cashier.follows("New bank file")
    cashier.opens("Make the bank file")
    cashier.looks("1-releases")
    cashier.presses("Yes, release the ticked payouts")
    with cashier.page.expect_download() as download:
        cashier.presses("CSV")
    payments = bank.read_payments(Path(download.value.path()).read_bytes())
    assert [payment.amount_fen for payment in payments] == [36_000_00]
    cashier.looks("2-bank-file")
    answer = {"name": "result.csv", "mimeType": "text/csv", "buffer": bank.answer(payments, {})}
    cashier.field("The bank's result file (CSV or XLSX)").set_input_files([answer])
    cashier.presses("Import the answer")
    cashier.reads("%(num)d payout is paid.", num=1)
    cashier.reads("All answered")
    cashier.looks("3-settled")


def finds_it_paid(principal: Someone) -> None:
    opens_the_payout(principal)
    principal.reads("Paid")
    principal.reads_not(NAMES[Role.APPROVER])
    principal.looks("3-paid")


def proves_the_ledger(finance: Someone) -> None:
    finance.goes_to("Ledger")
    finance.sees("¥0.00")
    finance.looks("4-ledger")
    finance.follows("Verify the ledger")
    finance.presses("Verify now")
    finance.reads("The ledger holds")
    finance.looks("5-verified")
