"""Deals by file: looked at row by row, carried out, and the refused row corrected and loaded again."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role
from portal.services.registrations import registrations
from tests import factories as make
from tests.browser.office import AGENCY, Office, staff_office
from tests.browser.people import Someone, of
from tests.browser.stage import Windows
from tests.clock import MovableClock

HOME = "云栖湖畔"
HEADING = ("楼盘", "房号", "客户电话", "客户姓名", "成交价（元）", "认购时间", "签约时间")
BUYERS = {"王小明": "13900004001", "陈晨": "13900004002", "刘洋": "13900004003"}
COMMISSION = "+¥36,000.00"


@pytest.fixture
def office(store: Database, windows: Windows, clock: MovableClock) -> Office:
    """Three clients of one broker, registered some days ago."""
    with store.transaction() as session:
        staff = staff_office(session)
        pair = make.agreement(session, agency=staff[Role.PRINCIPAL].agency)
        pair.development.name = HOME
        broker, came = Actor.of(staff[Role.BROKER]), clock() - timedelta(days=3)
        for name, phone in BUYERS.items():
            who = {"development_id": pair.development_id, "phone": phone, "name": name}
            registrations.register_client(session, broker, came, **who)
    return Office(windows, "import")


@pytest.mark.night
def test_a_refused_row_is_corrected_and_loaded_again(office: Office) -> None:
    finance = office.at_desk(Role.FINANCE)
    uploads(finance, "三月成交.csv", _file())
    sees_what_would_happen(finance)
    carries_it_out(finance)
    corrected = corrects(takes_the_refused(finance))
    uploads(finance, "更正.csv", corrected)
    finance.opens("Carry it out")
    finance.presses(finance.words("Yes, record %(num)d row", 1))
    finance.reads("Commission posted")
    finance.reads_not(finance.words("Refused rows"))
    finance.looks("5-corrected")
    finds_three_deals(finance)


def uploads(finance: Someone, name: str, content: bytes) -> None:
    finance.goes_to("Imports")
    finance.page.get_by_role("link", name=finance.words("Import a file")).first.click()  # an empty list has a second
    finance.field("File (XLSX or CSV)").set_input_files([{"name": name, "mimeType": "text/csv", "buffer": content}])
    finance.presses("Show what would happen")
    finance.is_at(name)


def sees_what_would_happen(finance: Someone) -> None:
    """Two rows are good; one names a development that nobody knows, and says so."""
    finance.reads("Commission it would post")
    finance.sees("¥72,000.00")
    finance.sees(AGENCY)
    refused = finance.page.locator("main tbody tr").filter(has_text=f"{HOME}二期")
    expect(refused).to_contain_text(finance.words(of("import row", "Refused")))
    finance.looks("1-what-would-happen")


def carries_it_out(finance: Someone) -> None:
    finance.opens("Carry it out")
    finance.looks("2-confirms")
    finance.presses(finance.words("Yes, record %(num)d row", 2))
    finance.reads("Commission posted")
    finance.looks("3-done")


def takes_the_refused(finance: Someone) -> bytes:
    with finance.page.expect_download() as download:
        finance.presses("Refused rows (%(kind)s)", kind="CSV")
    return Path(download.value.path()).read_bytes()


def corrects(refused: bytes) -> bytes:
    """The file comes back with its reason in the last column; only the wrong cell is typed anew."""
    rows = list(csv.reader(io.StringIO(refused.decode("utf-8-sig"))))
    wrong = [row for row in rows if f"{HOME}二期" in row]
    assert len(wrong) == 1
    assert wrong[0][-1], "it says why"
    return _written([[cell.replace(f"{HOME}二期", HOME) for cell in row] for row in rows])


def finds_three_deals(finance: Someone) -> None:
    finance.goes_to("Earnings")
    expect(finance.page.locator("main tbody tr")).to_have_count(3)
    finance.sees(COMMISSION)
    finance.looks("6-earned")


def _file() -> bytes:
    rows = [
        [f"{HOME}二期" if place == 2 else HOME, f"3-120{place}", phone, name, "2000000", "2026-03-08", "2026-03-09"]
        for place, (name, phone) in enumerate(BUYERS.items())
    ]
    return _written([HEADING, *rows])


def _written(rows: list) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")
