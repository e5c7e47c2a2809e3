"""The page for friends: staff put it together and look at it; friends see it once it is published."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.db import Database
from portal.models import Development, HouseType, LandingContent, Person, Referrer, Role
from portal.services.landing import content
from tests import factories as make
from tests.factories import landing
from tests.web.client import Page, PageClient

SignIn = Callable[[Person], PageClient]

HOME = {
    "name": "A1 晨光",
    "bedrooms": "3",
    "living_rooms": "2",
    "bathrooms": "1",
    "area": "89.5",
    "price_from": "2680000",
}


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        return make.referrer(session, development=make.development(session, name="云栖里"))


@pytest.fixture
def manager(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
    return signed_in(person)


def staff_page(manager: PageClient, referrer: Referrer) -> Page:
    return manager.get("landing_content.show", development_id=referrer.development_id)


def upload(*colours: str) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(landing.picture_file(colour=colour)), "a.jpg") for colour in colours]


def dominant(data: bytes) -> str:
    red, green, _blue = Image.open(io.BytesIO(data)).convert("RGB").getpixel((200, 150))  # type: ignore[misc]
    return "red" if red > 200 > 60 > green else "green" if green > 100 > 60 > red else "other"


def test_from_an_empty_page_to_what_friends_see(
    app: Flask, store: Database, manager: PageClient, referrer: Referrer
) -> None:
    friend, english = PageClient(app), PageClient(app, "en")
    development = manager.get("partners.development", development_id=referrer.development_id)
    page = development.follow("邀请页：户型、图片、开放时间")
    assert page.texts(".empty-title") == ["还没有户型", "还没有图片"]
    page = page.follow("新增户型").submit(HOME | {"picture": upload("#008000")[0]})
    page = page.submit({"picture": upload("#ff0000", "#008000")}, button="添加图片")
    page = page.submit(
        {
            "hotline": "400-123-4567",
            "zh_hours": "每天 9–18 点",
            "zh_about": "南北通透\n\n近公园",
            "prices_until": "2099-12-31",
        },
        form="form[action$='/page/']",
    )
    assert page.texts(".notices .notice") == ["已保存。"]
    before = friend.get("landing.show", code=referrer.code)
    assert not before.all(".home-type, .gallery, a[href^='tel:']")
    look = page.follow("预览")
    assert look.texts(".home-type h3") == ["A1 晨光"]
    assert dominant(manager.download(str(look.one(".home-type img")["src"])).data) == "green"
    page.submit({}, button="确认发布")
    seen = friend.get("landing.show", code=referrer.code)
    assert seen.texts(".landing-facts dd") == ["268 万元起", "89.5 ㎡", "1"]
    assert "3室2厅1卫" in seen.main
    assert "有效期至" in seen.main
    assert seen.texts(".landing-about p") == ["南北通透", "近公园"]
    assert seen.one(".landing-bar a[href^='tel:']")["href"] == "tel:4001234567"
    assert [dominant(friend.download(str(one["src"])).data) for one in seen.all("img.landing-view, .gallery img")] == [
        "red",
        "green",
    ]
    assert all(
        one["loading"] == "lazy" and one["width"] and one["height"] for one in seen.all(".gallery img, .home-type img")
    )
    abroad = english.get("landing.show", code=referrer.code)
    assert abroad.texts(".landing-facts dd") == ["from ¥2,680,000", "89.5 m²", "1"]
    assert not abroad.all(".landing-about")


def test_the_order_is_changed_by_its_buttons(store: Database, manager: PageClient, referrer: Referrer) -> None:
    with store.transaction() as session:
        place = session.get_one(Development, referrer.development_id)
        for number, name in enumerate("AB"):
            landing.house_type(session, place, name=name, position=number)
    page = staff_page(manager, referrer)
    assert not page.all("[aria-label='将 A 上移'], [aria-label='将 B 下移']"), "no button that does nothing"
    page = page.submit({}, form="form[action$='/up']")
    assert page.texts("#homes .kept-words a") == ["B", "A"]
    page = page.follow("B").submit({}, button="确认撤下")
    assert page.texts("#homes .kept-words a") == ["A"]


@pytest.mark.parametrize("way", ["unpublished", "closed", "another width", "of nobody"])
def test_pictures_of_what_friends_do_not_see_are_not_there(
    app: Flask, store: Database, client: PageClient, manager: PageClient, referrer: Referrer, way: str
) -> None:
    staff_page(manager, referrer).submit({"picture": upload("#ff0000")}, button="添加图片")
    with store.transaction() as session:
        place = session.get_one(Development, referrer.development_id)
        landing.landing_content(session, place, published_at=None if way == "unpublished" else make.BEFORE)
        home = landing.house_type(session, place)
        picture = content.pictures(session, place.id)[0].id
        place.closed_at = make.BEFORE if way == "closed" else None
        bare = home.id
    wanted = 320 if way == "another width" else 480
    number = picture + 99 if way == "of nobody" else picture
    assert client.http.get(f"/r/picture/{number}-{wanted}.jpg").status_code == 404
    assert client.http.get(f"/r/plan/{bare}-480.jpg").status_code == 404


def test_a_picture_is_anybodys_to_keep_and_has_nothing_else_in_it(
    store: Database, client: PageClient, manager: PageClient, referrer: Referrer
) -> None:
    staff_page(manager, referrer).submit({"picture": upload("#ff0000")}, button="添加图片")
    with store.transaction() as session:
        landing.landing_content(session, session.get_one(Development, referrer.development_id))
    for address, width in zip(_addresses(client, referrer), (480, 960), strict=True):
        shown = client.http.get(address)
        assert Image.open(io.BytesIO(shown.data)).size == (width, width * 2 // 3)
        assert b"secret" not in shown.data
        assert shown.headers["Cache-Control"].startswith("public")
        assert client.http.get(address, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert not client.http._cookies


def _addresses(client: PageClient, referrer: Referrer) -> list[str]:
    image = client.get("landing.show", code=referrer.code).one("img.landing-view")
    return [one.split()[0] for one in str(image["srcset"]).split(", ")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"area": "0"}, "area"),
        ({"area": "many"}, "area"),
        ({"bedrooms": "-1"}, "bedrooms"),
        ({"bedrooms": "99"}, "bedrooms"),
        ({"price_from": "0"}, "price_from"),
        ({"price_from": "9" * 30}, "price_from"),
        ({"name": ""}, "name"),
        ({"name": "x" * 21}, "name"),
    ],
)
def test_a_wrong_figure_is_told_in_its_place_and_nothing_typed_is_lost(
    store: Database, manager: PageClient, referrer: Referrer, changed: dict[str, str], field: str
) -> None:
    page = manager.get("landing_content.home_new", development_id=referrer.development_id)
    page = page.submit(HOME | changed, status=422)
    assert page.one(f"#{field}-error")
    kept = HOME | changed
    assert {name: page.one(f"#{name}").get("value") for name in kept} == kept
    with store.reading() as session:
        assert session.scalar(select(HouseType)) is None


@pytest.mark.parametrize(
    ("file", "words"),
    [(landing.picture_file((20, 20)), "太小"), (b"<svg/>", "JPEG"), (b"", None)],
    ids=["small", "no picture", "none"],
)
def test_a_picture_that_cannot_be_taken_is_told_why(
    manager: PageClient, referrer: Referrer, file: bytes, words: str | None
) -> None:
    page = staff_page(manager, referrer)
    sent = {"picture": [(io.BytesIO(file), "a.jpg")]} if words else {}
    page = page.submit(sent, button="添加图片", status=422)
    assert (words or "请选择图片") in page.one("#picture-error").get_text()


@pytest.mark.parametrize("hotline", ["call me", "400", "tel:400-123-4567", "400-123-4567-890-123-45678"])
def test_a_hotline_is_a_number(store: Database, manager: PageClient, referrer: Referrer, hotline: str) -> None:
    page = staff_page(manager, referrer).submit({"hotline": hotline}, form="form[action$='/page/']", status=422)
    assert page.one("#hotline-error")
    with store.reading() as session:
        assert session.get(LandingContent, referrer.development_id) is None


def test_a_row_of_another_development_is_not_there(store: Database, manager: PageClient, referrer: Referrer) -> None:
    with store.transaction() as session:
        foreign = landing.house_type(session, make.development(session)).id
    manager.get("landing_content.home", development_id=referrer.development_id, home_id=foreign, status=404)
