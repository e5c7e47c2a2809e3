"""The card that WeChat shows for a shared link: WeChat's script comes to WeChat's browser alone, signed by a ticket
that nobody sees; and the stand-in of development."""

import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from portal.adapters.wechat.account import SDK, Grant, OfficialAccount, WeChatFailed
from portal.adapters.wechat.local import LocalWeChat
from portal.db import Database
from portal.models import Person, Referrer, Role
from portal.rules.referral.wechat_card import signature
from portal.services.referral import worker as ticket_worker
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SECRET = "the-app-secret-of-the-account"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) MicroMessenger/8.0.40(0x18002831) Language/zh_CN"
HERE = "http://127.0.0.1:8000"


class Account(OfficialAccount):
    """WeChat itself, as far as a page can tell."""

    fails = False

    def token(self) -> Grant:
        return Grant("the-token", timedelta(hours=2))

    def ticket(self, token: str) -> Grant:
        if self.fails:
            raise WeChatFailed("40164")
        return Grant("the-ticket", timedelta(hours=2))


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, development=make.development(session, name="云栖里"))


@pytest.fixture
def account(app: Flask) -> Account:
    app.extensions["wechat"] = Account("wx0123456789abcdef", SECRET, "https://api.weixin.qq.com")
    return app.extensions["wechat"]


@pytest.fixture
def wechat(app: Flask) -> PageClient:
    client = PageClient(app, "zh")
    client.http.environ_base["HTTP_USER_AGENT"] = WECHAT
    return client


class TestAPageInWeChat:
    def test_brings_wechats_script_and_what_the_card_says(
        self, account: Account, wechat: PageClient, referrer: Referrer
    ) -> None:
        page = wechat.get("landing.show", code=referrer.code)
        told = page.one("script[data-sdk]")
        assert told.has_attr("async"), "the page is painted before"
        assert told["data-sdk"] == SDK
        assert told["data-title"] == "陈**邀您参观云栖里" == page.one('meta[property="og:title"]')["content"]
        assert told["data-text"]
        assert told["data-link"] == f"{HERE}/r/{referrer.code}?c=wechat"
        assert told["data-moments"] == f"{HERE}/r/{referrer.code}?c=moments"
        picture = str(told["data-picture"])
        assert picture.startswith(f"{HERE}/r/view/")
        assert wechat.download(picture.removeprefix(HERE)).mimetype == "image/jpeg"
        assert "script-src 'self' https://res.wx.qq.com" in page.headers["Content-Security-Policy"]
        assert not wechat.http._cookies

    @pytest.mark.parametrize("where", ["another browser", "another page", "no account"])
    def test_no_other_page_does(
        self, app: Flask, account: Account, wechat: PageClient, referrer: Referrer, where: str
    ) -> None:
        if where == "no account":
            app.extensions["wechat"] = None
        if where == "another browser":
            wechat.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0"
        page = (
            wechat.get("landing.type_code")
            if where == "another page"
            else wechat.get("landing.show", code=referrer.code)
        )
        assert not page.all("script[data-sdk]")
        assert "wx.qq.com" not in page.html + page.headers["Content-Security-Policy"]


class TestTheSignature:
    def ask(self, client: PageClient, address: str) -> tuple[int, dict[str, str]]:
        answer = client.http.get(f"/wechat/card?url={quote(address, safe='')}")
        return answer.status_code, answer.get_json()

    def test_is_of_the_page_without_its_fragment(
        self, store: Database, clock: MovableClock, account: Account, wechat: PageClient
    ) -> None:
        ticket_worker.run_due(store, account, clock)
        page = f"{HERE}/r/95EHYFAH?c=wechat&from=timeline"
        status, given = self.ask(wechat, page + "#visit")
        assert (status, given["appId"], given["timestamp"]) == (200, account.app_id, int(clock().timestamp()))
        assert given["signature"] == signature("the-ticket", given["nonceStr"], int(given["timestamp"]), page)
        assert given["nonceStr"] != self.ask(wechat, page)[1]["nonceStr"]
        assert not wechat.http._cookies

    @pytest.mark.parametrize("address", ["", "https://evil.example/r/1", f"{HERE}/rewards/", "javascript:alert(1)"])
    def test_is_of_no_other_page(
        self, store: Database, clock: MovableClock, account: Account, wechat: PageClient, address: str
    ) -> None:
        ticket_worker.run_due(store, account, clock)
        assert self.ask(wechat, address) == (404, {})

    def test_there_is_none_without_a_ticket(
        self, app: Flask, store: Database, clock: MovableClock, account: Account, wechat: PageClient
    ) -> None:
        page = f"{HERE}/r/1"
        assert self.ask(wechat, page) == (404, {})
        ticket_worker.run_due(store, account, clock)
        clock.move(hours=2)
        assert self.ask(wechat, page) == (404, {})
        app.extensions["wechat"] = None
        assert self.ask(wechat, page) == (404, {})

    def test_is_given_so_often_a_minute(self, account: Account, wechat: PageClient) -> None:
        assert {self.ask(wechat, "")[0] for _time in range(120)} == {404}
        assert wechat.http.get("/wechat/card").status_code == 429


class TestHealth:
    def facts(self, admin: PageClient) -> str:
        return admin.get("admin.health").main

    def test_says_how_old_the_ticket_is_and_why_none_came(
        self,
        store: Database,
        clock: MovableClock,
        account: Account,
        signed_in: Callable[[Person], PageClient],
    ) -> None:
        with store.transaction() as session:
            person = make.person(session, Role.ADMINISTRATOR)
        admin = signed_in(person)
        assert "尚未获取" in self.facts(admin)
        ticket_worker.run_due(store, account, clock)
        clock.move(minutes=100)
        assert "已用 100 分钟" in self.facts(admin)
        account.fails = True
        ticket_worker.run_due(store, account, clock)
        said = admin.get("admin.health")
        assert "IP 白名单" in said.main
        assert not any(word in said.html for word in (SECRET, "the-ticket", "the-token"))
        clock.move(minutes=20)
        assert "已于" in self.facts(admin)


class TestTheStandIn:
    def test_draws_the_card_that_a_page_asked_for(
        self, app: Flask, store: Database, clock: MovableClock, client: PageClient, referrer: Referrer
    ) -> None:
        stand_in = app.extensions["wechat"]
        assert isinstance(stand_in, LocalWeChat), "in development, without a word"
        assert "还没有内容" in client.get("wechat.index").main
        told = client.get("landing.show", code=referrer.code).one("script[data-sdk]")
        assert str(told["data-sdk"]).startswith("/static/js/wechat_stand_in.js")
        assert "script-src" not in client.get("landing.show", code=referrer.code).headers["Content-Security-Policy"]
        ticket_worker.run_due(store, stand_in, clock)
        page = f"{HERE}/r/{referrer.code}"
        given = client.http.get(f"/wechat/card?url={quote(page, safe='')}").get_json() | {"address": page}
        card = {
            "where": "friend",
            "title": told["data-title"],
            "desc": "一句话",
            "link": told["data-link"],
            "imgUrl": told["data-picture"],
        }
        said = [
            self.tell(client, {"page": given}),
            self.tell(client, {"page": given, "card": card}),
            self.tell(client, {"page": given, "card": card | {"link": "https://elsewhere.example/"}}),
            self.tell(client, {"page": given | {"address": page + "?x"}, "card": card}),
            self.tell(client, {"page": given, "card": card | {"where": "everywhere"}}),
            self.tell(client, ["?"]),
        ]
        assert said == [200, 200, 400, 403, 400, 403]
        shown = client.get("wechat.index")
        assert shown.texts(".wechat-title") == ["陈**邀您参观云栖里"]
        assert shown.texts(".wechat-text") == ["一句话"]
        assert client.download(str(shown.one(".wechat-card img")["src"])).mimetype == "image/jpeg"

    def tell(self, client: PageClient, said: object) -> int:
        return client.http.post("/dev/wechat/told", data=json.dumps(said), content_type="application/json").status_code

    def test_is_not_there_where_wechat_is(self, app: Flask, account: Account, client: PageClient) -> None:
        assert client.http.get("/dev/wechat").status_code == 404
        assert self.tell(client, {}) == 404
