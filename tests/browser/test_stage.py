"""The stage itself: its camera shows what it is told to, and its windows do complain."""

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page

from portal.db import Database
from portal.models import Role
from tests import factories as make
from tests.browser.stage import PATIENCE, Camera, Windows, shot, sign_in
from tests.photos import FRAME

COLOUR_BEFORE_THE_CAMERA = """async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
    const video = document.createElement("video");
    video.srcObject = stream;
    await video.play();
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0);
    stream.getTracks().forEach((track) => track.stop());
    return Array.from(pen.getImageData(10, 10, 1, 1).data).slice(0, 3).indexOf(
        Math.max(...Array.from(pen.getImageData(10, 10, 1, 1).data).slice(0, 3)));
}"""


def test_the_camera_shows_what_is_put_before_it(windows: Windows, camera: Camera, store: Database) -> None:
    with store.transaction() as session:
        make.person(session, Role.RECEPTION, phone="13800001111")
    page = windows.phone()
    sign_in(page, "13800001111", make.PASSWORD)
    page.goto("/redeem/")  # a page that may ask for the camera
    for strongest, colour in enumerate(("red", "lime", "blue")):
        camera.shows(Image.new("RGB", FRAME, colour))
        assert page.evaluate(COLOUR_BEFORE_THE_CAMERA) == strongest


@pytest.mark.parametrize("open_window", [Windows.phone, Windows.desktop], ids=["phone", "desktop"])
def test_a_person_signs_in(windows: Windows, store: Database, open_window, request: pytest.FixtureRequest) -> None:
    with store.transaction() as session:
        make.person(session, Role.FINANCE, phone="13800001111")
    page: Page = open_window(windows)
    page.goto("/sign-in")
    shot(page, f"sign-in-{request.node.callspec.id}")
    sign_in(page, "13800001111", make.PASSWORD)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw new Error('broken') })", "uncaught"),
        ("fetch('/nowhere')", "answered 404"),
        ("fetch('http://elsewhere.example/').catch(() => 0)", "Content Security Policy"),
        ("document.body.setAttribute('onclick', 'x()')", "Content Security Policy"),
    ],
)
def test_a_window_complains(browser: Browser, live: Flask, deed: str, said: str) -> None:
    windows = Windows(browser, live.extensions["config"].base_url)
    page = windows.desktop()
    page.goto("/sign-in")
    page.evaluate(f"() => {{ {deed} }}")
    for _moment in range(PATIENCE // 100):
        if any(said in complaint for complaint in windows.complaints):
            break
        page.wait_for_timeout(100)
    windows.close()
    assert any(said in complaint for complaint in windows.complaints), windows.complaints
