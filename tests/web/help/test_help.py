"""Help for each role in both languages, the guide of the first days, and the portal on a home screen."""

import io
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from portal.db import Database
from portal.models import Person, Role
from portal.web.help import install, pages
from tests import factories as make
from tests.web.client import PageClient

SignedIn = Callable[[Person], PageClient]


def test_both_languages_say_the_same_topics() -> None:
    chinese, english = (pages.texts(locale) for locale in pages.LOCALES)
    assert list(chinese) == list(english), "in the same order"
    shapes = [
        {topic: [block.kind for block in one.blocks] for topic, one in said.items()} for said in (chinese, english)
    ]
    assert shapes[0] == shapes[1]
    counts = [
        {topic: [len(block.items) for block in one.blocks] for topic, one in said.items()}
        for said in (chinese, english)
    ]
    assert counts[0] == counts[1]


def test_every_role_has_its_topics_and_no_topic_is_nobodys() -> None:
    assert set(pages.TOPICS) == set(Role)
    assert {topic for topics in pages.TOPICS.values() for topic in topics} == set(pages.texts("en"))


def test_figures_come_from_the_rules() -> None:
    """A page that says 7 days by hand goes on saying it when the rule says 10."""
    for locale in pages.LOCALES:
        text = Path(pages.__file__).with_name(f"{locale}.toml").read_text(encoding="utf-8")
        for topic in ("protection", "strikes", "appeal", "register", "client-data"):
            table = tomllib.loads(text)[topic]
            typed = re.findall(r"(?<![\\d{])\\d+ ?(?:天|days|分钟|minutes|次|个月)", " ".join(table["text"]))
            assert not typed, (locale, topic, typed)
        assert not [one for one in pages.texts(locale).values() if "{" in str(one)]


@pytest.mark.parametrize("role", [Role.BROKER, Role.FINANCE])
def test_a_role_reads_its_own_help(store: Database, signed_in: SignedIn, role: Role) -> None:
    page = signed_in(_person(store, role)).get("help.index")
    assert page.h1 == "帮助"
    assert page.texts(".help-topic h2") == [one.title for one in pages.sections(role, "zh_Hans_CN")]
    assert page.texts(".help-topics a") == page.texts(".help-topic h2")


def test_help_is_searched(store: Database, signed_in: SignedIn) -> None:
    reader = signed_in(_person(store, Role.BROKER))
    assert reader.get("help.index", q="现场码").texts(".help-topic h2") == ["到场签到：不拍照"]
    assert "没有找到相关主题" in reader.get("help.index", q="不存在的词").main


def test_the_guide_is_put_away_and_comes_back(store: Database, signed_in: SignedIn) -> None:
    broker = _person(store, Role.BROKER, guide_closed_at=None)
    page = signed_in(broker).get("home.index")
    assert page.texts(".guide .guide-step") == ["录入人脸", "报备、签到、拿佣金", "添加到手机主屏幕"]
    page = page.submit(button="知道了，不再显示")
    assert not page.texts(".guide")
    assert not signed_in(broker).get("home.index").texts(".guide"), "it stays away on every device"
    assert signed_in(broker).get("help.index").submit(button="重新显示在首页").texts(".guide")


def test_the_guide_is_of_partners_on_the_phone_alone(store: Database, signed_in: SignedIn) -> None:
    desk = signed_in(_person(store, Role.FINANCE, guide_closed_at=None))
    assert not desk.get("home.index").texts(".guide")
    with store.transaction() as session:
        referrer = make.referrer(session).person
        referrer.guide_closed_at = None
    page = signed_in(referrer).get("home.index")
    assert page.texts(".guide .guide-step a")[0] == "把海报发给一位朋友"


def test_a_browser_is_told_how_to_install(client: PageClient) -> None:
    manifest = json.loads(client.download("help.manifest").text)
    assert (manifest["display"], manifest["scope"], manifest["start_url"]) == ("standalone", "/", "/")
    for one in manifest["icons"]:
        drawn = Image.open(io.BytesIO(client.download(one["src"]).data))
        assert f"{drawn.size[0]}x{drawn.size[1]}" == one["sizes"]
        assert len(drawn.convert("RGB").getcolors(1 << 20) or []) > 1, "a letter stands on it"
    client.download("help.icon", size=7, status=404)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_leads_to_the_statement_on_accessibility(
    app: Flask, signed_in: Callable[[Person], PageClient], store: Database, language: str
) -> None:
    visitor = PageClient(app, language)
    statement = visitor.get("auth.sign_in").follow("无障碍" if language == "zh" else "Accessibility")
    assert "WCAG 2.2" in statement.main
    assert signed_in(_person(store, Role.BROKER)).get("home.index").all("main a[href='/accessibility']")


def _person(store: Database, role: Role, **given: Any) -> Person:
    with store.transaction() as session:
        return make.person(session, role, **given)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Mozilla/5.0 (iPhone) MicroMessenger/8.0", install.Browser.WECHAT),
        ("Mozilla/5.0 (iPhone) Safari/604.1", install.Browser.APPLE),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130", install.Browser.OTHER),
    ],
)
def test_the_hint_fits_the_browser(said: str, known: install.Browser) -> None:
    assert install.browser(said) is known
