"""Who counts as a scan: people with browsers, not what fetches pages for them or instead of them."""

import pytest

from portal.rules.messages.stop_word import says_stop
from portal.rules.referral.scan import is_person

ANDROID = "Mozilla/5.0 (Linux; Android 13; V2166A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116 Mobile"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
PEOPLE = (
    *(f"{ANDROID} MicroMessenger/8.0.49 WeChat/arm64", f"{IPHONE} MicroMessenger/8.0.50(0x18003233) NetType/4G"),
    *(f"{ANDROID} QQ/9.0.80 V1_AND_SQ", f"{IPHONE} Weibo (iPhone15,2__weibo)", f"{IPHONE} Safari/604.1"),
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36",
    "Opera/9.80 (Android; Opera Mini/36.2) Presto/2.12 Version/12.16",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; NOKIA; Lumia 920)",
    f"{ANDROID} Instagram 406.0.0.58.159 Android (35/15; 480dpi; OPPO; CPH2557; en_MY; 822918295; IABMV/1) NV/1",
    *(
        f"{ANDROID} AliApp(DingTalk/7.0) com.alibaba.android.rimet",
        f"{ANDROID} aweme_290100 BytedanceWebview/d8a21c6",
    ),
    *(f"{IPHONE} baiduboxapp/13.30.0.11 SP-engine/2.9", f"{ANDROID} XiaoMi/MiuiBrowser/17.8 HuaweiBrowser/14"),
    *(f"{ANDROID} UCBrowser/15.5 U3/0.8.0", f"{ANDROID} Quark/6.1", f"{IPHONE} GSA/280.0 Safari/604.1"),
)
MACHINES = (
    *("WhatsApp/2.23.18.78 i", "Mozilla/5.0 (compatible) WhatsApp/2.24", "TelegramBot (like TwitterBot)", ""),
    *("facebookexternalhit/1.1;line-poker/1.0", "Mozilla/5.0 (compatible; Discordbot/2.0)", "curl/8.5.0"),
    *("WeChatShareExtensionNew/8.0.1.31 CFNetwork/1240.0.4 Darwin/20.6.0", f"{IPHONE} WeChatShareExtension"),
    *("Mozilla/5.0 (compatible; Baiduspider-render/2.0)", "Mozilla/5.0 (X11) HeadlessChrome/120", "okhttp/4.9"),
    *(f"{ANDROID} (compatible; Googlebot/2.1)", f"{IPHONE} (compatible; Bytespider)", "python-requests/2.31"),
    *("Mozilla/5.0 (compatible; LarkUrl2Meta/1.0)", "Slackbot-LinkExpanding 1.0", "Mozilla/5.0 SkypeUriPreview"),
    *("Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)", "Mozilla/5.0 (compatible; DuckDuckGo-Favicons/1.0)"),
    *(f"{ANDROID} (compatible; Google-Read-Aloud)", f"{ANDROID} Google-Read-Aloud", f"{ANDROID} Google Favicon"),
    *("Mozilla/5.0 (Go-http-client/1.1)", "Mozilla/5.0 okhttp/4.9", "Mozilla/5.0 (Java HttpClient)"),
    *("Mozilla/5.0 (compatible; urlwatch/2.25)", "Mozilla/5.0 urlwatch", f"{ANDROID} GoogleOther"),
    *(
        "Mozilla/5.0 (Gecko; compatible; Perplexity-User/1.0)",
        f"{ANDROID} Manus-User/1.0",
        f"{ANDROID} Playwright/1.40",
    ),
    f"{ANDROID} (+https://www.loc.gov/programs/web-archiving/)",
)


def headers(agent: str = PEOPLE[0], **given: str) -> dict[str, str]:
    other = {name.replace("_", "-"): value for name, value in given.items()}
    return {"user-agent": agent, "accept": "text/html,application/xhtml+xml", **other}


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_count(agent: str) -> None:
    assert is_person("GET", headers(agent))
    assert not is_person("HEAD", headers(agent))


@pytest.mark.parametrize("agent", MACHINES)
def test_robots_and_previews_do_not(agent: str) -> None:
    assert not is_person("GET", headers(agent))


@pytest.mark.parametrize(
    "given",
    [
        {"purpose": "prefetch"},
        {"sec_purpose": "prefetch;prerender"},
        {"x_purpose": "preview"},
        {"x_moz": "prefetch"},
        {"sec_fetch_dest": "image"},
        {"accept": "image/avif,*/*;q=0.8"},
        {"accept": ""},
    ],
)
def test_what_is_fetched_ahead_or_for_something_else_does_not(given: dict[str, str]) -> None:
    assert not is_person("GET", headers(**given))


@pytest.mark.parametrize("text", ["T", "t", " T ", "Ｔ", "“T”", "TD", "td", "退订", "回复T", "stop", "T。"])
def test_a_stop_is_understood(text: str) -> None:
    assert says_stop(text)


@pytest.mark.parametrize("text", ["", "TT", "谢谢", "Tomorrow?", "不要退订", "1", "test"])
def test_a_sentence_is_no_stop(text: str) -> None:
    assert not says_stop(text)
