"""The challenge as a phone's browser goes through it: a camera that shows a man who really turns his head, a network
that loses the first answer, and the one showing that comes of it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Role, Showing
from portal.services.registrations import registrations
from tests import factories as make
from tests.browser.film import colours_asked_for, looking_both_ways, take
from tests.browser.people import CHINESE, ENGLISH
from tests.browser.stage import Camera, Windows, shot, sign_in
from tests.clock import MovableClock
from tests.photos import jpeg, people
from tests.site import engine
from tests.site import shot as looked_at

BROKER, RECEPTION = "13800005001", "13800005002"


@pytest.fixture
def registration_id(store: Database, clock: MovableClock, camera: Camera) -> int:
    """A broker with one client; before his camera he looks to one side for a while, and then to the other."""
    camera.shows(*looking_both_ways())
    with store.transaction() as session:
        broker, now = make.broker(session, phone=BROKER), clock()
        taken = looked_at("obama")
        make.own_face(session, Actor.of(broker), now, engine(), taken)
        site = make.agreement(session, agency=broker.agency).development_id
        return registrations.register_client(
            session,
            Actor.of(broker),
            now - timedelta(days=1),
            development_id=site,
            phone=make.new_phone(),
            name="王小明",
        ).id


@pytest.mark.parametrize("locale", [CHINESE, ENGLISH])
def test_two_shots_and_a_lost_answer_make_one_verified_showing(
    windows: Windows, store: Database, registration_id: int, locale: str
) -> None:
    page = windows.phone({CHINESE: "zh-CN", ENGLISH: "en-GB"}[locale])
    name = f"challenge-{locale[:2]}"
    sign_in(page, BROKER, make.PASSWORD)
    page.goto(f"/showings/check-in/{registration_id}")
    shot(page, f"{name}-1-choice")
    page.locator("form[action$='/begin'] button").click()
    page.locator("[data-do=open]").click()
    expect(page.locator(".challenge-words")).not_to_be_empty()
    shot(page, f"{name}-2-consent-first")
    page.locator("[name=client_consent]").check()
    page.locator("[data-do=open]").click()
    expect(page.locator("[data-do=take]")).to_be_visible()
    shot(page, f"{name}-3-straight")
    straight, turned = colours_asked_for(store)
    take(page, straight)
    expect(page.locator("[data-step=turned]")).to_have_attribute("aria-current", "step")
    expect(page.locator("[data-do=take]")).to_be_enabled()
    shot(page, f"{name}-4-turned")

    windows.allow("ERR_FAILED|htmx:(afterRequest|sendError)")
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch(max_redirects=0)  # it arrives, and is answered: only nobody hears
        route.abort()

    page.route(re.compile("/photo$"), lose_the_first_answer)
    take(page, turned)
    expect(page.locator(".challenge-words")).to_contain_text("1")
    shot(page, f"{name}-5-again")
    page.wait_for_url(re.compile(r"/showings/\d+$"))
    shot(page, f"{name}-6-made")
    with store.reading() as session:
        showings = session.scalars(select(Showing)).all()
        assert [(showing.verdict, showing.reasons) for showing in showings] == [("verified", [])]
        assert showings[0].evidence["found"]["turn"]["moved"] >= 0.3


def test_a_broker_enrols_live_and_reception_stands_for_it(windows: Windows, store: Database, camera: Camera) -> None:
    camera.shows(*looking_both_ways(people("obama2")))
    with store.transaction() as session:
        make.broker(session, phone=BROKER)
        make.person(session, Role.RECEPTION, phone=RECEPTION)
    page = windows.phone("zh-CN")
    sign_in(page, BROKER, make.PASSWORD)
    page.goto("/me/face")
    shot(page, "enrol-zh-1-words")
    page.locator("[name=consent]").check()
    page.locator("[data-do=open]").click()
    expect(page.locator("[data-do=take]")).to_be_visible()
    straight, turned = colours_asked_for(store)
    take(page, straight)
    expect(page.locator("[data-step=turned]")).to_have_attribute("aria-current", "step")
    expect(page.locator("[data-do=take]")).to_be_enabled()
    shot(page, "enrol-zh-2-turned")
    take(page, turned)
    expect(page.locator(".notice")).to_have_text("人脸已录入。")
    shot(page, "enrol-zh-3-enrolled")

    desk = windows.phone("zh-CN")
    sign_in(desk, RECEPTION, make.PASSWORD)
    desk.goto("/faces?state=in_force")
    shot(desk, "enrol-zh-4-to-confirm")
    desk.locator("td a").click()
    desk.locator("[data-do=open]").click()
    expect(desk.locator("[data-do=take]")).to_be_visible()  # hidden it is enabled too, before the side was drawn
    straight, turned = colours_asked_for(store)
    take(desk, straight)
    expect(desk.locator("[data-step=turned]")).to_have_attribute("aria-current", "step")
    expect(desk.locator("[data-do=take]")).to_be_enabled()
    shot(desk, "enrol-zh-5-before-the-desk")
    take(desk, turned)
    expect(desk.locator(".notice")).to_contain_text("已确认")
    page.goto("/me/face")
    expect(page.locator(".banner")).to_contain_text("您的人脸已确认")


def test_a_photo_each_at_receptions_tablet(windows: Windows, store: Database, registration_id: int) -> None:
    """Nobody is asked to turn: who is signed in at the tablet sees them both."""
    with store.transaction() as session:
        host = make.person(session, Role.RECEPTION, phone=RECEPTION).id
    page = windows.phone("zh-CN")
    sign_in(page, RECEPTION, make.PASSWORD)
    page.goto(f"/registrations/{registration_id}")
    page.locator("form[action*='/tablet/'] button").click()
    page.locator("[name=client_consent]").check()
    page.locator("[name=pictures][value=each]").check()
    page.locator("[data-do=open]").click()
    take(page, "red")
    expect(page.locator("[data-step=client]")).to_have_attribute("aria-current", "step")
    expect(page.locator("[data-do=other]")).to_be_visible()
    shot(page, "challenge-zh-tablet")
    take(page, "blue")
    page.wait_for_url(re.compile(r"/showings/\d+$"))
    with store.reading() as session:
        showing = session.scalars(select(Showing)).one()
        assert (showing.verdict, showing.host_id) == ("verified", host)
    shot(page, "challenge-zh-tablet-review")


def test_without_the_camera_the_inputs_stay(windows: Windows, store: Database, registration_id: int) -> None:
    page = windows.phone("zh-CN")
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    sign_in(page, BROKER, make.PASSWORD)
    page.goto(f"/showings/check-in/{registration_id}")
    page.locator("form[action$='/begin'] button").click()
    page.locator("[name=client_consent]").check()
    page.locator("[data-do=open]").click()
    expect(page.locator("[name=photo]")).to_be_visible()
    word = page.locator("[name=nonce]").input_value()
    with page.expect_file_chooser():
        page.locator("[name=photo]").click()
    expect(page.locator("[name=nonce]")).not_to_have_value(word)
    shot(page, "challenge-zh-refused")
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg(people("obama3", "biden"))}
    page.locator("[name=photo]").set_input_files([file])
    page.locator(".form-actions button").click()
    page.wait_for_url(re.compile(r"/showings/\d+$"))
    with store.reading() as session:
        showing = session.scalars(select(Showing)).one()
        assert [(reason["code"], reason["facts"]["by"]) for reason in showing.reasons] == [
            ("failed_liveness", "not_in_page")
        ]
