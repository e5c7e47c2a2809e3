"""Taking a number back without an account, and the page that says what is done with personal data."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.db import Database
from portal.models import Consent
from tests import factories as make
from tests.web.client import PageClient

PHONE = "139 1234 5678"
STOP = "请不要再联系我"


@pytest.fixture
def landing(store: Database) -> str:
    with store.transaction() as session:
        return make.referrer(session).code


def test_a_friend_takes_the_number_back_by_a_code(store: Database, client: PageClient, landing: str) -> None:
    page = client.get("landing.show", code=landing)
    page.submit({"name": "王小明", "phone": PHONE, "contact": True})
    page = page.follow(STOP).submit({"phone": PHONE})
    assert "139****5678" in page.main
    assert page.submit({"code": "1"}, status=422).errors
    found = re.search(r"\b\d{6}\b", PageClient(client.app).get("inbox.index").main)
    assert found
    done = page.submit({"code": found.group()})
    assert done.h1 == "我们不会再联系您"
    assert not client.http._cookies
    with store.reading() as session:
        assert all(one.withdrawn_at for one in session.scalars(select(Consent)))


def test_what_cannot_go_on_begins_anew(client: PageClient) -> None:
    assert client.get("opt_out.finish", token="made-up").path == "/stop/"
    page = client.get("opt_out.begin")
    assert page.submit({"phone": "12"}, status=422).errors
    assert page.submit({}, status=422).errors


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_privacy_page_is_anybodys(app: Flask, language: str) -> None:
    visitor = PageClient(app, language)
    page = visitor.get("privacy_notice.show")
    words = ("桥园置业", "90", "个人信息保护法") if language == "zh" else ("Qiaoyuan", "90", "PIPL")
    assert all(word in page.main for word in words)
    assert page.all("main a[href='/stop/']")
    assert not visitor.http._cookies
