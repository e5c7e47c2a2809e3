"""The pictures in the README: the demo's world in a folder of its own, the real server, Debian's Chromium.

    make screenshots

The world is made anew, so the figures in the pictures differ from run to run; what they show does not.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
MOST_BYTES = 300_000
_PATIENCE_SECONDS = 300
_SETTLING_MS = 2_000
"""Pictures find their places after the page has come."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is photographed: whose page, in which language, on what. `link` is followed from the page first."""

    name: str
    phone: str
    locale: str
    device: dict[str, object]
    path: str = "/"
    link: str | None = None


PICTURES = (
    Picture("broker-phone", "13900000009", "zh-CN", PHONE),
    Picture("statement-desktop", "13900000008", "zh-CN", DESKTOP, "/statements", "main tbody tr a"),
    Picture("board-desktop", "13900000004", "en-GB", DESKTOP, "/periods"),
    Picture("earnings-desktop", "13900000004", "en-GB", DESKTOP, "/earnings", "main tbody tr a"),
    Picture("poster-phone", "13900000056", "zh-CN", PHONE, "/poster/"),
    Picture("graph-desktop", "13900000002", "en-GB", DESKTOP, "/graph/"),
)


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_flags())
        for picture in PICTURES:
            path = IMAGES / f"{picture.name}.png"
            path.write_bytes(_small(_photograph(browser, address, password, picture)))
            print(f"{path.name}: {path.stat().st_size // 1000} kB")
        browser.close()


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """`portal demo` on a free port with a world of its own; its address and everybody's password."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        environ = {**os.environ, "PORTAL_DATA_DIR": folder}
        command = [sys.executable, "-m", "portal.cli", "demo", "--port", str(port)]
        server = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", server)
            yield f"http://127.0.0.1:{port}", json.loads((Path(folder) / "demo.json").read_text())["password"]
        finally:
            server.terminate()
            server.wait()


def _photograph(browser: Browser, address: str, password: str, picture: Picture) -> bytes:
    context = browser.new_context(
        base_url=address, locale=picture.locale, timezone_id="Asia/Shanghai", reduced_motion="reduce", **picture.device
    )
    page = context.new_page()
    _sign_in(page, picture.phone, password)
    page.goto(picture.path)
    if picture.link:
        page.locator(picture.link).first.click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLING_MS)
    taken = page.screenshot()
    context.close()
    return taken


def _sign_in(page: Page, phone: str, password: str) -> None:
    page.goto("/sign-in")
    page.locator("input[name=phone]").fill(phone)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def _small(png: bytes) -> bytes:
    """The picture in 256 colours: a third of the size, and nobody sees the difference on a page of text."""
    small = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").quantize(256).save(small, "PNG", optimize=True)
    if small.tell() > MOST_BYTES:
        raise SystemExit(f"a picture has {small.tell()} bytes: a README must load quickly")
    return small.getvalue()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(_PATIENCE_SECONDS * 5):
        if server.poll() is not None:
            raise SystemExit("the demo did not start; see above")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the demo was not ready within {_PATIENCE_SECONDS} seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell"):
        if found := shutil.which(name):
            return found
    raise SystemExit("no Chromium: `make test` installs Debian's")


def _flags() -> list[str]:
    return ["--no-sandbox"] if os.geteuid() == 0 else []


if __name__ == "__main__":
    main()
