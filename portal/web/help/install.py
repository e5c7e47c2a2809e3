"""The portal on a phone's home screen: what a browser asks for, and how a person does it in the browser at hand.

There is no service worker: a page that a phone had kept would show yesterday's protection and lose what was typed into
it. What is installed is a window without a browser's bar, and asks the server each time.
"""

from enum import StrEnum
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from referral.drawing.colours import readable
from referral.drawing.typefaces import typeface

SIZES = (180, 192, 512)
"""Pixels: for Apple's home screen, for Android's, and for its splash screen."""

_WHITE = "#ffffff"


class Browser(StrEnum):
    """Browsers that go to the home screen in ways of their own."""

    WECHAT = "wechat"
    APPLE = "apple"
    OTHER = "other"


def browser(user_agent: str) -> Browser:
    """Which one this is, by what it calls itself."""
    if "MicroMessenger" in user_agent:
        return Browser.WECHAT
    return Browser.APPLE if any(one in user_agent for one in ("iPhone", "iPad")) else Browser.OTHER


@cache
def icon(letter: str, colour: str, size: int) -> bytes:
    """The brand's letter on its colour, as a PNG that a phone may cut round: the letter keeps to the middle."""
    picture = Image.new("RGB", (size, size), colour)
    letters = ImageDraw.Draw(picture)
    centre = (size // 2, size // 2)
    letters.text(centre, letter, font=typeface(size * 46 // 100, 600), fill=readable(_WHITE, colour), anchor="mm")
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
