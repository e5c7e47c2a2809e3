"""People at their windows, who press what is written on a button and read what stands on the page.

A story names every word by its English msgid, and a person looks for it in the language of the window. So one story
can be told in both languages, and a word without its translation is not found.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zxingcpp
from babel.support import Translations
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from portal.web.language import LOCALES
from tests import factories as make
from tests.browser.access import faults
from tests.browser.stage import PICTURES, shot, sign_in

CHINESE, ENGLISH = LOCALES
_CATALOGUES = Path(__file__).parents[2] / "portal" / "translations"
_READING = {locale: Translations.load(_CATALOGUES, [locale]) for locale in LOCALES}

_OF = "\4"

_FITS = "() => document.documentElement && document.documentElement.scrollWidth <= innerWidth"
"""Between two pages a window has a document without an element for a moment."""


def of(thing: str, word: str) -> str:
    """A word that means something else elsewhere, with its context: `of("payout", "Approved")`."""
    return f"{thing}{_OF}{word}"


@dataclass(frozen=True, slots=True)
class Someone:
    """A person at a window. `name` begins the names of the pictures that are taken of it."""

    page: Page
    name: str
    locale: str = CHINESE

    def words(self, msgid: str, num: int | None = None, **facts: Any) -> str:
        """What is written there in this person's language."""
        read = _READING[self.locale]
        if num is not None:
            return read.ngettext(msgid, msgid, num) % {"num": num, **facts}
        thing, _, word = msgid.rpartition(_OF)
        said = read.pgettext(thing, word) if thing else read.gettext(word)
        return said % facts if facts else said

    def signs_in(self, phone: str) -> "Someone":
        sign_in(self.page, phone, make.PASSWORD)
        return self

    def goes_to(self, place: str) -> None:
        """By the navigation: the rail, or the bar at the bottom and what is behind "More"."""
        named = self._named("nav:is(.rail, .bottom-bar) a", place)
        named.first.wait_for(state="attached")
        link = named.filter(visible=True)
        if not link.is_visible():
            self.page.locator(".more > summary").tap()
        with self.page.expect_navigation():
            link.click()

    def is_at(self, heading: str, **facts: Any) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words(heading, **facts))

    def follows(self, msgid: str, **facts: Any) -> None:
        """A link with these words."""
        self._visible("main a", msgid, **facts).click()

    def presses(self, msgid: str, **facts: Any) -> None:
        """A button with these words."""
        self.button(msgid, **facts).click()

    def button(self, msgid: str, **facts: Any) -> Locator:
        return self.page.get_by_role("button", name=self.words(msgid, **facts), exact=True)

    def opens(self, msgid: str, **facts: Any) -> None:
        """What is folded under these words: an explanation, or a step that asks once more."""
        self._visible("main summary", msgid, **facts).click()

    def fills(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def chooses(self, label: str, option: str) -> None:
        self.field(label).select_option(label=option)

    def ticks(self, label: str) -> None:
        self.page.get_by_role("checkbox", name=self.words(label)).check()

    def field(self, label: str) -> Locator:
        return self.page.locator("main").get_by_label(self.words(label))

    def reads(self, msgid: str, num: int | None = None, **facts: Any) -> None:
        """These words stand on the page, where they can be seen."""
        self.sees(self.words(msgid, num, **facts))

    def sees(self, text: str) -> None:
        """This text, which is the same in every language: a name, an amount."""
        expect(self.page.locator("main").get_by_text(text).filter(visible=True).first).to_be_visible()

    def reads_not(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)

    def scans(self, picture: str) -> str:
        """What the QR code says that is shown under this description."""
        shown = self.page.get_by_role("img", name=self.words(picture))
        return decoded(Image.open(io.BytesIO(shown.screenshot())))

    def looks(self, step: str) -> None:
        """Nothing may make the page scroll sideways. Where pictures are asked for, one is kept of it, and the page is
        asked for faults that a machine can find."""
        shot(self.page, f"{self.name}-{step}")
        assert not PICTURES or not (found := faults(self.page)), found
        if self.page.evaluate(_FITS):
            return
        try:  # a style that is on its way may come a moment later
            self.page.wait_for_function(_FITS)
        except PlaywrightTimeout as late:
            raise AssertionError(f"{step} scrolls sideways") from late

    def _named(self, selector: str, msgid: str, **facts: Any) -> Locator:
        exactly = re.compile(rf"^\s*{re.escape(self.words(msgid, **facts))}\s*$")
        return self.page.locator(selector).filter(has_text=exactly)

    def _visible(self, selector: str, msgid: str, **facts: Any) -> Locator:
        return self._named(selector, msgid, **facts).filter(visible=True)


def decoded(picture: Image.Image) -> str:
    """The text of the only QR code in a picture."""
    (code,) = zxingcpp.read_barcodes(picture.convert("RGB"), formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text
