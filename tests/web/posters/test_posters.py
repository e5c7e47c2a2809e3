"""The pages of posters: a referrer makes one's own, staff give a development its look, a manager takes many."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.config import Config
from portal.db import Database
from portal.models import BatchState, Development, DevelopmentLook, Person, PosterBatch, Referrer, Role
from portal.services.posters import posters
from portal.services.rewards import rewards
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, development=make.development(session, name="云栖里"))


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def picture(size: tuple[int, int] = (900, 1200)) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, "#ff0000").save(file, "JPEG")
    file.seek(0)
    return file


class TestMakingItOnesOwn:
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_preview_is_what_was_typed_without_a_script(
        self, signed_in: SignIn, referrer: Referrer, lang: str
    ) -> None:
        own = signed_in(referrer.person)
        page = own.get("poster.show", lang=lang, design="column", name="老陈", title="3 号楼业主")
        shown = own.download(str(page.one("#poster-result img")["src"]))
        assert shown.mimetype == "image/png"
        files = [str(link["href"]) for link in page.all("#poster-result a[download]")]
        assert len(files) == 2
        assert own.download(files[0]).data == shown.data, "a long press saves what is shown"
        paper = own.download(next(link for link in files if ".pdf" in link))
        sheet = pypdfium2.PdfDocument(paper.data)[0]
        words = sheet.get_textpage().get_text_bounded()
        assert "老陈" in words
        assert "3 号楼业主" in words
        assert zxingcpp.read_barcode(sheet.render(scale=1.5).to_pil()).text.endswith(
            f"/r/{referrer.code}?d=column&c=print"
        )

    def test_a_design_is_chosen_by_a_small_picture_of_ones_own(self, signed_in: SignIn, referrer: Referrer) -> None:
        own = signed_in(referrer.person)
        page = own.get("poster.show", lang="en")
        assert len(page.all(".design-option img")) == len(page.all(".design-option input"))
        small = own.download(str(page.all(".design-option img")[0]["src"]))
        assert Image.open(io.BytesIO(small.data)).width == 360
        own.download("/poster/designs/nothing-zh.jpg", status=404)

    def test_a_line_of_ones_own_is_read_by_staff_before_it_stands_there(
        self, store: Database, signed_in: SignIn, manager: PageClient, referrer: Referrer
    ) -> None:
        own = signed_in(referrer.person)
        assert not own.get("own_lines.mine").all("#text"), "off until staff let it be"
        form = manager.get("looks.show", development_id=referrer.development_id)
        form.submit({"own_words": True}, form=".form-page")
        asking = own.get("own_lines.mine")
        assert "升值" in asking.submit({"text": "稳稳升值"}, status=422).main
        asking.submit({"text": "我家就在湖边"})
        assert own.get("poster.show", slogan="我家就在湖边").all(".poster-told")
        assert manager.get("home.index").all("a[href^='/poster-lines']")
        line = manager.get("own_lines.index", state="proposed").follow("我家就在湖边")
        line.submit({"reason": ""}, form="form[action$='/refuse']", status=422)
        line.submit({}, form="form[action$='/approve']")
        assert not own.get("poster.show", slogan="我家就在湖边").all(".poster-told")
        assert "已确认" in own.get("own_lines.mine").main

    def test_typing_changes_the_preview_alone(self, signed_in: SignIn, referrer: Referrer) -> None:
        form = signed_in(referrer.person).get("poster.show").one(".poster-form")
        assert form["method"] == "get"
        assert form["hx-select"] == form["hx-target"] == "#poster-result"
        assert "input changed" in str(form["hx-trigger"])

    def test_too_long_a_word_is_told_and_left_out(self, signed_in: SignIn, referrer: Referrer) -> None:
        page = signed_in(referrer.person).get("poster.show", name="长" * 25)
        assert page.one(".field-error")
        assert "name=" not in str(page.one("#poster-result img")["src"])

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("找我 139 0000 0056", "电话"),
            ("官方售楼处", "售楼处"),
            ("\u200b\u3164", "字体"),
            ("🌸", "字体"),
        ],
    )
    def test_what_may_not_stand_under_the_brand_is_told_and_left_out(
        self, signed_in: SignIn, referrer: Referrer, typed: str, why: str
    ) -> None:
        page = signed_in(referrer.person).get("poster.show", name=typed)
        assert why in page.one(".field-error").get_text()
        assert why in page.one("#poster-result .poster-told").get_text(), "it is told while one types, too"
        assert "name=" not in str(page.one("#poster-result img")["src"])
        assert page.client.download("poster.picture", lang="zh", kind="jpg", name=typed).mimetype == "image/jpeg"

    def test_signs_that_the_typeface_lacks_are_named(self, signed_in: SignIn, referrer: Referrer) -> None:
        own = signed_in(referrer.person)
        page = own.get("poster.show", name="林静🌸", title="Žižka", headline="𠮷祥")
        told = [note.get_text() for note in page.all("#poster-result .poster-told")]
        assert len(told) == 2
        assert "🌸" in told[0]
        assert "Zizka" in told[1]
        assert not own.get("poster.show", name="Nguye\u0302\u0303n 𠮷").all(".poster-told")
        paper = own.download("poster.picture", lang="zh", kind="pdf", name="林静🌸", design="column")
        words = pypdfium2.PdfDocument(paper.data)[0].get_textpage().get_text_bounded()
        assert "林静" in words
        assert "🌸" not in words

    def test_who_cannot_be_printed_is_a_friend_until_a_name_is_given(
        self, store: Database, signed_in: SignIn, referrer: Referrer
    ) -> None:
        with store.transaction() as session:
            session.get_one(Person, referrer.person_id).name = "محمد"
        own = signed_in(referrer.person)
        assert "محد" in own.get("poster.show").one(".poster-told").get_text()
        paper = own.download("poster.picture", lang="zh", kind="pdf", design="column")
        assert "您的朋友" in pypdfium2.PdfDocument(paper.data)[0].get_textpage().get_text_bounded()

    def test_an_unknown_design_or_language_is_the_usual_one(self, signed_in: SignIn, referrer: Referrer) -> None:
        page = signed_in(referrer.person).get("poster.show", design="nowhere", lang="fr")
        assert "design=arch" in str(page.one("#poster-result img")["src"])
        assert page.client.download("poster.picture", lang="zh", kind="pdf", status=404)

    def test_the_link_in_the_code_is_the_landing_pages(self, app: Flask, referrer: Referrer) -> None:
        from portal.web.landing.landing import address_of

        config: Config = app.extensions["config"]
        with app.test_request_context():
            assert posters.link_of(config.base_url, referrer.code, "arch") == address_of(referrer, design="arch")

    def test_a_design_in_the_owners_folder_can_be_chosen(
        self, app: Flask, signed_in: SignIn, manager: PageClient, referrer: Referrer
    ) -> None:
        folder: Path = app.extensions["config"].designs_folder
        folder.mkdir(parents=True, exist_ok=True)
        given = (Path(posters.__file__).parents[3] / "referral" / "posters" / "designs" / "letter.toml").read_text(
            "utf-8"
        )
        (folder / "own.toml").write_text(given.replace('"letter"', '"own-letter"').replace("请柬", "我的请柬"), "utf-8")
        (folder / "bad.toml").write_text(given.replace("qr = [354, 1330, 372, 372]", "qr = [354, 1000, 372, 372]"))
        try:
            page = signed_in(referrer.person).get("poster.show", design="own-letter")
            assert "我的请柬" in page.main
            assert "design=own-letter" in str(page.one("#poster-result img")["src"])
            look = manager.get("looks.show", development_id=referrer.development_id)
            assert "bad.toml" in look.main
            assert "qr: it stands on the picture" in look.main
        finally:
            for file in folder.iterdir():
                file.unlink()


class TestADevelopmentsLook:
    def test_staff_upload_a_picture_and_words(
        self, store: Database, signed_in: SignIn, manager: PageClient, referrer: Referrer
    ) -> None:
        page = manager.get("looks.show", development_id=referrer.development_id)
        sent = {
            "picture": (picture(), "湖.jpg"),
            "accent": "#b8862f",
            "zh_body": "湖边的家\n离地铁 600 米",
            "en_name": "Cloudrest",
            "own_words": False,
        }
        page.submit(sent, form=".form-page")
        with store.reading() as session:
            look = session.get_one(DevelopmentLook, referrer.development_id)
            assert look.words == {"zh": {"body": ["湖边的家", "离地铁 600 米"]}, "en": {"name": "Cloudrest"}}
            assert look.file_name is not None
            assert not look.own_words
        address = manager.address("looks.sample", development_id=referrer.development_id, lang="en", design="horizon")
        shown = manager.download(address)
        red, green, _blue = Image.open(io.BytesIO(shown.data)).getpixel((270, 300))
        assert red > 200 > 60 > green
        own = signed_in(referrer.person).get("poster.show")
        assert not own.all("#headline")

    def test_staff_are_told_of_signs_that_posters_leave_out(self, manager: PageClient, referrer: Referrer) -> None:
        page = manager.get("looks.show", development_id=referrer.development_id)
        told = page.submit({"zh_headline": "湖边的家🏡", "own_words": True}, form=".form-page")
        assert "🏡" in told.one(".notice.tone-warning").get_text()

    @pytest.mark.parametrize("sent", [b"<svg/>", b"GIF89a"])
    def test_what_is_no_picture_is_refused(
        self, store: Database, manager: PageClient, referrer: Referrer, sent: bytes
    ) -> None:
        page = manager.get("looks.show", development_id=referrer.development_id)
        page.submit({"picture": (io.BytesIO(sent), "a.jpg")}, form=".form-page", status=422)
        with store.reading() as session:
            assert session.get(DevelopmentLook, referrer.development_id) is None


def test_a_manager_takes_the_posters_of_all(store: Database, manager: PageClient, referrer: Referrer) -> None:
    with store.transaction() as session:
        development = session.get_one(Development, referrer.development_id)
        codes = {referrer.code, make.referrer(session, development=development).code}
    asked = {"development_id": str(referrer.development_id), "design": "letter", "lang": "zh"}
    manager.get("poster_batches.new").submit(asked)
    with store.reading() as session:
        batch = session.scalars(select(PosterBatch)).one()
        assert batch.state is BatchState.DONE  # small ones are drawn right after the answer
    assert "2" in manager.get("poster_batches.index").main
    page = manager.get("poster_batches.show", batch_id=batch.id)
    token = page.one("form[action$=take] input[name=csrf_token]")["value"]
    taken = manager.http.post(f"/referrers/posters/{batch.id}/take", data={"csrf_token": token})
    assert taken.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.data)) as archive:
        assert {name.removesuffix(".png").rpartition("-")[2] for name in archive.namelist()} == codes
