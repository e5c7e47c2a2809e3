"""An employee scans the company's poster, confirms the work address, and pays one percent less."""

from urllib.parse import urlsplit

import pytest
from PIL import Image

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.people import CHINESE, ENGLISH, Someone, decoded
from tests.browser.stage import Windows
from tests.clock import MovableClock

TAGS = {CHINESE: "zh-CN", ENGLISH: "en-GB"}
MANAGER, EMPLOYEE = "13800002101", "13900003101"
COMPANY, HOME = "远航科技", "云栖湖畔"


@pytest.mark.night
@pytest.mark.parametrize("locale", [CHINESE, ENGLISH])
def test_an_employee_pays_one_percent_less(store: Database, windows: Windows, clock: MovableClock, locale: str) -> None:
    with store.transaction() as session:
        by = make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER, name="周岚")
        make.company(session, name=COMPANY, development=make.development(session, name=HOME), by=by)
    manager = Someone(windows.desktop(TAGS[locale]), f"employee-{locale[:2]}-manager", locale).signs_in(MANAGER)
    manager.goes_to("Programmes")
    manager.page.get_by_role("link", name=COMPANY).first.click()
    with manager.page.expect_download() as download:
        manager.follows("Download the poster")

    employee = Someone(windows.phone(TAGS[locale]), f"employee-{locale[:2]}-employee", locale)
    employee.page.goto(urlsplit(decoded(Image.open(download.value.path()))).path)
    leaves_number_and_work_email(employee)
    confirms_from_the_mail(employee)
    assert employee.page.context.cookies() == []

    clock.move(days=2)
    manager.goes_to("Deals")
    manager.follows("Record a subscription")
    manager.chooses("Development", HOME)
    manager.fills("Buyer's phone", EMPLOYEE)
    manager.fills("Buyer's name", "王小明")
    manager.fills("Unit", "8-1602")
    manager.fills("Price", "2,000,000")
    manager.sees("¥2,000,000.00 → ¥1,980,000.00")
    manager.looks("1-subscription")
    manager.presses("Record the subscription")
    manager.sees("¥1,980,000.00")
    manager.opens("Why this discount?")
    manager.reads("Confirmed from the work e-mail")
    manager.looks("2-deal")


def leaves_number_and_work_email(employee: Someone) -> None:
    """The wrong address is told at its field; what was typed stays."""
    employee.fills("Your name", "王小明")
    employee.fills("Your phone number", EMPLOYEE)
    employee.fills("Your work e-mail", "wang@qq.com")
    employee.ticks("I agree to be contacted")
    employee.presses("Arrange a visit")
    employee.looks("1-another-address")
    employee.fills("Your work e-mail", "wang@acme.example")
    employee.presses("Arrange a visit")
    employee.is_at("Thank you, we have your request")
    employee.sees("w***@acme.example")
    employee.looks("2-thanks")


def confirms_from_the_mail(employee: Someone) -> None:
    """The mail lies in the developer's inbox; its link does nothing before the button is pressed."""
    employee.page.goto("/dev/inbox")
    employee.looks("3-mail")
    employee.follows("Open the link of the mail")
    employee.is_at("Is this your work e-mail?")
    employee.presses("Yes, that was me")
    employee.is_at("Your work e-mail is confirmed")
    employee.looks("4-confirmed")
