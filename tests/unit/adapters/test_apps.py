"""Messages to one person by the documented calls, and the stand-ins that refuse what the real ones refuse."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.adapters.apps import AppCarrier, Note, TokenIsOver
from portal.adapters.delivery import NOT_UNDERSTOOD, UNREACHABLE, DeliveryFailed
from portal.adapters.wechat.local import LocalWeChat
from portal.adapters.wechat.local_notices import LocalNotices
from portal.adapters.wechat.notices import Template, WeChatNotices, read_templates
from portal.adapters.wecom.app import WeComApp
from portal.adapters.wecom.local import LocalWecom
from portal.adapters.wecom.local_app import AGENT_ID, CORP_ID
from portal.config import ConfigError
from tests.clock import MovableClock

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NOTE = Note("money", "您的佣金已到账", ("¥23,000.00", "请核对"), 1, NOON, "https://portal.example/inbox/7", "查看")
TEMPLATES = {
    "default": Template("T-0", {"what": "thing1"}),
    "money": Template("T-1", {"what": "thing1", "do": "thing2", "at": "time3", "count": "number4"}),
}


def transport(answer: Any, asked: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=answer)

    return httpx.MockTransport(handle)


def wecom(answer: Any, asked: list[httpx.Request] | None = None) -> WeComApp:
    return WeComApp("ww1", 1000007, "s3cret", transport(answer, asked if asked is not None else []))


def wechat(answer: Any, asked: list[httpx.Request] | None = None) -> WeChatNotices:
    account = LocalWeChat(Path("/nowhere"))
    sent = transport(answer, asked if asked is not None else [])
    return WeChatNotices(account, TEMPLATES, "https://api.weixin.qq.com", sent)


def test_a_member_of_wecom_gets_a_card_by_the_documented_calls() -> None:
    asked: list[httpx.Request] = []
    app = wecom({"errcode": 0, "access_token": "T", "expires_in": 7200, "msgid": "m-1"}, asked)
    assert app.token().lasts == timedelta(hours=2)
    assert app.send("T", "zhangsan", NOTE, key="k") == "m-1"
    first, second = asked
    assert str(first.url) == "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=ww1&corpsecret=s3cret"
    assert str(second.url) == "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=T"
    assert json.loads(second.content) == {
        "touser": "zhangsan",
        "msgtype": "textcard",
        "agentid": 1000007,
        "textcard": {
            "title": "您的佣金已到账",
            "description": "¥23,000.00\n请核对",
            "url": "https://portal.example/inbox/7",
            "btntxt": "查看",
        },
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }


def test_a_follower_in_wechat_gets_the_template_of_its_topic() -> None:
    asked: list[httpx.Request] = []
    assert wechat({"errcode": 0, "msgid": 4711}, asked).send("T", "o-1", NOTE, key="k") == "4711"
    assert str(asked[0].url) == "https://api.weixin.qq.com/cgi-bin/message/template/send?access_token=T"
    sent = json.loads(asked[0].content)
    assert len(sent.pop("client_msg_id")) == 32
    assert sent == {
        "touser": "o-1",
        "template_id": "T-1",
        "url": "https://portal.example/inbox/7",
        "data": {
            "thing1": {"value": "您的佣金已到账"},
            "thing2": {"value": "请核对"},
            "time3": {"value": "2026-03-02 12:00"},
            "number4": {"value": "1"},
        },
    }


def test_a_field_is_cut_as_its_kind_takes_it() -> None:
    asked: list[httpx.Request] = []
    wechat({"errcode": 0}, asked).send("T", "o-1", Note("x", "长" * 30, (), 2, NOON, "l", "v"), key="k")
    sent = json.loads(asked[0].content)
    assert (sent["template_id"], sent["data"]) == ("T-0", {"thing1": {"value": "长" * 19 + "…"}})


SAID = {
    "wecom: a token that is over": (wecom({"errcode": 42001}), TokenIsOver, "wecom_42001", False, False),
    "wecom: a token that is none": (wecom({"errcode": 40014}), TokenIsOver, "wecom_40014", False, False),
    "wecom: too many": (wecom({"errcode": 45009}), DeliveryFailed, "wecom_45009", False, True),
    "wecom: our address is not on the list": (wecom({"errcode": 60020}), DeliveryFailed, "wecom_60020", False, True),
    "wecom: busy": (wecom({"errcode": -1}), DeliveryFailed, "wecom_-1", False, True),
    "wecom: he does not see the app": (wecom({"errcode": 81013}), DeliveryFailed, "wecom_81013", True, False),
    "wecom: the same, said otherwise": (
        wecom({"errcode": 0, "invaliduser": "zhangsan"}),
        DeliveryFailed,
        "wecom_81013",
        True,
        False,
    ),
    "wecom: no licence": (
        wecom({"errcode": 0, "unlicenseduser": "zhangsan"}),
        DeliveryFailed,
        "wecom_unlicensed",
        True,
        False,
    ),
    "wecom: an odd message": (wecom({"errcode": 40008}), DeliveryFailed, "wecom_40008", True, False),
    "wecom: away": (wecom(httpx.ConnectError("x")), DeliveryFailed, UNREACHABLE, False, True),
    "wechat: a token that is over": (wechat({"errcode": 40001}), TokenIsOver, "wechat_40001", False, False),
    "wechat: he follows no longer": (wechat({"errcode": 43004}), DeliveryFailed, "wechat_43004", True, False),
    "wechat: he wants no notices": (wechat({"errcode": 43101}), DeliveryFailed, "wechat_43101", True, False),
    "wechat: too many today": (wechat({"errcode": 45009}), DeliveryFailed, "wechat_45009", False, True),
    "wechat: our address is not on the list": (wechat({"errcode": 40164}), DeliveryFailed, "wechat_40164", False, True),
    "wechat: a template that is none": (wechat({"errcode": 40037}), DeliveryFailed, "wechat_40037", True, False),
    "wechat: an answer without a code": (wechat({"ok": 1}), DeliveryFailed, "wechat_-1", False, True),
}


@pytest.mark.parametrize(("carrier", "kind", "code", "for_good", "whole"), SAID.values(), ids=SAID)
def test_what_an_app_says_decides_whether_it_is_tried_again(
    carrier: AppCarrier, kind: type[Exception], code: str, for_good: bool, whole: bool
) -> None:
    with pytest.raises(kind) as failed:
        carrier.send("T", "zhangsan", NOTE, key="k")
    assert failed.value.code == code  # type: ignore[attr-defined]
    if isinstance(failed.value, DeliveryFailed):
        assert (failed.value.for_good, failed.value.carrier) == (for_good, whole)


@pytest.mark.parametrize(
    ("answer", "code"), [({"errcode": 40001}, "wecom_40001"), ({"errcode": 0, "access_token": ""}, NOT_UNDERSTOOD)]
)
def test_without_a_token_all_messages_wait(answer: dict[str, Any], code: str) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        wecom(answer).token()
    assert (failed.value.code, failed.value.for_good, failed.value.carrier) == (code, False, True)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


def test_the_stand_in_of_wecom_shows_a_repetition_once(tmp_path: Path, clock: MovableClock) -> None:
    stand_in = LocalWecom(tmp_path, clock)
    app, carrier = stand_in.app, stand_in.app.carrier
    assert carrier.name == f"wecom:{CORP_ID}:{AGENT_ID}"
    token = carrier.token().text
    for _ in range(2):
        carrier.send(token, "zhangsan", NOTE, key="k")
    assert [card.title for card in app.cards("zhangsan")] == [NOTE.title]
    clock.move(hours=4)
    carrier.send(token, "zhangsan", NOTE, key="k")
    assert app.cards("zhangsan")[0].came_at == clock()
    app.hide("zhangsan", hidden=True)
    assert refused(carrier, token) == "wecom_81013"
    app.hide("zhangsan", hidden=False)
    app.call_token_back()
    with pytest.raises(TokenIsOver):
        carrier.send(token, "zhangsan", NOTE, key="k")
    stand_in.go_away(away=True)
    assert refused(carrier, token) == UNREACHABLE


def test_the_stand_in_of_wechat_shows_a_repetition_once(tmp_path: Path, clock: MovableClock) -> None:
    notices = LocalNotices(tmp_path, clock)
    carrier, token = notices.carrier, notices.carrier.token().text
    for _ in range(2):
        carrier.send(token, "o-1", NOTE, key="k")
    (shown,) = notices.came("o-1")
    assert (shown.what, shown.do, shown.when, shown.count) == (NOTE.title, "请核对", "2026-03-02 12:00", "1")
    notices.follow("o-1", following=False)
    assert refused(carrier, token, "o-1") == "wechat_43004"
    notices.follow("o-1", following=True)
    with pytest.raises(TokenIsOver):
        carrier.send("made up", "o-1", NOTE, key="k")
    notices.go_away(away=True)
    assert refused(carrier, token, "o-1") == UNREACHABLE


def refused(carrier: AppCarrier, token: str, to: str = "zhangsan") -> str:
    with pytest.raises(DeliveryFailed) as failed:
        carrier.send(token, to, NOTE, key="k")
    return failed.value.code


ODD = {
    "no TOML": "default = ",
    "no topic": '[sport]\nid = "x"\nwhat = "thing1"\n[default]\nid = "x"\nwhat = "thing1"',
    "no id": '[default]\nwhat = "thing1"',
    "an odd value": '[default]\nid = "x"\nwhat = "thing1"\nwho = "thing2"',
    "no default": '[money]\nid = "x"\nwhat = "thing1"',
    "no table": 'default = "x"',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_templates_that_are_none_are_named_at_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "templates.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="PORTAL_WECHAT_TEMPLATES"):
        read_templates(path)


def test_templates_are_read_by_topic(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    path.write_text('[default]\nid = "T-0"\nwhat = "thing1"\n[money]\nid = "T-1"\nwhat = "thing1"\ncount = "number4"\n')
    assert read_templates(path)["money"] == Template("T-1", {"what": "thing1", "count": "number4"})
