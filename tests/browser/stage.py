"""The stage of a browser story: the real server, Chromium, a camera that shows what the story puts before it.

A window complains about everything a person would not see but should worry about: an error in the console, a
refusal of the content security policy, a request that failed, an answer that a story did not expect.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, Request, Response
from werkzeug.serving import make_server

from tests.nightly import NIGHTLY
from tests.photos import FRAME, mjpeg

RESULTS = Path(__file__).parents[2] / "test-results"
PICTURES = NIGHTLY or os.environ.get("PORTAL_PICTURES", "") not in ("", "0")
"""Whether each step leaves a picture to look at. It proves nothing, and costs a tenth of a story."""
SITE = {"latitude": 30.2592, "longitude": 120.0884}
"""Where the reader's phone is: at the development that the factories make."""
FINENESS = 2 if PICTURES else 1
"""A phone draws two points for one; where nobody looks that is four times the work."""
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": FINENESS,
}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PATIENCE = 20_000
"""Milliseconds that a person waits for words or a button: more than a page ever needs, on a busy machine too."""
EXPECTED = {200, 201, 204, 206, 302, 303, 304, 422}
"""422 is a form that is shown again with what is wrong."""

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLAYWRIGHT_DOES_WITHOUT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "ThirdPartyStoragePartitioning", "AimEnabled"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
"""Of two such lists Chromium obeys the last: Playwright's own has to be said again in ours."""
_WINDOW_DRESSING = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""Pages of Chromium's own behind each address bar: two renderers a window that nobody sees."""
_FLAGS = (
    f"--disable-features={','.join((*_PLAYWRIGHT_DOES_WITHOUT, *_WINDOW_DRESSING))}",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-gpu",  # there is none: it would be a process that plays one
    "--disable-sync",
    "--disable-smooth-scrolling",  # where the focus is, is in sight at once
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing may come from elsewhere
)
_STATUS_IN_THE_CONSOLE = re.compile(r"Failed to load resource: the server responded with a status of")


class Camera:
    """The fake camera of a browser. What it shows is read anew each time a page opens it."""

    def __init__(self, film: Path) -> None:
        self.film = film
        self.shows(Image.new("RGB", FRAME, "grey"))

    def shows(self, *frames: Image.Image) -> None:
        """Put these pictures before the camera, one after another, in a loop."""
        mjpeg(frames, self.film)


_NO_CARD = re.compile(r"/wechat/card\?\S* answered 404")
"""No worker runs beside a story, so there is no ticket for a card in WeChat: a friend's page is told so and goes on."""


class Windows:
    """Opens windows for people, each with cookies of its own, and keeps what went wrong in them."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self._browser = browser
        self._base_url = base_url
        self._contexts: list[BrowserContext] = []
        self._allowed = [_NO_CARD]
        self._complaints: list[str] = []

    def phone(self, locale: str = "zh-CN", **options: Any) -> Page:
        """A window of 360 × 740 with touch."""
        return self._open(locale, PHONE | options)

    def desktop(self, locale: str = "zh-CN", **options: Any) -> Page:
        """A window of 1280 × 800."""
        return self._open(locale, DESKTOP | options)

    def allow(self, complaint: str) -> None:
        """A complaint (regular expression) that belongs to the story, such as the 403 of a closed door."""
        self._allowed.append(re.compile(complaint))

    @property
    def complaints(self) -> list[str]:
        return [one for one in self._complaints if not any(allowed.search(one) for allowed in self._allowed)]

    def keep_pictures(self, story: str) -> None:
        """What every window shows now, as `test-results/failed-….png`."""
        pages = (page for context in self._contexts for page in context.pages)
        for number, page in enumerate(pages, 1):
            _keep_picture(page, f"failed-{story}-{number}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _open(self, locale: str, options: dict[str, Any]) -> Page:
        given = {"base_url": self._base_url, "timezone_id": "Asia/Shanghai", "geolocation": SITE} | options
        context = self._browser.new_context(locale=locale, **given)
        context.set_default_timeout(PATIENCE)
        context.grant_permissions(["camera", "geolocation"], origin=self._base_url)
        context.on("console", self._said)
        context.on("weberror", lambda error: self._complain(f"uncaught: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        self._contexts.append(context)
        return context.new_page()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _STATUS_IN_THE_CONSOLE.search(message.text):
            self._complain(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a person who goes on before everything is loaded
            self._complain(f"{request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status not in EXPECTED:
            self._complain(f"{response.request.method} {response.url} answered {response.status}")

    def _complain(self, complaint: str) -> None:
        self._complaints.append(complaint)


@contextmanager
def chromium(kind: BrowserType, film: Path, *more: str) -> Iterator[Browser]:
    """Debian's Chromium, with a film before its camera: the shell without windows of its own, where it is installed.
    ``more`` are further flags."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise RuntimeError("no Chromium: `make setup-test` installs Debian's")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    flags = [*_FLAGS, *root, f"--use-file-for-fake-video-capture={film}", *more]
    browser = kind.launch(executable_path=program, args=flags)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def served(app: Flask, server: Any) -> Iterator[None]:
    """Serve an application on a server made by `listening`."""
    server.app = _whole(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def listening() -> Any:
    """A server that has a free port of this machine already, before its application is made: links and QR codes
    of the application hold the address."""
    return make_server("127.0.0.1", 0, app=_not_yet, threaded=True)


def _whole(app: Flask) -> Any:
    """The application with every answer made and closed before it is sent. This development server forgets to close an
    answer whose reader has gone on already; then a file stays open, and what should follow the answer never happens."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            parts.close()

    return answer


def _not_yet(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def shot(page: Page, name: str) -> None:
    """Keep a picture of a step for people to look at, where somebody asked for pictures."""
    if PICTURES:
        _keep_picture(page, name)


def _keep_picture(page: Page, name: str) -> None:
    """The whole page, in `test-results/`."""
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{name}.png", full_page=True)


def sign_in(page: Page, phone: str, password: str) -> None:
    """Sign in as a person does, by the page."""
    page.goto("/sign-in")
    page.locator("input[name=phone]").fill(phone)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
