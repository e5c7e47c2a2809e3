"""How one is reached in an app of one's own: chosen, tried, and told what to do where it does not reach one."""

from collections.abc import Callable

from flask import Flask

from portal.access.actor import Actor
from portal.adapters.wechat.local import LocalWeChat
from portal.adapters.wecom.local_app import CORP_ID
from portal.db import Database
from portal.models import Person, Role
from portal.rules.notifications.kind import Channel, Topic
from portal.rules.provider_sign_in.claims import Claims, Issuer
from portal.services.notifications import addresses
from portal.services.provider_sign_in import ties
from tests import factories as make
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]
OPENID = "o-1"


def tied(store: Database, role: Role) -> Person:
    with store.transaction() as session:
        person = make.person(session, role)
        claims = Claims("zhangsan") if role is Role.CHANNEL_MANAGER else Claims("u-1", openid=OPENID)
        wecom = Issuer.of_wecom(CORP_ID)
        issuer = wecom if role is Role.CHANNEL_MANAGER else Issuer.of_wechat(LocalWeChat.app_id)
        ties.tie(session, Actor.of(person), make.BEFORE, issuer, claims)
        return person


def test_a_broker_tries_wechat_and_is_told_to_follow(
    app: Flask, store: Database, signed_in: SignIn, client: PageClient
) -> None:
    broker = signed_in(tied(store, Role.BROKER))
    page = broker.get("notice_settings.show")
    assert page.all('input[value="money.wechat"]') != []
    assert page.all('input[value="money.wecom"]') == []
    page.submit({}, form='form[action="/inbox/settings/test/wechat"]')
    shown = client.get("wechat.index")
    assert "您可以在这里收到通知" in shown.main
    shown.submit({}, form=f'form[action="/dev/wechat/readers/{OPENID}/following"]')
    broker.get("notice_settings.show").submit({}, form='form[action="/inbox/settings/test/wechat"]')
    assert "请先关注" in broker.get("notice_settings.show").main


def test_a_colleague_tries_wecom_and_chooses_it_for_a_topic(
    app: Flask, store: Database, signed_in: SignIn, client: PageClient
) -> None:
    person = tied(store, Role.CHANNEL_MANAGER)
    page = signed_in(person).get("notice_settings.show")
    kept = [str(box["value"]) for box in page.all("input[name=wanted][checked]") if box["value"] != "queues.wecom"]
    page = page.submit({"wanted": kept, "digest": "never", "digest_hour": "18"}, form="main form:has(table)")
    with store.reading() as session:
        assert addresses.choices_of(session, [person.id])[person.id][Topic.QUEUES, Channel.WECOM] is False
    page.submit({}, form='form[action="/inbox/settings/test/wecom"]')
    shown = client.get("wecom_stand_in.index")
    assert "您可以在这里收到通知" in shown.main
    shown.submit({}, form='form[action="/dev/wecom/members/zhangsan/sight"]')
    signed_in(person).get("notice_settings.show").submit({}, form='form[action="/inbox/settings/test/wecom"]')
    assert "可见范围" in signed_in(person).get("notice_settings.show").main


def test_who_tied_nothing_is_led_to_where_it_is_done(store: Database, signed_in: SignIn) -> None:
    with store.transaction() as session:
        broker = make.broker(session)
    page = signed_in(broker).get("notice_settings.show")
    assert "尚未绑定" in page.main
    assert page.all('form[action="/inbox/settings/test/wechat"]') == []


def test_health_says_how_the_tokens_stand(app: Flask, store: Database, signed_in: SignIn) -> None:
    with store.transaction() as session:
        administrator = make.person(session, Role.ADMINISTRATOR)
    page = signed_in(administrator).get("admin.health")
    assert "应用消息" in page.main
    assert "还没有消息需要发送" in page.main
