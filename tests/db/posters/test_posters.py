"""Posters behind the pages: whose words stand on them, and the development's look."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.images.photos import Photo
from portal.adapters.storage.files import FolderFiles
from portal.models import DevelopmentLook, Role
from portal.services.contacts import vault_of
from portal.services.kept_files import PictureChange
from portal.services.posters import batches as poster_batches
from portal.services.posters import offers, posters
from portal.services.posters.posters import PosterChoices, PosterSettings
from portal.services.referral import branding, link_previews
from portal.services.referral.branding import LookFacts
from portal.services.rewards import rewards
from referral.programme import Company, Term
from tests import factories as make

FACTS = LookFacts(
    accent="#b8862f",
    words={"zh": {"body": ["湖边的家", "离地铁 600 米"]}, "en": {"name": "Cloudrest", "headline": "Come home"}},
    own_words=True,
)


@pytest.fixture
def settings(tmp_path: Path) -> PosterSettings:
    return PosterSettings(
        "https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest Homes"}, tmp_path / "designs"
    )


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


def jpeg(size: tuple[int, int] = (3000, 2000), colour: str = "#ff0000") -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret description"
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


def picture(colour: str = "#ff0000") -> Photo:
    return branding.take_in_picture(jpeg(colour=colour))


def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


class TestALook:
    def test_its_picture_and_words_stand_on_the_posters(
        self, session: Session, files: FolderFiles, settings: PosterSettings, now: datetime
    ) -> None:
        referrer = make.referrer(session)
        look = branding.change_look(
            session, manager(session), now, files, referrer.development, FACTS, PictureChange(picture())
        )
        kept = files.get(look.file_name or "")
        assert b"secret" not in kept
        assert max(Image.open(io.BytesIO(kept)).size) == branding.MAX_SIDE
        english = posters.spec_of(settings, files, referrer, look, PosterChoices(lang="en"))
        assert (english.development, english.headline) == ("Cloudrest", "Come home")
        chinese = posters.spec_of(settings, files, referrer, look, PosterChoices(lang="zh"))
        assert chinese.development == referrer.development.name
        assert chinese.body == ("湖边的家", "离地铁 600 米")
        place = english.design.picture.box
        shown = Image.open(io.BytesIO(posters.png(english)))
        red, green, _blue = shown.getpixel((place.left + place.width // 2, place.bottom - 20))
        assert red > 240 > 20 > green

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (b"<svg/>", "photo_kind"),
            (jpeg()[:2000], "photo_unreadable"),
            (b"\xff\xd8\xff" * 5_000_000, "photo_too_large"),
            (jpeg((10, 10)), "picture_too_small"),
            (jpeg((3000, 799)), "picture_too_small"),
        ],
    )
    def test_what_is_no_picture_is_refused(
        self, session: Session, files: FolderFiles, now: datetime, sent: bytes, code: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            branding.take_in_picture(sent)
        assert refused.value.code == code

    def test_a_pixel_bomb_is_refused_before_it_is_opened(
        self, session: Session, files: FolderFiles, now: datetime
    ) -> None:
        bomb = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
        with pytest.raises(Refusal) as refused:
            branding.take_in_picture(bomb.getvalue())
        assert refused.value.code == "photo_too_large"

    def test_a_new_picture_takes_the_old_ones_place_and_may_be_taken_away(
        self, session: Session, files: FolderFiles, now: datetime
    ) -> None:
        development, actor = make.development(session), manager(session)
        change: Callable[..., DevelopmentLook] = lambda **given: branding.change_look(  # noqa: E731
            session, actor, now, files, development, FACTS, PictureChange(**given)
        )
        first = change(photo=picture()).file_name
        assert change().file_name == first
        assert change(photo=picture(colour="#00ff00")).file_name not in (first, None)
        assert change(drop=True).file_name is None

    def test_words_that_no_advertisement_may_say_are_refused_and_old_ones_are_shown(
        self, session: Session, files: FolderFiles, now: datetime
    ) -> None:
        development = make.development(session, headline="全城最佳")
        facts = replace(FACTS, words={"zh": {"headline": "回家", "body": ["湖边", "五分钟到地铁"]}})
        with pytest.raises(Refusal) as refused:
            branding.change_look(session, manager(session), now, files, development, facts)
        assert (refused.value.code, refused.value.facts["field"]) == ("advertising_promise", "zh_body")
        assert [found.word for found in branding.stopped(development, None)] == ["最佳"]


class TestThePermit:
    def test_every_design_says_it_whole(self, session: Session, files: FolderFiles, settings: PosterSettings) -> None:
        development = make.development(
            session, presale_permit="杭售许字（2026）第 000123、000124、000125、000126、000127 号（一至五幢）"
        )
        referrer = make.referrer(session, development=development)
        for design in settings.catalogue.designs:
            for lang in ("zh", "en"):
                lines = posters.spec_of(
                    settings, files, referrer, None, PosterChoices(design=design, lang=lang)
                ).sheet.lines
                said = "".join("".join(line.text for line in lines).split())
                assert "".join((development.presale_permit or "").split()) in said, (design, lang)

    def test_without_one_nothing_is_advertised(
        self, session: Session, files: FolderFiles, settings: PosterSettings, now: datetime
    ) -> None:
        development = make.development(session, presale_permit=None)
        referrer, staff = make.referrer(session, development=development), manager(session)
        for ask in (
            lambda: posters.spec_of(settings, files, referrer, None, PosterChoices()),
            lambda: posters.sample(settings, files, development, None, PosterChoices()),
            lambda: poster_batches.ask(
                session,
                staff,
                now,
                settings,
                poster_batches.BatchRequest(development=development, audience=None, design="arch", lang="zh"),
            ),
        ):
            with pytest.raises(Refusal) as refused:
                ask()
            assert refused.value.code == "no_presale_permit"
        look = DevelopmentLook(
            development=development, words={"zh": {"headline": "回家", "body": ["湖边"]}}, own_words=False
        )
        look.changed_at, look.changed_by = now, staff.id
        session.add(look)
        session.flush()
        front = link_previews.preview_of(session, development, "zh")
        assert (front.development, front.headline, front.body) == (development.name, "", ())
        development.presale_permit = "杭售许字（2026）第 1 号"
        front = link_previews.preview_of(session, development, "zh")
        assert (front.headline, front.body, front.permit) == ("回家", ("湖边",), "杭售许字（2026）第 1 号")


class TestAProgramme:
    def test_says_what_it_gives_instead_of_recommending(
        self, session: Session, files: FolderFiles, settings: PosterSettings, now: datetime
    ) -> None:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        stand = make.programme(
            session, name="滨江市集", place="滨江公园南门", term=Term(date(2026, 1, 1), date(2027, 1, 1))
        )
        company = make.company(session, name="青石科技", company=Company(discount_bps=150))
        expected = {
            ("zh", stand): ("扫码领见面礼", "活动至 2026 年 12 月 31 日", "滨江公园南门"),
            ("en", stand): ("Scan, and get a welcome gift", "Until 2026-12-31", "滨江公园南门"),
            ("zh", company): ("青石科技员工专享", "购房再减 1.5%", "合作单位"),
            ("en", company): ("For employees of 青石科技:", "1.5% off the price", "Together with"),
        }
        for (lang, programme), said in expected.items():
            offer = offers.of(session, now, programme.referrer, lang)
            for design in settings.catalogue.designs:
                wanted = posters.spec_of(
                    settings, files, programme.referrer, None, PosterChoices(design=design, lang=lang), offer
                )
                lines = "".join(line.text for line in wanted.sheet.lines)
                assert said[0].replace(" ", "") in lines.replace(" ", ""), (design, lang)
                assert "推荐人" not in lines
                assert "Recommended" not in lines
            wanted = posters.spec_of(settings, files, programme.referrer, None, PosterChoices(lang=lang), offer)
            assert all(one in "\n".join((wanted.headline, *wanted.body, wanted.title, wanted.label)) for one in said)
        assert offers.of(session, now, make.referrer(session), "zh") is None


class TestAWish:
    def test_own_words_stand_unless_staff_keep_them_back(
        self, session: Session, files: FolderFiles, settings: PosterSettings
    ) -> None:
        referrer = make.referrer(session)
        choices = PosterChoices(
            design="letter", name="老林", title="3 号楼业主", headline="来做邻居吧", slogan="我家就在湖边"
        )
        let = DevelopmentLook(development_id=referrer.development_id, words={}, own_words=True)
        free = posters.spec_of(settings, files, referrer, let, choices, own_lines={"来做邻居吧", "我家就在湖边"})
        assert (free.referrer, free.title, free.headline, free.body) == (
            "老林", "3 号楼业主", "来做邻居吧", ("我家就在湖边",),
        )  # fmt: skip
        strict = DevelopmentLook(development_id=referrer.development_id, words={}, own_words=False)
        for look in (strict, None):
            kept = posters.spec_of(settings, files, referrer, look, choices)
            assert (kept.referrer, kept.headline) == ("老林", referrer.development.headline)
            assert "我家就在湖边" not in kept.body

    def test_what_may_not_stand_there_is_not_drawn(
        self, session: Session, files: FolderFiles, settings: PosterSettings
    ) -> None:
        with pytest.raises(Refusal, match="advertising_promise"):
            posters.spec_of(settings, files, make.referrer(session), None, PosterChoices(title="保值增值"))

    def test_the_same_content_has_the_same_key(
        self, session: Session, files: FolderFiles, settings: PosterSettings
    ) -> None:
        referrer = make.referrer(session)
        order = lambda **given: posters.spec_of(settings, files, referrer, None, PosterChoices(**given))  # noqa: E731
        assert order() == order()
        assert order().key == order().key
        others = [order(lang="en"), order(design="horizon"), order(name="别人"), order(title="业主")]
        assert len({order().key, *(one.key for one in others)}) == 5

    def test_a_design_that_is_not_there_is_refused(
        self, session: Session, files: FolderFiles, settings: PosterSettings
    ) -> None:
        with pytest.raises(Refusal) as refused:
            posters.spec_of(settings, files, make.referrer(session), None, PosterChoices(design="nowhere"))
        assert refused.value.code == "poster_design_unknown"

    def test_only_a4_is_printed(
        self, session: Session, files: FolderFiles, settings: PosterSettings, now: datetime
    ) -> None:
        referrer = make.referrer(session)
        with pytest.raises(Refusal):
            posters.pdf(posters.spec_of(settings, files, referrer, None, PosterChoices()), now)
        assert posters.pdf(
            posters.spec_of(settings, files, referrer, None, PosterChoices(design="column")), now
        ).startswith(b"%PDF")
