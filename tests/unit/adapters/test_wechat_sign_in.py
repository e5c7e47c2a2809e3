"""WeChat as a provider of sign-ins: inside it by the official account, elsewhere by a code that is scanned."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from portal.adapters.provider_sign_in.provider import ProviderFailed, Question
from portal.adapters.provider_sign_in.wechat import App, WeChatProvider
from portal.rules.provider_sign_in.claims import Claims

BACK = "https://portal.example/wechat-sign-in/back"
INSIDE = Question("thestate", "the-nonce", "a-verifier", BACK, inside=True)
OUTSIDE = Question("thestate", "the-nonce", "a-verifier", BACK)
ACCOUNT, SITE = App("wx1", "s3cret"), App("wx2", "s4cret")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605 MicroMessenger/8.0.44 Language/zh_CN"
WECOM = PHONE + " wxwork/4.1.0"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0) Chrome/120"


def wechat(said: dict[str, object], site: App | None = SITE) -> WeChatProvider:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.scheme, request.url.path) == ("https", "/sns/oauth2/access_token")
        asked = dict(request.url.params)
        assert asked.pop("code") == "c1"
        assert asked in [
            {"appid": one.app_id, "secret": one.secret, "grant_type": "authorization_code"} for one in (ACCOUNT, SITE)
        ]
        return httpx.Response(200, json={"appid_asked": asked["appid"], **said})

    return WeChatProvider(ACCOUNT, site, transport=httpx.MockTransport(answer))


NAMED = {
    "inside, without a website": (INSIDE, None, {"openid": "o-1"}, Claims("o-1", openid="o-1")),
    "inside, beside a website": (
        INSIDE, SITE, {"openid": "o-1", "unionid": "u-1"}, Claims("u-1", openid="o-1", formerly="o-1"),
    ),
    "by the code on the website, whose openid reaches nobody": (
        OUTSIDE, SITE, {"openid": "o-9", "unionid": "u-1"}, Claims("u-1"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_who_it_is(case: str) -> None:
    question, site, said, claims = NAMED[case]
    assert wechat(said, site).claims(question, "c1") == claims


REFUSED = {
    "a code that is over": ({"errcode": 40029, "errmsg": "invalid code c1"}, "wechat_40029"),
    "a code that was used": ({"errcode": 40163, "errmsg": "code been used"}, "wechat_40163"),
    "nobody": ({"unionid": "u-1"}, "no_subject"),
    "an empty name": ({"openid": "", "unionid": "u-1"}, "no_subject"),
    "a name that is none": ({"openid": ["o-1"], "unionid": "u-1"}, "no_subject"),
    "a name without end": ({"openid": "o" * 200, "unionid": "u-1"}, "no_subject"),
    "apps that are not bound together": ({"openid": "o-1"}, "no_unionid"),
    "a preview of the page": ({"openid": "o-1", "unionid": "u-1", "is_snapshotuser": 1}, "wechat_snapshot"),
}


@pytest.mark.parametrize(("said", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_nobody_else_is_let_in_and_no_answer_is_repeated(said: dict[str, object], code: str) -> None:
    with pytest.raises(ProviderFailed) as failed:
        wechat(said).claims(INSIDE, "c1")
    assert failed.value.code == code
    assert "c1" not in str(failed.value)


ADDRESSES = {
    "inside, without a website": (INSIDE, None, "/connect/oauth2/authorize", "wx1", "snsapi_base"),
    "inside, beside a website": (INSIDE, SITE, "/connect/oauth2/authorize", "wx1", "snsapi_userinfo"),
    "elsewhere": (OUTSIDE, SITE, "/connect/qrconnect", "wx2", "snsapi_login"),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_where_the_reader_is_asked_and_in_which_order(case: str) -> None:
    question, site, path, app_id, scope = ADDRESSES[case]
    parts = urlsplit(wechat({}, site).address(question))
    assert (parts.netloc, parts.path, parts.fragment) == ("open.weixin.qq.com", path, "wechat_redirect")
    said = {name: value for name, [value] in parse_qs(parts.query).items()}
    assert list(said.items()) == [
        ("appid", app_id),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "thestate"),
    ]


def test_without_a_website_it_opens_in_wechat_alone() -> None:
    alone, both = wechat({}, None), wechat({})
    assert [alone.opens_in(agent) for agent in (PHONE, WECOM, DESKTOP)] == [True, False, False]
    assert [both.opens_in(agent) for agent in (PHONE, WECOM, DESKTOP)] == [True, True, True]
    assert [both.is_inside(agent) for agent in (PHONE, WECOM, DESKTOP)] == [True, False, False]
    with pytest.raises(ProviderFailed, match="not_in_wechat"):
        alone.address(OUTSIDE)


def test_the_secrets_stand_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    wechat({"openid": "o-1", "unionid": "u-1"}).claims(OUTSIDE, "c1")
    assert "s3cret" not in caplog.text
    assert "s4cret" not in caplog.text
