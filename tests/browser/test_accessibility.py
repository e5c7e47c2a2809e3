"""What /accessibility promises: no fault a machine can find, the keyboard alone, text twice as large, little motion."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.access import NAME, faults, lost, moving, stops
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Camera, Windows, chromium
from tests.clock import MovableClock
from tests.factories.friends import accepted_lead

BROKER, OWNER, MANAGER, FINANCE = "13800007001", "13800007002", "13800007003", "13800007004"
PAGES = {
    None: ("/sign-in", "/r/{code}", "/accessibility"),
    BROKER: ("/", "/registrations/new", "/registrations", "/me", "/me/face"),
    OWNER: ("/poster/", "/rewards/"),
    MANAGER: ("/", "/arrivals/", "/deals/new"),
    FINANCE: ("/periods", "/statements"),
}
"""The pages that people use most, by who opens them."""
OTHERS = [who for who in PAGES if who not in (None, BROKER)]
"""Whose pages wait for the night: they are made of what a broker's are made of."""
WALKED = ("/sign-in", "/r/{code}", "/registrations/new", "/me", "/poster/")
"""Those whose stops of the tabulator are looked at one by one."""


@pytest.fixture
def code(store: Database, clock: MovableClock) -> str:
    """The code of a homeowner's page, in a house where somebody does each kind of work."""
    now = clock()
    with store.transaction() as session:
        home, agency = make.development(session, name="云栖湖畔"), make.agency(session)
        make.agreement(session, development=home, agency=agency)
        broker = make.broker(session, phone=BROKER, name="林静", agency=agency)
        touch = make.touch(session, person=broker, development=home, at=now, protected_until=now + timedelta(days=7))
        make.registration(session, touch=touch)
        make.showing(session, touch=touch, at=now)
        owner = make.person(session, Role.REFERRER, phone=OWNER, name="陈静怡")
        referrer = make.referrer(session, person=owner, development=home)
        accepted_lead(session, referrer, now)
        make.person(session, Role.CHANNEL_MANAGER, phone=MANAGER, name="周岚")
        make.person(session, Role.FINANCE, phone=FINANCE, name="钱财务")
        return referrer.code


def opened(someone: Page, who: str | None, code: str) -> Iterator[str]:
    """Each page of a person, one after another."""
    if who is not None:
        Someone(someone, "accessibility").signs_in(who)
    for path in PAGES[who]:
        answer = someone.goto(path.format(code=code))
        assert answer is not None, path
        assert answer.status == 200, path
        yield path


@pytest.fixture(scope="module")
def large_print(browser: Browser, camera_of_the_browser: Camera) -> Iterator[Browser]:
    """A browser whose reader asked for text twice as large."""
    twice = "--blink-settings=defaultFontSize=32"
    with chromium(browser.browser_type, camera_of_the_browser.film, twice) as opened:
        yield opened


@pytest.fixture
def large(large_print: Browser, live: Flask) -> Iterator[Windows]:
    opened = Windows(large_print, live.extensions["config"].base_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("window", ["phone", "desktop"])
@pytest.mark.parametrize("who", [None, BROKER, *(pytest.param(who, marks=pytest.mark.night) for who in OTHERS)])
def test_pages_are_there_for_everybody(
    windows: Windows, large: Windows, code: str, who: str | None, window: str
) -> None:
    """A machine finds no fault, what has the focus is in sight, and no word is lost where text is twice as large: on a
    phone in Chinese; at a desk in English, dark and with little motion."""
    found: dict[str, list[str]] = {}
    page = of_kind(windows, window)
    for path in opened(page, who, code):
        found[f"{path} faults"] = faults(page)
        found[f"{path} moves"] = moving(page) if window == "desktop" else []
        found[f"{path} hides"] = unseen(page) if path in WALKED else []
    page = of_kind(large, window)
    for path in opened(page, who, code):
        found[f"{path} loses"] = lost(page)
    assert not {what: said for what, said in found.items() if said}


def test_what_is_wrong_is_found(windows: Windows) -> None:
    """So that finding nothing says something."""
    is_found_what_is_wrong(windows.phone())


def test_the_keyboard_is_enough(windows: Windows, code: str) -> None:
    """A broker signs in, registers a client and leaves; a friend asks for a visit."""
    someone = Someone(windows.desktop("en-GB"), "keyboard", ENGLISH)
    keys = someone.page.keyboard
    someone.page.goto("/sign-in")
    reaches(someone, "Phone")
    keys.type(BROKER)
    reaches(someone, "Password")
    keys.type(make.PASSWORD)
    presses(someone, "Enter")
    someone.is_at("Today")
    skips_the_menus(someone)
    reaches(someone, "Register a client")
    presses(someone, "Enter")
    registers(someone)
    someone.page.goto("/")
    opens_and_closes_the_menu(someone)
    reaches(someone, "Sign out")
    presses(someone, "Enter")
    someone.is_at("Sign in")
    friend = Someone(windows.phone(), "keyboard-friend", CHINESE)
    friend.page.goto(f"/r/{code}")
    for label, typed in (("Your name", "王小明"), ("Your phone number", "13911113333")):
        reaches(friend, label)
        friend.page.keyboard.type(typed)
    reaches(friend, "I agree to be contacted")
    friend.page.keyboard.press("Space")
    reaches(friend, "Arrange a visit")
    presses(friend, "Enter")
    friend.is_at("Thank you, we have your request")


def of_kind(windows: Windows, kind: str) -> Page:
    if kind == "phone":
        return windows.phone("zh-CN")
    return windows.desktop("en-GB", color_scheme="dark", reduced_motion="reduce")


def unseen(page: Page) -> list[str]:
    """Where the focus is not ringed, or stands behind a bar."""
    return [stop["name"] for stop in stops(page) if not stop["ringed"] or not stop["clear"]]


def is_found_what_is_wrong(page: Page) -> None:
    """So that finding nothing says something."""
    page.goto("/sign-in")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        main.insertAdjacentHTML("beforeend", '<input type="text"><p class="bare"></p>');
        const bare = document.querySelector(".bare");
        bare.textContent = "一行很长的字".repeat(20);
        Object.assign(bare.style, { overflow: "hidden", height: "20px", color: "#ddd", transition: "color 1s" });
        main.querySelector("a, button").style.outline = "none";
    }""")
    assert {said.split(":")[0] for said in faults(page)} == {"label", "color-contrast"}
    assert [said[:4] for said in lost(page)] == ["cut:"]
    assert moving(page)[-1] == "P.bare: 1 s"
    assert unseen(page)


def registers(someone: Someone) -> None:
    """Too early first: what is wrong is said in words, which lead to where it is mended."""
    keys = someone.page.keyboard
    someone.is_at("Register a client")
    reaches(someone, "Client's phone")
    keys.press("Enter")
    wrong = someone.page.locator(".banner").filter(has_text=someone.words("Please look at this again"))
    expect(wrong).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(someone.field("Client's phone")).to_be_focused()
    keys.type("13911112222")
    reaches(someone, "Client's name")
    keys.type("王小明")
    keys.press("Enter")
    someone.reads("Register another client")


def reaches(someone: Someone, name: str) -> None:
    """By the tabulator, as far as it takes."""
    words = someone.words(name)
    for _stop in range(60):
        someone.page.keyboard.press("Tab")
        if words in someone.page.evaluate(NAME):
            return
    raise AssertionError(f"the tabulator does not lead to {words}")


def skips_the_menus(someone: Someone) -> None:
    """The first stop of a page leads past what is the same on each."""
    someone.page.keyboard.press("Tab")
    assert someone.page.evaluate(NAME).strip() == someone.words("Skip to content")
    someone.page.keyboard.press("Enter")
    expect(someone.page.locator("main")).to_be_focused()


def opens_and_closes_the_menu(someone: Someone) -> None:
    """Escape closes it, and the focus is back where it was opened."""
    reaches(someone, "林静")
    menu = someone.page.locator(".menu")
    someone.page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    someone.page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    someone.page.keyboard.press("Enter")


def presses(someone: Someone, key: str) -> None:
    with someone.page.expect_navigation():
        someone.page.keyboard.press(key)
