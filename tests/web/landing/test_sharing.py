"""What is shared: the card and the picture behind a link are what staff uploaded; a referrer sees what came of it."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Person, Referrer, Role, ScanCount
from portal.services.kept_files import PictureChange
from portal.services.referral import branding
from portal.services.referral.branding import LookFacts
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, development=make.development(session, name="云栖里"))


def give_look(
    app: Flask, store: Database, referrer: Referrer, colour: str = "#ff0000", accent: str = "#00ff00"
) -> None:
    words = {"en": {"name": "Cloudrest", "headline": "Come home", "body": ["By the lake"]}}
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret description"
    Image.new("RGB", (900, 1600), colour).save(file, "JPEG", exif=exif)
    with store.transaction() as session:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        development = session.get_one(Development, referrer.development_id)
        picture = branding.take_in_picture(file.getvalue())
        facts, files = LookFacts(accent="#00ff00", words=words, own_words=True), app.extensions["files"]
        branding.change_look(session, manager, make.BEFORE, files, development, facts, PictureChange(picture))


def pixel(data: bytes, place: tuple[int, int]) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").getpixel(place)  # type: ignore[return-value]


def card_of(client: PageClient, referrer: Referrer) -> str:
    page = client.get("landing.show", code=referrer.code)
    return str(page.one('meta[property="og:image"]')["content"])


class TestTheCard:
    def test_shows_the_uploaded_picture_beside_its_words_and_never_under_them(
        self, app: Flask, store: Database, referrer: Referrer
    ) -> None:
        client = PageClient(app, "en")
        bare = card_of(client, referrer)
        give_look(app, store, referrer)
        card = card_of(client, referrer)
        assert card != bare, "another picture has another address: messengers keep the old one for long"
        shown = client.download(card.split("8000", 1)[1])
        assert shown.mimetype == "image/jpeg"
        assert len(shown.data) < 300_000
        with Image.open(io.BytesIO(shown.data)) as image:
            assert image.size == (1200, 630)
            words = image.convert("RGB").crop((0, 0, 592, 630))
            assert not any(red > 200 and blue < 90 and green < 90 for red, green, blue in words.get_flattened_data())
        assert pixel(shown.data, (900, 300)) == pytest.approx((254, 0, 0), abs=4)
        assert pixel(shown.data, (90, 67)) == pytest.approx((0, 255, 0), abs=12), "the second colour is the look's"

    def test_without_an_upload_it_is_drawn(self, client: PageClient, referrer: Referrer) -> None:
        assert len(client.download(card_of(client, referrer).split("8000", 1)[1]).data) < 150_000

    def test_its_page_speaks_the_looks_words(self, app: Flask, store: Database, referrer: Referrer) -> None:
        give_look(app, store, referrer)
        page = PageClient(app, "en").get("landing.show", code=referrer.code)
        assert page.h1 == "Cloudrest"
        assert "Come home" in page.main
        assert "By the lake" in page.main
        assert PageClient(app, "zh").get("landing.show", code=referrer.code).h1 == "云栖里"


class TestThePictureOfThePage:
    def test_is_scaled_written_anew_and_kept_by_anybody(
        self, app: Flask, store: Database, client: PageClient, referrer: Referrer
    ) -> None:
        drawn = str(client.get("landing.show", code=referrer.code).one("img.landing-view")["src"])
        assert Image.open(io.BytesIO(client.download(drawn).data)).size == (480, 270), "the posters' skyline"
        give_look(app, store, referrer)
        picture = client.get("landing.show", code=referrer.code).one("img.landing-view")
        assert picture["loading"] == "lazy"
        assert picture["width"], "its place is kept while it comes"
        for address, width in ((str(picture["src"]), 480), (str(picture["srcset"]).split(", ")[1].split()[0], 960)):
            shown = client.http.get(address)
            assert Image.open(io.BytesIO(shown.data)).size == (width, width * 9 // 16)
            assert b"secret" not in shown.data
            assert shown.headers["Cache-Control"].startswith("public")
            again = client.http.get(address, headers={"If-None-Match": shown.headers["ETag"]})
            assert again.status_code == 304
        assert not client.http._cookies

    def test_another_upload_has_another_address(
        self, app: Flask, store: Database, client: PageClient, referrer: Referrer
    ) -> None:
        addresses = set()
        for colour in ("#ff0000", "#0000ff"):
            give_look(app, store, referrer, colour)
            addresses.add(str(client.get("landing.show", code=referrer.code).one("img.landing-view")["src"]))
        assert len(addresses) == 2

    @pytest.mark.parametrize("closed", ["nobody invites", "closed", "another width"])
    def test_reveals_nothing_else(
        self, app: Flask, store: Database, client: PageClient, referrer: Referrer, closed: str
    ) -> None:
        key, width = referrer.development_id, 480
        give_look(app, store, referrer)
        with store.transaction() as session:
            if closed == "closed":
                session.get_one(Development, key).closed_at = make.BEFORE
            elif closed == "nobody invites":
                key = make.development(session).id
        assert client.http.get(f"/r/view/{key}-{333 if closed == 'another width' else width}.jpg").status_code == 404
        if closed in ("closed", "nobody invites"):
            assert client.http.get(f"/r/card/{key}/zh.jpg").status_code == 404


WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) MicroMessenger/8.0.40(0x18002831) Language/zh_CN"


class TestMyPoster:
    def test_what_a_long_press_saves_is_the_poster_itself(self, signed_in: SignIn, referrer: Referrer) -> None:
        own = signed_in(referrer.person)
        page = own.get("poster.show")
        shown = own.download(str(page.one("#poster-result img")["src"]))
        assert shown.mimetype == "image/png"
        assert Image.open(io.BytesIO(shown.data)).size == (1080, 1920)
        share, saved = page.one("[data-share-file]"), page.one("a[download]")
        assert share.has_attr("hidden"), "a script shows it where the browser can"
        assert own.download(str(share["data-share-file"])).data == own.download(str(saved["href"])).data == shown.data

    def test_in_wechat_it_says_to_press_long_and_offers_no_button_that_does_nothing(
        self, signed_in: SignIn, referrer: Referrer
    ) -> None:
        own = signed_in(referrer.person)
        own.http.environ_base["HTTP_USER_AGENT"] = WECHAT
        page = own.get("poster.show")
        assert page.texts(".poster-press") == ["长按图片，保存或发给朋友"]
        assert page.follow("打开我的邀请页").path == f"/r/{referrer.code}", "a card is sent from there"
        assert not page.all("[data-share-file], a[download]")

    def test_says_what_to_do_while_nothing_has_come_of_it(self, signed_in: SignIn, referrer: Referrer) -> None:
        page = signed_in(referrer.person).get("poster.show")
        assert page.texts("#funnel dd") == ["0"] * 5
        assert page.one(".what-next")
        assert page.follow("自己的推荐码，以及各处专用的链接").path == "/my-code/"

    def test_counts_ones_own_and_nobody_elses(
        self, app: Flask, store: Database, signed_in: SignIn, referrer: Referrer
    ) -> None:
        empty = signed_in(referrer.person).get("poster.show").texts(".what-next")
        with store.transaction() as session:
            other = make.referrer(session, development=session.get_one(Development, referrer.development_id))
            for one, scans in ((referrer, 4), (other, 30)):
                count = {"referrer_id": one.id, "scanned_on": make.BEFORE.date(), "design": "", "campaign": ""}
                session.add(ScanCount(**count, scans=scans))
        PageClient(app).get("landing.show", code=referrer.code).submit(
            {"name": "王小明", "phone": "139 1234 5678", "contact": True}
        )
        page = signed_in(referrer.person).get("poster.show")
        assert page.texts("#funnel dd") == ["4", "1 25%", "0 0%", "0", "0"]
        assert page.texts(".what-next") != empty
