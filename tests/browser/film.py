"""What the camera shows: at a check-in a man who really turns his head, and how he answers the challenge with it; at
the desk a phone that somebody holds up.

Each look bears a mark of its own in a corner, so that the shutter is pressed while it is shown.
"""

from PIL import Image, ImageOps
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.db import Database
from portal.models import CaptureNonce, Side
from tests.browser.people import Someone
from tests.photos import FRAME, marked, people

SECONDS = 60
"""Frames that each look is shown for: two seconds of Chromium's thirty a second."""

_PRESSES = """colour => {
    const video = document.querySelector("[data-challenge] video");
    const shutter = document.querySelector("[data-do=take]");
    if (!video.videoWidth || !shutter || shutter.hidden || shutter.disabled) return false;
    const small = document.createElement("canvas");
    small.width = small.height = 1;
    small.getContext("2d").drawImage(video, 4, 4, 8, 8, 0, 0, 1, 1);
    const [red, , blue] = small.getContext("2d").getImageData(0, 0, 1, 1).data;
    if (colour === "red" ? red <= 150 || blue >= 100 : blue <= 150 || red >= 100) return false;
    shutter.click();
    return true;
}"""
"""Sees the mark and presses in one breath: on a busy machine the next look may be there before a second call is."""


def looking_both_ways(pair: Image.Image | None = None) -> list[Image.Image]:
    """The broker looks to one side for a while (red), and then to the other (blue); the client stands beside him."""
    pair = pair or people("obama2", "biden")
    right, left = marked(pair, "red"), marked(ImageOps.mirror(pair), "blue")
    return [right] * SECONDS + [left] * SECONDS


def another_day() -> Image.Image:
    """The same two as no other photo shows them: further away before a wall, the client's head held askew."""
    pair, (width, height) = people("obama2", "biden"), FRAME
    client = pair.crop((width // 2, 0, width, height))
    askew = (1, -0.45, 0.45 * height / 2, 0, 1, 0)
    pair.paste(client.transform(client.size, Image.Transform.AFFINE, askew, Image.Resampling.BICUBIC), (width // 2, 0))
    wall = Image.new("RGB", FRAME, "slategrey")
    wall.paste(pair.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.LANCZOS), (width // 8, height // 4))
    return wall


def held_up(code: Image.Image) -> Image.Image:
    """A QR code on somebody's phone before a desk's camera: not filling the picture, and a little askew."""
    desk, side = Image.new("RGB", FRAME, "slategrey"), FRAME[1] * 5 // 9
    askew = code.convert("RGB").resize((side, side)).rotate(6, expand=True, fillcolor="slategrey")
    desk.paste(askew, ((FRAME[0] - askew.width) // 2, (FRAME[1] - askew.height) // 2))
    return desk


def take(page: Page, colour: str) -> None:
    """Press the shutter while the look with this mark is shown."""
    page.wait_for_function(_PRESSES, arg=colour)


def colours_asked_for(store: Database) -> tuple[str, str]:
    """Which look comes first and which second, so that the head turns to the side that the server drew last."""
    with store.reading() as session:
        drawn = session.scalars(select(CaptureNonce.side).order_by(CaptureNonce.id.desc()).limit(1)).one()
    return ("red", "blue") if drawn is Side.LEFT else ("blue", "red")


def takes_both_shots(broker: Someone, store: Database, *, alone: bool = False) -> None:
    """Straight, and then turned as the page asks; it sends them by itself. `alone`: of one's own face, to enrol it."""
    broker.presses("Open camera")
    broker.reads("Look straight into the camera." if alone else "Both of you: look straight into the camera.")
    expect(broker.button("Take photo")).to_be_enabled()
    straight, turned = colours_asked_for(store)
    take(broker.page, straight)
    side = "left" if straight == "red" else "right"
    broker.reads(f"Now turn your head to your {side}." if alone else f"Broker: turn your head to your {side}.")
    expect(broker.button("Take photo")).to_be_enabled()
    take(broker.page, turned)
