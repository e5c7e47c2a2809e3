"""A real server, a real browser and a camera for the stories; a story fails on what its windows complain about."""

from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect, sync_playwright

from portal.config import Config
from portal.db import Database
from tests.applications import Applications
from tests.browser.stage import PATIENCE, Camera, Windows, chromium, listening, served
from tests.clock import MovableClock

FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a story failed, while its windows are still open."""
    report = yield
    item.stash[FAILED] = call.when == "call" and report.failed
    return report


@pytest.fixture(scope="session")
def camera_of_the_browser(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    return Camera(tmp_path_factory.mktemp("camera") / "film.mjpeg")


@pytest.fixture(scope="session")
def browser(camera_of_the_browser: Camera) -> Iterator[Browser]:
    """One Chromium a worker."""
    with sync_playwright() as playwright, chromium(playwright.chromium, camera_of_the_browser.film) as opened:
        yield opened


@pytest.fixture
def camera(camera_of_the_browser: Camera) -> Camera:
    """The camera of every window: `camera.shows(two_people())`."""
    return camera_of_the_browser


@pytest.fixture
def live(config: Config, applications: Applications, clock: MovableClock) -> Iterator[Flask]:
    """The real application, served on a free port over a migrated SQLite file of its own. Its clock stands still
    until the story moves it."""
    server = listening()
    config = replace(config, base_url=f"http://127.0.0.1:{server.port}")
    with applications.lend(config, clock) as app, served(app, server):
        yield app


@pytest.fixture
def store(live: Flask) -> Database:
    """The database behind the pages: make rows with `store.transaction()`, look with `store.reading()`."""
    opened: Database = live.extensions["database"]
    return opened


@pytest.fixture
def windows(browser: Browser, live: Flask, request: pytest.FixtureRequest) -> Iterator[Windows]:
    """Opens windows: `windows.phone()`, `windows.desktop("en-GB")`. Where a story fails, each leaves its picture."""
    opened = Windows(browser, live.extensions["config"].base_url)
    yield opened
    if request.node.stash.get(FAILED, False):
        opened.keep_pictures(request.node.originalname)
    opened.close()
    assert not opened.complaints, "\n".join(opened.complaints)
