"""No face: the client reads six digits off his own phone. And a face taken back: he scans a code and erases it."""

import re
from contextlib import suppress
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from portal.db import Database
from portal.models import Consent, FaceTemplate, Registration, Role
from tests import factories as make
from tests.browser.film import held_up
from tests.browser.office import TABLET
from tests.browser.people import CHINESE, ENGLISH, Someone
from tests.browser.stage import Camera, Windows
from tests.clock import MovableClock

BROKER, RECEPTION = "13800005002", "13800005003"
SIX_DIGITS = re.compile(r"\b\d{6}\b")
LOCALES = {CHINESE: "zh-CN", ENGLISH: "en-GB"}


@pytest.fixture
def registration_id(store: Database, clock: MovableClock) -> int:
    """A broker with one client, registered yesterday."""
    with store.transaction() as session:
        now, broker = clock(), make.broker(session, phone=BROKER)
        until = now + timedelta(days=6)
        touch = make.touch(session, person=broker, at=now - timedelta(days=1), protected_until=until)
        return make.registration(session, touch=touch).id


@pytest.fixture(params=LOCALES)
def both(request: pytest.FixtureRequest, windows: Windows, registration_id: int) -> tuple[Someone, Someone]:
    """The broker, who is there already, and the client, each with a phone."""
    locale = request.param
    return (
        Someone(windows.phone(LOCALES[locale]), f"faceless-{locale[:2]}-broker", locale).signs_in(BROKER),
        Someone(windows.phone(LOCALES[locale]), f"faceless-{locale[:2]}-client", locale),
    )


def test_a_code_is_read_out_and_the_visit_counts(
    both: tuple[Someone, Someone], windows: Windows, store: Database, camera: Camera, registration_id: int
) -> None:
    broker, client = both
    desk = at_the_desk(windows, store, client.locale)
    broker.page.goto(f"/showings/check-in/{registration_id}")
    broker.looks("1-choice")
    broker.follows("Use a code")
    broker.presses("Send the code")
    broker.reads("Let the client read it to you. Never ask for it by phone.")
    broker.looks("2-sent")

    code = read_in_the_inbox(client)
    broker.fills("Code on the client's phone", f"{(int(code) + 1) % 1_000_000:06d}")
    broker.presses("Check in")
    broker.reads("This is not the code. Tries left: %(left)s.", left=4)
    broker.looks("4-wrong")
    broker.fills("Code on the client's phone", code)
    camera.shows(held_up(on_the_tablet(desk)))
    broker.follows("Scan the code at reception")
    broker.presses("Scan")
    broker.reads("You are at the site: that is noted. Now show that your client is too.")
    broker.looks("5-at-the-site")
    broker.fills("Code on the client's phone", code)
    broker.presses("Check in")
    broker.reads("The visit counts.")
    broker.looks("5-counts")


def test_the_client_scans_the_link_and_erases_the_face(
    both: tuple[Someone, Someone], windows: Windows, store: Database, clock: MovableClock, registration_id: int
) -> None:
    with store.transaction() as session:
        now, touch = clock(), session.get_one(Registration, registration_id).touch
        showing = make.showing(session, touch=touch, at=now, way="face", verdict="verified", reasons=[])
        words = {"purpose": "face_client", "version": "2", "locale": "en", "given_at": now}
        session.add(Consent(client_id=touch.client_id, **words))
        vector = {"engine": "sface", "engine_version": "1", "vector_sealed": b"sealed", "created_at": now}
        here = {"development_id": touch.development_id, "showing_id": showing.id}
        session.add(FaceTemplate(client_id=touch.client_id, **here, **vector))
        showing_id = showing.id
    _, client = both
    desk = at_the_desk(windows, store, client.locale)
    desk.page.goto(f"/showings/{showing_id}")
    desk.looks("6-link")
    client.page.goto(desk.scans("QR code of the page where the client withdraws consent"))
    client.is_at("Your face data")
    client.looks("7-stored")
    client.presses("Withdraw and erase now")
    client.is_at("Your face data is erased")
    client.looks("8-erased")
    with store.reading() as session:
        assert [row.vector_sealed for row in session.scalars(select(FaceTemplate))] == [None]


def at_the_desk(windows: Windows, store: Database, locale: str) -> Someone:
    """Reception's tablet, on which somebody is signed in."""
    with store.transaction() as session:
        make.person(session, Role.RECEPTION, phone=RECEPTION)
    desk = Someone(windows.desktop(LOCALES[locale], **TABLET), f"faceless-{locale[:2]}-reception", locale)
    return desk.signs_in(RECEPTION)


def on_the_tablet(desk: Someone) -> Image.Image:
    """The code that the tablet shows, as a camera sees it."""
    desk.goes_to("Code at the site")
    shown = desk.page.get_by_role("img", name=desk.words("QR code for brokers, good for half a minute"))
    desk.looks("5-site-code")
    return Image.open(BytesIO(shown.screenshot()))


def read_in_the_inbox(client: Someone) -> str:
    """The six digits; a text is sent after the broker has his answer, so the client looks until it is there."""
    for _again in range(20):
        client.page.goto("/dev/inbox")
        with suppress(AssertionError):
            expect(client.page.locator("main")).to_contain_text(SIX_DIGITS, timeout=500)
            break
    client.looks("3-inbox")
    found = SIX_DIGITS.search(client.page.locator("main").inner_text())
    assert found, "no text came"
    return found[0]
