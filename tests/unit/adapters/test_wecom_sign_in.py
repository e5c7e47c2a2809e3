"""企业微信 as the employer's provider: who opens the page in its client is a member, or nobody."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from portal.adapters.provider_sign_in.provider import ProviderFailed, Question
from portal.adapters.provider_sign_in.wecom import WeComProvider
from portal.rules.provider_sign_in.claims import Claims

ASKED = Question("thestate", "the-nonce", "a-verifier", "https://portal.example/company-sign-in/back")
MEMBER = Claims("linyi", None, mail_verified=False, active=True, second_factor=False)


class Tencent:
    """Stands in for its server: hands out tokens in turn, and says whom a code was made for."""

    def __init__(self, says: Callable[[str], dict[str, object]]) -> None:
        self.says = says
        self.asked: list[str] = []
        self.tokens = 0
        self.now = 1_790_000_000.0

    def provider(self) -> WeComProvider:
        return WeComProvider("ww1", "s3cret", transport=httpx.MockTransport(self._answer), clock=lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        assert request.url.scheme == "https"
        if request.url.path == "/cgi-bin/gettoken":
            assert dict(request.url.params) == {"corpid": "ww1", "corpsecret": "s3cret"}
            self.tokens += 1
            return httpx.Response(200, json={"errcode": 0, "access_token": f"t{self.tokens}", "expires_in": 7200})
        return httpx.Response(200, json=self.says(request.url.params["access_token"]))


def member(_token: str) -> dict[str, object]:
    return {"errcode": 0, "errmsg": "ok", "userid": "linyi"}


def test_a_member_is_known_by_his_userid_and_the_apps_token_is_kept() -> None:
    tencent = Tencent(member)
    provider = tencent.provider()
    assert provider.claims(ASKED, "c1") == provider.claims(ASKED, "c2") == MEMBER
    assert tencent.tokens == 1
    tencent.now += 7000
    provider.claims(ASKED, "c3")
    assert tencent.tokens == 2, "asked for anew before it ends"


def test_the_page_is_asked_for_by_our_app_with_the_state_and_no_secret() -> None:
    address = Tencent(member).provider().address(ASKED)
    said = parse_qs(urlsplit(address).query)
    assert said == {
        "appid": ["ww1"],
        "redirect_uri": [ASKED.back],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["thestate"],
    }
    assert urlsplit(address).fragment == "wechat_redirect"


def test_a_token_that_is_over_is_asked_for_once_more() -> None:
    tencent = Tencent(lambda token: member(token) if token == "t2" else {"errcode": 42001, "errmsg": "expired"})
    assert tencent.provider().claims(ASKED, "c1") == MEMBER
    assert tencent.tokens == 2


REFUSED = {
    "a code that is over": ({"errcode": 40029, "errmsg": "invalid code c1"}, "wecom_40029"),
    "no member of the company": ({"errcode": 0, "openid": "o-1", "external_userid": "x"}, "not_a_member"),
    "an empty member": ({"errcode": 0, "userid": ""}, "not_a_member"),
    "a token that is always over": ({"errcode": 42001}, "wecom_42001"),
}


@pytest.mark.parametrize(("answer", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_nobody_else_is_let_in_and_no_answer_is_repeated(answer: dict[str, object], code: str) -> None:
    with pytest.raises(ProviderFailed) as failed:
        Tencent(lambda _token: answer).provider().claims(ASKED, "c1")
    assert failed.value.code == code
    assert "c1" not in str(failed.value)


def test_an_answer_without_a_token_lets_nobody_in() -> None:
    odd = httpx.MockTransport(lambda _request: httpx.Response(200, json={"errcode": 0}))
    with pytest.raises(ProviderFailed, match="not_understood"):
        WeComProvider("ww1", "s3cret", transport=odd).claims(ASKED, "c1")


def test_the_secret_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Tencent(member).provider().claims(ASKED, "c1")
    assert "s3cret" not in caplog.text
